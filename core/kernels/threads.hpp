// Threads: how loops and tasks are shared among them, with the same bits for any number of threads. How:
//   - element loops write y[i] from x[i] only, so it does not matter who computes it;
//   - sums add fixed blocks and combine them by a fixed tree, whoever adds a block (never an OpenMP reduction, whose
//     order depends on the number of threads);
//   - matrix products cut the result into fixed tiles and compute each by one single-threaded call of cblas; those
//     with a side of 1 are loops of our own.
#pragma once

#include "core/real.hpp"

namespace gantry::kernels {

/// Loops of so many elements are shared. 65,536 additions take about 5 us, as long as waking the other threads; and
/// where another job holds a processor, a thread may have to wait for it at the end of every loop.
inline constexpr Index parallel_size = 65536;

/// A thread takes at least so many: with less, a machine of many processors would wake each for under a microsecond.
inline constexpr Index numbers_per_thread = 16384;

/// How many threads a region for so many tasks gets: no more than tasks, and no more than OpenMP will really give.
int threads_for(Index tasks);

/// Calls f(i) for i = 0 .. n-1, in any order. f may write only what belongs to i. Each loop works on a copy of f of its
/// own, which stays in registers: through a shared one nothing would be vectorised.
void each(Index n, auto f) {
    if (n < parallel_size) {
        const auto own = f;
#pragma omp simd
        for (Index i = 0; i < n; ++i) own(i);
        return;
    }
#pragma omp parallel num_threads(threads_for(n / numbers_per_thread))
    {
        const auto own = f;
#pragma omp for simd schedule(static)
        for (Index i = 0; i < n; ++i) own(i);
    }
}

/// Calls task(i) for i = 0 .. n-1, in any order; on several threads if the tasks together handle parallel_size numbers.
void in_parallel(Index n, Index numbers, auto task) {
    if (numbers < parallel_size) {
        for (Index i = 0; i < n; ++i) task(i);
        return;
    }
#pragma omp parallel for schedule(static) num_threads(threads_for(numbers / numbers_per_thread))
    for (Index i = 0; i < n; ++i) task(i);
}

}  // namespace gantry::kernels
