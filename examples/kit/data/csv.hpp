// Numbers as text, and tables of them: losses.csv.
//
//     kit::CsvWriter losses(options.out("losses.csv"), {"step", "discriminator", "generator"});
//     losses.row({step, d_loss, g_loss});
//
// Rules: a number is written with the fewest digits that read back as the same double. Every row reaches the
// file at once, so that a run that is interrupted, or watched while it trains, has its table. An error of the
// disk is an error of the run. What it does not do: text cells, quoting.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace gantry::kit {

/// 0.1 -> "0.1": the shortest decimal that reads back as x.
std::string to_text(double x);

/// All of the text as one number ("nan" and "inf" included), or nothing. No blanks, no hexadecimal.
std::optional<double> parse_number(const std::string& text);

class CsvWriter {
  public:
    /// Writes the header line. Throws std::runtime_error naming the path if it cannot be written.
    CsvWriter(const std::filesystem::path& path, const std::vector<std::string>& header);

    /// One line. Throws std::invalid_argument unless there is a value for every column.
    void row(const std::vector<double>& values);

  private:
    std::string path_;
    std::size_t columns_;
    std::ofstream file_;
    void end_line();
};

}  // namespace gantry::kit
