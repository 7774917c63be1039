// The matrix product.
#pragma once

#include "core/real.hpp"

namespace gantry::kernels {

/// C [m, n] = op(A) op(B), with op(A) [m, k] and op(B) [k, n]; op transposes if the flag says so. A bias [n] is added
/// to each row of C.
void matmul(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* A, const Real* B, Real* C,
            const Real* bias = nullptr);

/// The part of C that one thread computes by one call of OpenBLAS. It depends on the sizes and on OpenBLAS' kernel,
/// never on the number of threads.
struct Tile {
    Index rows, columns;
};
Tile tile_of(Index m, Index n, Index k);

}  // namespace gantry::kernels
