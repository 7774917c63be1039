// A progress line with the time left, rewritten in place while training:
//
//     1200 of 4000 [=======                 ] 30 %, 14 s left  discriminator 1.31  generator 0.74
//
// Rules: it appears on a terminal only, so that a log or a pipe stays clean. It is drawn at most ten times a
// second and costs nothing measurable. NO_COLOR (no-color.org) is respected. A line longer than the terminal is
// wide is cut. The line is removed at the end: results stay, progress does not.
#pragma once

#include <chrono>
#include <iosfwd>
#include <string>

#include "core/real.hpp"

namespace gantry::kit {

class Progress {
  public:
    explicit Progress(Index total);  // on stdout, if that is a terminal
    /// Anywhere, for tests; `columns` is the width of the terminal, 0: unlimited.
    Progress(Index total, std::ostream& out, bool shown, bool coloured, int columns = 0);
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
    bool due() const;

  private:
    Index total_;
    std::ostream& out_;
    bool shown_, coloured_;
    int columns_;
    bool drawn_ = false;
    std::chrono::steady_clock::time_point start_, last_;
};

/// 75 s -> "1 min 15 s"
std::string duration(double seconds);

}  // namespace gantry::kit
