// The gallery of bugs names, for each, the lines and tests of this repository that prevent it. A program checks its own
// when it is run; here all are checked, so that who rewords such a line hears of it at once.
#include "examples/kit/run/bug.hpp"

#include <iomanip>
#include <sstream>

#include "tests/catch.hpp"

using namespace gantry;
namespace fs = std::filesystem;

namespace {

const fs::path bugs = fs::path(__FILE__).parent_path() / "../examples/bugs";

// The guards in a program's source, {"FILE", "LINE"} between .prevented_by and the end of the initializer.
std::vector<kit::Guard> guards_in(const fs::path& program) {
    std::ifstream file(program);
    std::stringstream text;
    text << file.rdbuf();
    const std::string source = text.str();
    const std::size_t begin = source.find(".prevented_by = {");
    REQUIRE(begin != std::string::npos);
    const std::string list = source.substr(begin, source.find("\n};", begin) - begin);

    std::istringstream rest(list);
    std::vector<std::string> literals;
    while (rest.ignore(static_cast<std::streamsize>(list.size()), '"') && !rest.eof()) {
        rest.unget();
        rest >> std::quoted(literals.emplace_back());
    }
    Index pairs = 0;
    for (std::size_t at = list.find("{\""); at != std::string::npos; at = list.find("{\"", at + 1)) ++pairs;
    REQUIRE(pairs > 0);
    REQUIRE(literals.size() == static_cast<std::size_t>(2 * pairs));  // none is written so that it is not seen here
    std::vector<kit::Guard> guards;
    for (std::size_t k = 0; k < literals.size(); k += 2) guards.push_back({literals[k], literals[k + 1]});
    return guards;
}

}  // namespace

TEST_CASE("what the gallery of bugs names as preventing each stands where it says", "[bugs]") {
    int programs = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(bugs)) {
        if (entry.path().extension() != ".cpp") continue;
        ++programs;
        INFO(entry.path().filename().string());
        for (const kit::Guard& guard : guards_in(entry.path())) CHECK_NOTHROW(kit::check(guard));
    }
    CHECK(programs >= 12);
}

TEST_CASE("a guard that is gone is named, with its file", "[bugs]") {
    CHECK_THROWS_WITH(kit::check({"examples/kit/run/bug.hpp", "no such line"}),
                      "examples/kit/run/bug.hpp no longer has: no such line");
    CHECK_THROWS_WITH(kit::check({"examples/no_such_file.cpp", "line"}),
                      "examples/no_such_file.cpp no longer has: line");
}
