// The tests' entry point: Catch2's own, plus one last line, `N passed, M failed`, that counts test cases. Takes every
// option of Catch2: a test's name or [tag], --list-tests, --order rand, --abort, --success, ...

#define CATCH_CONFIG_RUNNER  // v2 compiles its runner where this stands
#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <cstdio>

namespace {

#if defined(CATCH_VERSION_MAJOR) && CATCH_VERSION_MAJOR >= 3
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

Catch::Totals totals;
bool ended = false;

// The count is kept here and printed by main, because Catch2 calls its reporter, which prints a summary, later.
struct Count : Listener {
    using Listener::Listener;
    void testRunEnded(const Catch::TestRunStats& run) override {
        totals = run.totals;
        ended = true;
    }
};

}  // namespace

CATCH_REGISTER_LISTENER(Count)

int main(int argc, char** argv) {
    help::program_folder = std::filesystem::absolute(argv[0]).parent_path();
    const int code = Catch::Session().run(argc, argv);
    if (ended) {
        std::fflush(nullptr);
        std::printf("%zu passed, %zu failed\n", std::size_t(totals.testCases.passed),
                    std::size_t(totals.testCases.failed));
    }
    return code;
}
