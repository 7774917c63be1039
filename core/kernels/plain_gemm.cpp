// The matrix product by plain loops: to step into, to compare OpenBLAS with, and what computes where there is none.
//
//     C[r, c] = beta C[r, c] + sum over i of op(A)[r, i] op(B)[i, c]        each sum in the order i = 0 .. k-1
//
// Block by block, of 4 rows of two vectors: its sums stay in registers, and a number loaded serves a row or a column.
#include <algorithm>
#include <vector>

#include "core/kernels/blas.hpp"

namespace gantry::kernels {

using Vector [[gnu::vector_size(__BIGGEST_ALIGNMENT__)]] = Real;  // several numbers: what a register holds

void plain_gemm(bool ta, bool tb, Index m, Index n, Index k, const Real* A, Index lda, const Real* B, Index ldb,
                Real beta, Real* C, Index ldc) {
    constexpr Index height = 4, width = 2 * sizeof(Vector) / sizeof(Real);
    std::vector<Vector> panel(2 * k);  // `width` columns of op(B), row by row; columns that are missing are not read
    const Index down = ta ? 1 : lda, step = ta ? lda : 1;  // from row to row of op(A), and along a row
    for (Index left = 0; left < n; left += width) {
        const Index columns = std::min(width, n - left);
        for (Index i = 0; i < k; ++i) {
            const Real* b = tb ? B + left * ldb + i : B + i * ldb + left;
            Real* row = reinterpret_cast<Real*>(&panel[2 * i]);
            for (Index c = 0; c < columns; ++c) row[c] = tb ? b[c * ldb] : b[c];
        }
        for (Index top = 0; top < m; top += height) {
            const auto row = [=](Index r) { return A + std::min(r, m - 1) * down; };
            const Real *a0 = row(top), *a1 = row(top + 1), *a2 = row(top + 2), *a3 = row(top + 3);
            Vector left0{}, left1{}, left2{}, left3{}, right0{}, right1{}, right2{}, right3{};
            for (Index i = 0; i < k; ++i) {
                const Real x0 = a0[i * step], x1 = a1[i * step], x2 = a2[i * step], x3 = a3[i * step];
                const Vector l = panel[2 * i], r = panel[2 * i + 1];
                left0 += x0 * l, right0 += x0 * r;
                left1 += x1 * l, right1 += x1 * r;
                left2 += x2 * l, right2 += x2 * r;
                left3 += x3 * l, right3 += x3 * r;
            }
            const Vector sums[height][2] = {{left0, right0}, {left1, right1}, {left2, right2}, {left3, right3}};
            for (Index r = 0; r < std::min(height, m - top); ++r) {
                const Real* sum = reinterpret_cast<const Real*>(sums[r]);
                Real* y = C + (top + r) * ldc + left;
                for (Index c = 0; c < columns; ++c) y[c] = sum[c] + (beta == 0 ? Real(0) : beta * y[c]);
            }
        }
    }
}

}  // namespace gantry::kernels
