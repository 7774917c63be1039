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
// omp_get_max_threads() announces; and more threads than processors only wait for each other.
//
// Any other OpenBLAS knows nothing of our regions and is told to use one thread. So is OpenBLAS with OpenMP in the
// debug build, which has no regions. OpenMP keeps these settings for each thread of the program by itself.
static bool prepare_this_thread() {
#ifdef _OPENMP
    if (openblas_get_parallel() != 2) openblas_set_num_threads(1);
    omp_set_dynamic(0);
    omp_set_max_active_levels(std::max(1, omp_get_max_active_levels()));
    const int asked = omp_get_max_threads(), allowed = std::min(omp_get_num_procs(), omp_get_thread_limit());
    const int most = openblas_get_parallel() == 0 ? 1 : allowed;  // two calls of the serial one disturb each other
    if (asked <= most) return true;
    omp_set_num_threads(most);
    static const int said = std::fprintf(
        stderr, "gantry: %d threads were asked for; processors, OMP_THREAD_LIMIT and OpenBLAS allow %d\n", asked, most);
    return said != 0;
#else
    openblas_set_num_threads(1);
    return true;
#endif
}

int threads_for([[maybe_unused]] Index tasks) {
    [[maybe_unused]] static thread_local const bool prepared = prepare_this_thread();
#ifdef _OPENMP
    return static_cast<int>(std::clamp<Index>(tasks, 1, omp_get_max_threads()));
#endif
    return 1;
}

}  // namespace gantry::kernels
