// The metrics, against values worked out by hand or computed independently by NumPy 2.4 and SciPy 1.17; how, stands
// beside each. And the card that reports them.

#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/core.hpp"
#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/judge.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/measure/parzen.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;
using namespace help;
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
          "3 of 8 modes hold 1 % of the samples (4 hold one, the published rule), 81.5 % high quality, "
          "reverse KL 1.3266, spread ratio 1.034");
    const kit::ModeMetrics none = kit::mode_metrics(full({5, 2}, 9), ring);
    CHECK(none.str() ==
          "0 of 8 modes hold 1 % of the samples (0 hold one, the published rule), 0.0 % high quality, "
          "no sample lies near a mode");
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
    CHECK(one.high_quality == 1);  // better than the data: why the other numbers are there
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

// ---------------------------------------------------------------------------------------- distances

namespace {

// Samples that NumPy can make too, exact in float: with i = np.arange(n * d),
//     (((i * factor + start) % 101 - 50) / 32 + shift).reshape(n, d)
Tensor made(Index n, Index d, Index factor, Index start, double shift) {
    std::vector<Real> x;
    for (Index i = 0; i < n * d; ++i) {
        x.push_back(static_cast<Real>(static_cast<double>((i * factor + start) % 101 - 50) / 32 + shift));
    }
    return tensor({n, d}, x);
}

Tensor set_a() { return made(40, 2, 37, 5, 0); }
Tensor set_b() { return made(30, 2, 53, 11, 0.5); }
Tensor set_c() { return made(40, 2, 71, 3, -0.25); }

}  // namespace

// scipy.stats.wasserstein_distance of the first columns
TEST_CASE("Wasserstein distance on the line, equal and unequal sizes", "[metrics]") {
    const Tensor a = slice(set_a(), 1, 0, 1);
    const Tensor b = slice(set_b(), 1, 0, 1);
    const Tensor c = slice(set_c(), 1, 0, 1);
    CHECK(kit::wasserstein_1d(a, c) == Approx(0.30078125).epsilon(1e-12));
    CHECK(kit::wasserstein_1d(a, b) == Approx(0.24036458333333333).epsilon(1e-12));
    CHECK(kit::wasserstein_1d(b, a) == Approx(0.24036458333333333).epsilon(1e-12));
    CHECK(kit::wasserstein_1d(a, a) == 0);
    // by hand: quantiles of {0, 3} and {0, 0, 6}: |0 - 0| on a third, 0 to a half, 3 to two thirds, |3 - 6| on the
    // last third
    CHECK(kit::wasserstein_1d({3, 0}, {0, 6, 0}) == Approx(3.0 / 6 + 3.0 / 3));
    CHECK(std::isnan(kit::wasserstein_1d({0, NAN}, {1, 2})));
    CHECK_THROWS_WITH(kit::wasserstein_1d(std::vector<double>{}, {1}), "wasserstein_1d: one of the sets is empty");
    CHECK_THROWS_WITH(kit::wasserstein_1d(set_a(), a), "wasserstein_1d: a set is [40, 2], must be [N] or [N, 1]");
}

// The mean of scipy's distances along np.pi * (np.arange(128) + 0.5) / 128
TEST_CASE("sliced Wasserstein distance", "[metrics]") {
    CHECK(kit::sliced_wasserstein(set_a(), set_b()) == Approx(0.4951853642510604).epsilon(1e-10));
    CHECK(kit::sliced_wasserstein(set_a(), set_a()) == 0);
    const Tensor line = slice(set_a(), 1, 0, 1);
    CHECK(kit::sliced_wasserstein(line, line + 2) == Approx(2));
    // A shift by v: mean |<w, v>| is 2/pi |v| in the plane and |v| / 2 in space, there over 128 random directions.
    CHECK(kit::sliced_wasserstein(set_a(), set_a() + 1) == Approx(2 / M_PI * std::sqrt(2)).epsilon(1e-4));
    const Tensor space = made(50, 3, 37, 5, 0);
    const double moved = kit::sliced_wasserstein(space, space + 1);
    CHECK(moved == Approx(std::sqrt(3) / 2).epsilon(0.1));
    CHECK(kit::sliced_wasserstein(space, space + 2) == Approx(2 * moved).epsilon(1e-5));
    CHECK_THROWS_WITH(kit::sliced_wasserstein(set_a(), space),
                      "sliced_wasserstein: the sets are [40, 2] and [50, 3], must be [N, d] and [M, d]");
}

// With D(x, y) = ((x[:, None] - y[None]) ** 2).sum(-1), H2 the element 217 of the 435 sorted D(b, b) below the
// diagonal, k(D) = np.mean([np.exp(-D / (2 * H2 / 4**s)) for s in range(5)], 0), K = k(D(a, a)), L = k(D(b, b)):
//     (K.sum() - 40) / 40 / 39 + (L.sum() - 30) / 30 / 29 - 2 * k(D(a, b)).mean()
TEST_CASE("MMD^2 is unbiased", "[metrics]") {
    CHECK(kit::mmd2(set_a(), set_b()) == Approx(0.10153181190066557).epsilon(1e-10));
    // Over pairs of samples of one distribution its mean is 0, so about half are negative; the biased one never is.
    const Points ring = make_points("ring");
    kit::Sample values;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Random rng(seed);
        const Tensor x = ring.sample(40, rng);
        const Tensor y = ring.sample(40, rng);
        values.add(kit::mmd2(x, y));
    }
    CHECK(values.min() < 0);
    CHECK(std::fabs(values.mean()) < 1.5 * values.interval());
    CHECK(values.interval() < 0.01);
    CHECK_THROWS_WITH(kit::mmd2(set_a(), zeros({5, 2})),
                      "mmd2: half of the real samples are the same: the kernel has no width");
    CHECK_THROWS_WITH(kit::mmd2(set_a(), zeros({1, 2})),
                      "mmd2: the sets are [40, 2] and [1, 2], must have at least 2 samples");
    CHECK(std::isnan(kit::mmd2(full({3, 2}, NAN), set_b())));
}

// a and b correlated differently, so that C1 and C2 do not commute. C = np.cov(x.T):
//     ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(C1 + C2 - 2 * scipy.linalg.sqrtm(C1 @ C2).real)
TEST_CASE("Frechet distance of Gaussian fits", "[metrics]") {
    const Tensor P = tensor({3, 3}, {1, 0, Real(0.75), 0, 1, 2, Real(-0.5), 0, 1});
    const Tensor Q = tensor({3, 3}, {1, Real(0.5), 0, 0, 2, -1, Real(0.25), 0, Real(0.5)});
    const Tensor a = matmul(made(60, 3, 37, 5, 0), P);
    const Tensor b = matmul(made(50, 3, 53, 11, 0.5), Q);
    CHECK(kit::frechet_distance(a, b) == Approx(6.785392513367157).epsilon(1e-6));
    CHECK(kit::frechet_distance(b, a) == Approx(6.785392513367157).epsilon(1e-6));
    CHECK(std::fabs(kit::frechet_distance(a, a)) < 1e-9);
    CHECK(kit::frechet_distance(a, a + 2) == Approx(12));                         // |2, 2, 2|^2
    CHECK(kit::frechet_distance(zeros({4, 3}), zeros({5, 3}) + 1) == Approx(3));  // no spread at all
    CHECK(std::isnan(kit::frechet_distance(full({3, 2}, NAN), set_b())));
}

// Of diagonal covariances the distance is sum (mean - mean)^2 + (std - std)^2; a rotation of both sets changes nothing.
TEST_CASE("Frechet distance in 64 dimensions, some without spread, is known for what varies independently",
          "[metrics]") {
    const Index n = 64, samples = 2 * n;
    const auto crossed = [&](double scale) {  // +-: one coordinate of each sample is not 0, so covariances are diagonal
        std::vector<Real> x(samples * n, 0);
        for (Index k = 0; k + 4 < n; ++k) {
            x[2 * k * n + k] = Real(scale * (k + 1));
            x[(2 * k + 1) * n + k] = Real(-scale * (k + 1));
        }
        return tensor({samples, n}, x);
    };
    double wanted = 0;
    for (Index k = 0; k + 4 < n; ++k) wanted += 2.0 * (k + 1) * (k + 1) / (samples - 1) * std::pow(3 - 1, 2);
    Random rng(1);
    const Tensor spread = rng.normal({n, n});
    CHECK(kit::frechet_distance(crossed(1), crossed(3)) == Approx(wanted).epsilon(1e-6));
    const Tensor a = rng.normal({300, n}), mixed = matmul(a, spread);
    CHECK(kit::frechet_distance(mixed, mixed * 2) == Approx(kit::frechet_distance(mixed, mixed * 0)).epsilon(1e-4));
}

// ---------------------------------------------------------------------------------------- Parzen
//
//     logsumexp(-D(x, g) / (2 * s * s), axis=1) - np.log(len(g)) - d / 2 * np.log(2 * np.pi * s * s)

TEST_CASE("Parzen log-likelihood of points", "[metrics]") {
    const std::vector<double> l = kit::parzen_log_likelihood(set_b(), slice(set_a(), 0, 0, 3), 0.3);
    REQUIRE(l.size() == 3);
    CHECK(l[0] == Approx(-7.3422513623661105).epsilon(1e-5));
    CHECK(l[1] == Approx(-1.9975363910768822).epsilon(1e-5));
    CHECK(l[2] == Approx(-1.6098941623230298).epsilon(1e-5));
    // Far away every exponential underflows, and the logarithm must not.
    CHECK(kit::parzen_log_likelihood(set_b(), slice(set_a(), 0, 0, 1) + 1000, 0.1)[0] ==
          Approx(-99594169.4815605).epsilon(1e-5));
    // More points than a block of 250: the density over the plane integrates to 1.
    const Tensor grid = kit::grid_points({-4, 4, -4, 4}, 80, 80);
    double integral = 0;
    for (double x : kit::parzen_log_likelihood(set_b(), grid, 0.3)) integral += std::exp(x) * 0.01;
    CHECK(integral == Approx(1).epsilon(1e-4));
    CHECK_THROWS_WITH(kit::parzen_log_likelihood(set_b(), set_a(), 0), "parzen: sigma must be above 0");
    CHECK_THROWS_WITH(kit::parzen_log_likelihood(set_b(), zeros({4, 3}), 1),
                      "parzen: centres are [30, 2] and points [4, 3], must be [N, d] and [M, d], not empty");
}

// sigma is the best for a[:20] of 10 ** (-1 + np.arange(10) / 9); mean and std() / sqrt(20) are of a[20:]
TEST_CASE("Parzen score by the protocol", "[metrics]") {
    const kit::ParzenScore score = kit::parzen_score(set_b(), slice(set_a(), 0, 0, 20), slice(set_a(), 0, 20, 40));
    CHECK(score.sigma == Approx(0.46415888336127786));
    CHECK(score.validation.at(6) == Approx(-2.633920934603263).epsilon(1e-5));
    CHECK(score.mean == Approx(-2.575810526483831).epsilon(1e-5));
    CHECK(score.standard_error == Approx(0.21144937423018734).epsilon(1e-5));
    CHECK_FALSE(score.at_edge);
    CHECK(score.str() == "-2.6 +- 0.2 nats (standard error), sigma 0.464");
    CHECK(kit::parzen_score(set_b(), set_a(), set_a(), {2, 3}).at_edge);
    CHECK(kit::pixels_from_network(tensor({1, 3}, {-1, 0, 1})).values() == std::vector<Real>{0, Real(0.5), 1});
}

// ---------------------------------------------------------------------------------------- numbers over seeds

// scipy.stats.t.ppf(0.975, df) and t.ppf(0.995, 7)
TEST_CASE("quantiles of Student's t", "[metrics]") {
    CHECK(kit::student_t(1) == Approx(12.706204736174694).epsilon(1e-10));
    CHECK(kit::student_t(2) == Approx(4.302652729749462).epsilon(1e-10));
    CHECK(kit::student_t(3) == Approx(3.1824463052837078).epsilon(1e-10));
    CHECK(kit::student_t(4) == Approx(2.7764451051977934).epsilon(1e-10));
    CHECK(kit::student_t(9) == Approx(2.262157162798205).epsilon(1e-10));
    CHECK(kit::student_t(30) == Approx(2.0422724563012378).epsilon(1e-10));
    CHECK(kit::student_t(1000) == Approx(1.9623390808264083).epsilon(1e-10));
    CHECK(kit::student_t(7, 0.99) == Approx(3.4994832973504924).epsilon(1e-10));
    CHECK_THROWS_WITH(kit::student_t(0), "student_t: 0 degrees of freedom, must be at least 1");
}

// np.mean, np.std(ddof=1), and half of scipy.stats.t.interval(0.95, 4, mean, sem)
TEST_CASE("a sample's mean and 95 % interval", "[metrics]") {
    kit::Sample x({0.31, 0.42, 0.28, 0.36, 0.55});
    CHECK(x.mean() == Approx(0.384).epsilon(1e-12));
    CHECK(x.deviation() == Approx(0.10691117808723279).epsilon(1e-12));
    CHECK(x.interval() == Approx(0.1327477608364681).epsilon(1e-10));
    CHECK(x.median() == 0.36);
    CHECK(x.min() == 0.28);
    CHECK(x.max() == 0.55);
    CHECK(x.str() == "0.38 +- 0.13");
    CHECK(x.range() == "0.36 [0.28, 0.55]");
    x.add(NAN);
    x.add(INFINITY);
    CHECK(x.count() == 5);
    CHECK(x.missing() == 2);
    CHECK(x.str() == "0.38 +- 0.13 (2 not finite)");
    CHECK(kit::Sample({1, 2}).median() == 1.5);
    CHECK(kit::Sample({0.5}).str() == "0.5 (one seed)");
    CHECK(std::isnan(kit::Sample({0.5}).interval()));
    CHECK(kit::Sample({3, 3, 3}).str() == "3 +- 0");
    CHECK(kit::Sample().str() == "none");
    CHECK(std::isnan(kit::Sample().mean()));
    CHECK(kit::Sample({4.1e-5, 4.9e-5, 4.6e-5}).str() == "(4.5 +- 1.0)e-05");
    CHECK(kit::Sample({1200, 1500, 900}).str() == "1200 +- 745");
}

TEST_CASE("a table of samples: what is compared by numbers", "[metrics]") {
    kit::SampleTable table;
    table.add("minimax", "modes", 7);
    table.add("minimax", "loss", 0.25);
    table.add("real data", "modes", 8);
    CHECK(table.columns() == std::vector<std::string>{"minimax", "real data"});
    CHECK(table.at("real data", "loss").count() == 0);
    const std::string expected =
        "       minimax  real data\n"
        "modes        7          8\n"
        "loss      0.25\n";
    CHECK(table.str("modes") == expected);
    table.add("minimax", "modes", 8);
    table.add("minimax", "loss", 0.75);
    table.add("real data", "modes", 8);
    const std::string several = table.str("modes");
    CHECK_THAT(several, ContainsSubstring("7.5 +- 6.4     8 +- 0\n"));
    CHECK_THAT(several, ContainsSubstring("0.5 +- 3.2\n"));
    CHECK_THAT(several, ContainsSubstring("modes, each         7 8        8 8\n"));
}

TEST_CASE("a table fits 80 columns: a wide one is broken into parts that name their rows", "[metrics]") {
    const std::string wide(40, '1');
    const std::string text =
        kit::aligned({{"loss", "order", wide, "b", wide}, {"a", "x", "1", "2", "3"}, {"a", "y", "4", "5", "6"}});
    const std::string blank(39, ' ');
    CHECK(text == "loss  order  " + wide + "  b\na         x  " + blank + "1  2\na         y  " + blank + "4  5\n\n" +
                      "loss  order  " + wide + "\na         x  " + blank + "3\na         y  " + blank + "6\n");
    CHECK(kit::aligned({{wide, wide.substr(1)}, {"a", "b"}}).starts_with(wide + " 1"));  // one blank, if that is enough
}

// scipy.stats.pearsonr and spearmanr
TEST_CASE("correlation, of numbers and of ranks", "[metrics]") {
    const std::vector<double> x = {1, 2, 2, 4, 7, 9};
    const std::vector<double> y = {2, 1, 5, 5, 30, 31};
    CHECK(kit::correlation(x, y) == Approx(0.9505340914941672).epsilon(1e-12));
    CHECK(kit::rank_correlation(x, y) == Approx(0.8676470588235294).epsilon(1e-12));
    CHECK(kit::rank_correlation({1, 2, 3, 4}, {-1, -10, -100, -1000}) == -1);
    CHECK(kit::correlation({1, 2, NAN, 3}, {1, 2, 50, 3}) == Approx(1));
    CHECK(std::isnan(kit::correlation({1, 2}, {3, 3})));
    CHECK(std::isnan(kit::correlation({1}, {3})));
    CHECK_THROWS_WITH(kit::correlation({1}, {1, 2}), "correlation: 1 numbers cannot be paired with 2");
}

// ---------------------------------------------------------------------------------------- the judge

// Shares 1/2, 1/4, 1/4: entropy 1/2 log 2 + 1/2 log 4 = 1.5 log 2 = 1.0397; confidence (0.9 + 0.8 + 0.7 + 0.6) / 4
TEST_CASE("a verdict follows from probabilities", "[metrics]") {
    std::vector<Real> p(40, 0);
    auto sure = [&](Index row, Index digit, double probability) {
        for (Index k = 0; k < 10; ++k) {
            p[static_cast<std::size_t>(row * 10 + k)] =
                static_cast<Real>(k == digit ? probability : (1 - probability) / 9);
        }
    };
    sure(0, 3, 0.9);
    sure(1, 3, 0.8);
    sure(2, 0, 0.7);
    sure(3, 9, 0.6);
    const kit::Verdict v = kit::verdict_of(tensor({4, 10}, p));
    CHECK(v.digits == 3);
    CHECK(v.shares[3] == Approx(0.5));
    CHECK(v.class_entropy == Approx(1.5 * std::log(2)));
    CHECK(v.confidence == Approx(0.75));
    CHECK(v.str() ==
          "3 of 10 digits make up 3 % or more, class entropy 1.040 of 2.303, mean confidence 0.750; shares in %: "
          "25.0 0.0 0.0 50.0 0.0 0.0 0.0 0.0 0.0 25.0");
}

TEST_CASE("the judge of digits can be trusted", "[metrics][judge]") {
    const kit::Images images = kit::load_images("mnist", kit::Part::test);
    const kit::DigitJudge judge(images, 1);
    CHECK(judge.accuracy() >= 0.95);
    std::vector<Index> first, second;
    for (Index i = 8000; i < 9000; ++i) first.push_back(i);
    for (Index i = 9000; i < 10000; ++i) second.push_back(i);
    const Tensor real = images.batch(first);
    const Tensor other = images.batch(second);
    const kit::Verdict v = judge.judge(real);
    CHECK(v.digits == 10);
    CHECK(v.class_entropy > 2.28);
    CHECK(v.confidence > 0.95);
    const Tensor features = judge.features(real);
    CHECK(features.shape() == Shape{1000, 128});
    CHECK(max(reshape(-features, {features.size()}), 0).item() == 0);  // after the relu: none below 0, some at it
    std::vector<Index> many;
    for (Index i = 5000; i < 7300; ++i) many.push_back(i);
    const auto some = [&](Index begin, Index n) { return slice(images.batch(many), 0, begin, begin + n); };
    // In batches or all at once: the same features, but for the last bits, which depend on the sizes of the products.
    const Tensor in_batches = judge.features(2300, some);
    const Tensor at_once = judge.features(images.batch(many));
    REQUIRE(in_batches.shape() == at_once.shape());
    const Tensor apart = reshape(abs(in_batches - at_once), {at_once.size()});
    CHECK(max(apart, 0).item() < 1e-5 * max(reshape(at_once, {at_once.size()}), 0).item());
    const auto frechet = [&](const Tensor& x) { return kit::frechet_distance(judge.features(x), features); };
    CHECK(frechet(real) < 1e-3 * frechet(-real));
    CHECK(frechet(other) < frechet(other * Real(0.5)));
}

// ---------------------------------------------------------------------------------------- cards

namespace {

// Runs a card in a folder of its own and keeps what it printed and wrote.
struct CardRun {
    int code = 0;
    std::string printed, markdown, csv;
};

CardRun run_card(const std::string& too_short_for, void (*body)(kit::Card&), std::vector<std::string> words = {}) {
    static const Folder folder;  // always the same, because what is printed names it
    std::filesystem::remove_all(folder.path);
    words.insert(words.begin(), {"a_claim", "--out", folder.path.string()});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    const Caught out(std::cout), err(std::cerr);
    CardRun run;
    run.code =
        kit::run_card(static_cast<int>(argv.size()), argv.data(),
                      {.claim = "a | b", .source = "s", .experiment = "e", .too_short_for = too_short_for}, body);
    run.printed = out.str();
    run.markdown = read(folder / "card.md");
    run.csv = read(folder / "card.csv");
    return run;
}

void good(kit::Card& card) {
    card.table("t, 1", {"loss", "slope", "words", "modes"});
    card.row({"minimax", kit::Sample({1, 2, 3}), "say \"so\"", kit::range(kit::Sample({1, 8}))});
    card.observe("it is seen", true);
    card.key_numbers("2");
    card.verdict(kit::partly, card.full() ? "It is long." : "It is short.");
}

void contradicted(kit::Card& card) {
    card.observe("it is seen", false);
    card.verdict(kit::is_true, "Always.");
}

}  // namespace

TEST_CASE("a card prints and writes its numbers and its verdict", "[card]") {
    unsetenv("FULL");
    const CardRun run = run_card("", good);
    CHECK(run.code == 0);
    CHECK(contains(run.printed, "  minimax  2.0 +- 2.5  say \"so\"  4.5 [1, 8]\n"));
    CHECK(contains(run.printed, "Verdict     PARTLY: It is short. (quick mode)\n"));
    CHECK(
        run.markdown.starts_with("# a_claim\n\n**Verdict** (quick mode): partly: It is short.\n\n**Numbers.** 2\n\n"
                                 "**Command.** `make run-claim-a_claim` runs `a_claim --out"));
    CHECK(contains(run.markdown, "\n**Claim.** a | b\n"));
    CHECK(contains(run.markdown,
                   "\n## t, 1\n\n"
                   "| loss    |      slope |    words |      modes |\n"
                   "|---------|-----------:|---------:|-----------:|\n"
                   "| minimax | 2.0 +- 2.5 | say \"so\" | 4.5 [1, 8] |\n\n## Observed\n\n- yes: it is seen\n"));
    CHECK(contains(run.csv, "table,row,column,value,interval,seeds,text\n"));
    CHECK(
        contains(run.csv, "\"t, 1\",minimax,slope,2,2.484137711"));  // scipy: t.ppf(0.975, 2) / sqrt(3) = 2.48413771175
    CHECK(contains(run.csv, ",3,2.0 +- 2.5\n\"t, 1\",minimax,words,,,,\"say \"\"so\"\"\"\n"));
    CHECK(contains(run.csv, "\"t, 1\",minimax,modes,4.5,,2,\"4.5 [1, 8]\"\n"));
    CHECK(run_card("", good).printed == run.printed);
}

TEST_CASE("full mode: --full, --mode full or FULL=1", "[card]") {
    unsetenv("FULL");
    CHECK(contains(run_card("", good, {"--full"}).printed, "PARTLY: It is long. (full mode)"));
    CHECK(contains(run_card("", good, {"--mode", "full"}).printed, "(full mode)"));
    setenv("FULL", "1", 1);
    CHECK(contains(run_card("", good).printed, "(full mode)"));
    CHECK(contains(run_card("", good, {"--mode", "quick"}).printed, "(quick mode)"));
    setenv("FULL", "0", 1);
    CHECK(contains(run_card("", good).printed, "(quick mode)"));
    unsetenv("FULL");
}

TEST_CASE("numbers that contradict the written verdict overrule it", "[card]") {
    unsetenv("FULL");
    const CardRun quick = run_card("long trainings", contradicted);
    CHECK(quick.code == 0);
    CHECK(contains(quick.printed, "Verdict     TOO SHORT TO JUDGE: 1 of 1 observations not seen"));
    CHECK(contains(one_line(quick.printed), "too short for long trainings"));
    const CardRun full_run = run_card("long trainings", contradicted, {"--full"});
    CHECK(full_run.code == 1);
    CHECK(contains(full_run.printed, "Verdict     CONTRADICTED BY THE NUMBERS"));
    CHECK(contains(full_run.printed, "  NO   it is seen"));
    CHECK(contains(full_run.markdown, "**Verdict** (full mode): contradicted by the numbers: 1 of 1"));
    CHECK(run_card("", contradicted).code == 1);  // quick mode says it judges as well
}

TEST_CASE("a card must judge, and seeds follow --seed", "[card]") {
    CHECK(run_card("", [](kit::Card&) {}).code == 1);
    CHECK(run_card("", [](kit::Card& card) { card.row({"no table"}); }).code == 1);
    CHECK(run_card("", good, {"--nonsense"}).code == 2);
    CHECK(contains(one_line(run_card("", good, {"--help"}).printed), "(default runs/claims/a_claim)"));
    const auto seeds = [](kit::Card& card) {
        const bool right = card.seeds(3, 10) == std::vector<std::uint64_t>{7, 8, 9} && card.pick(1, 2) == 1;
        card.observe("seeds", right);
        card.verdict(kit::is_true, "Always.");
    };
    CHECK(run_card("", seeds, {"--seed", "7"}).code == 0);
}
