// Catch2, whichever version is installed: v3 (Debian 13, Ubuntu 24.04, Homebrew) or v2 (Debian 12, Ubuntu 22.04).
// Two names differ between them; under this header both are used as Approx and ContainsSubstring.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;
#else
#include <catch2/catch.hpp>
inline auto ContainsSubstring(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif
