#include "core/kernels/threads.hpp"

#include <algorithm>
#include <cstdio>

#ifdef _OPENMP
#include <omp.h>
#endif

extern "C" int openblas_get_parallel();  // 0 no threads, 1 pthreads, 2 OpenMP
extern "C" void openblas_set_num_threads(int);

namespace gantry::kernels {

// OpenBLAS with OpenMP stays on one thread inside of an active region, one of at least two threads. In a region that
// was promised two and got one (OMP_THREAD_LIMIT=1, OMP_DYNAMIC=true, OMP_MAX_ACTIVE_LEVELS=0) it would start its own,
// which OpenMP withholds as well, and wait for them for ever. So a region must get the threads that
// omp_get_max_threads() announces; and more threads than processors only wait for each other. A program may change
// these settings at any time, in each of its threads, so they are looked at before each region.
//
// Any other OpenBLAS knows nothing of our regions and is told to use one thread. So is OpenBLAS with OpenMP in the
// debug build, which has no regions.
#ifdef _OPENMP
static int most_threads() {
    if (openblas_get_parallel() != 2) openblas_set_num_threads(1);
    if (openblas_get_parallel() == 0) return 1;  // two calls of the serial one disturb each other
    return std::min(omp_get_num_procs(), omp_get_thread_limit());
}

int threads_for(Index tasks) {
    static thread_local const int most = most_threads();
    omp_set_dynamic(0);
    omp_set_max_active_levels(std::max(1, omp_get_max_active_levels()));
    if (const int n = omp_get_max_threads(); n > most) {
        omp_set_num_threads(most);
        [[maybe_unused]] static const int said = std::fprintf(
            stderr, "gantry: %d threads were asked for; processors, OMP_THREAD_LIMIT and OpenBLAS allow %d\n", n, most);
    }
    return static_cast<int>(std::clamp<Index>(tasks, 1, omp_get_max_threads()));
}
#else
int threads_for(Index) {
    [[maybe_unused]] static thread_local const bool told = (openblas_set_num_threads(1), true);
    return 1;
}
#endif

}  // namespace gantry::kernels
