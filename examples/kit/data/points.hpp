// Toy data: points in the plane or on the line, the data sets on which one can see what a GAN does.
//
//     ring, 8 modes:   centre_k = radius (cos t, sin t),  t = 2 pi k / 8,  k = 0 .. 7
//
//               2
//           3       1                  A set with centres knows where its modes are, so that metrics.hpp can
//         4           0                count how many of them the generator found. A set without (moons,
//           5       7                  swissroll, ...) has a shape that only the eye can judge.
//               6
//
// Rules: every set fits into about [-radius, radius]. All randomness comes from the Random given: the same
// generator, the same points, on every machine. Numbers are in the data's units; `to_network` and
// `from_network` convert to and from coordinates of size about 1, which is what networks train on. A file whose
// points lie far from 0, like time stamps, is moved there by `origin`, in double: a float has no digits left for
// the differences between them.
// What it does not do: weights for modes, more than two dimensions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "core/tensor.hpp"

namespace gantry::kit {

using Point = std::array<double, 2>;  // the second number is 0 in one dimension

struct Points {
    std::string name;            // "ring", or the path of the file
    std::string about;           // for the banner: "ring: 8 modes, radius 1, std 0.05"
    Index dimensions = 2;        // 2; 1 for gauss1d, mixture1d and files of one column
    std::vector<Point> centres;  // the modes, all of the same weight; empty where there are none
    double radius = 1;           // size of the set
    double std = 0;              // standard deviation of a mode per axis, or of the noise around a curve
    Point origin{0, 0};          // what was subtracted from the numbers of a file
    Point offset{0, 0};          // to_network(x) = (x - offset) / scale
    double scale = 1;

    /// n points, [n, dimensions], in the data's units, minus the origin.
    Tensor sample(Index n, Random& rng) const;

    /// The same points in network coordinates. to_network(sample(n, rng)), but rounded once, at the end.
    Tensor sample_for_network(Index n, Random& rng) const;

    /// Data's units, minus the origin, to network coordinates and back; both take and return [N, dimensions].
    Tensor to_network(const Tensor& x) const;
    Tensor from_network(const Tensor& x) const;

    // How one point is made from its share of random numbers; `place` is the formula of the set.
    struct Draw {
        Index part;   // 0 .. parts - 1, all equally likely
        double u, v;  // uniform in [0, 1)
        double e, f;  // standard normal
    };
    Index parts = 1;
    Point (*place)(const Points& set, const Draw& draw) = nullptr;
    std::vector<Point> rows;  // the points of a file
};

/// "ring", "grid", "moons", ...: every name that make_points knows.
const std::vector<std::string>& point_set_names();

/// "" if make_points would try it as a name or as a file, else what it takes (a Check for Options::text).
std::string check_point_set(const std::string& name_or_file);

/// The set of that name, or the points of a CSV file: anything with a dot or a slash in it is a path.
///
/// Without radius and std each set takes its own: radius 1, and ring std 0.05 (3 std are 0.15, the modes 0.77
/// apart), grid std 0.0125. The published grid (VEEGAN, PacGAN) has radius 4 and std 0.05: the same picture,
/// four times larger.
///
/// A file has one or two columns, as read_table reads them; `about` says what was understood, and what is constant.
/// Throws std::invalid_argument on an unknown name, and std::runtime_error naming file, line and what is wrong.
Points make_points(const std::string& name_or_file, std::optional<double> radius = std::nullopt,
                   std::optional<double> std = std::nullopt);

}  // namespace gantry::kit
