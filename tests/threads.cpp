// Settings of OpenMP and of the system under which products once hung for ever. They are read when a program starts,
// so the tests start this program again, for one of the cases below that are hidden (their tags begin with a dot).
#include "core/core.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace gantry;

extern char** environ;

namespace {

std::string path() { return (help::program_folder / "tests").string(); }

// Runs a hidden case of this program with a setting, NAME=VALUE, in its environment. The exit code of the program, -1
// if it was killed after `seconds`, -2 if it could not be started.
int run_case(const std::string& tag, const std::string& setting, int seconds) {
    const std::string name = setting.substr(0, setting.find('=') + 1);
    std::vector<std::string> words = {setting};
    for (char** word = environ; *word; ++word) {
        if (std::string(*word).rfind(name, 0) != 0) words.push_back(*word);
    }
    std::vector<char*> environment;
    for (std::string& word : words) environment.push_back(word.data());
    environment.push_back(nullptr);
    std::string program = path(), argument = tag;
    char* arguments[] = {program.data(), argument.data(), nullptr};
    posix_spawn_file_actions_t quietly;
    posix_spawn_file_actions_init(&quietly);
    posix_spawn_file_actions_addopen(&quietly, 1, "/dev/null", O_WRONLY, 0);
    pid_t child = 0;
    const int error = posix_spawn(&child, program.c_str(), &quietly, nullptr, arguments, environment.data());
    posix_spawn_file_actions_destroy(&quietly);
    if (error != 0) return -2;
    int status = 0;
    for (int tenths = 0; tenths < 10 * seconds; ++tenths) {
        if (waitpid(child, &status, WNOHANG) == child) return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    return -1;
}

}  // namespace

TEST_CASE("numbers are drawn and multiplied (started by the test below)", "[.settings]") {
    const Tensor a = Random(1).normal({400, 400});
    const Tensor b = matmul(a, a);
    CHECK(b.at({3, 5}) == Approx(sum(slice(a, 0, 3, 4) * transpose(slice(a, 1, 5, 6))).item()).epsilon(1e-3));
    CHECK(blas_threads() <= static_cast<int>(std::thread::hardware_concurrency()));
#ifdef _OPENMP
    for (const int levels : {0, 1}) {  // what the program itself sets later hangs no product either
        omp_set_num_threads(1000);
        omp_set_dynamic(1);
        omp_set_max_active_levels(levels);
        CHECK(help::differences(matmul(a, a).values(), b.values()) == "");
    }
#endif
}

TEST_CASE("no setting of OpenMP makes a program hang or use more threads than processors", "[threads]") {
    for (const char* setting : {"OMP_THREAD_LIMIT=1", "OMP_DYNAMIC=true", "OMP_MAX_ACTIVE_LEVELS=0",
                                "OMP_NUM_THREADS=1", "OMP_NUM_THREADS=1000"}) {
        INFO(setting << " " << path() << " [settings]");
        const int code = run_case("[settings]", setting, 60);
        if (code == -2) {
            std::printf("settings of OpenMP: SKIPPED, %s cannot be started\n", path().c_str());
            return;
        }
        CHECK(code == 0);
    }
}

#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__) && !defined(GANTRY_NO_OPENBLAS)
// At most 128 MB more than now: OpenBLAS needs as much for each thread, and libraries take some of it.
TEST_CASE("a product without address space (started by the test below)", "[.address_space]") {
    // A filter like ~[kit] takes hidden cases too. After a product OpenBLAS has its memory: nothing is refused.
    if (!std::getenv("GANTRY_ALONE")) return;
    const Tensor a = ones({100, 100});
    rlimit unlimited;
    getrlimit(RLIMIT_AS, &unlimited);
    const std::size_t step = std::size_t(64) << 20;
    rlimit small = unlimited;
    small.rlim_cur = step;
    setrlimit(RLIMIT_AS, &small);
    void* const too_much = mmap(nullptr, 2 * step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    setrlimit(RLIMIT_AS, &unlimited);
    if (too_much != MAP_FAILED) {  // qemu's user mode
        std::fprintf(stderr, "a product without address space: SKIPPED, this system does not keep RLIMIT_AS\n");
        return;
    }
    void* free_space = MAP_FAILED;
    for (rlimit limit = unlimited; free_space == MAP_FAILED;) {
        limit.rlim_cur = limit.rlim_cur == unlimited.rlim_cur ? step : limit.rlim_cur + step;
        REQUIRE(setrlimit(RLIMIT_AS, &limit) == 0);
        free_space = mmap(nullptr, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    munmap(free_space, step);
    std::string refused;
    try {
        matmul(a, a);
    } catch (const std::runtime_error& error) {
        refused = error.what();
    }
    setrlimit(RLIMIT_AS, &unlimited);
    CHECK_THAT(refused, ContainsSubstring(std::to_string(128 * blas_threads()) + " MB of address space"));
    CHECK(matmul(a, a).at({1, 2}) == 100);  // what was refused is possible later
}

TEST_CASE("a product is refused, not awaited for ever, where OpenBLAS gets no memory", "[threads]") {
    const int code = run_case("[address_space]", "GANTRY_ALONE=yes", 60);
    CHECK((code == 0 || code == -2));
}
#endif
