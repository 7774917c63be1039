// Bug: the gradient penalty mixes real and fake with a random number for each pixel instead of one for each sample.
//
//     e = rng.uniform(real.shape(), 0, 1)               wanted: one column, [N, 1]
//     x = e real + (1 - e) fake
//
// It is tempting because it compiles, because "uniform_like(real)" is at hand, and because the penalty's value looks as
// before. But the points then lie in the box between a real and a fake sample, not on the line that joins them
// (Gulrajani et al. 2017, algorithm 1). In d dimensions the mean of the d numbers is near 1/2, with a spread of
// 0.29 / sqrt(d): all points are near the middle, and the critic is never asked to have slope 1 near the data or near
// the fakes.
//
// Symptom: none in the loss. Look at the points: how much of the real sample is in each? It should be anything from 0
// to 1. Here it is 1/2 for all, and the points lie far from the line.
//
// Cure: e with the size 1 on every axis but the first: interpolate().
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "e = rng.uniform(real.shape(), 0, 1)        one number for each pixel",
    .right = "e = rng.uniform({N, 1}, 0, 1)              one for each sample",
    .symptom = "all points lie near the middle, off the line",
    .prevented_by = {{"losses/gradient_penalty.cpp", "const Tensor e = rng.uniform(column, 0, 1);"},
                     {"tests/operations_losses.cpp", "// e x + (1 - e) y with the random numbers e of seed 5."}},
};

static Tensor points_of(bool right, const Tensor& real, const Tensor& fake, Random& rng) {
    if (right) return interpolate(real, fake, rng);
    const Tensor e = rng.uniform(real.shape(), 0, 1);
    const Tensor part_real = e * real;
    const Tensor part_fake = (1 - e) * fake;
    return part_real + part_fake;
}

static double root_mean_square(const Tensor& x) { return std::sqrt(mean(square(x)).item()); }

static kit::Outcome run(bool right, std::uint64_t seed) {
    kit::Outcome outcome;
    Random data(seed, 1), noise(seed, 2), between(seed, 3);
    double spread = 0, off = 0;
    for (Index pixels : {2, 16, 784}) {
        const Index samples = 1000;
        const Tensor real = data.normal({samples, pixels}) + 1;
        const Tensor fake = noise.normal({samples, pixels});
        const Tensor x = points_of(right, real, fake, between);
        // How much of the real sample is in x: its projection onto the line from fake (0) to real (1).
        const Tensor line = real - fake;
        const Tensor length = sum(square(line), 1, true);
        const Tensor share = sum((x - fake) * line, 1, true) / length;
        const Tensor beside = x - fake - share * line;
        spread = root_mean_square(share - mean(share));
        off = root_mean_square(beside) / root_mean_square(line);
        const std::string of = ", " + std::to_string(pixels) + " pixels";
        outcome.row("spread of the share of real (uniform: 0.29)" + of, spread);
        outcome.row("distance from the line, in its lengths" + of, off < 1e-6 ? 0 : off);
    }
    outcome.symptom = spread < 0.1 && off > 0.1;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a random number for each pixel", bug, run); }
