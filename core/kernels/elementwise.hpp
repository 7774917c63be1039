// The loops: plain arrays in, plain arrays out, no shapes and no graph.
//
// Everything here gives the same bits for any number of threads. How:
//   - element loops write y[i] from x[i] only, so it does not matter who computes it;
//   - sums add fixed blocks and combine them by a fixed tree, whoever adds a block (never an OpenMP reduction, whose
//     order depends on the number of threads);
//   - matrix products cut the result into fixed tiles and compute each by one single-threaded call of cblas; those
//     with a side of 1 are loops of our own.
// Small work stays on the calling thread (parallel_size below says why).
#pragma once

#include "core/real.hpp"

namespace gantry::kernels {

/// Loops of at least this many elements are shared among the threads. 65,536 additions take about 5 us, as long as
/// waking the other threads; and where another job holds a processor, a thread may have to wait for it at the end of
/// every loop.
inline constexpr Index parallel_size = 65536;

/// Calls f(i) for i = 0 .. n-1, in any order. f may write only what belongs to i. Each loop works on a copy of f of its
/// own, which stays in registers: through a shared one nothing would be vectorised.
void each(Index n, auto f) {
    if (n < parallel_size) {
        const auto own = f;
#pragma omp simd
        for (Index i = 0; i < n; ++i) own(i);
        return;
    }
#pragma omp parallel
    {
        const auto own = f;
#pragma omp for simd schedule(static)
        for (Index i = 0; i < n; ++i) own(i);
    }
}

/// Calls task(i) for i = 0 .. n-1, in any order; on all threads if the tasks handle at least parallel_size numbers
/// together. Otherwise no region is opened: with an if-clause OpenMP would still set up a team of one.
void share(Index n, Index numbers, auto task) {
    if (numbers < parallel_size) {
        for (Index i = 0; i < n; ++i) task(i);
        return;
    }
#pragma omp parallel for schedule(static)
    for (Index i = 0; i < n; ++i) task(i);
}

// ------------------------------------------------------------------------------- one element to one element

void fill(Index n, Real value, Real* y);
void copy(Index n, const Real* x, Real* y);
void add(Index n, const Real* a, const Real* b, Real* y);
void subtract(Index n, const Real* a, const Real* b, Real* y);
void multiply(Index n, const Real* a, const Real* b, Real* y);
void divide(Index n, const Real* a, const Real* b, Real* y);
void add_number(Index n, const Real* x, Real number, Real* y);
void scale(Index n, const Real* x, Real factor, Real* y);

void exp(Index n, const Real* x, Real* y);
void log(Index n, const Real* x, Real* y);
void sqrt(Index n, const Real* x, Real* y);
void square(Index n, const Real* x, Real* y);
void pow(Index n, const Real* x, Real exponent, Real* y);
void abs(Index n, const Real* x, Real* y);
void sign(Index n, const Real* x, Real* y);  // -1, 0 or 1
void tanh(Index n, const Real* x, Real* y);
void sigmoid(Index n, const Real* x, Real* y);
void softplus(Index n, const Real* x, Real* y);
void relu(Index n, const Real* x, Real* y);
void leaky_relu(Index n, const Real* x, Real slope, Real* y);

void tanh_grad(Index n, const Real* dy, const Real* x, Real* dx);     // dy / cosh^2 x
void sigmoid_grad(Index n, const Real* dy, const Real* x, Real* dx);  // dy s(x) s(-x)
void relu_grad(Index n, const Real* dy, const Real* x, Real* dx);
void leaky_relu_grad(Index n, const Real* dy, const Real* x, Real slope, Real* dx);

}  // namespace gantry::kernels
