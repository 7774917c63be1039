// The matrix product by plain loops: to step into, to compare OpenBLAS with, and what computes where there is none.
//
//     C[r, c] = beta C[r, c] + sum over i of op(A)[r, i] op(B)[i, c]        each sum in the order i = 0 .. k-1
//
// Blocks of C are computed one after the other. Their sums stay in registers, and each number that is loaded serves a
// whole row or column of the block. How large the blocks are changes the speed and no bit.
#include <algorithm>
#include <vector>

#include "core/kernels/blas.hpp"

namespace gantry::kernels {

void plain_gemm(bool ta, bool tb, Index m, Index n, Index k, const Real* A, Index lda, const Real* B, Index ldb,
                Real beta, Real* C, Index ldc) {
    constexpr Index height = 4, width = 64 / sizeof(Real);  // of a block: a row is one to four vector registers
    std::vector<Real> panel(k * width);  // `width` columns of op(B), row by row; columns that are missing are not read
    const Index down = ta ? 1 : lda, step = ta ? lda : 1;  // from row to row of op(A), and along a row
    for (Index left = 0; left < n; left += width) {
        const Index columns = std::min(width, n - left);
        for (Index i = 0; i < k; ++i) {
            const Real* b = tb ? B + left * ldb + i : B + i * ldb + left;
            for (Index c = 0; c < columns; ++c) panel[i * width + c] = tb ? b[c * ldb] : b[c];
        }
        for (Index top = 0; top < m; top += height) {
            const auto row = [=](Index r) { return A + std::min(r, m - 1) * down; };
            const Real *a0 = row(top), *a1 = row(top + 1), *a2 = row(top + 2), *a3 = row(top + 3);
            Real sums[height][width] = {};
            for (Index i = 0; i < k; ++i) {
                const Real x0 = a0[i * step], x1 = a1[i * step], x2 = a2[i * step], x3 = a3[i * step];
                const Real* b = panel.data() + i * width;
#pragma omp simd
                for (Index c = 0; c < width; ++c) {
                    sums[0][c] += x0 * b[c];
                    sums[1][c] += x1 * b[c];
                    sums[2][c] += x2 * b[c];
                    sums[3][c] += x3 * b[c];
                }
            }
            for (Index r = top; r < std::min(m, top + height); ++r) {
                Real* y = C + r * ldc + left;
                for (Index c = 0; c < columns; ++c) y[c] = sums[r - top][c] + (beta == 0 ? Real(0) : beta * y[c]);
            }
        }
    }
}

}  // namespace gantry::kernels
