// Catch2, whichever version is installed: v3 (Debian 13, Ubuntu 24.04, Homebrew) or v2 (Debian 12, Ubuntu 22.04).
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;  // v2 has it in both namespaces' reach
#else
#include <catch2/catch.hpp>
#endif
