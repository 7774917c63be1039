// Catch2, whichever version is installed: v3 (Debian 13, Ubuntu 24.04, Homebrew) or v2 (Debian 12, Ubuntu 22.04).
// Two names differ between them; under this header both are used as Approx and ContainsSubstring.
//
// A failing comparison prints at most 32 numbers of a list: one that printed 600,000 looked as if it hung. For lists
// that may be longer, CHECK(help::differences(a, b) == "") says where they differ (tests/help.hpp).
#pragma once

#include <string>
#include <vector>

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif

template <typename Number>
std::string first_numbers(const std::vector<Number>& list) {
    std::string text = "{";
    for (std::size_t i = 0; i < list.size() && i < 32; ++i) {
        text += (i > 0 ? ", " : " ") + Catch::StringMaker<Number>::convert(list[i]);
    }
    return text + (list.size() > 32 ? ", ... " + std::to_string(list.size()) + " numbers }" : " }");
}

namespace Catch {
template <>
struct StringMaker<std::vector<float>> {
    static std::string convert(const std::vector<float>& list) { return first_numbers(list); }
};
template <>
struct StringMaker<std::vector<double>> {
    static std::string convert(const std::vector<double>& list) { return first_numbers(list); }
};
}  // namespace Catch
