// The tests' own instruments (tests/help.hpp, tests/catch.hpp).
#include <limits>

#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace help;

TEST_CASE("differences tells how many numbers differ, where first, and by how much at most", "[harness]") {
    std::vector<double> a(600'000, 1), b = a;
    CHECK(differences(a, b) == "");
    b[17] = 1.5;
    b[599'999] = 4;
    CHECK(differences(a, b) ==
          "2 of 600000 numbers differ, the first at 17: 1 and 1.5; the largest relative difference is 0.75");
    b.pop_back();
    CHECK(differences(a, b) == "600000 numbers and 599999");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(differences<double>({nan, 0}, {nan, -0.0}) == "");
    CHECK(differences<double>({nan, 1}, {1, 2}) ==
          "2 of 2 numbers differ, the first at 0: nan and 1; the largest relative difference is nan");
}

TEST_CASE("a failing comparison prints at most 32 numbers of a list", "[harness]") {
    const std::string text = Catch::StringMaker<std::vector<float>>::convert(std::vector<float>(600'000, 0.5f));
    CHECK(text.size() < 300);
    CHECK(text.ends_with("0.5f, ... 600000 numbers }"));
    CHECK(Catch::StringMaker<std::vector<double>>::convert({1, 2}) == "{ 1.0, 2.0 }");
}

TEST_CASE("a test's folder is empty at first, and gone afterwards", "[harness]") {
    std::filesystem::path path;
    {
        const File file("a b.txt", "text");
        path = file.folder.path;
        CHECK(read(file.path) == "text");
        CHECK(std::filesystem::exists(path / "a b.txt"));
    }
    CHECK_FALSE(std::filesystem::exists(path));
}
