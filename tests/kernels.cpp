// The loops' own arithmetic: the vector functions of the float build against the C library in double, sums
// against long double, and large (parallel) loops against small ones.
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/core.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace gantry;

namespace {

const Real infinity = std::numeric_limits<Real>::infinity();
const Real not_a_number = std::numeric_limits<Real>::quiet_NaN();

using Kernel = void (*)(Index, const Real*, Real*);

void tanh_slope(Index n, const Real* x, Real* y) {
    const Tensor slope = tanh_grad(ones({n}), tensor({n}, {x, x + n}));  // composed of kernels
    std::copy_n(slope.data(), n, y);
}

void sigmoid_slope(Index n, const Real* x, Real* y) {
    const std::vector<Real> one(static_cast<std::size_t>(n), 1);
    kernels::sigmoid_grad(n, one.data(), x, y);
}

Real at(Kernel kernel, Real x) {
    Real y;
    kernel(1, &x, &y);
    return y;
}

double exact_exp(double x) { return std::exp(x); }
double exact_tanh(double x) { return std::tanh(x); }
double exact_sigmoid(double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
double exact_softplus(double x) { return x < 0 ? std::log1p(std::exp(x)) : x + std::log1p(std::exp(-x)); }
double exact_tanh_slope(double x) { return 1 / std::cosh(x) / std::cosh(x); }
double exact_sigmoid_slope(double x) { return 1 / std::cosh(x / 2) / std::cosh(x / 2) / 4; }

struct Measured {
    const char* name;
    Kernel kernel;
    double (*exact)(double);
    double ulps;  // allowed
};

const std::vector<Measured> functions = {
    {"exp", kernels::exp, exact_exp, 2},
    {"tanh", kernels::tanh, exact_tanh, 2},
    {"sigmoid", kernels::sigmoid, exact_sigmoid, 4},
    {"tanh_grad", tanh_slope, exact_tanh_slope, 4},
    {"sigmoid_grad", sigmoid_slope, exact_sigmoid_slope, 4},
    {"softplus", kernels::softplus, exact_softplus, 4},
};

}  // namespace

#ifndef GANTRY_DOUBLE

// The distance between neighbouring floats at y; below 2^-126 it stays 2^-149.
static double ulp(double y) {
    const int exponent = y == 0 ? -126 : std::max(std::ilogb(y), -126);
    return std::ldexp(1.0, exponent - 23);
}

static double worst_ulps(const Measured& f, const std::vector<float>& x) {
    std::vector<float> y(x.size());
    f.kernel(static_cast<Index>(x.size()), x.data(), y.data());
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double exact = f.exact(x[i]);
        const float rounded = static_cast<float>(exact);
        if (y[i] == rounded || (std::isnan(y[i]) && std::isnan(rounded))) continue;
        const double off = std::fabs(y[i] - exact) / ulp(exact);  // infinite if only one of them is
        worst = off <= worst ? worst : off;
    }
    return worst;
}

TEST_CASE("float functions against double ones over all floats", "[kernels]") {
    std::vector<float> everywhere;  // every 2003rd bit pattern: all signs and exponents, infinities and NaN
    for (std::uint64_t bits = 0; bits < 0x100000000; bits += 2003) {
        everywhere.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    }
    std::vector<float> ordinary;  // -110 .. 110, where things happen
    for (int i = -1100000; i <= 1100000; ++i) ordinary.push_back(static_cast<float>(i) * 1e-4f);
    std::printf("float functions, worst error in ulp:");
    for (const Measured& f : functions) {
        const double worst = std::max(worst_ulps(f, everywhere), worst_ulps(f, ordinary));
        INFO(f.name);
        CHECK(worst <= f.ulps);
        std::printf(" %s %.2f", f.name, worst);
    }
    std::printf("\n");
}

TEST_CASE("float functions: an element's result does not depend on its place in a vector", "[kernels][bits]") {
    std::vector<float> x;
    for (int i = 0; i < 67; ++i) x.push_back(static_cast<float>(i - 33) * 0.37f);
    for (const Measured& f : functions) {
        std::vector<float> together(x.size());
        f.kernel(67, x.data(), together.data());
        INFO(f.name);
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(at(f.kernel, x[i]) == together[i]);
    }
}

TEST_CASE("results below the smallest normal float are kept", "[kernels]") {
    CHECK(at(kernels::exp, -100) == 3.783505853677006e-44f);
    CHECK(at(kernels::sigmoid, -100) == 3.783505853677006e-44f);
    CHECK(at(kernels::softplus, -100) == 3.783505853677006e-44f);
    CHECK(at(sigmoid_slope, 100) == 3.783505853677006e-44f);
    CHECK(at(kernels::exp, -104) == 0);
    CHECK(at(kernels::tanh, 1e-40f) == 1e-40f);
}

#endif

TEST_CASE("functions at 0, -0, infinities and NaN", "[kernels]") {
    CHECK(at(kernels::exp, 0) == 1);
    CHECK(at(kernels::exp, -Real(0)) == 1);
    CHECK(at(kernels::exp, infinity) == infinity);
    CHECK(at(kernels::exp, -infinity) == 0);
    CHECK(at(kernels::tanh, 0) == 0);
    CHECK(std::signbit(at(kernels::tanh, -Real(0))));
    CHECK(at(kernels::tanh, infinity) == 1);
    CHECK(at(kernels::tanh, -infinity) == -1);
    CHECK(at(kernels::sigmoid, 0) == Real(0.5));
    CHECK(at(kernels::sigmoid, infinity) == 1);
    CHECK(at(kernels::sigmoid, -infinity) == 0);
    CHECK(at(kernels::softplus, infinity) == infinity);
    CHECK(at(kernels::softplus, -infinity) == 0);
    CHECK(at(tanh_slope, 0) == 1);
    CHECK(at(sigmoid_slope, 0) == Real(0.25));
    for (Real x : {infinity, -infinity}) {
        CHECK(at(tanh_slope, x) == 0);
        CHECK(at(sigmoid_slope, x) == 0);
    }
    CHECK(at(kernels::log, 0) == -infinity);
    CHECK(std::isnan(at(kernels::log, -1)));
    CHECK(at(kernels::relu, -infinity) == 0);
    for (Kernel kernel :
         {Kernel(kernels::exp), Kernel(kernels::tanh), Kernel(kernels::sigmoid), Kernel(kernels::softplus),
          Kernel(kernels::log), Kernel(kernels::sqrt), Kernel(kernels::relu), tanh_slope, sigmoid_slope}) {
        CHECK(std::isnan(at(kernel, not_a_number)));
    }
    CHECK(argmax(tensor({3}, {1, not_a_number, 3}), 0).item() == 1);
}

// ----------------------------------------------------------------------------------------- sums

TEST_CASE("sums against long double, for every way of cutting them", "[kernels]") {
    Random rng(1);
    struct Sizes {
        Index outer, middle, inner;
    };
    const std::vector<Sizes> all = {{1, 0, 1},     {1, 1, 1},      {1, 17, 1},   {1, 1025, 1},
                                    {1, 16385, 1}, {1, 300001, 1}, {3, 50, 1},   {40, 1000, 1},
                                    {1, 3, 5},     {1, 1000, 300}, {2, 65, 257}, {5, 0, 3}};
    double worst = 0;
    for (const auto& [outer, middle, inner] : all) {
        const std::vector<Real> x = rng.normal({outer * middle * inner}).values();
        std::vector<Real> y(static_cast<std::size_t>(outer * inner), not_a_number);
        kernels::sum_middle(outer, middle, inner, x.data(), y.data());
        for (Index o = 0; o < outer; ++o) {
            for (Index i = 0; i < inner; ++i) {
                long double sum = 0, magnitude = 0;
                for (Index m = 0; m < middle; ++m) {
                    const Real value = x[(o * middle + m) * inner + i];
                    sum += value;
                    magnitude += std::fabs(value);
                }
                // 64 additions in order, then a tree; each may be off by eps/2 of what it adds up.
                const double depth = 64 + std::log2(static_cast<double>(middle + 1));
                const double bound = depth * std::numeric_limits<Real>::epsilon() / 2 * static_cast<double>(magnitude);
                const double off = std::fabs(static_cast<double>(y[o * inner + i] - sum));
                if (bound > 0) worst = std::max(worst, off / bound);
                INFO(outer << " x " << middle << " x " << inner << " at " << o << ", " << i);
                if (!(off <= bound)) CHECK(off <= bound);
            }
        }
    }
    CHECK(worst > 0);
    CHECK(worst < 1);
}

TEST_CASE("a long sum of equal numbers keeps its digits", "[kernels]") {
    const Index n = 20000000;  // one by one, a float sum of ones stops at 16,777,216
    const std::vector<Real> one(static_cast<std::size_t>(n), 1);
    Real sum;
    kernels::sum_middle(1, n, 1, one.data(), &sum);
    CHECK(sum == static_cast<Real>(n));
}

// ----------------------------------------------------------------------------------------- large loops

TEST_CASE("loops shared among threads give the same bits as small ones", "[kernels][bits]") {
    const Index n = 3 * kernels::parallel_size + 7;
    const std::vector<Real> x = Random(2).normal({n}).values();
    for (const Measured& f : functions) {
        std::vector<Real> large(x.size()), small(x.size());
        f.kernel(n, x.data(), large.data());
        for (Index first = 0; first < n; first += 1000) {
            f.kernel(std::min<Index>(1000, n - first), x.data() + first, small.data() + first);
        }
        INFO(f.name);
        CHECK(help::differences(large, small) == "");
    }
}

#ifdef _OPENMP
TEST_CASE("sums, copies and random numbers: the same bits for any number of threads", "[kernels][bits]") {
    const int before = blas_threads();  // from now on the number may exceed that of the processors
    std::vector<std::vector<Real>> first;
    for (int threads : {1, 2, 3, 4, 8}) {
        if (threads > omp_get_thread_limit()) continue;  // OpenBLAS would wait for the others for ever
        omp_set_num_threads(threads);
        Random rng(7);
        const Tensor x = rng.normal({301, 257});
        std::vector<std::vector<Real>> now;
        for (const Tensor& y : {x, rng.uniform({50001}, -1, 1), sum(x), sum(x, 0), sum(x, 1), transpose(x),
                                log_softmax(x), broadcast_to(slice(x, 0, 0, 1), {100, 257}), softplus(x)}) {
            now.push_back(y.values());
        }
        if (first.empty()) first = now;
        INFO("threads " << threads);
        for (std::size_t i = 0; i < now.size(); ++i) CHECK(help::differences(now[i], first[i]) == "");
    }
    omp_set_num_threads(before);
}
#endif
