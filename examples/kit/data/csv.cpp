#include "examples/kit/data/csv.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "core/shape.hpp"

namespace gantry::kit {

std::string to_text(double x) {
    char digits[32];
    const bool whole = x == std::trunc(x) && std::fabs(x) < 1e15 && !(x == 0 && std::signbit(x));
    if (whole) return std::to_string(static_cast<long long>(x));  // 100000, not 1e+05
#ifdef __cpp_lib_to_chars
    return std::string(digits, std::to_chars(digits, digits + 32, x).ptr);
#else  // an older libc++ has it for whole numbers only
    for (int precision = 1; precision <= 17; ++precision) {
        std::snprintf(digits, 32, "%.*g", precision, x);
        if (std::strtod(digits, nullptr) == x) break;
    }
    return digits;
#endif
}

std::optional<double> parse_number(const std::string& text) {
    const bool starts_well = !text.empty() && text.find_first_of(" \t\r\n\v\f") == std::string::npos;
    if (!starts_well || text.find_first_of("xX") != std::string::npos) return std::nullopt;
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);  // std::from_chars is missing for double in libc++
    if (end != text.c_str() + text.size()) return std::nullopt;
    return value;
}

// ---------------------------------------------------------------------------------------- writing

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header)
    : path_(path.string()),
      columns_(header.size()),
      file_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (file_ < 0) throw std::runtime_error(path_ + ": cannot be written: " + std::strerror(errno));
    std::string line;
    for (const std::string& name : header) line += (line.empty() ? "" : ",") + name;
    write_line(line);
}

CsvWriter::~CsvWriter() { close(file_); }

void CsvWriter::row(const std::vector<double>& values) {
    if (values.size() != columns_) {
        fail("CsvWriter::row",
             path_ + " has " + std::to_string(columns_) + " columns, got " + std::to_string(values.size()) + " values");
    }
    std::string line;
    for (double value : values) line += (line.empty() ? "" : ",") + to_text(value);
    write_line(line);
}

void CsvWriter::write_line(std::string line) {
    line += '\n';
    std::size_t done = 0;
    while (done < line.size()) {
        const ssize_t written = write(file_, line.data() + done, line.size() - done);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const std::string reason = std::strerror(errno);
            const int cut = ftruncate(file_, size_);  // a device cannot be cut, and need not
            throw std::runtime_error(path_ + ": cannot be written: " + reason +
                                     (cut == 0 ? "; its rows are whole" : ""));
        }
        done += written;
    }
    size_ += line.size();
}

// ---------------------------------------------------------------------------------------- reading

namespace {

constexpr std::uint64_t largest_file = 64 << 20;  // two million points: more than a toy needs, little enough to hold

// What is often given for a table, and how it begins.
struct Kind {
    std::string_view beginning;
    const char* is;
};
constexpr Kind kinds[] = {{"\xFF\xFE", "is UTF-16 text: save it as UTF-8"},
                          {"\xFE\xFF", "is UTF-16 text: save it as UTF-8"},
                          {"\x93NUMPY", "is a NumPy array (.npy): write it as text, with numpy.savetxt"},
                          {"\x1F\x8B", "is compressed by gzip: unpack it with gunzip"},
                          {"PK\x03\x04", "is a ZIP archive or a spreadsheet: save it as CSV"},
                          {"<", "is HTML or XML, perhaps the message of a server: save the table itself"},
                          {"\x89PNG", "is a picture (PNG)"},
                          {"%PDF", "is a PDF document"}};

/// For an error message: short, and without anything but printable ASCII.
std::string shown(const std::string& field) {
    std::string text = field.size() <= 20 ? field : field.substr(0, 20) + "...";
    for (char& c : text) {
        if (c < 32 || c > 126) c = '?';
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

/// The lines that count, one after the other.
struct Lines {
    std::string_view rest;
    Index number = 0;  // of the line that next() gave, from 1

    std::optional<std::string_view> next() {
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            const std::string_view line = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
            ++number;
            if (!trimmed(line).empty() && line.front() != '#')
                return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        }
        return std::nullopt;
    }
};

/// One dialect for the file: the first of these that a line of it has, also where another line has none.
char separator_of(const std::string& text) {
    for (char separator : {';', ',', '\t'}) {
        Lines lines{text};
        while (const auto line = lines.next()) {
            if (trimmed(*line).find(separator) != std::string_view::npos) return separator;
        }
    }
    return ' ';
}

/// The fields of a line, without blanks around them and without quotes. Several blanks separate like one.
std::vector<std::string> split(std::string_view line, char separator) {
    std::vector<std::string> fields;
    if (separator == ' ') line = trimmed(line);
    while (true) {
        const std::size_t end = std::min(line.find(separator), line.size());
        std::string_view field = trimmed(line.substr(0, end));
        if (field.size() > 1 && field.front() == '"' && field.back() == '"') field = field.substr(1, field.size() - 2);
        fields.emplace_back(field);
        if (end == line.size()) return fields;
        line.remove_prefix(end + 1);
        if (separator == ' ') line = trimmed(line);
    }
}

/// Whether a field was meant as a number, well formed or not: a first line with none is a header.
bool meant_as_number(const std::string& field) {
    return parse_number(field).has_value() || field.find_first_of("0123456789+-.") == 0;
}

bool is_whole(const std::string& field) { return field.find_first_not_of("+-0123456789") == std::string::npos; }

std::string plural(Index columns) { return std::to_string(columns) + (columns == 1 ? " column" : " columns"); }

/// What is seen of a table without a header, because it may mean something else.
struct Suspicions {
    bool first_counts = true;     // its first line is 0, or 0 and 1: pandas' names for columns without names
    bool later_fraction = false;  // a line after it has a number that is not whole
    bool counts_lines = true;     // its first column is 0, 1, 2, ... or 1, 2, 3, ...: an index
    bool whole = true;            // all numbers are whole: halves of numbers with decimal commas
    Index zero_line = 0;          // where the second number begins with a 0, as in 1,05
    std::string zero_text;

    void see(const std::vector<std::string>& fields, Index row, Index line) {
        bool fraction = false;
        for (std::size_t i = 0; i < fields.size(); ++i) {
            fraction = fraction || !is_whole(fields[i]);
            if (row == 0) first_counts = first_counts && fields[i] == std::to_string(i);
        }
        later_fraction = later_fraction || (row > 0 && fraction);
        whole = whole && !fraction;
        if (row == 0) start = fields[0] == "1" ? 1 : 0;
        counts_lines = counts_lines && fields.size() == 2 && fields[0] == std::to_string(start + row);
        if (fields.size() == 2 && fields[1].size() > 1 && fields[1][0] == '0' && zero_line == 0) {
            zero_line = line;
            zero_text = fields[0] + "," + fields[1];
        }
    }
    Index start = 0;
};

}  // namespace

std::string Table::str() const {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " and ") + shown(name);
    text = names.empty() ? "no header line" : (columns == 1 ? "column " : "columns ") + text;
    if (columns == 1) return text;
    const char* by = separator == ';'   ? "semicolons"
                     : separator == ',' ? "commas"
                     : separator == ' ' ? "blanks"
                                        : "tabs";
    return text + ", separated by " + by;
}

Table read_table(InputFile file, Index most) {
    if (file.size > largest_file) {
        file.refuse("has " + std::to_string(file.size >> 20) + " MB; a file of points may have " +
                    std::to_string(largest_file >> 20) + " MB");
    }
    std::string text(file.size, '\0');
    file.read(text.data(), file.size);
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // the mark that some editors put in front
    for (const Kind& kind : kinds) {
        if (trimmed(text).starts_with(kind.beginning)) file.refuse(kind.is);
    }
    if (text.find('\0') != std::string::npos)
        file.refuse("holds the character NUL: it is UTF-16 text or no text at all");
    const std::size_t lone = trimmed(text).find('\r');
    if (lone != std::string_view::npos && text.find('\n') == std::string::npos)
        file.refuse("ends its lines with CR alone, as old Macs did: save it with LF or CR LF");

    Table table;
    table.separator = separator_of(text);
    Suspicions suspicions;
    Lines lines{text};
    const auto refuse_line = [&](Index number, const std::string& what) {
        throw std::runtime_error(file.name + ":" + std::to_string(number) + ": " + what);
    };
    Index first_line = 0;
    while (const auto line = lines.next()) {
        const auto refuse = [&](const std::string& what) { refuse_line(lines.number, what); };
        const std::vector<std::string> fields = split(*line, table.separator);
        const Index columns = fields.size();
        if (table.columns == 0 && std::none_of(fields.begin(), fields.end(), meant_as_number)) {
            table.names = fields;
            table.columns = columns;
            if (columns > 1 && fields[0].empty()) {
                refuse(
                    "the first column has no name: it is either an index, as pandas writes it (leave it out, with "
                    "index=False), or a coordinate (give it a name)");
            }
            continue;
        }
        const bool is_first = table.values.empty();
        if (is_first && !table.names.empty() && table.columns == 1 && columns == 2 && table.separator == ',') {
            refuse("'" + shown(fields[0]) + "," + shown(fields[1]) +
                   "' is either one number with a decimal comma (write " + shown(fields[0]) + "." + shown(fields[1]) +
                   ") or two columns, of which the header names one");
        }
        if (columns > most)
            refuse(plural(columns) + "; points have " + (most == 2 ? "1 or 2" : "at most " + std::to_string(most)));
        if (table.columns != 0 && columns != table.columns) {
            refuse(plural(columns) + ", but the " + (is_first ? "header has " : "lines before have ") +
                   std::to_string(table.columns));
        }
        table.columns = columns;
        for (const std::string& field : fields) {
            const std::optional<double> value = parse_number(field);
            const bool comma = !value && table.separator != ',' && field.find(',') != std::string::npos;
            if (!value) refuse("'" + shown(field) + "' is not a number" + (comma ? ": write 1.5, not 1,5" : ""));
            if (!std::isfinite(static_cast<float>(*value))) refuse("'" + shown(field) + "' is not a finite number");
            table.values.push_back(*value);
        }
        if (is_first) first_line = lines.number;
        suspicions.see(fields, table.rows() - 1, lines.number);
    }
    if (table.values.empty()) file.refuse("has no points");
    if (!table.names.empty()) return table;

    const std::string names = table.columns == 2 ? "x" + std::string(1, table.separator) + "y" : "x";
    const std::string settle = "; a header line, " + names + ", would settle it";
    if (suspicions.first_counts && suspicions.later_fraction) {
        refuse_line(first_line,
                    std::string("'0") + (table.columns == 2 ? ",1" : "") +
                        "' is either a point or the header that pandas writes for columns without names (leave "
                        "it out, with header=False)" +
                        settle);
    }
    if (suspicions.counts_lines && !suspicions.whole && table.rows() > 1) {
        refuse_line(first_line,
                    "the first column counts the lines: it is either an index (leave it out) or a coordinate" + settle);
    }
    if (suspicions.whole && suspicions.zero_line > 0 && table.separator == ',') {
        refuse_line(suspicions.zero_line,
                    "'" + shown(suspicions.zero_text) +
                        "' is either one number with a decimal comma (write a point) or two columns" + settle);
    }
    return table;
}

}  // namespace gantry::kit
