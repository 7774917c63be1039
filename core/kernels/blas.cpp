#include "core/kernels/blas.hpp"

#ifndef GANTRY_NO_OPENBLAS
#include <cblas.h>
#include <sys/mman.h>
#endif

#include <cstdlib>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <vector>

#include "core/kernels/threads.hpp"

namespace gantry {

// Two settings that libraries read from the environment when they start. Where both are linked statically (see the
// Makefile), this runs earlier (101 is the first priority open to programs). What the user has set stays.
//
// GOMP_SPINCOUNT: for so many rounds of 20 to 50 ns a waiting thread keeps its processor busy; then it sleeps, and to
// wake it costs more than most of our loops: `ring` of make bench takes 20 % longer with 2,000 (on a Xeon). Two at a
// time are slowed down 2.9 times with 4,000, 8 times with 20,000, ten times and more by default (none sleeps then).
//
// OPENBLAS_CORETYPE: OpenBLAS 0.3.20 to 0.3.24 do not know newer Intel processors and choose the kernel of one of 2004
// ("Prescott"), three to six times slower. Processors of other makers are recognised well enough, and so is everything
// by later versions.
#ifdef __APPLE__
__attribute__((constructor)) static void prepare_libraries();  // without priorities; its OpenBLAS is a later one
#else
__attribute__((constructor(101))) static void prepare_libraries();
#endif
static void prepare_libraries() {
    if (!std::getenv("OMP_WAIT_POLICY")) setenv("GOMP_SPINCOUNT", "4000", 0);
#if defined(__x86_64__) && defined(OPENBLAS_VERSION)
    const char* version = std::strstr(OPENBLAS_VERSION, "0.3.2");
    const bool mistaken = version && version[5] >= '0' && version[5] <= '4';
    __builtin_cpu_init();
    if (!mistaken || !__builtin_cpu_is("intel")) return;
    const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    if (wide) setenv("OPENBLAS_CORETYPE", "SkylakeX", 0);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) setenv("OPENBLAS_CORETYPE", "Haswell", 0);
#endif
}

int blas_threads() { return kernels::threads_for(std::numeric_limits<Index>::max()); }

#ifdef GANTRY_NO_OPENBLAS  // make OPENBLAS=none, and the browser: gemm is plain_gemm, which starts no threads

extern "C" int openblas_get_parallel() { return 2; }
extern "C" void openblas_set_num_threads(int) {}
std::string blas_kernel() { return "plain loops, no OpenBLAS"; }
Index kernels::blas_in_place() { return 0; }
void kernels::check_blas() {}
void kernels::gemm(bool ta, bool tb, Index m, Index n, Index k, const Real* A, Index lda, const Real* B, Index ldb,
                   Real beta, Real* C, Index ldc) {
    plain_gemm(ta, tb, m, n, k, A, lda, B, ldb, beta, C, ldc);
}

#else

extern "C" char* openblas_get_corename();
std::string blas_kernel() { return openblas_get_corename(); }

namespace kernels {

void gemm(bool ta, bool tb, Index m, Index n, Index k, const Real* A, Index lda, const Real* B, Index ldb, Real beta,
          Real* C, Index ldc) {
    const auto a = ta ? CblasTrans : CblasNoTrans, b = tb ? CblasTrans : CblasNoTrans;
#ifdef GANTRY_DOUBLE
    const auto product = cblas_dgemm;
#else
    const auto product = cblas_sgemm;
#endif
    product(CblasRowMajor, a, b, blasint(m), blasint(n), blasint(k), 1, A, blasint(lda), B, blasint(ldb), beta, C,
            blasint(ldc));
}

Index blas_in_place() {
    static const bool wide = std::string("SkylakeX Cooperlake SapphireRapids").find(blas_kernel()) != std::string::npos;
    return wide ? 1000000 : 0;
}

// OpenBLAS maps a work area for each thread that computes, and if the system refuses (ulimit -v) it asks again, for
// ever and in silence. So we ask first. It keeps its areas: what could be mapped once is enough.
static void check_address_space() {
    const std::size_t all = (std::size_t(32) << 22) * blas_threads();  // BUFFER_SIZE of OpenBLAS 0.3, for each thread
    void* const mapped = mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        throw std::runtime_error("matmul: OpenBLAS is refused " + std::to_string(all >> 20) + " MB of address space, " +
                                 "128 for each thread: raise the limit (ulimit -v) or set OMP_NUM_THREADS");
    }
    munmap(mapped, all);
}

// One small product against the plain one. OpenBLAS kernels that do not fit the processor have returned wrong numbers
// in the past; better to stop than to train on them.
void check_blas() {
    check_address_space();
    constexpr Index m = 17, n = 19, k = 23;
    std::vector<Real> A(m * k), B(k * n), C(m * n), expected(m * n);
    for (Index i = 0; i < m * k; ++i) A[i] = static_cast<Real>(i % 7 - 3);  // small integers: exact in any order
    for (Index i = 0; i < k * n; ++i) B[i] = static_cast<Real>(i % 5 - 2);
    gemm(false, false, m, n, k, A.data(), k, B.data(), n, 0, C.data(), n);
    plain_gemm(false, false, m, n, k, A.data(), k, B.data(), n, 0, expected.data(), n);
    if (C == expected) return;
    throw std::runtime_error("matmul: OpenBLAS kernel " + blas_kernel() +
                             " computes wrong products on this processor: set OPENBLAS_CORETYPE=Haswell");
}

}  // namespace kernels

#endif

}  // namespace gantry
