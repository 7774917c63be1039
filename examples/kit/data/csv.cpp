#include "examples/kit/data/csv.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "core/shape.hpp"

namespace gantry::kit {

std::string to_text(double x) {
    char digits[32];
    const bool whole = x == std::trunc(x) && std::fabs(x) < 1e15 && !(x == 0 && std::signbit(x));
    const auto end = whole ? std::to_chars(digits, digits + 32, static_cast<long long>(x))  // 100000, not 1e+05
                           : std::to_chars(digits, digits + 32, x);
    return std::string(digits, end.ptr);
}

std::optional<double> parse_number(const std::string& text) {
    const bool starts_well = !text.empty() && text.find_first_of(" \t\r\n\v\f") == std::string::npos;
    if (!starts_well || text.find_first_of("xX") != std::string::npos) return std::nullopt;
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);  // std::from_chars is missing for double in libc++
    if (end != text.c_str() + text.size()) return std::nullopt;
    return value;
}

CsvWriter::CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header)
    : path_(path.string()), columns_(header.size()), file_(path) {
    for (std::size_t i = 0; i < header.size(); ++i) file_ << (i > 0 ? "," : "") << header[i];
    end_line();
}

void CsvWriter::row(const std::vector<double>& values) {
    if (values.size() != columns_) {
        fail("CsvWriter::row",
             path_ + " has " + std::to_string(columns_) + " columns, got " + std::to_string(values.size()) + " values");
    }
    for (std::size_t i = 0; i < columns_; ++i) file_ << (i > 0 ? "," : "") << to_text(values[i]);
    end_line();
}

void CsvWriter::end_line() {
    file_ << '\n' << std::flush;
    if (!file_) throw std::runtime_error(path_ + ": cannot be written");
}

}  // namespace gantry::kit
