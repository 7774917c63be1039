// The matrix product: fixed tiles, each one call of OpenBLAS; skinny products by loops of our own.
//
// Why not one call for the whole product? OpenBLAS would split it by the number of threads, and the split decides the
// rounding. So the split is ours: tiles of fixed size, and each cblas call runs on one thread, because OpenBLAS (built
// with OpenMP) starts no threads of its own inside an active parallel region, nor for products below its threshold.
#include "core/kernels/product.hpp"

#include <algorithm>

#include "core/kernels/blas.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/sums.hpp"

namespace gantry::kernels {

// ------------------------------------------------------------------------------------- skinny products
//
// A side of 1: a product with a vector reads its matrix once, whatever the order, so there is nothing for OpenBLAS to
// win; and newer versions hand such calls to matrix-vector routines that start threads at sizes of their own. Such a
// product is a weighted sum over the rows or the columns of the matrix, by the tree of all sums (sums.cpp).

static void skinny(bool ta, bool tb, Index m, Index n, Index k, const Real* A, const Real* B, Real* C) {
    if (k == 1) {
        in_parallel(m, m * n, [=](Index r) {
            for (Index c = 0; c < n; ++c) C[r * n + c] = A[r] * B[c];
        });
    } else if (n == 1) {
        ta ? sum_middle(1, k, m, A, C, B) : sum_middle(m, k, 1, A, C, B);
    } else {
        tb ? sum_middle(n, k, 1, B, C, A) : sum_middle(1, k, n, B, C, A);
    }
}

// ------------------------------------------------------------------------------------- tiles

// Tiles of a product: at most eight, equal but for the last, cut along its longer side (rows or columns), so that 2, 4
// or 8 threads have nearly the same work. Fixed tiles of 64 would make 13 of 784 columns: 7 for one thread, 6 for the
// other.
static constexpr Index pieces = 8;
static constexpr Index multiple = 4;  // of so many rows: OpenBLAS' kernels compute 4 or 16 at once

// C = op(A) op(B) + bias: the bias is written first and the product added to it while it is in the cache. Where the
// rows of C lie apart, zeros are written first for want of a bias: OpenBLAS is slow to clear such a C.
static void gemm_on_bias(bool ta, bool tb, Index m, Index n, Index k, const Real* A, Index lda, const Real* B,
                         Index ldb, const Real* bias, Real* C, Index ldc) {
    const bool write = bias || n < ldc;
    for (Index r = 0; write && r < m; ++r) {
        Real* row = C + r * ldc;
#pragma omp simd
        for (Index c = 0; c < n; ++c) row[c] = bias ? bias[c] : Real(0);
    }
    gemm(ta, tb, m, n, k, A, lda, B, ldb, write ? Real(1) : Real(0), C, ldc);
}

static void tiled(bool ta, bool tb, Index m, Index n, Index k, const Real* A, const Real* B, const Real* bias,
                  Real* C) {
    const Index lda = ta ? m : k;
    const Index ldb = tb ? k : n;
    if (m * n * k <= blas_threading_threshold) {
        gemm_on_bias(ta, tb, m, n, k, A, lda, B, ldb, bias, C, n);
        return;
    }
    const bool by_rows = m >= n;
    const Index extent = by_rows ? m : n;
    const Index tile = (extent + pieces * multiple - 1) / (pieces * multiple) * multiple;
    const Index tiles = (extent + tile - 1) / tile;
    [[maybe_unused]] const int threads = threads_for(tiles);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (Index t = 0; t < tiles; ++t) {
        const Index first = t * tile;
        const Index length = std::min(tile, extent - first);
        if (by_rows) {
            const Real* rows_of_A = A + first * (ta ? 1 : lda);
            gemm_on_bias(ta, tb, length, n, k, rows_of_A, lda, B, ldb, bias, C + first * n, n);
        } else {
            const Real* columns_of_B = B + first * (tb ? ldb : 1);
            gemm_on_bias(ta, tb, m, length, k, A, lda, columns_of_B, ldb, bias ? bias + first : nullptr, C + first, n);
        }
    }
}

void matmul(bool ta, bool tb, Index m, Index n, Index k, const Real* A, const Real* B, Real* C, const Real* bias) {
    static const bool checked = (check_blas(), true);
    if (!checked || m == 0 || n == 0) return;
    if (k > 1 && m > 1 && n > 1) return tiled(ta, tb, m, n, k, A, B, bias, C);
    if (k == 0) std::fill_n(C, m * n, Real(0));
    if (k > 0) skinny(ta, tb, m, n, k, A, B, C);
    if (!bias) return;
    if (n == 1) return each(m, [=](Index r) { C[r] += bias[0]; });
    in_parallel(m, m * n, [=](Index r) {
        for (Index c = 0; c < n; ++c) C[r * n + c] += bias[c];
    });
}

}  // namespace gantry::kernels
