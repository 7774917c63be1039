#include "examples/kit/measure/parzen.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/core.hpp"
#include "examples/kit/measure/statistics.hpp"

namespace gantry::kit {

static constexpr Index block = 250;  // points at a time: with 10,000 centres, 10 MB of distances

std::vector<double> parzen_sigmas() {
    std::vector<double> sigmas;
    for (int i = 0; i < 10; ++i) sigmas.push_back(std::pow(10.0, -1 + i / 9.0));
    return sigmas;
}

Tensor pixels_from_network(const Tensor& x) {
    NoRecording guard;
    return (x + 1) / 2;
}

static void check(const Tensor& centres, const Tensor& points) {
    const Shape& s = centres.shape();
    const Shape& t = points.shape();
    if (s.rank() != 2 || t.rank() != 2 || s[1] != t[1] || s.size() == 0 || t.size() == 0) {
        fail("parzen", "centres are " + s.str() + " and points " + t.str() + ", must be [N, d] and [M, d], not empty");
    }
}

// log of the mean of exp(-squares / (2 sigma^2)) over a row, without underflow: the nearest centre is taken out first.
static double log_mean_exp(const Real* squares, Index n, double sigma) {
    const double scale = 1 / (2 * sigma * sigma);
    const double nearest = *std::min_element(squares, squares + n);
    double sum = 0;
    for (Index i = 0; i < n; ++i) sum += std::exp((nearest - squares[i]) * scale);
    return -nearest * scale + std::log(sum / n);
}

// One list of log-likelihoods for each sigma. The distances, the expensive part, are computed once:
//
//     |x - g|^2 = |x|^2 + |g|^2 - 2 <x, g>,   [block, N] by one matrix product, where round-off may leave it below 0
static std::vector<std::vector<double>> log_likelihoods(const Tensor& centres, const Tensor& points,
                                                        const std::vector<double>& sigmas) {
    check(centres, points);
    for (double sigma : sigmas) {
        if (!(sigma > 0 && std::isfinite(sigma))) fail("parzen", "sigma must be above 0");
    }
    NoRecording guard;
    const Index n = centres.shape()[0];
    const double d = centres.shape()[1];
    const Tensor centre_squares = reshape(sum(square(centres), 1), Shape{1, n});
    std::vector<std::vector<double>> result(sigmas.size());
    for (Index begin = 0; begin < points.shape()[0]; begin += block) {
        const Tensor x = slice(points, 0, begin, std::min(begin + block, points.shape()[0]));
        const Tensor squares = relu(sum(square(x), 1, true) + centre_squares - 2 * matmul_nt(x, centres));
        for (std::size_t s = 0; s < sigmas.size(); ++s) {
            const double norm = d / 2 * std::log(2 * std::numbers::pi * sigmas[s] * sigmas[s]);
            for (Index row = 0; row < x.shape()[0]; ++row) {
                result[s].push_back(log_mean_exp(squares.data() + row * n, n, sigmas[s]) - norm);
            }
        }
    }
    return result;
}

std::vector<double> parzen_log_likelihood(const Tensor& centres, const Tensor& points, double sigma) {
    return log_likelihoods(centres, points, {sigma})[0];
}

ParzenScore parzen_score(const Tensor& generated, const Tensor& validation, const Tensor& test,
                         const std::vector<double>& sigmas) {
    if (sigmas.empty()) fail("parzen", "there is no sigma to choose from");
    ParzenScore score;
    score.sigmas = sigmas;
    for (const std::vector<double>& of_sigma : log_likelihoods(generated, validation, sigmas)) {
        double sum = 0;
        for (double x : of_sigma) sum += x;
        score.validation.push_back(sum / of_sigma.size());
    }
    const auto best = std::max_element(score.validation.begin(), score.validation.end()) - score.validation.begin();
    score.sigma = sigmas[best];
    score.at_edge = best == 0 || best + 1 == std::ptrdiff_t(sigmas.size());

    const std::vector<double> likelihoods = parzen_log_likelihood(generated, test, score.sigma);
    const double n = likelihoods.size();
    double squares = 0;
    for (double x : likelihoods) score.mean += x / n;
    for (double x : likelihoods) squares += (x - score.mean) * (x - score.mean);
    score.standard_error = std::sqrt(squares / n / n);
    return score;
}

std::string ParzenScore::str() const {
    return fixed(mean, 1) + " +- " + fixed(standard_error, 1) + " nats (standard error), sigma " + fixed(sigma, 3) +
           (at_edge ? ", at the edge of its grid" : "");
}

}  // namespace gantry::kit
