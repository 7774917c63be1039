#include "examples/kit/measure/metrics.hpp"

#include <cmath>
#include <cstdio>
#include <limits>

namespace gantry::kit {

std::vector<Nearest> nearest_centres(const Tensor& samples, const Points& points) {
    const Index d = points.dimensions;
    std::vector<Nearest> result(samples.shape()[0], {0, std::numeric_limits<double>::infinity()});
    const Real* x = samples.data();
    for (Nearest& nearest : result) {
        for (std::size_t k = 0; k < points.centres.size(); ++k) {
            double square = 0;
            for (Index axis = 0; axis < d; ++axis) {
                const double difference = x[axis] - points.centres[k][axis];
                square += difference * difference;
            }
            if (square < nearest.squared_distance) nearest = {Index(k), square};
        }
        x += d;
    }
    return result;
}

// With n_k high-quality samples at centre k, K centres, N samples in d dimensions, p_k = n_k / sum n:
//
//   high quality   sum n_k / N
//   modes          number of k with n_k >= N / 100
//   reverse KL     sum_k p_k log(p_k / (1/K)) = sum_k p_k log(K p_k),   0 log 0 = 0
//   spread ratio   sqrt(mean over high-quality samples of |x - centre|^2) / (std sqrt(d))
//
// The ratio of the data themselves is below 1, for the cut at 3 std removes their tail: 0.974 in the plane.
ModeMetrics mode_metrics(const Tensor& samples, const Points& points) {
    const Shape& shape = samples.shape();
    const Index centres = points.centres.size();
    if (shape.rank() != 2 || shape[0] < 1 || shape[1] != points.dimensions) {
        fail("mode_metrics", "samples are " + shape.str() + ", must be [N, " + std::to_string(points.dimensions) + "]");
    }
    if (centres == 0 || !(points.std > 0)) fail("mode_metrics", points.name + " has no modes to count");

    ModeMetrics result;
    result.samples = shape[0];
    result.centres = centres;
    result.counts.assign(centres, 0);
    const Index d = points.dimensions;
    const double furthest = 9 * points.std * points.std;
    double squares = 0;
    Index good = 0;
    for (const Nearest& nearest : nearest_centres(samples, points)) {
        if (nearest.squared_distance > furthest) continue;
        ++result.counts[nearest.centre];
        ++good;
        squares += nearest.squared_distance;
    }

    double divergence = 0;
    for (Index count : result.counts) {
        if (count == 0) continue;
        const double p = 1.0 * count / good;
        divergence += p * std::log(centres * p);
        ++result.modes_published;
        if (100 * count >= result.samples) ++result.modes;
    }
    const double nothing = std::numeric_limits<double>::quiet_NaN();
    result.high_quality = 1.0 * good / result.samples;
    result.reverse_kl = good > 0 ? divergence : nothing;
    result.spread_ratio = good > 0 ? std::sqrt(squares / (good * d)) / points.std : nothing;
    return result;
}

std::string ModeMetrics::str() const {
    char text[200], shape[100];
    std::snprintf(shape, sizeof shape, "reverse KL %.4f, spread ratio %.3f", reverse_kl, spread_ratio);
    const bool none = std::isnan(reverse_kl) || std::isnan(spread_ratio);
    std::snprintf(
        text, sizeof text,
        "%lld of %lld modes hold 1 %% of the samples (%lld hold one, the published rule), %.1f %% high quality, %s",
        static_cast<long long>(modes), static_cast<long long>(centres), static_cast<long long>(modes_published),
        100 * high_quality, none ? "no sample lies near a mode" : shape);
    return text;
}

}  // namespace gantry::kit
