// What several test files need: a folder of their own, files as strings, what is printed, comparisons of long lists.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace help {

/// The folder of the running test program; main() sets it.
inline std::filesystem::path program_folder = ".";

/// An empty folder of its own, removed at the end. It lies beside the test program, which was just written there: so
/// no test depends on a folder for temporary files.
struct Folder {
    std::filesystem::path path;
    Folder() {
        static int count = 0;
        path = program_folder / ("folder_" + std::to_string(getpid()) + "_" + std::to_string(++count));
        std::filesystem::remove_all(path);
        std::filesystem::create_directories(path);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string operator/(const std::string& name) const { return (path / name).string(); }
};

/// A file of this content in a folder of its own.
struct File {
    Folder folder;
    std::string path;
    explicit File(const std::string& name, const std::string& content = "") : path(folder / name) {
        std::ofstream(path, std::ios::binary) << content;
    }
};

/// All bytes of a file; "" if there is none.
inline std::string read(const std::filesystem::path& path) {
    std::ostringstream content;
    content << std::ifstream(path, std::ios::binary).rdbuf();
    return content.str();
}

inline void write(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
}

/// Keeps what is written to a stream while it lives, and away from the terminal.
struct Caught {
    std::ostream& stream;
    std::ostringstream text;
    std::streambuf* before;
    explicit Caught(std::ostream& from) : stream(from), before(from.rdbuf(text.rdbuf())) {}
    ~Caught() { stream.rdbuf(before); }
    Caught(const Caught&) = delete;
    Caught& operator=(const Caught&) = delete;
    std::string str() const { return text.str(); }
};

/// What the exception says that `action` throws; "" if it throws none.
inline std::string error_of(auto action) {
    try {
        action();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline int count(const std::string& text, const std::string& part) {
    int found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

/// The words of a text with one blank between them: the same wherever its lines break.
inline std::string one_line(const std::string& text) {
    std::istringstream words(text);
    std::string line;
    for (std::string word; words >> word;) line += (line.empty() ? "" : " ") + word;
    return line;
}

/// How two lists of numbers differ, bit by bit but that 0 equals -0: "" if they do not, else one line for a failing
/// test. CHECK(a == b) would print both lists whole, and there are lists of a million numbers.
///
///     CHECK(differences(a, b) == "")      3 of 600000 numbers differ, the first at 17: 0.5 and 0.25; at most by ...
template <typename Number>
std::string differences(const std::vector<Number>& a, const std::vector<Number>& b) {
    std::ostringstream text;
    text.precision(9);
    if (a.size() != b.size()) {
        text << a.size() << " numbers and " << b.size();
        return text.str();
    }
    std::size_t differ = 0, first = 0;
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))) continue;
        if (differ++ == 0) first = i;
        const double x = a[i], y = b[i];
        const double relative = std::fabs(x - y) / std::max(std::fabs(x), std::fabs(y));
        if (std::isnan(relative) || relative > largest) largest = relative;
    }
    if (differ == 0) return "";
    text << differ << " of " << a.size() << " numbers differ, the first at " << first << ": " << a[first] << " and "
         << b[first] << "; the largest relative difference is " << largest;
    return text.str();
}

}  // namespace help
