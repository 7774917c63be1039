// Tables of points. What is read has as many finite numbers as it says, and reads the same when it is written again.
#include <cmath>

#include "examples/kit/data/csv.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace gantry;

std::vector<std::string> seeds() {
    return {"x,y\n1,-2.5\n3e3,0\n", "1;2\r\n3;4\r\n",  "# made by hand\n1\t2\n\n3\t4",
            "value\n1\n-2\n",       "1 2\n 3  4 \n",   "\"a\",\"b\"\n0,1\n1.5,2.5\n",
            "0,1.5\n1,2.5\n",       "x\n1,5\n-2,25\n", "\xEF\xBB\xBFnan,inf\n1e400,0x1\n"};
}

void run(const std::string& bytes) {
    kit::Table table;
    if (!fuzz::accepted("bytes", [&] { table = kit::read_table(file_of_bytes("bytes", bytes), 2); })) return;
    fuzz::require(table.columns == 1 || table.columns == 2, "columns");
    fuzz::require(table.rows() >= 1 && table.rows() * table.columns == static_cast<Index>(table.values.size()), "rows");
    fuzz::require(table.names.empty() || static_cast<Index>(table.names.size()) == table.columns, "names");
    table.str();
    std::string text = table.columns == 2 ? "x,y\n" : "x\n";
    for (std::size_t i = 0; i < table.values.size(); ++i) {
        fuzz::require(std::isfinite(table.values[i]), "a number is not finite");
        const bool last = (i + 1) % static_cast<std::size_t>(table.columns) == 0;
        text += kit::to_text(table.values[i]) + (last ? '\n' : ',');
    }
    const kit::Table again = kit::read_table(file_of_bytes("again", text), 2);
    fuzz::require(again.values == table.values, "a written table comes back changed");
}
