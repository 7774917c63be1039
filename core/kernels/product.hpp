// The matrix product.
#pragma once

#include "core/real.hpp"

namespace gantry::kernels {

/// C [m, n] = op(A) op(B), with op(A) [m, k] and op(B) [k, n]; op transposes if the flag says so. A bias [n] is added
/// to each row of C.
void matmul(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* A, const Real* B, Real* C,
            const Real* bias = nullptr);

}  // namespace gantry::kernels
