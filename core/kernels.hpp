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

#include <array>
#include <string>

#include "core/real.hpp"

namespace gantry {

/// The processor kernel that OpenBLAS chose, for example "SkylakeX"; decides the speed of every matrix product.
std::string blas_kernel();

/// Number of threads that the loops and products use (OMP_NUM_THREADS; 1 in the debug build).
int blas_threads();

namespace kernels {

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

// ------------------------------------------------------------------------------- rows, columns, sums

/// y[i0, i1, i2, i3] = x[i0 s0 + i1 s1 + i2 s2 + i3 s3] for y of the given sizes; a stride of 0
/// repeats, and s3 is 0 or 1.
void gather(const std::array<Index, 4>& sizes, const std::array<Index, 4>& strides, const Real* x, Real* y);

/// rows runs of `width` numbers, `x_step` apart in x and `y_step` apart in y.
void copy_rows(Index rows, Index width, const Real* x, Index x_step, Real* y, Index y_step);

/// y[o, i] = sum over m of x[o, m, i], for x[outer, middle, inner].
void sum_middle(Index outer, Index middle, Index inner, const Real* x, Real* y);

/// where[o, i] = the first m at which x[o, m, i] is largest; NaN counts as larger than any number.
void argmax_middle(Index outer, Index middle, Index inner, const Real* x, Index* where);

void transpose(Index rows, Index columns, const Real* x, Real* y);  // y[columns, rows]
void log_softmax(Index rows, Index columns, const Real* x, Real* y);

// ------------------------------------------------------------------------------- matrix products

/// C [m, n] = op(A) op(B), with op(A) [m, k] and op(B) [k, n]; op transposes if the flag says so. A bias [n] is added
/// to each row of C.
void matmul(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* A, const Real* B, Real* C,
            const Real* bias = nullptr);

}  // namespace kernels
}  // namespace gantry
