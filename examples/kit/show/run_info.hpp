// What a program says of its run: in its banner, below a report's pictures, and in every file that it leaves.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gantry::kit {

/// Label and text of each line.
using Lines = std::vector<std::pair<std::string, std::string>>;

struct RunInfo {
    std::string program;           // "04_gan_2d"
    std::string command;           // what repeats it
    std::filesystem::path folder;  // where it writes; exists
    std::uint64_t seed = 1;
    Lines about = {};  // data, networks, training
};

/// What an exception says, in words that a user can act on: no library's "std::bad_alloc" or "filesystem error".
std::string in_words(const std::exception& error);

}  // namespace gantry::kit
