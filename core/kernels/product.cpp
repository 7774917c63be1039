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
//
// The longer side of the tiles is halved until there are `fewest`, and on, up to `most`, while one takes more than
// `large` multiplications. OpenBLAS copies its operands for each tile: on one thread, 8 tiles cost 4 to 20 % more than
// the whole; 64 about 10 % from 1024^3 on, but 50 % for 128 x 512 x 784, which stays at 8. Where the kernel computes
// small products in place, 64 are 6 % faster than the whole. Measured on 2 processors (kernels Cooperlake, Haswell and
// Zen); that 64 tiles serve more threads is reasoning: tests/matmul.cpp counts how many of 16 and 64 stay idle.
static constexpr Index fewest = 8, most = 64, large = 8 << 20, multiple = 4;  // kernels compute 4 or 16 rows at once

Tile tile_of(Index m, Index n, Index k) {
    const Index enough = blas_in_place() > 0 ? blas_in_place() : large;
    Index down = 1, across = 1;
    for (Index tiles = 1; tiles < fewest || (tiles < most && m * n * k > tiles * enough); tiles *= 2) {
        (m * across > n * down ? down : across) *= 2;
    }
    const auto part = [](Index side, Index parts) { return (side + parts * multiple - 1) / (parts * multiple); };
    return {part(m, down) * multiple, part(n, across) * multiple};
}

// C = op(A) op(B) + bias: the bias is written first and the product added to it while it is in the cache. Where the
// rows of C lie apart, zeros are written first for want of a bias: OpenBLAS is slow to clear such a C.
static void gemm_on_bias(bool ta, bool tb, Index m, Index n, Index k, const Real* A, Index lda, const Real* B,
                         Index ldb, const Real* bias, Real* C, Index ldc) {
    const bool write = bias || (n < ldc && m * n * k > blas_in_place());
    for (Index r = 0; write && r < m; ++r) {
#pragma omp simd
        for (Index c = 0; c < n; ++c) C[r * ldc + c] = bias ? bias[c] : Real(0);
    }
    gemm(ta, tb, m, n, k, A, lda, B, ldb, write ? Real(1) : Real(0), C, ldc);
}

static void tiled(bool ta, bool tb, Index m, Index n, Index k, const Real* A, const Real* B, const Real* bias,
                  Real* C) {
    const Index lda = ta ? m : k, ldb = tb ? k : n;
    if (m * n * k <= blas_threading_threshold) return gemm_on_bias(ta, tb, m, n, k, A, lda, B, ldb, bias, C, n);
    const Tile tile = tile_of(m, n, k);
    const Index across = (n + tile.columns - 1) / tile.columns;
    const Index tiles = (m + tile.rows - 1) / tile.rows * across;
    // Two threads even for one tile: in a region of one, OpenBLAS would start threads of its own. A thread that is done
    // takes the next of many tiles, since cores may differ in speed; of few it takes all at once, which costs less.
    const int threads = threads_for(std::max<Index>(tiles, 2));
    [[maybe_unused]] const Index turn = tiles > fewest ? 1 : (tiles + threads - 1) / threads;
#pragma omp parallel for schedule(dynamic, turn) num_threads(threads)
    for (Index t = 0; t < tiles; ++t) {
        const Index r = t / across * tile.rows, c = t % across * tile.columns;
        gemm_on_bias(ta, tb, std::min(tile.rows, m - r), std::min(tile.columns, n - c), k, A + r * (ta ? 1 : lda), lda,
                     B + c * (tb ? ldb : 1), ldb, bias ? bias + c : nullptr, C + r * n + c, n);
    }
}

void matmul(bool ta, bool tb, Index m, Index n, Index k, const Real* A, const Real* B, Real* C, const Real* bias) {
    static const bool checked = (check_blas(), true);
    if (!checked || m == 0 || n == 0) return;
    if (k > 1 && m > 1 && n > 1) return tiled(ta, tb, m, n, k, A, B, bias, C);
    if (k == 0) std::fill_n(C, m * n, Real(0));
    if (k > 0) skinny(ta, tb, m, n, k, A, B, C);
    if (!bias) return;
    in_parallel(m, m * n, [=](Index r) {
        for (Index c = 0; c < n; ++c) C[r * n + c] += bias[c];
    });
}

}  // namespace gantry::kernels
