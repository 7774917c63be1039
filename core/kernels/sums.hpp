// Rows, columns and sums: loops that move numbers, add them up, or look for the largest.
#pragma once

#include <array>

#include "core/real.hpp"

namespace gantry::kernels {

/// y[i0, i1, i2, i3] = x[i0 s0 + i1 s1 + i2 s2 + i3 s3] for y of the given sizes; a stride of 0
/// repeats, and s3 is 0 or 1.
void gather(const std::array<Index, 4>& sizes, const std::array<Index, 4>& strides, const Real* x, Real* y);

/// rows runs of `width` numbers, `x_step` apart in x and `y_step` apart in y.
void copy_rows(Index rows, Index width, const Real* x, Index x_step, Real* y, Index y_step);

/// y[o, i] = sum over m of x[o, m, i], for x[outer, middle, inner]; with weights, of w[m] x[o, m, i].
void sum_middle(Index outer, Index middle, Index inner, const Real* x, Real* y, const Real* weights = nullptr);

void transpose(Index rows, Index columns, const Real* x, Real* y);  // y[columns, rows]
void log_softmax(Index rows, Index columns, const Real* x, Real* y);

}  // namespace gantry::kernels
