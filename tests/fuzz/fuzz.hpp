// What the fuzz targets share (make fuzz). Each feeds bytes to one reader of the engine or the kit. A reader may refuse
// them, in the words that a user will see; anything else is a fault: a crash, a report of a sanitizer, an exception of
// a library, and an answer that does not survive being written and read again.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "core/core.hpp"

namespace fuzz {

/// Ends the program, which libFuzzer reports together with the bytes.
inline void require(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "fuzz: %s\n", what);
    std::abort();
}

/// Calls the reader. True if it accepted; a refusal must be one of ours and begin with "<name>:".
inline bool accepted(const std::string& name, auto reader) {
    try {
        reader();
        return true;
    } catch (const std::runtime_error& error) {
        require(std::string(error.what()).starts_with(name + ":"), error.what());
    } catch (const std::invalid_argument& error) {
        require(std::string(error.what()).starts_with(name + ":"), error.what());
    }
    return false;
}

inline bool same_bits(const gantry::Tensor& a, const gantry::Tensor& b) {
    const auto bytes = static_cast<std::size_t>(a.size()) * sizeof(gantry::Real);
    return a.shape() == b.shape() && std::memcmp(a.data(), b.data(), bytes) == 0;
}

}  // namespace fuzz

/// Each target defines both: valid inputs to start from, and what is done with one.
std::vector<std::string> seeds();
void run(const std::string& bytes);
