#include "examples/kit/data/points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "examples/kit/data/csv.hpp"

namespace gantry::kit {
namespace {

using std::numbers::pi;
using Draw = Points::Draw;

Point on_circle(double radius, double angle) { return {radius * std::cos(angle), radius * std::sin(angle)}; }

Point blurred(const Points& set, const Point& x, const Draw& d) { return {x[0] + set.std * d.e, x[1] + set.std * d.f}; }

// ---------------------------------------------------------------------------------------- sets with modes
//
//   x = centre_k + std (e, f)

Point place_mode(const Points& set, const Draw& d) { return blurred(set, set.centres[d.part], d); }

// Eight angles, 2 pi k / 8 for k = 0 .. 7. (Eight angles from 0 to 2 pi inclusive make seven modes.)
std::vector<Point> ring_centres(double radius) {
    std::vector<Point> centres;
    for (int k = 0; k < 8; ++k) centres.push_back(on_circle(radius, 2 * pi * k / 8));
    return centres;
}

// 5 by 5, radius / 2 apart, as in VEEGAN (Srivastava et al. 2017) and PacGAN (Lin et al. 2018).
std::vector<Point> grid_centres(double radius) {
    std::vector<Point> centres;
    for (int row = -2; row <= 2; ++row) {
        for (int column = -2; column <= 2; ++column) centres.push_back({radius * column / 2, radius * row / 2});
    }
    return centres;
}

std::vector<Point> one_centre(double) { return {{0, 0}}; }

std::vector<Point> three_centres(double radius) { return {{-radius, 0}, {0, 0}, {radius, 0}}; }

std::vector<Point> no_centres(double) { return {}; }

// ---------------------------------------------------------------------------------------- sets with a shape

// Two half circles that reach into each other: (cos t, sin t) and (1 - cos t, 1/2 - sin t), t from 0 to pi;
// together 3 wide and 3/2 high, shifted and scaled into the square.
Point place_moons(const Points& set, const Draw& d) {
    const Point half = on_circle(1, pi * d.u);
    const Point x = d.part == 0 ? half : Point{1 - half[0], 0.5 - half[1]};
    return blurred(set, {set.radius * (x[0] - 0.5) / 1.5, set.radius * (x[1] - 0.25) / 1.5}, d);
}

// t (cos t, sin t), t uniform from 3 pi / 2 to 9 pi / 2: thinner outside. Used by Gulrajani et al. 2017.
Point place_swissroll(const Points& set, const Draw& d) {
    const double t = 1.5 * pi * (1 + 2 * d.u);
    return blurred(set, on_circle(set.radius * t / (4.5 * pi), t), d);
}

// Two arms of one and a half turns; the root makes the points equally dense along them.
Point place_spirals(const Points& set, const Draw& d) {
    const double t = std::sqrt(d.u);
    return blurred(set, on_circle(set.radius * t, 3 * pi * t + pi * d.part), d);
}

Point place_circles(const Points& set, const Draw& d) {
    return blurred(set, on_circle(d.part == 0 ? set.radius : set.radius / 2, 2 * pi * d.u), d);
}

// The eight black squares of a board of 4 by 4.
Point place_checkerboard(const Points& set, const Draw& d) {
    const double row = d.part / 2;
    const double column = 2 * (d.part % 2) + d.part / 2 % 2;
    return blurred(set, {set.radius * ((column + d.u) / 2 - 1), set.radius * ((row + d.v) / 2 - 1)}, d);
}

// Five blades, long (3 std) and narrow (std), bent by e^distance / 4, after Johnson et al. 2016.
Point place_pinwheel(const Points& set, const Draw& d) {
    const double along = set.radius / 2 + 3 * set.std * d.e;
    const double across = set.std * d.f;
    const double angle = 2 * pi * d.part / 5 + std::exp(2 * along / set.radius) / 4;
    return {along * std::cos(angle) - across * std::sin(angle), along * std::sin(angle) + across * std::cos(angle)};
}

Point place_row(const Points& set, const Draw& d) { return set.rows[d.part]; }

// ---------------------------------------------------------------------------------------- the table

struct Entry {
    const char* name;
    const char* about;
    Index dimensions;
    double std;  // unless the caller wants another; the radius is 1
    Index parts;
    Point (*place)(const Points&, const Draw&);
    std::vector<Point> (*centres)(double radius);
};

const Entry entries[] = {
    {"ring", "8 modes", 2, 0.05, 8, place_mode, ring_centres},
    {"grid", "25 modes", 2, 0.0125, 25, place_mode, grid_centres},
    {"moons", "two half circles", 2, 0.03, 2, place_moons, no_centres},
    {"swissroll", "a spiral of one and a half turns", 2, 0.02, 1, place_swissroll, no_centres},
    {"spirals", "two arms", 2, 0.02, 2, place_spirals, no_centres},
    {"circles", "two concentric circles", 2, 0.03, 2, place_circles, no_centres},
    {"checkerboard", "8 squares", 2, 0, 8, place_checkerboard, no_centres},
    {"pinwheel", "5 bent blades", 2, 0.05, 5, place_pinwheel, no_centres},
    {"gauss1d", "one mode on a line", 1, 0.25, 1, place_mode, one_centre},
    {"mixture1d", "3 modes on a line", 1, 0.1, 3, place_mode, three_centres},
};

bool looks_like_a_file(const std::string& text) { return text.find_first_of("./\\") != std::string::npos; }

// ---------------------------------------------------------------------------------------- files

/// The mean of each column. Measured from the first row, so that the mean of equal numbers is that number.
Point mean_of(const std::vector<Point>& rows) {
    Point sum{0, 0};
    for (const Point& x : rows) {
        for (int axis : {0, 1}) sum[axis] += x[axis] - rows[0][axis];
    }
    const double count = rows.size();
    return {rows[0][0] + sum[0] / count, rows[0][1] + sum[1] / count};
}

/// The root mean squared distance from the mean. Divided by the largest on the way: no square overflows or vanishes.
double spread_of(const std::vector<Point>& rows, const Point& mean) {
    double largest = 0, squares = 0;
    for (const Point& x : rows) largest = std::max({largest, std::fabs(x[0] - mean[0]), std::fabs(x[1] - mean[1])});
    if (largest == 0) return 0;
    for (const Point& x : rows) {
        for (int axis : {0, 1}) squares += std::pow((x[axis] - mean[axis]) / largest, 2);
    }
    return largest * std::sqrt(squares / rows.size());
}

/// A round number near the mean of a column that lies far from 0 compared with its spread, like time stamps; else 0.
double origin_of(double mean, double spread) {
    if (spread == 0 || std::fabs(mean) < 1000 * spread) return 0;
    const double unit = std::pow(10, std::ceil(std::log10(spread)));
    return std::round(mean / unit) * unit;
}

/// "; x is constant": what a GAN cannot learn from such a file.
std::string warning(const Points& set, const Table& table) {
    if (set.rows.size() == 1) return "; this is one point alone: there is nothing to learn from";
    std::string constant;
    for (Index axis = 0; axis < set.dimensions; ++axis) {
        const auto same = [&](const Point& x) { return x[axis] == set.rows[0][axis]; };
        if (!std::all_of(set.rows.begin(), set.rows.end(), same)) continue;
        const std::string name = table.names.empty() ? "column " + std::to_string(axis + 1) : table.names[axis];
        constant += (constant.empty() ? "; " : " and ") + name;
    }
    return constant.empty() ? ""
                            : constant + (constant.find(" and ") == std::string::npos ? " is" : " are") + " constant";
}

// Standardised by the mean and the root mean squared distance from it, which for a ring is its radius.
Points points_of_file(const std::string& path) {
    const Table table = read_table(open_file(path), 2);
    Points set;
    set.name = path;
    set.dimensions = table.columns;
    for (Index i = 0; i < table.rows(); ++i) {
        const double* row = table.values.data() + i * table.columns;
        set.rows.push_back({row[0], table.columns == 2 ? row[1] : 0});
    }
    set.parts = set.rows.size();
    set.place = place_row;
    const Point mean = mean_of(set.rows);
    set.radius = spread_of(set.rows, mean);
    set.scale = set.radius > 0 ? set.radius : 1;  // all points may be the same
    if (static_cast<Real>(set.scale) < std::numeric_limits<Real>::min()) {
        throw std::runtime_error(path + ": its points lie within " + to_text(set.scale) +
                                 " of each other, which is too small a number to compute with: take another unit");
    }
    set.about = path + ": " + std::to_string(set.parts) + (set.parts == 1 ? " point in " : " points in ") +
                std::to_string(set.dimensions) + (set.dimensions == 1 ? " dimension (" : " dimensions (") +
                table.str() + ")" + warning(set, table);
    for (int axis : {0, 1}) {
        set.origin[axis] = origin_of(mean[axis], set.radius);
        set.offset[axis] = mean[axis] - set.origin[axis];
        for (Point& x : set.rows) x[axis] -= set.origin[axis];
    }
    if (set.origin != Point{0, 0}) {
        set.about += "; pictures show it minus " + to_text(set.origin[0]);
        if (set.dimensions == 2) set.about += " and " + to_text(set.origin[1]);
    }
    return set;
}

}  // namespace

// ---------------------------------------------------------------------------------------- public

const std::vector<std::string>& point_set_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> result;
        for (const Entry& entry : entries) result.push_back(entry.name);
        return result;
    }();
    return names;
}

std::string check_point_set(const std::string& name_or_file) {
    const std::vector<std::string>& names = point_set_names();
    const bool known = std::find(names.begin(), names.end(), name_or_file) != names.end();
    if (known || looks_like_a_file(name_or_file)) return "";
    std::string allowed = "must be ";
    for (const std::string& name : names) allowed += name + ", ";
    return allowed + "or a file of points (FILE.csv)";
}

Points make_points(const std::string& name_or_file, std::optional<double> radius, std::optional<double> std) {
    const std::string wrong = check_point_set(name_or_file);
    if (!wrong.empty()) fail("make_points", name_or_file + ": " + wrong);
    if (radius && !(*radius > 0 && std::isfinite(*radius))) fail("make_points", "radius must be above 0");
    if (std && !(*std >= 0 && std::isfinite(*std))) fail("make_points", "std must be at least 0");
    for (const Entry& entry : entries) {
        if (entry.name != name_or_file) continue;
        Points set;
        set.name = entry.name;
        set.dimensions = entry.dimensions;
        set.radius = radius.value_or(1);
        set.std = std.value_or(entry.std);
        set.centres = entry.centres(set.radius);
        set.scale = set.radius;
        set.parts = entry.parts;
        set.place = entry.place;
        set.about = set.name + ": " + entry.about + ", radius " + to_text(set.radius) + ", std " + to_text(set.std);
        return set;
    }
    if (radius || std) fail("make_points", name_or_file + ": a file of points has its own radius and std");
    return points_of_file(name_or_file);
}

/// (x - shift) / divisor of n points: computed in double, rounded once.
static Tensor draw(const Points& set, Index n, Random& rng, const Point& shift, double divisor) {
    const std::vector<Index> part = rng.indices(n, set.parts);
    const Tensor uniform = rng.uniform({n, 2}, 0, 1);
    const Tensor normal = rng.normal({n, 2});
    const Real* u = uniform.data();
    const Real* e = normal.data();
    Tensor x = empty({n, set.dimensions});
    Real* out = x.mutable_data();
    for (Index i = 0; i < n; ++i) {
        const Point point = set.place(set, {part[i], u[2 * i], u[2 * i + 1], e[2 * i], e[2 * i + 1]});
        for (Index axis = 0; axis < set.dimensions; ++axis)
            out[i * set.dimensions + axis] = (point[axis] - shift[axis]) / divisor;
    }
    return x;
}

Tensor Points::sample(Index n, Random& rng) const { return draw(*this, n, rng, {0, 0}, 1); }

Tensor Points::sample_for_network(Index n, Random& rng) const { return draw(*this, n, rng, offset, scale); }

/// convert(number, axis) of every number.
static Tensor converted(const char* what, const Points& set, const Tensor& x, auto convert) {
    shapes::check_same(what, "x", x.shape(), "the data", Shape{x.shape()[0], set.dimensions});
    Tensor y = empty(x.shape());
    Real* out = y.mutable_data();
    for (Index i = 0; i < x.size(); ++i) out[i] = convert(x.data()[i], i % set.dimensions);
    return y;
}

Tensor Points::to_network(const Tensor& x) const {
    return converted("to_network", *this, x, [&](Real in, Index axis) { return (in - offset[axis]) / scale; });
}

Tensor Points::from_network(const Tensor& x) const {
    return converted("from_network", *this, x, [&](Real in, Index axis) { return offset[axis] + scale * in; });
}

}  // namespace gantry::kit
