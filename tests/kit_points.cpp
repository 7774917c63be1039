// The toy data sets: do the points lie where their formulas say, and does a broken file get a helpful answer?

#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <set>

#include "core/core.hpp"
#include "examples/kit/data/points.hpp"

using namespace gantry;
using namespace help;
using kit::make_points;
using kit::Points;
using std::numbers::pi;

namespace {

/// What make_points says about a file of this content, without the path in front.
std::string complaint(const std::string& content) {
    const File file("points.csv", content);
    try {
        make_points(file.path);
    } catch (const std::runtime_error& error) {
        const std::string message = error.what();
        REQUIRE(message.starts_with(file.path + ":"));
        return message.substr(file.path.size() + 1);
    }
    return "no complaint";
}

std::vector<Real> numbers_of(const std::string& content) {
    const File file("points.csv", content);
    const Points set = make_points(file.path);
    std::vector<Real> numbers;
    for (const kit::Point& row : set.rows) {
        for (Index axis = 0; axis < set.dimensions; ++axis) numbers.push_back(static_cast<Real>(row[axis]));
    }
    return numbers;
}

/// f(x, y) must hold for 2,000 points of the set without noise.
template <typename Condition>
void check_all(const std::string& name, Condition f) {
    Random rng(7);
    const Tensor x = make_points(name, 2, 0).sample(2000, rng);
    Index wrong = 0;
    for (Index i = 0; i < 2000; ++i) {
        if (!f(x.data()[2 * i], x.data()[2 * i + 1])) ++wrong;
    }
    CAPTURE(name);
    CHECK(wrong == 0);
}

}  // namespace

// ---------------------------------------------------------------------------------------- sets with modes

TEST_CASE("the ring has eight distinct modes at 2 pi k / 8", "[points]") {
    const Points ring = make_points("ring");
    REQUIRE(ring.centres.size() == 8);
    CHECK(ring.std == 0.05);
    CHECK(ring.dimensions == 2);
    const double half = std::sqrt(0.5);
    const double x[] = {1, half, 0, -half, -1, -half, 0, half};
    const double y[] = {0, half, 1, half, 0, -half, -1, -half};
    for (int k = 0; k < 8; ++k) {
        CHECK(std::fabs(ring.centres[k][0] - x[k]) < 1e-15);
        CHECK(std::fabs(ring.centres[k][1] - y[k]) < 1e-15);
        const auto& next = ring.centres[(k + 1) % 8];
        const double apart = std::hypot(next[0] - ring.centres[k][0], next[1] - ring.centres[k][1]);
        CHECK(apart == Approx(2 * std::sin(pi / 8)));  // 0.765, also from the last to the first
    }
}

TEST_CASE("the ring's samples have the weights, means and spread of its modes", "[points]") {
    const Points ring = make_points("ring", 2, 0.1);
    Random rng(3);
    const Index n = 16000;
    const Tensor x = ring.sample(n, rng);
    REQUIRE(x.shape() == Shape{n, 2});
    double count[8] = {}, sum[8][2] = {}, square[8][2] = {};
    for (Index i = 0; i < n; ++i) {
        const double px = x.data()[2 * i];
        const double py = x.data()[2 * i + 1];
        const int k = static_cast<int>(std::lround(std::atan2(py, px) / (pi / 4)) + 8) % 8;
        const double dx = px - 2 * std::cos(k * pi / 4);
        const double dy = py - 2 * std::sin(k * pi / 4);
        count[k] += 1;
        sum[k][0] += dx;
        sum[k][1] += dy;
        square[k][0] += dx * dx;
        square[k][1] += dy * dy;
    }
    for (int k = 0; k < 8; ++k) {
        CHECK(std::fabs(count[k] - 2000) < 5 * 42);  // sqrt(n p (1 - p)) = 42
        for (int axis : {0, 1}) {
            CHECK(std::fabs(sum[k][axis] / count[k]) < 5 * 0.1 / std::sqrt(2000));
            CHECK(std::sqrt(square[k][axis] / count[k]) == Approx(0.1).epsilon(0.08));
        }
    }
}

TEST_CASE("the grid is the published one, at any size", "[points]") {
    const Points published = make_points("grid", 4, 0.05);
    REQUIRE(published.centres.size() == 25);
    std::set<std::pair<double, double>> centres;
    for (const kit::Point& c : published.centres) centres.insert({c[0], c[1]});
    std::set<std::pair<double, double>> expected;
    for (double x : {-4, -2, 0, 2, 4}) {
        for (double y : {-4, -2, 0, 2, 4}) expected.insert({x, y});
    }
    CHECK(centres == expected);
    const Points ours = make_points("grid");
    CHECK(ours.radius / ours.std == Approx(4 / 0.05));
}

TEST_CASE("one-dimensional sets are [N, 1]", "[points]") {
    Random rng(1);
    const Points mixture = make_points("mixture1d", 3, 0.1);
    REQUIRE(mixture.centres.size() == 3);
    CHECK(mixture.centres[0][0] == -3);
    CHECK(mixture.centres[1][0] == 0);
    CHECK(mixture.centres[2][0] == 3);
    const Tensor x = mixture.sample(3000, rng);
    REQUIRE(x.shape() == Shape{3000, 1});
    Index count[3] = {};
    for (Real value : x.values()) {
        const Index k = std::lround(value / 3) + 1;
        REQUIRE(std::fabs(value - 3 * (k - 1)) < 0.6);
        ++count[k];
    }
    for (Index k : {0, 1, 2}) CHECK(std::abs(count[k] - 1000) < 5 * 26);
    CHECK(make_points("gauss1d").sample(5, rng).shape() == Shape{5, 1});
    CHECK(make_points("gauss1d").centres.size() == 1);
}

// ---------------------------------------------------------------------------------------- sets with a shape
//
// Without noise every point must satisfy the equation of its curve. Radius 2.

TEST_CASE("the curves are the ones they are named after", "[points]") {
    auto near = [](double a, double b) { return std::fabs(a - b) < 1e-5; };
    check_all("moons", [&](double x, double y) {
        const double u = 1.5 * x / 2 + 0.5;  // back to the plane of the unit circles
        const double v = 1.5 * y / 2 + 0.25;
        const bool upper = near(std::hypot(u, v), 1) && v > -1e-5;
        const bool lower = near(std::hypot(u - 1, v - 0.5), 1) && v < 0.5 + 1e-5;
        return upper || lower;
    });
    check_all("swissroll", [&](double x, double y) {
        const double t = std::hypot(x, y) * 4.5 * pi / 2;
        return t > 1.5 * pi - 1e-4 && t < 4.5 * pi + 1e-4 && near(std::cos(t) * t, x * 4.5 * pi / 2) &&
               std::fabs(std::sin(t) * t - y * 4.5 * pi / 2) < 1e-4;
    });
    check_all("spirals", [&](double x, double y) {
        const double r = std::hypot(x, y);
        const double angle = 3 * pi * r / 2;
        const bool first = near(x, r * std::cos(angle)) && near(y, r * std::sin(angle));
        const bool second = near(x, -r * std::cos(angle)) && near(y, -r * std::sin(angle));
        return r < 2 + 1e-5 && (first || second);
    });
    check_all("circles", [&](double x, double y) { return near(std::hypot(x, y), 2) || near(std::hypot(x, y), 1); });
    check_all("checkerboard", [&](double x, double y) {
        const auto column = static_cast<int>(std::floor(x + 2));  // squares of side 1 from -2 to 2
        const auto row = static_cast<int>(std::floor(y + 2));
        return std::fabs(x) <= 2 && std::fabs(y) <= 2 && (column + row) % 2 == 0;
    });
    check_all("pinwheel", [&](double x, double y) {  // blades without width: five points
        const double turns = (std::atan2(y, x) - std::exp(1) / 4) / (2 * pi / 5);
        return near(std::hypot(x, y), 1) && near(turns, std::round(turns));
    });
}

TEST_CASE("every part of a set is visited", "[points]") {
    Random rng(5);
    const Tensor board = make_points("checkerboard").sample(2000, rng);
    std::set<std::pair<int, int>> squares;
    for (Index i = 0; i < 2000; ++i) {
        squares.insert({static_cast<int>(std::floor(2 * board.data()[2 * i])),
                        static_cast<int>(std::floor(2 * board.data()[2 * i + 1]))});
    }
    CHECK(squares.size() == 8);

    const Tensor blades = make_points("pinwheel", 1, 0).sample(500, rng);
    std::set<long> angles;
    for (Index i = 0; i < 500; ++i) {
        angles.insert(std::lround(1000 * std::atan2(blades.data()[2 * i + 1], blades.data()[2 * i])));
    }
    CHECK(angles.size() == 5);
}

TEST_CASE("noise has the standard deviation that was asked for", "[points]") {
    Random rng(9);
    const Tensor x = make_points("circles", 1, 0.02).sample(8000, rng);
    double squares = 0;
    for (Index i = 0; i < 8000; ++i) {
        const double r = std::hypot(x.data()[2 * i], x.data()[2 * i + 1]);
        const double off =
            std::min(std::fabs(r - 1), std::fabs(r - 0.5));  // across the circle: one axis' worth of noise
        squares += off * off;
    }
    CHECK(std::sqrt(squares / 8000) == Approx(0.02).epsilon(0.05));
}

TEST_CASE("all sets fit into about their radius, in points and in network coordinates", "[points]") {
    Random rng(11);
    for (const std::string& name : kit::point_set_names()) {
        const Points set = make_points(name, 3);
        const Tensor x = set.sample(1000, rng);
        const Tensor scaled = set.to_network(x);
        const Tensor back = set.from_network(scaled);
        CAPTURE(name);
        for (Index i = 0; i < x.size(); ++i) {
            CHECK(std::fabs(x.data()[i]) < 4);
            CHECK(scaled.data()[i] == Approx(x.data()[i] / 3));
            CHECK(back.data()[i] == Approx(x.data()[i]).margin(1e-6));
        }
    }
}

TEST_CASE("the same generator gives the same points, the next draw gives others", "[points]") {
    const Points ring = make_points("ring");
    Random one(42), two(42);
    const std::vector<Real> first = ring.sample(64, one).values();
    CHECK(differences(ring.sample(64, two).values(), first) == "");
    CHECK(differences(ring.sample(64, one).values(), first) != "");
    const Points gauss = make_points("gauss1d");  // one part: only the noise can differ
    const std::vector<Real> noise = gauss.sample(64, one).values();
    CHECK(differences(gauss.sample(64, one).values(), noise) != "");
    CHECK(ring.sample(0, one).shape() == Shape{0, 2});
}

TEST_CASE("unknown names and impossible sizes are refused", "[points]") {
    CHECK_THROWS_WITH(
        make_points("rign"),
        "make_points: rign: must be ring, grid, moons, swissroll, spirals, circles, checkerboard, pinwheel, "
        "gauss1d, mixture1d, or a file of points (FILE.csv)");
    CHECK_THROWS_AS(make_points("ring", 0), std::invalid_argument);
    CHECK_THROWS_AS(make_points("ring", 1, -0.1), std::invalid_argument);
    CHECK_THROWS_AS(make_points("ring", NAN), std::invalid_argument);
    CHECK_THROWS_AS(make_points("ring", 1, INFINITY), std::invalid_argument);
    CHECK_THROWS_AS(make_points("ring").to_network(zeros({3, 1})), std::invalid_argument);
    CHECK_THROWS_AS(make_points("ring").from_network(zeros({3, 1})), std::invalid_argument);
    CHECK(kit::check_point_set("ring").empty());
    CHECK(kit::check_point_set("my.csv").empty());
    CHECK(kit::check_point_set("folder/points").empty());
    CHECK(kit::check_point_set("rign").starts_with("must be ring, "));
}

// ---------------------------------------------------------------------------------------- files

TEST_CASE("a file of points may be separated in four ways", "[points]") {
    const std::vector<Real> expected{1, Real(-2.5), 3000, 0};
    CHECK(numbers_of("1,-2.5\n3e3,0\n") == expected);
    CHECK(numbers_of("1;-2.5\n3e3;0") == expected);
    CHECK(numbers_of("  1   -2.5\n3e3 0  \n") == expected);
    CHECK(numbers_of("1\t-2.5\r\n3e3\t0\r\n") == expected);
    CHECK(numbers_of("x, y\n1, -2.5\n\n3e3 , 0\n\n") == expected);
    CHECK(numbers_of("\xEF\xBB\xBF"
                     "1;-2.5\n3e3;0\n") == expected);  // the mark that some editors put in front
    CHECK(numbers_of("# made by hand\n1 -2.5\n# more\n3e3 0\n") == expected);
    CHECK(numbers_of("value\n1\n-2.5\n3e3\n0\n") == expected);  // one column
}

TEST_CASE("samples of a file are its rows", "[points]") {
    const File file("points.csv", "x,y\n100,0\n102,0\n101,1\n101,-1\n");
    const Points set = make_points(file.path);
    CHECK(set.dimensions == 2);
    CHECK(set.centres.empty());
    CHECK(set.about == file.path + ": 4 points in 2 dimensions (columns x and y, separated by commas)");
    Random rng(1);
    const Tensor x = set.sample(400, rng);
    std::set<std::pair<Real, Real>> seen;
    for (Index i = 0; i < 400; ++i) seen.insert({x.data()[2 * i], x.data()[2 * i + 1]});
    CHECK(seen == std::set<std::pair<Real, Real>>{{100, 0}, {102, 0}, {101, 1}, {101, -1}});

    // Mean (101, 0), root mean squared distance 1.
    const Tensor scaled = set.to_network(tensor({2, 2}, {100, 0, 101, 1}));
    CHECK(scaled.values() == std::vector<Real>{-1, 0, 0, 1});
    CHECK(set.from_network(scaled).values() == std::vector<Real>{100, 0, 101, 1});
    CHECK_THROWS_AS(make_points(file.path, 2), std::invalid_argument);
}

TEST_CASE("points that are all the same are not divided by zero", "[points]") {
    const File file("points.csv", "5,6\n5,6\n");
    const Points set = make_points(file.path);
    CHECK(set.to_network(tensor({1, 2}, {5, 7})).values() == std::vector<Real>{0, 1});
}

TEST_CASE("a broken file of points is named, with the line and what is wrong", "[points]") {
    CHECK(complaint("") == " has no points");
    CHECK(complaint("x,y\n") == " has no points");
    CHECK(complaint("\n\n# nothing\n") == " has no points");
    CHECK(complaint("1,2\n3\n") == "2: 1 column, but the lines before have 2");
    CHECK(complaint("1\n2\n3 4\n") == "3: 2 columns, but the lines before have 1");
    CHECK(complaint("1,2,3\n") == "1: 3 columns; points have 1 or 2");
    CHECK(complaint("x,y\n1,2\n3,four\n") == "3: 'four' is not a number");
    CHECK(complaint("x,y\nu,v\n1,2\n") == "2: 'u' is not a number");  // one header line, not two
    CHECK(complaint("1,y\n") == "1: 'y' is not a number");
    CHECK(complaint("1,\n") == "1: '' is not a number");
    CHECK(complaint("1,,2\n") == "1: 3 columns; points have 1 or 2");
    CHECK(complaint("1,5;2,5\n") == "1: '1,5' is not a number: write 1.5, not 1,5");
    CHECK(complaint("1,nan\n") == "1: 'nan' is not a finite number");
    CHECK(complaint("nan,nan\n") == "1: 'nan' is not a finite number");
    CHECK(complaint("1,2\n1,-inf\n") == "2: '-inf' is not a finite number");
    CHECK(complaint("1,1e400\n") == "1: '1e400' is not a finite number");
    CHECK(complaint("1,1e39\n") == "1: '1e39' is not a finite number");  // too large for a float
    CHECK(complaint("1,0x10\n") == "1: '0x10' is not a number");
    CHECK(complaint("1,2\n\x01\x02,3\n") ==
          "2: '?"
          "?' is not a number");
    CHECK(complaint("1,2\n3,abcdefghijklmnopqrstuvwxyz\n") == "2: 'abcdefghijklmnopqrst...' is not a number");
}

TEST_CASE("what was understood of a file is said", "[points]") {
    const auto about = [](const std::string& content) {
        const File file("points.csv", content);
        return make_points(file.path).about.substr(file.path.size() + 2);
    };
    CHECK(about("1;2\n3;5\n") == "2 points in 2 dimensions (no header line, separated by semicolons)");
    CHECK(about("a b\n1 2\n3 5\n") == "2 points in 2 dimensions (columns a and b, separated by blanks)");
    CHECK(about("\"a\"\t\"b\"\n1\t2\n3\t5\n") == "2 points in 2 dimensions (columns a and b, separated by tabs)");
    CHECK(about("value\n1\n-2\n") == "2 points in 1 dimension (column value)");
    CHECK(about("1\n-2\n") == "2 points in 1 dimension (no header line)");
    CHECK(about("\x01\xff,b\n1,2\n3,5\n") == "2 points in 2 dimensions (columns ?? and b, separated by commas)");
}

TEST_CASE("a file of points has one dialect, and its header fits its rows", "[points]") {
    CHECK(complaint("x;y\n1;2\n3,5\n") == "3: 1 column, but the lines before have 2");
    CHECK(complaint("3,5\n1;2\n") == "1: '3,5' is not a number: write 1.5, not 1,5");
    CHECK(complaint("1\t2\n3 4\n") == "2: 1 column, but the lines before have 2");
    CHECK(complaint("1\t\t2\n") == "1: 3 columns; points have 1 or 2");
    CHECK(complaint("x,y,z\n1,2\n") == "2: 2 columns, but the header has 3");
    CHECK(complaint("x,y\n1\n") == "2: 1 column, but the header has 2");
    CHECK(complaint("x\n1 2\n") == "2: 2 columns, but the header has 1");
    CHECK(numbers_of("# made with x;y\nx,y\n1,2\n") == std::vector<Real>{1, 2});  // comments have no dialect
}

TEST_CASE("a file of points that can be read in two ways is refused with both", "[points]") {
    // Decimal commas.
    CHECK(complaint("x\n1,5\n-2,25\n") ==
          "2: '1,5' is either one number with a decimal comma (write 1.5) or two "
          "columns, of which the header names one");
    CHECK(complaint("1,5\n-2,05\n") ==
          "2: '-2,05' is either one number with a decimal comma (write a point) or two "
          "columns; a header line, x,y, would settle it");
    CHECK(numbers_of("x,y\n1,5\n-2,05\n") == std::vector<Real>{1, 5, -2, 5});
    CHECK(numbers_of("1,5\n-2,0\n") == std::vector<Real>{1, 5, -2, 0});
    CHECK(numbers_of("1.5,05\n-2,05\n") == std::vector<Real>{1.5, 5, -2, 5});
    // An index.
    const std::string unnamed =
        "1: the first column has no name: it is either an index, as pandas writes it (leave it "
        "out, with index=False), or a coordinate (give it a name)";
    CHECK(complaint(",x\n0,1.5\n1,2.5\n") == unnamed);
    CHECK(complaint("\"\",\"x\"\n\"1\",1.5\n") == unnamed);
    const std::string counts =
        "1: the first column counts the lines: it is either an index (leave it out) or a "
        "coordinate; a header line, x,y, would settle it";
    CHECK(complaint("0,1.5\n1,2.5\n2,2.5\n") == counts);
    CHECK(complaint("1,1.5\n2,2.5\n") == counts);
    CHECK(numbers_of("t,y\n0,1.5\n1,2.5\n") == std::vector<Real>{0, 1.5, 1, 2.5});
    CHECK(numbers_of("0,1.5\n1,2.5\n1,3.5\n") == std::vector<Real>{0, 1.5, 1, 2.5, 1, 3.5});
    CHECK(numbers_of("0,5\n1,7\n") == std::vector<Real>{0, 5, 1, 7});
    CHECK(numbers_of("0,1.5\n") == std::vector<Real>{0, 1.5});
    // The header that pandas writes for columns without names.
    CHECK(complaint("# r\n0,1\n1.5,2.5\n") ==
          "2: '0,1' is either a point or the header that pandas writes for columns without names (leave it out, with "
          "header=False); a header line, x,y, would settle it");
    CHECK(complaint("0\n1.5\n").starts_with("1: '0' is either a point or the header that pandas writes"));
    CHECK(numbers_of("x,y\n0,1\n1.5,2.5\n") == std::vector<Real>{0, 1, 1.5, 2.5});
    CHECK(numbers_of("0,1\n1,0\n") == std::vector<Real>{0, 1, 1, 0});
    CHECK(numbers_of("0.0,1\n1.5,2.5\n") == std::vector<Real>{0, 1, 1.5, 2.5});
}

TEST_CASE("files of other kinds are named for what they are", "[points]") {
    using namespace std::string_literals;
    CHECK(complaint("\xFF\xFEx\0,\0"s) == " is UTF-16 text: save it as UTF-8");
    CHECK(complaint("\xFE\xFF\0x\0,"s) == " is UTF-16 text: save it as UTF-8");
    CHECK(complaint("1\0,\0002\0\n\0"s) == " holds the character NUL: it is UTF-16 text or no text at all");
    CHECK(complaint("x,y\r1,2\r3,4\r") == " ends its lines with CR alone, as old Macs did: save it with LF or CR LF");
    CHECK(numbers_of("1,2\r") == std::vector<Real>{1, 2});
    CHECK(complaint("1,2\n3,4\r5,6\n") == "2: 3 columns; points have 1 or 2");
    CHECK(complaint("\x93NUMPY\x01\0v\0{'descr'"s) == " is a NumPy array (.npy): write it as text, with numpy.savetxt");
    CHECK(complaint("\x1F\x8B\x08\0\0"s) == " is compressed by gzip: unpack it with gunzip");
    CHECK(complaint("PK\x03\x04..") == " is a ZIP archive or a spreadsheet: save it as CSV");
    CHECK(complaint("\n <!DOCTYPE html>\n") ==
          " is HTML or XML, perhaps the message of a server: save the table itself");
    CHECK(complaint("\x89PNG\r\n") == " is a picture (PNG)");
    CHECK(complaint("%PDF-1.5\n") == " is a PDF document");
}

// ---------------------------------------------------------------------------------------- digits

namespace {

Index distinct(const Tensor& x, Index axis) {
    std::set<Real> values;
    for (Index i = 0; i < x.shape()[0]; ++i) values.insert(x.data()[i * x.shape()[1] + axis]);
    return static_cast<Index>(values.size());
}

}  // namespace

TEST_CASE("points far from 0 keep the differences between them", "[points]") {
    Random rng(3);
    std::string close = "x\n", stamps = "t,y\n", years = "year\n";
    for (int i = 0; i < 100; ++i)
        close += std::to_string(10'000'000 + i / 100) + "." + std::to_string(100 + i).substr(1) + "\n";
    for (int i = 0; i < 2000; ++i) stamps += std::to_string(1'700'000'000 + i) + "," + std::to_string(i % 7) + "\n";
    for (int i = 0; i < 100; ++i) years += std::to_string(1920 + i) + "\n";

    const File close_file("points.csv", close);
    const Points hundred = make_points(close_file.path);
    CHECK(distinct(hundred.sample_for_network(5000, rng), 0) == 100);
    CHECK(distinct(hundred.sample(5000, rng), 0) == 100);
    CHECK(hundred.about.ends_with("(column x); pictures show it minus 10000000"));

    const File stamps_file("points.csv", stamps);
    const Points times = make_points(stamps_file.path);
    CHECK(times.origin == kit::Point{1700001000, 0});
    CHECK(times.about.ends_with("; pictures show it minus 1700001000 and 0"));
    const Tensor x = times.sample_for_network(50000, rng);
    CHECK(distinct(x, 0) == 2000);
    const Tensor back = times.from_network(x);
    Index off = 0;
    for (Index i = 0; i < back.size(); i += 2) off += !(std::fabs(back.data()[i] - std::round(back.data()[i])) < 1e-3);
    CHECK(off == 0);

    const File years_file("points.csv", years);
    const Points century = make_points(years_file.path);  // a float has digits enough: shown as they are
    CHECK(century.origin == kit::Point{0, 0});
    CHECK(distinct(century.sample_for_network(5000, rng), 0) == 100);
}

TEST_CASE("the network's points are the data's, rounded once", "[points]") {
    for (const std::string name : {"ring", "gauss1d"}) {
        const Points set = make_points(name);
        Random one(42), two(42);
        const Tensor direct = set.sample_for_network(64, one), converted = set.to_network(set.sample(64, two));
        CHECK(differences(direct.values(), converted.values()) == "");
    }
    const Points wide = make_points("ring", 3);
    Random one(42), two(42);
    const Tensor direct = wide.sample_for_network(64, one), rounded = wide.to_network(wide.sample(64, two));
    for (Index i = 0; i < direct.size(); ++i) CHECK(direct.data()[i] == Approx(rounded.data()[i]).epsilon(1e-6));
}

TEST_CASE("a file without spread says so", "[points]") {
    const File equal("points.csv", "0.1\n0.1\n0.1\n0.1\n0.1\n0.1\n0.1\n");
    const Points constant = make_points(equal.path);
    CHECK(constant.radius == 0);
    CHECK(constant.scale == 1);
    CHECK(constant.offset[0] == 0.1);
    CHECK(constant.about.ends_with("7 points in 1 dimension (no header line); column 1 is constant"));
    Random rng(1);
    CHECK(constant.sample_for_network(3, rng).values() == std::vector<Real>{0, 0, 0});

    const File line("points.csv", "x,y\n0.1,1\n0.1,2\n0.1,4\n");
    CHECK(make_points(line.path).about.ends_with("; x is constant"));
    const File same("points.csv", "5,6\n5,6\n");
    CHECK(make_points(same.path).about.ends_with("; column 1 and column 2 are constant"));
    const File one("points.csv", "5,6\n");
    CHECK(make_points(one.path).about.ends_with(
        ": 1 point in 2 dimensions (no header line, separated by commas); this is one point alone: there is nothing to "
        "learn from"));
    const File tiny("points.csv", "1e-200\n3e-200\n");
    if (sizeof(Real) == 4) {
        CHECK_THROWS_WITH(make_points(tiny.path), tiny.path +
                                                      ": its points lie within 1e-200 of each other, which is too "
                                                      "small a number to compute with: take another unit");
    } else {
        CHECK(make_points(tiny.path).radius == Approx(1e-200));
    }
}

TEST_CASE("what is not a file, or too large for one of points, is refused before it is read", "[points]") {
    CHECK_THROWS_WITH(make_points("./no_such_file.csv"), "./no_such_file.csv: there is no such file");
    CHECK_THROWS_WITH(make_points("/dev/zero"), "/dev/zero: is a device, not a regular file");
    CHECK_THROWS_WITH(make_points("./"), "./: is a folder, not a regular file");
    const File file("points.csv", "1,2\n");
    std::filesystem::resize_file(file.path, std::uintmax_t(1) << 40);  // sparse: takes no room on the disk
    CHECK_THROWS_WITH(make_points(file.path), file.path + ": has 1048576 MB; a file of points may have 64 MB");
}
