// A race on purpose: two threads add to one number without asking each other. .ci/tsan runs it to see that the thread
// sanitizer reports races in parallel loops at all, and the second loop, which has none, to see that it reports no
// other.
//
//   racy     every thread adds to `sum`
//   clean    every thread fills elements of its own, and they are added up after the loop
#include <cstdio>
#include <cstring>

int main(int argc, char** argv) {
    const bool racy = argc > 1 && std::strcmp(argv[1], "racy") == 0;
    long sum = 0;
    long squares[1000];
    if (racy) {
#pragma omp parallel for num_threads(2)
        for (long i = 0; i < 1000; ++i) sum += i * i;
    } else {
#pragma omp parallel for num_threads(2)
        for (long i = 0; i < 1000; ++i) squares[i] = i * i;
        for (const long square : squares) sum += square;
    }
    std::printf("%s: %ld\n", racy ? "racy" : "clean", sum);
}
