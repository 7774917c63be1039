// A progress line with the time left, rewritten in place while training:
//
//     1200 of 4000 [=======                 ] 30 %, 14 s left  discriminator 1.31  generator 0.74
//
// Rules: it is drawn at most ten times a second and costs nothing measurable. NO_COLOR (no-color.org) is respected. Of
// a line longer than the terminal is wide the last fields are left out. The line is removed at the end: results stay,
// progress does not. A log or a pipe gets a plain line at each tenth of the way instead, at most one a second.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "core/real.hpp"

namespace gantry::kit {

class Progress {
  public:
    explicit Progress(Index total);  // on stdout
    /// Anywhere, for tests. `shown`: on a terminal, of so many columns, 0: unlimited; `seconds` between two plain
    /// lines.
    Progress(Index total, std::ostream& out, bool shown, bool coloured, int columns = 0, double seconds = 1e9);
    ~Progress();  // removes the line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// `done` of `total` steps are done; the note (losses, say) follows the bar.
    void update(Index done, const std::string& note = "");

    /// A line that stays, above the progress; on a terminal only.
    void say(const std::string& line);

    /// Removes the line; the next update draws it again.
    void clear();

    /// Whether a note would be seen: spares the caller the work of making one.
    bool due(Index done) const;

  private:
    Index total_;
    std::ostream& out_;
    bool shown_, coloured_;
    int columns_;
    double seconds_;
    Index tenth_ = 0;  // of the way, said last
    bool drawn_ = false;
    std::chrono::steady_clock::time_point start_, last_;
};

/// The text in lines of at most so many columns, broken at blanks; all but the first are indented. Without columns
/// those of the terminal, 80 at least; a pipe gets one line.
std::string folded(const std::string& text, std::size_t indent, std::size_t columns = 0);

/// 75 s -> "1 min 15 s"
std::string duration(double seconds);

}  // namespace gantry::kit
