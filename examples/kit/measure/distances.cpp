#include "examples/kit/measure/distances.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "core/random.hpp"

namespace gantry::kit {
namespace {

void check_sets(const char* what, const Tensor& a, const Tensor& b, Index at_least) {
    const Shape& s = a.shape();
    const Shape& t = b.shape();
    if (s.rank() != 2 || t.rank() != 2 || s[1] != t[1] || s[1] < 1) {
        fail(what, "the sets are " + s.str() + " and " + t.str() + ", must be [N, d] and [M, d]");
    }
    if (s[0] < at_least || t[0] < at_least) {
        fail(what, "the sets are " + s.str() + " and " + t.str() + ", must have at least " + std::to_string(at_least) +
                       (at_least == 1 ? " sample" : " samples"));
    }
}

bool has_nan(const std::vector<double>& x) {
    return std::any_of(x.begin(), x.end(), [](double value) { return std::isnan(value); });
}

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

// ---------------------------------------------------------------------------------------- Wasserstein
//
// The quantile functions are steps: F^-1 is a_i on ((i-1)/n, i/n], G^-1 is b_j on ((j-1)/m, j/m]. Between two
// neighbouring ends of steps both are constant. Ends are compared as i m and j n, in whole numbers.

double wasserstein_1d(std::vector<double> a, std::vector<double> b) {
    if (a.empty() || b.empty()) fail("wasserstein_1d", "one of the sets is empty");
    if (has_nan(a) || has_nan(b)) return nothing;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    const std::size_t n = a.size();
    const std::size_t m = b.size();
    double sum = 0;
    std::size_t at = 0;  // u n m
    for (std::size_t i = 0, j = 0; i < n && j < m;) {
        const std::size_t next = std::min((i + 1) * m, (j + 1) * n);
        sum += (next - at) * std::fabs(a[i] - b[j]);
        at = next;
        if (next == (i + 1) * m) ++i;
        if (next == (j + 1) * n) ++j;
    }
    return sum / (1.0 * n * m);
}

static std::vector<double> line_of(const Tensor& x) {
    const Shape& s = x.shape();
    if (s.rank() != 1 && !(s.rank() == 2 && s[1] == 1)) {
        fail("wasserstein_1d", "a set is " + s.str() + ", must be [N] or [N, 1]");
    }
    return {x.data(), x.data() + x.size()};
}

double wasserstein_1d(const Tensor& a, const Tensor& b) { return wasserstein_1d(line_of(a), line_of(b)); }

static constexpr Index slices = 128;  // at 2,500 samples in the plane, sampling blurs the mean more than 128 angles do

static std::vector<double> directions(Index d) {
    std::vector<double> w;
    if (d == 1) return {1};
    if (d == 2) {
        for (Index i = 0; i < slices; ++i) {
            const double angle = std::numbers::pi * (i + 0.5) / slices;
            w.insert(w.end(), {std::cos(angle), std::sin(angle)});
        }
        return w;
    }
    Random rng(0, 11);
    const Tensor normal = rng.normal({slices, d});
    w.assign(normal.data(), normal.data() + normal.size());
    for (Index i = 0; i < slices; ++i) {
        double squares = 0;
        for (Index k = 0; k < d; ++k) squares += w[i * d + k] * w[i * d + k];
        for (Index k = 0; k < d; ++k) w[i * d + k] /= std::sqrt(squares);
    }
    return w;
}

static std::vector<double> projected(const Tensor& x, const double* w) {
    const Index d = x.shape()[1];
    std::vector<double> result(x.shape()[0], 0.0);
    for (Index i = 0; i < x.shape()[0]; ++i) {
        for (Index k = 0; k < d; ++k) result[i] += w[k] * x.data()[i * d + k];
    }
    return result;
}

double sliced_wasserstein(const Tensor& a, const Tensor& b) {
    check_sets("sliced_wasserstein", a, b, 1);
    const Index d = a.shape()[1];
    const std::vector<double> w = directions(d);
    const Index count = w.size() / d;
    double sum = 0;
    for (Index i = 0; i < count; ++i) sum += wasserstein_1d(projected(a, &w[i * d]), projected(b, &w[i * d]));
    return sum / count;
}

// ---------------------------------------------------------------------------------------- MMD

static double squared_distance(const Real* x, const Real* y, Index d) {
    double sum = 0;
    for (Index k = 0; k < d; ++k) {
        const double difference = double(x[k]) - y[k];
        sum += difference * difference;
    }
    return sum;
}

static double median_squared_distance(const Tensor& real) {
    const Index n = std::min<Index>(real.shape()[0], 500);
    const Index d = real.shape()[1];
    std::vector<double> squares;
    for (Index i = 0; i < n; ++i) {
        for (Index j = 0; j < i; ++j) squares.push_back(squared_distance(real.data() + i * d, real.data() + j * d, d));
    }
    const auto middle = squares.begin() + squares.size() / 2;
    std::nth_element(squares.begin(), middle, squares.end());
    return *middle;
}

// Half the width means the fourth power: one exponential serves all five.
static double kernel(double squares, double widest_squared) {
    double k = std::exp(-squares / (2 * widest_squared));
    double sum = k;
    for (int halving = 0; halving < 4; ++halving) {
        k = (k * k) * (k * k);
        sum += k;
    }
    return sum / 5;
}

// Mean of k over all pairs; within one set (x is y) over pairs of different samples, each taken once.
static double mean_kernel(const Tensor& x, const Tensor& y, bool same, double widest_squared) {
    const Index d = x.shape()[1];
    const Index n = x.shape()[0];
    const Index m = y.shape()[0];
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
        double row = 0;
        for (Index j = 0; j < (same ? i : m); ++j) {
            row += kernel(squared_distance(x.data() + i * d, y.data() + j * d, d), widest_squared);
        }
        sum += row;
    }
    return sum / (1.0 * n * (same ? n - 1 : m) / (same ? 2 : 1));
}

double mmd2(const Tensor& samples, const Tensor& real) {
    check_sets("mmd2", samples, real, 2);
    if (has_nan({samples.data(), samples.data() + samples.size()})) return nothing;
    if (has_nan({real.data(), real.data() + real.size()})) return nothing;
    const double widest_squared = median_squared_distance(real);
    if (!(widest_squared > 0)) fail("mmd2", "half of the real samples are the same: the kernel has no width");
    return mean_kernel(samples, samples, true, widest_squared) + mean_kernel(real, real, true, widest_squared) -
           2 * mean_kernel(samples, real, false, widest_squared);
}

// ---------------------------------------------------------------------------------------- Frechet

namespace {

using Matrix = std::vector<std::vector<double>>;  // rows

struct Gaussian {
    std::vector<double> mean;
    Matrix covariance;
};

Gaussian fit(const Tensor& x) {
    const Index n = x.shape()[0];
    const Index d = x.shape()[1];
    Gaussian g{std::vector<double>(d, 0.0), Matrix(d, std::vector<double>(d, 0.0))};
    for (Index i = 0; i < n; ++i)
        for (Index k = 0; k < d; ++k) g.mean[k] += x.data()[i * d + k];
    for (double& mean : g.mean) mean /= n;
    std::vector<double> row(d);
    for (Index i = 0; i < n; ++i) {
        for (Index k = 0; k < d; ++k) row[k] = x.data()[i * d + k] - g.mean[k];
        for (Index k = 0; k < d; ++k)
            for (Index l = 0; l < d; ++l) g.covariance[k][l] += row[k] * row[l] / (n - 1);
    }
    return g;
}

// The lower L with C = L L^T. Where C is singular (a feature that never varies), a column of zeros.
Matrix cholesky(const Matrix& C) {
    const std::size_t n = C.size();
    Matrix L(n, std::vector<double>(n, 0.0));
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t i = j; i < n; ++i) {
            const double rest = C[i][j] - std::inner_product(L[i].begin(), L[i].begin() + j, L[j].begin(), 0.0);
            if (i == j)
                L[j][j] = rest > 1e-12 * C[j][j] ? std::sqrt(rest) : 0;
            else if (L[j][j] > 0)
                L[i][j] = rest / L[j][j];
        }
    }
    return L;
}

// One-sided Jacobi (Hestenes 1958): pairs of rows p, q are rotated until all are orthogonal; then the singular values
// are their lengths. The rotation by the smaller angle, after Golub and Van Loan, section 8.6:
//
//     tau = (|q|^2 - |p|^2) / (2 <p, q>),  t = sign(tau) / (|tau| + sqrt(1 + tau^2)),  c = 1 / sqrt(1 + t^2),  s = t c
double sum_of_singular_values(Matrix rows) {
    const auto dot = [](const std::vector<double>& x, const std::vector<double>& y) {
        return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
    };
    bool rotated = true;
    for (int sweep = 0; rotated && sweep < 60; ++sweep) {  // 128 features take about 10
        rotated = false;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::size_t j = i + 1; j < rows.size(); ++j) {
                std::vector<double>&p = rows[i], &q = rows[j];
                const double pp = dot(p, p), qq = dot(q, q), pq = dot(p, q);
                if (!(std::fabs(pq) > 1e-15 * std::sqrt(pp * qq))) continue;
                rotated = true;
                const double tau = (qq - pp) / (2 * pq);
                const double t = std::copysign(1.0, tau) / (std::fabs(tau) + std::sqrt(1 + tau * tau));
                const double c = 1 / std::sqrt(1 + t * t), s = t * c;
                for (std::size_t k = 0; k < p.size(); ++k) {
                    const double x = p[k], y = q[k];
                    p[k] = c * x - s * y;
                    q[k] = s * x + c * y;
                }
            }
        }
    }
    double sum = 0;
    for (const std::vector<double>& row : rows) sum += std::sqrt(dot(row, row));
    return sum;
}

}  // namespace

// With C1 = K K^T and C2 = L L^T the eigenvalues of C1 C2 are the squares of the singular values of K^T L. So
//
//     tr (C1 C2)^(1/2) = sum of the singular values of K^T L
double frechet_distance(const Tensor& a, const Tensor& b) {
    check_sets("frechet_distance", a, b, 2);
    const std::size_t d = a.shape()[1];
    if (d > 256) fail("frechet_distance", std::to_string(d) + " features, must be at most 256: Jacobi is slow beyond");
    const Gaussian p = fit(a);
    const Gaussian q = fit(b);
    if (has_nan(p.mean) || has_nan(q.mean)) return nothing;
    const Matrix K = cholesky(p.covariance), L = cholesky(q.covariance);
    Matrix product(d, std::vector<double>(d, 0.0));  // K^T L
    for (std::size_t k = 0; k < d; ++k)
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j) product[i][j] += K[k][i] * L[k][j];
    double distance = -2 * sum_of_singular_values(product);
    for (std::size_t k = 0; k < d; ++k)
        distance += std::pow(p.mean[k] - q.mean[k], 2) + p.covariance[k][k] + q.covariance[k][k];
    return distance;
}

}  // namespace gantry::kit
