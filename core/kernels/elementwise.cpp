#include "core/kernels/elementwise.hpp"

#include <algorithm>
#include <cmath>

namespace gantry::kernels {

// ------------------------------------------------------------------------------------- scalar functions
//
// Written without branches, so that a loop over them becomes vector instructions; the C library's float functions
// would be called once per element. Only + - * and / are used, each correctly rounded, so vector and scalar code give
// the same bits. Errors are about 1 ulp (tests/kernels.cpp measures them). In the double build, which exists to check
// derivatives, the C library serves.

// 2^k as a number, -126 <= k <= 127: k goes where a float keeps its exponent.
static inline float power_of_two(std::int32_t k) {
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(k + 127) << 23);
}

// x = k ln 2 + r with |r| <= ln(2)/2. Adding 1.5 * 2^23 leaves no room for a fraction, which rounds to the nearest
// integer and shows it in the low bits. ln 2 is split in two, so that k * ln2_high is exact.
struct Reduced {
    std::int32_t k;
    float r;
};
static inline Reduced reduce(float x) {
    const float shift = 12582912.0f;
    const float ln2_high = 0.693359375f, ln2_low = -2.12194440054690583e-4f;
    const float shifted = x * 1.44269504088896341f + shift;
    const float k = shifted - shift;
    const auto bits = __builtin_bit_cast(std::uint32_t, shifted) - __builtin_bit_cast(std::uint32_t, shift);
    return {static_cast<std::int32_t>(bits), (x - k * ln2_high) - k * ln2_low};
}

// e^r - 1 for |r| <= ln(2)/2, by Taylor's series, as r and the rest: the first term left out is r^8/8! < 6e-9, a
// twentieth of an ulp.
static inline float expm1_rest(float r) {
    float sum = 1.0f / 5040;
    sum = sum * r + 1.0f / 720;
    sum = sum * r + 1.0f / 120;
    sum = sum * r + 1.0f / 24;
    sum = sum * r + 1.0f / 6;
    sum = sum * r + 0.5f;
    return sum * r * r;
}

// The scaling by 2^k goes in two steps: results below 2^-126 are then rounded once, and those above 2^128 overflow.
[[maybe_unused]] static inline float exponential(float x) {
    const float low = x < -104.0f ? -104.0f : x;
    const Reduced part = reduce(low > 89.0f ? 89.0f : low);
    const std::int32_t half = part.k >> 1;
    const float value = (1.0f + (expm1_rest(part.r) + part.r)) * power_of_two(half);
    return value * power_of_two(part.k - half);
}

// tanh |x| = u / (u + 2) with u = e^(2|x|) - 1 = 2^k (e^r - 1) + (2^k - 1): nothing cancels, however small x is. The
// last steps are taken in double, because in float their roundings add up to 2.4 ulp; it costs half a nanosecond.
[[maybe_unused]] static inline float hyperbolic_tangent(float x) {
    const float twice = 2.0f * std::fabs(x);
    const Reduced part = reduce(twice > 20.0f ? 20.0f : twice);  // from 10 on, tanh rounds to 1
    const double power = power_of_two(part.k);
    const double expm1 = static_cast<double>(expm1_rest(part.r)) + part.r;
    const double u = power * expm1 + (power - 1);
    return std::copysign(static_cast<float>(u / (u + 2)), x);
}

// log(1 + e) for 0 <= e <= 1: 2 (s + s^3/3 + s^5/5 + ...) with s = e / (2 + e). No term is negative, so nothing
// cancels, and a tiny e keeps its digits. s <= 1/3: the first term left out is 2/17 3^-17 < 1e-9.
[[maybe_unused]] static inline float log1p_of_unit(float e) {
    const double s = e / (2.0 + e), square = s * s;
    double sum = 1.0 / 15;
    for (int odd = 13; odd > 0; odd -= 2) sum = sum * square + 1.0 / odd;
    return static_cast<float>(2 * s * sum);
}

[[maybe_unused]] static inline double exponential(double x) { return std::exp(x); }

[[maybe_unused]] static inline double log1p_of_unit(double e) { return std::log1p(e); }

[[maybe_unused]] static inline double hyperbolic_tangent(double x) { return std::tanh(x); }

// ------------------------------------------------------------------------------------- element loops

// clang-format off
void fill(Index n, Real value, Real* y) { each(n, [=](Index i) { y[i] = value; }); }
void copy(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = x[i]; }); }
void add(Index n, const Real* a, const Real* b, Real* y) { each(n, [=](Index i) { y[i] = a[i] + b[i]; }); }
void subtract(Index n, const Real* a, const Real* b, Real* y) { each(n, [=](Index i) { y[i] = a[i] - b[i]; }); }
void multiply(Index n, const Real* a, const Real* b, Real* y) { each(n, [=](Index i) { y[i] = a[i] * b[i]; }); }
void divide(Index n, const Real* a, const Real* b, Real* y) { each(n, [=](Index i) { y[i] = a[i] / b[i]; }); }
void add_number(Index n, const Real* x, Real number, Real* y) { each(n, [=](Index i) { y[i] = x[i] + number; }); }
void scale(Index n, const Real* x, Real factor, Real* y) { each(n, [=](Index i) { y[i] = x[i] * factor; }); }
void exp(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = exponential(x[i]); }); }
void log(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = std::log(x[i]); }); }
void sqrt(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = std::sqrt(x[i]); }); }
void square(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = x[i] * x[i]; }); }
void pow(Index n, const Real* x, Real exponent, Real* y) { each(n, [=](Index i) { y[i] = std::pow(x[i], exponent); }); }
void abs(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = std::fabs(x[i]); }); }
void tanh(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = hyperbolic_tangent(x[i]); }); }
void relu(Index n, const Real* x, Real* y) { each(n, [=](Index i) { y[i] = x[i] < 0 ? Real(0) : x[i]; }); }
// clang-format on

// s(x) s(-x) = e / (1 + e)^2 with e = e^-|x|. The textbook's s (1 - s) is 0 from x = 17 on (in float). The quotient is
// taken in double: four roundings in float would cost 3 ulp, and the losses' second derivatives inherit them.
void sigmoid_grad(Index n, const Real* dy, const Real* x, Real* dx) {
    each(n, [=](Index i) {
        const double e = exponential(-std::fabs(x[i])), root = 1 + e;
        dx[i] = dy[i] * static_cast<Real>(e / (root * root));
    });
}

// s(x) = 1 / (1 + e^-x) for x >= 0 and e^x / (1 + e^x) else: e <= 1 in both, and the small tail keeps its digits.
void sigmoid(Index n, const Real* x, Real* y) {
    each(n, [=](Index i) {
        const Real e = exponential(-std::fabs(x[i])), top = x[i] < 0 ? e : Real(1);
        y[i] = top / (1 + e);
    });
}

void softplus(Index n, const Real* x, Real* y) {
    each(n, [=](Index i) {
        const Real positive = x[i] < 0 ? Real(0) : x[i];
        y[i] = positive + log1p_of_unit(exponential(-std::fabs(x[i])));
    });
}

void relu_grad(Index n, const Real* dy, const Real* x, Real* dx) {
    each(n, [=](Index i) { dx[i] = x[i] > 0 ? dy[i] : Real(0); });
}

void leaky_relu_grad(Index n, const Real* dy, const Real* x, Real slope, Real* dx) {
    each(n, [=](Index i) {
        const Real low = slope * dy[i];
        dx[i] = x[i] > 0 ? dy[i] : low;
    });
}

}  // namespace gantry::kernels
