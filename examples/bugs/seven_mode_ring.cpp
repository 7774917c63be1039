// Bug: a ring of eight modes that has seven.
//
//     angles = linspace(0, 2 pi, 8)        t_k = 2 pi k / 7: the first and the last are the same angle
//
// It is tempting because linspace is the usual way to write "eight numbers from 0 to 2 pi", and includes both ends. On
// a ring the ends are one point. The demo of unrolled GANs had it, and from there many benchmarks.
//
// Symptom: the picture looks right, for who counts seven spots? But a quarter of the data lies in one of them, and the
// neighbours are 51 degrees apart instead of 45. Judged by the same list of centres, a generator that never makes mode
// 7 covers "8 of 8": the samples of the double mode are shared between its two centres by the last bit of their sine (2
// pi k / 7 at k = 7 gives -2.4e-16). With centres equal to the last bit nobody, not even the data, gets more than 7.
//
// Cure: t_k = 2 pi k / 8. Look at the distances between the modes, from the last to the first too.
#include <cmath>
#include <numbers>

#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/run/bug.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "t = 2 pi k / (8 - 1)     k = 0 .. 7, as linspace(0, 2 pi, 8) does",
    .right = "t = 2 pi k / 8",
    .symptom = "7 and 0 are one mode, a quarter of the data",
    .prevented_by = {{"examples/kit/data/points.cpp", "centres.push_back(on_circle(radius, 2 * pi * k / 8))"},
                     {"tests/kit_points.cpp", "the ring has eight distinct modes at 2 pi k / 8"}},
};

// A ring from above: the number of each mode, and an X where two fall together.
static std::vector<std::string> picture(const std::vector<kit::Point>& centres) {
    std::vector<std::string> lines(7, std::string(11, ' '));
    for (std::size_t k = 0; k < centres.size(); ++k) {
        char& place = lines[std::lround(3 - 3 * centres[k][1])][std::lround(5 + 5 * centres[k][0])];
        place = place == ' ' ? static_cast<char>('0' + k) : 'X';
    }
    return lines;
}

static double apart(const kit::Point& a, const kit::Point& b) { return std::hypot(a[0] - b[0], a[1] - b[1]); }

static kit::Outcome run(bool right, std::uint64_t seed) {
    const int n = 8;
    kit::Points ring = kit::make_points("ring");
    for (int k = 0; k < n; ++k) {
        const double t = 2 * std::numbers::pi * k / (right ? n : n - 1);
        ring.centres[k] = {std::cos(t), std::sin(t)};
    }
    Random data(seed, 1), generator(seed, 2);
    const Tensor x = ring.sample(2500, data);
    double near = 0;  // share of the data around (1, 0)
    for (Index i = 0; i < 2500; ++i) near += std::hypot(x.at({i, 0}) - 1, x.at({i, 1})) < 3 * ring.std ? 1.0 / 2500 : 0;
    kit::Points without_last = ring;
    without_last.parts = n - 1;
    const kit::ModeMetrics of_data = kit::mode_metrics(x, ring);
    const kit::ModeMetrics of_generator = kit::mode_metrics(without_last.sample(2500, generator), ring);
    const double gap = apart(ring.centres[n - 1], ring.centres[0]);

    kit::Outcome outcome;
    for (const std::string& line : picture(ring.centres)) outcome.row("", line);
    outcome.row("distance from mode 0 to mode 1", apart(ring.centres[0], ring.centres[1]));
    outcome.row("distance from mode 7 to mode 0", gap);
    outcome.row("share of the data around (1, 0)", near);
    outcome.row("modes covered by the data", std::to_string(of_data.modes) + " of 8");
    outcome.row("modes covered by a generator that never makes mode 7", std::to_string(of_generator.modes) + " of 8");
    outcome.symptom = gap < ring.std && near > 0.2;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a ring of eight modes that has seven", bug, run); }
