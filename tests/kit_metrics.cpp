// The metrics, against values worked out by hand.

#include "tests/catch.hpp"

#include <cmath>

#include "core/core.hpp"
#include "examples/kit/metrics.hpp"

using namespace gantry;
using kit::make_points;
using kit::ModeMetrics;
using kit::Points;

namespace {

/// `count` samples at centre k plus (dx, dy) standard deviations.
void add(std::vector<Real>& samples, const Points& set, int count, int k, double dx, double dy) {
    for (int i = 0; i < count; ++i) {
        samples.push_back(static_cast<Real>(set.centres[k][0] + dx * set.std));
        samples.push_back(static_cast<Real>(set.centres[k][1] + dy * set.std));
    }
}

ModeMetrics measure(const std::vector<Real>& samples, const Points& set) {
    return kit::mode_metrics(tensor({static_cast<Index>(samples.size()) / 2, 2}, samples), set);
}

}  // namespace

// 200 samples: 100 at one standard deviation from mode 0, 60 at two from mode 2, one at 2.9 from mode 4, two
// on mode 6, 37 beyond 3.1. High quality are 163. One per cent of 200 is 2: modes 0, 2, 6 are covered, mode 4
// only as published.
//
//   reverse KL   = sum n/163 log(8 n / 163) for n = 100, 60, 1, 2 = 1.3265746948
//   spread ratio = sqrt((100 * 1 + 60 * 4 + 2.9^2 + 0) / 163 / 2) = 1.0337999474
TEST_CASE("mode metrics of a mixture counted by hand", "[metrics]") {
    const Points ring = make_points("ring");
    std::vector<Real> samples;
    add(samples, ring, 100, 0, 1, 0);
    add(samples, ring, 60, 2, 0, -2);
    add(samples, ring, 1, 4, 2.9, 0);
    add(samples, ring, 2, 6, 0, 0);
    add(samples, ring, 30, 0, 0, 3.1);
    add(samples, ring, 7, 5, 20, 20);
    const ModeMetrics m = measure(samples, ring);
    CHECK(m.samples == 200);
    CHECK(m.centres == 8);
    CHECK(m.counts == std::vector<Index>{100, 0, 60, 0, 1, 0, 2, 0});
    CHECK(m.high_quality == Approx(0.815).epsilon(1e-12));
    CHECK(m.modes == 3);
    CHECK(m.modes_published == 4);
    CHECK(m.reverse_kl == Approx(1.3265746948).epsilon(1e-9));
    CHECK(m.spread_ratio == Approx(1.0337999474).epsilon(1e-5));  // the samples are rounded to float
    CHECK(m.str() ==
          "3 of 8 modes (4 by the published rule), 81.5 % high quality, reverse KL 1.3266, spread ratio 1.034");
}

TEST_CASE("the limit of one per cent is of all samples", "[metrics]") {
    const Points ring = make_points("ring");
    std::vector<Real> samples;
    add(samples, ring, 99, 0, 0, 0);
    add(samples, ring, 1, 1, 0, 0);
    CHECK(measure(samples, ring).modes == 2);  // 1 of 100
    add(samples, ring, 1, 0, 50, 0);           // far away, and yet a sample
    CHECK(measure(samples, ring).modes == 1);  // 1 of 101
    CHECK(measure(samples, ring).modes_published == 2);
}

TEST_CASE("the same weight everywhere has reverse KL 0, one mode has log K", "[metrics]") {
    const Points ring = make_points("ring");
    std::vector<Real> even, collapsed;
    for (int k = 0; k < 8; ++k) add(even, ring, 5, k, 1, 1);
    add(collapsed, ring, 40, 3, 0, 0);
    const ModeMetrics all = measure(even, ring);
    CHECK(std::fabs(all.reverse_kl) < 1e-14);
    CHECK(all.modes == 8);
    CHECK(all.spread_ratio == Approx(1).epsilon(1e-5));
    const ModeMetrics one = measure(collapsed, ring);
    CHECK(one.high_quality == 1);  // better than the data: why the other figures are there
    CHECK(one.modes == 1);
    CHECK(one.reverse_kl == Approx(std::log(8)));
    CHECK(one.spread_ratio < 1e-5);
}

// For the data themselves, with r^2 / 2 exponentially distributed and cut at 9/2:
//   share 1 - e^-4.5 = 0.98889,   spread sqrt(1 - 4.5 e^-4.5 / (1 - e^-4.5)) = 0.97440
TEST_CASE("the data themselves score what theory says", "[metrics]") {
    for (const char* name : {"ring", "grid"}) {
        const Points set = make_points(name);
        Random rng(2);
        const ModeMetrics m = kit::mode_metrics(set.sample(50000, rng), set);
        CAPTURE(name);
        CHECK(std::fabs(m.high_quality - 0.98889) < 0.002);
        CHECK(std::fabs(m.spread_ratio - 0.97440) < 0.006);
        CHECK(m.modes == m.centres);
        CHECK(m.reverse_kl < 0.001);
    }
}

TEST_CASE("one dimension counts as one", "[metrics]") {
    const Points line = make_points("mixture1d", 1, 0.1);
    const Tensor x = tensor({4, 1}, {Real(-0.9), Real(0.1), Real(0.9), Real(0.5)});
    const ModeMetrics m = kit::mode_metrics(x, line);
    CHECK(m.high_quality == 0.75);
    CHECK(m.modes == 3);
    CHECK(m.spread_ratio == Approx(1).epsilon(1e-5));
}

TEST_CASE("samples without quality leave the ratios undefined", "[metrics]") {
    const Points ring = make_points("ring");
    const ModeMetrics m = measure({NAN, 1, 1, NAN, 0, 0, INFINITY, 0}, ring);
    CHECK(m.samples == 4);
    CHECK(m.high_quality == 0);
    CHECK(m.modes == 0);
    CHECK(m.modes_published == 0);
    CHECK(std::isnan(m.reverse_kl));
    CHECK(std::isnan(m.spread_ratio));
}

TEST_CASE("mode metrics refuse what has no meaning", "[metrics]") {
    const Points ring = make_points("ring");
    CHECK_THROWS_WITH(kit::mode_metrics(zeros({4, 1}), ring), "mode_metrics: samples are [4, 1], must be [N, 2]");
    CHECK_THROWS_WITH(kit::mode_metrics(zeros({0, 2}), ring), "mode_metrics: samples are [0, 2], must be [N, 2]");
    CHECK_THROWS_WITH(kit::mode_metrics(zeros({8}), ring), "mode_metrics: samples are [8], must be [N, 2]");
    CHECK_THROWS_WITH(kit::mode_metrics(zeros({4, 2}), make_points("moons")),
                      "mode_metrics: moons has no modes to count");
    CHECK_THROWS_WITH(kit::mode_metrics(zeros({4, 2}), make_points("ring", 1, 0)),
                      "mode_metrics: ring has no modes to count");
}
