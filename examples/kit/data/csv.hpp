// Numbers as text, and tables of them: losses.csv, and the files of points that a user brings.
//
//     kit::CsvWriter losses(options.out("losses.csv"), {"step", "discriminator", "generator"});
//     losses.row({step, d_loss, g_loss});
//
// Rules: a number is written with the fewest digits that read back as the same double. Every row reaches the
// file at once, so that a run that is interrupted, or watched while it trains, has its table; where the disk is
// full, the table ends with its last whole row, and that is an error of the run. A table that can be read in two
// ways is refused, and the message names both. What it does not do: text cells.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/real.hpp"
#include "nn/file.hpp"

namespace gantry::kit {

/// 0.1 -> "0.1": the shortest decimal that reads back as x.
std::string to_text(double x);

/// All of the text as one number ("nan" and "inf" included), or nothing. No blanks, no hexadecimal.
std::optional<double> parse_number(const std::string& text);

class CsvWriter {
  public:
    /// Writes the header line. Throws std::runtime_error naming the path and the reason if it cannot be written.
    CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header);
    ~CsvWriter();
    CsvWriter(const CsvWriter&) = delete;
    CsvWriter& operator=(const CsvWriter&) = delete;

    /// One line. Throws std::invalid_argument unless there is a value for every column.
    void row(const std::vector<double>& values);

  private:
    void write_line(std::string line);

    std::string path_;
    std::size_t columns_;
    int file_;
    Index size_ = 0;  // bytes of whole lines
};

/// What a table of numbers holds, and how it was read.
struct Table {
    Index columns = 0;
    std::vector<std::string> names;  // of the columns; empty where there is no header line
    char separator = ' ';            // also where there is one column
    std::vector<double> values;      // [rows, columns]
    Index rows() const { return values.size() / columns; }

    /// "columns x and y, separated by commas": for the banner.
    std::string str() const;
};

/// Reads a table of at most `most` columns, which semicolons, commas, tabs or blanks separate: one of them in the whole
/// file. Empty lines and lines that begin with '#' are left out; the first of the others may be a header. Throws
/// std::runtime_error naming file, line and what is wrong: not numeric, not finite, ragged, empty, too large (64 MB),
/// of another kind (UTF-16, NumPy, gzip, HTML, ...), or with two readings (decimal commas, an index of pandas).
Table read_table(InputFile file, Index most);

}  // namespace gantry::kit
