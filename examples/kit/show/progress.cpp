#include "examples/kit/show/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>

namespace gantry::kit {

static bool environment_has(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

static bool is_dumb_terminal() {
    const char* term = std::getenv("TERM");
    return term == nullptr || std::string(term) == "dumb";
}

static int terminal_columns() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

Progress::Progress(Index total)
    : Progress(total, std::cout, isatty(STDOUT_FILENO) == 1 && !is_dumb_terminal(), !environment_has("NO_COLOR"),
               terminal_columns(), 1) {}

Progress::Progress(Index total, std::ostream& out, bool shown, bool coloured, int columns, double seconds)
    : total_(std::max<Index>(total, 1)),
      out_(out),
      shown_(shown),
      coloured_(coloured),
      columns_(columns),
      seconds_(seconds),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() { clear(); }

void Progress::clear() {
    if (drawn_) out_ << "\r\x1b[K" << std::flush;  // back to the first column, erase to the end of the line
    drawn_ = false;
}

void Progress::say(const std::string& line) {
    if (!shown_) return;
    clear();
    out_ << folded(line, 4, static_cast<std::size_t>(std::max(columns_, 0))) << std::endl;
}

bool Progress::due(Index done) const {
    const double since = std::chrono::duration<double>(std::chrono::steady_clock::now() - last_).count();
    return shown_ ? since >= 0.1 : 10 * done / total_ > tenth_ && since >= seconds_;
}

std::string folded(const std::string& text, std::size_t indent, std::size_t columns) {
    if (columns == 0) columns = std::max(terminal_columns(), 80);
    const std::size_t line = text.find('\n');
    if (line != std::string::npos)
        return folded(text.substr(0, line), indent, columns) + "\n" + folded(text.substr(line + 1), indent, columns);
    std::string result, rest = text;
    while (rest.size() > columns) {
        const std::size_t blank = rest.rfind(' ', columns);
        if (blank == std::string::npos || blank <= indent) break;  // one long word
        result += rest.substr(0, blank) + "\n";
        rest = std::string(indent, ' ') + rest.substr(blank + 1);
    }
    return result + rest;
}

// As many fields, which two blanks separate, as there is room for: half a number would be a wrong number.
static std::string first_fields(const std::string& text, std::size_t room) {
    if (text.size() <= room) return text;
    const std::size_t end = text.rfind("  ", room);
    return end == std::string::npos ? "" : text.substr(0, end);
}

void Progress::update(Index done, const std::string& note) {
    if (!due(done) || done < 1) return;
    tenth_ = 10 * done / total_;
    last_ = std::chrono::steady_clock::now();
    const double share = std::min(1.0, 1.0 * done / total_);
    const double elapsed = std::chrono::duration<double>(last_ - start_).count();
    const double left = elapsed / share * (1 - share);  // the rest goes as fast as what is done
    if (!shown_) {
        const std::string line =
            "  " + std::to_string(done) + " of " + std::to_string(total_) + ", " + duration(left) + " left";
        out_ << first_fields(line + (note.empty() ? "" : "  ") + note, 80) << std::endl;
        return;
    }
    const int width = columns_ > 0 && columns_ < 140 ? 8 : 24;
    const int full = static_cast<int>(share * width);
    const std::string before = std::to_string(done) + " of " + std::to_string(total_) + " [";
    const std::string bar = std::string(full, '=') + std::string(width - full, ' ');
    std::string after = "] " + std::to_string(static_cast<int>(100 * share)) + " %, " + duration(left) + " left";
    if (!note.empty()) after += "  " + note;
    const int room = columns_ - 1 - static_cast<int>(before.size()) - width;  // a full line would wrap around
    if (columns_ > 0) after = first_fields(after, std::max(room, 0));
    out_ << '\r' << before << (coloured_ ? "\x1b[32m" : "") << bar << (coloured_ ? "\x1b[0m" : "") << after << "\x1b[K"
         << std::flush;
    drawn_ = true;
}

std::string duration(double seconds) {
    const auto whole = static_cast<long long>(std::ceil(std::max(seconds, 0.0)));
    if (whole < 60) return std::to_string(whole) + " s";
    if (whole < 3600) return std::to_string(whole / 60) + " min " + std::to_string(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + std::to_string(whole % 3600 / 60) + " min";
}

}  // namespace gantry::kit
