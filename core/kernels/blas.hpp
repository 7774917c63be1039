// OpenBLAS: which of its kernels runs, on how many threads, and one product on one thread.
//
// A program that calls fork() after its first product or large loop: the child has none of OpenMP's threads and waits
// for them for ever. Fork before, or call exec in the child, or omp_set_num_threads(1) as the first thing there.
#pragma once

#include <string>

#include "core/real.hpp"

namespace gantry {

/// The kernel that OpenBLAS chose for the processor, such as "SkylakeX"; it decides the speed of every matrix product.
std::string blas_kernel();

/// Number of threads that the loops and products use: OMP_NUM_THREADS, but no more than there are processors; 1 in the
/// debug build.
int blas_threads();

namespace kernels {

/// C [m, n] = op(A) op(B) + beta C by one call of OpenBLAS; lda, ldb and ldc are the distances of rows in memory. It
/// runs on the calling thread alone if that thread is inside of a parallel region, or if m n k is at most
/// blas_threading_threshold.
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* A, Index lda, const Real* B,
          Index ldb, Real beta, Real* C, Index ldc);

/// The same by loops, on the calling thread (plain_gemm.cpp); without OpenBLAS gemm calls it.
void plain_gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const Real* A, Index lda, const Real* B,
                Index ldb, Real beta, Real* C, Index ldc);

/// OpenBLAS computes products of up to 65,536 * 4 multiplications on one thread (interface/gemm.c, SMP_THRESHOLD_MIN
/// times GEMM_MULTITHREAD_THRESHOLD): those need no parallel region to keep them on one thread.
inline constexpr Index blas_threading_threshold = 262144;

/// OpenBLAS' kernels for AVX-512 compute products of up to so many multiplications in place, without copying A and B
/// first (kernel/x86_64/sgemm_small_kernel_permit_skylakex.c); 0 if the kernel is another.
Index blas_in_place();

/// Throws std::runtime_error if OpenBLAS gets no memory or computes a small product wrongly. Called before the first
/// product.
void check_blas();

}  // namespace kernels
}  // namespace gantry
