// The command line: values, refusals, exit codes, the banner; and the progress line.

#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <sstream>

#include "core/core.hpp"
#include "examples/kit/run/settings.hpp"
#include "examples/kit/show/progress.hpp"

using namespace gantry;
using namespace help;
using kit::Options;

namespace {

/// Everything a small example might want; global, because body is a plain function.
struct Values {
    Index steps = 4000;
    double lr = 1e-3;
    double beta = 0.5;
    std::optional<double> spread;
    std::vector<double> labels{0, 1, 1};
    std::string loss = "non-saturating";
    std::string data = "ring";
} values;

struct Result {
    int code;
    std::string out, err;
};

void declare(Options& options) {
    values = {};
    options.integer("--steps", values.steps, kit::between(1, 10000), "training iterations");
    options.number("--lr", values.lr, kit::above(0), "learning rate");
    options.number("--beta", values.beta, kit::from_below(0, 1), "of Adam");
    options.number("--std", values.spread, kit::at_least(0), "spread of a mode");
    options.numbers("--labels", values.labels, kit::between(-10, 10), "a, b, c");
    options.choice("--loss", values.loss, {"minimax", "non-saturating", "wasserstein"}, "which loss");
    options.text("--data", values.data, "which data", [](const std::string& text) {
        return text == "ring" || text == "it's" ? "" : "must be ring or it's";
    });
    options.parse();
}

/// Runs body with these words after the program's name, catching what it prints.
Result run(const std::vector<std::string>& words, void (*body)(Options&) = declare) {
    std::vector<std::string> all{"build/release/examples/04_test"};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<char*> argv;
    for (std::string& word : all) argv.push_back(word.data());
    const Caught out(std::cout), err(std::cerr);
    const int code = kit::run_program(static_cast<int>(argv.size()), argv.data(), "learns a test", body);
    return {code, out.str(), err.str()};
}

/// The words must be refused with exit code 2 and exactly this line.
void check_refused(const std::vector<std::string>& words, const std::string& line) {
    const Result result = run(words);
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(result.err == "04_test: " + line + "\n");
}

}  // namespace

// ---------------------------------------------------------------------------------------- values

TEST_CASE("without options the defaults stay", "[options]") {
    const Result result = run({});
    CHECK(result.code == 0);
    CHECK(result.out.empty());
    CHECK(result.err.empty());
    CHECK(values.steps == 4000);
    CHECK(values.lr == 1e-3);
    CHECK_FALSE(values.spread.has_value());
    CHECK(values.loss == "non-saturating");
}

TEST_CASE("options fill their variables", "[options]") {
    const Result result = run({"--steps", "10000", "--lr=2e-4", "--beta", "0", "--std", "0", "--labels", "-1,1,0.5",
                               "--loss", "wasserstein", "--data", "it's"});
    REQUIRE(result.code == 0);
    CHECK(values.steps == 10000);
    CHECK(values.lr == 2e-4);
    CHECK(values.beta == 0);
    CHECK(values.spread == 0.0);
    CHECK(values.labels == std::vector<double>{-1, 1, 0.5});
    CHECK(values.loss == "wasserstein");
    CHECK(values.data == "it's");
}

TEST_CASE("of an option typed twice the last counts", "[options]") {
    REQUIRE(run({"--steps", "1", "--steps", "2"}).code == 0);
    CHECK(values.steps == 2);
}

// ---------------------------------------------------------------------------------------- refusals

TEST_CASE("whole numbers out of range or malformed are refused", "[options]") {
    const std::string why = ": must be a whole number from 1 to 10000";
    for (const std::string text :
         {"0", "10001", "-5", "1.5", "1e3", "ten", "0x10", "+7", "99999999999999999999", "--lr"}) {
        check_refused({"--steps", text}, "--steps " + text + why);
    }
    check_refused({"--steps", " 7"}, "--steps ' 7'" + why);
    check_refused({"--steps="}, "--steps: needs a value: a whole number from 1 to 10000");
    check_refused({"--steps"}, "--steps: needs a value: a whole number from 1 to 10000");
    check_refused({"--data"}, "--data: needs a value");
    check_refused({"--seed", "-1"}, "--seed -1: must be a whole number of at least 0");
}

TEST_CASE("numbers out of range, malformed or not finite are refused", "[options]") {
    for (const std::string text : {"0", "-1", "nan", "inf", "1e400", "1,5", "0x1p3", "one", "1e-3x"}) {
        check_refused({"--lr", text}, "--lr " + text + ": must be a number above 0");
    }
    check_refused({"--beta", "1"}, "--beta 1: must be a number from 0 to below 1");
    check_refused({"--beta=-0.1"}, "--beta -0.1: must be a number from 0 to below 1");
    check_refused({"--std", "-1"}, "--std -1: must be a number of at least 0");
}

TEST_CASE("lists must have the right length and range", "[options]") {
    for (const std::string text : {"1,2", "1,2,3,4", "1,2,", "1,2,3,", "1,,2", "a,b,c", "1,2,11", "1,2,nan", "1;2;3"}) {
        const std::string quoted = contains(text, ";") ? "'" + text + "'" : text;
        check_refused({"--labels", text},
                      "--labels " + quoted + ": must be 3 numbers, like 0,1,1, each from -10 to 10");
    }
}

TEST_CASE("names must be known", "[options]") {
    check_refused({"--loss", "hinge"}, "--loss hinge: must be minimax, non-saturating or wasserstein");
    check_refused({"--loss", ""}, "--loss '': must be minimax, non-saturating or wasserstein");
    check_refused({"--data", "rign"}, "--data rign: must be ring or it's; did you mean ring?");
    check_refused({"--loss", "wasserstien"},
                  "--loss wasserstien: must be minimax, non-saturating or wasserstein; did you mean wasserstein?");
    check_refused({"--loss", "wgn"}, "--loss wgn: must be minimax, non-saturating or wasserstein; did you mean wgan?");
}

TEST_CASE("losses have the names of papers too, and -h is --help", "[options]") {
    REQUIRE(run({"--loss", "wgan"}).code == 0);
    CHECK(values.loss == "wasserstein");
    REQUIRE(run({"--loss", "ns"}).code == 0);
    CHECK(values.loss == "non-saturating");
    CHECK(run({"--loss", "lsgan"}).code == 2);  // of this program no loss
    CHECK(run({"-h"}).out == run({"--help"}).out);
    std::istringstream lines(run({"-h"}).out);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 80);
}

TEST_CASE("text is folded at blanks, and never within a word", "[options]") {
    CHECK(kit::folded("  one two three", 4, 9) == "  one two\n    three");
    CHECK(kit::folded("  a_word_that_is_long b", 4, 9) == "  a_word_that_is_long b");
    CHECK(kit::folded("short", 4, 80) == "short");
    CHECK(kit::folded("one two\nthree four\n", 1, 7) == "one two\nthree\n four\n");  // each line for itself
}

TEST_CASE("unknown options are refused with the list of known ones", "[options]") {
    const std::string known =
        ": not an option of this program, which has --steps, --lr, --beta, --std, --labels, --loss, "
        "--data, --seed, --out or --help";
    check_refused({"--foo", "3"}, "--foo 3" + known);
    check_refused({"--step", "3"}, "--step 3" + known + "; did you mean --steps?");  // no abbreviations
    check_refused({"extra"}, "extra" + known);
    check_refused({"--steps", "3", "4"}, "4" + known);
    check_refused({"-s", "3"}, "-s 3" + known);
}

// ---------------------------------------------------------------------------------------- the frame

TEST_CASE("--help lists every option with range and default, and succeeds", "[options]") {
    const Result result = run({"--help"});
    CHECK(result.code == 0);
    CHECK(result.err.empty());
    const std::string text = one_line(result.out);  // versions of CLI11 break lines at different widths
    CHECK(contains(text, "04_test: learns a test"));
    CHECK(contains(text, "training iterations, a whole number from 1 to 10000 (default 4000)"));
    CHECK(contains(text, "which loss, minimax, non-saturating or wasserstein (default non-saturating)"));
    CHECK(contains(text, "(default runs/04_test)"));
}

TEST_CASE("an exception while running is exit code 1 and one line", "[options]") {
    const Result result = run({}, [](Options&) { throw std::runtime_error("data.csv: is empty"); });
    CHECK(result.code == 1);
    CHECK(result.err == "04_test: data.csv: is empty\n");
}

TEST_CASE("an example can refuse a combination", "[options]") {
    const Result result = run({"--std", "1"}, [](Options& options) {
        declare(options);
        if (options.given("--std") && !options.given("--lr")) options.refuse("--std 1", "needs --lr");
    });
    CHECK(result.code == 2);
    CHECK(result.err == "04_test: --std 1: needs --lr\n");
    const Result unknown = run({}, [](Options& options) { options.given("--foo"); });
    CHECK(unknown.code == 1);
    CHECK(unknown.err == "04_test: Options::given: --foo was not declared\n");
}

TEST_CASE("the banner names kernel, threads, seed, the caller's lines and the command", "[options]") {
    const Result result =
        run({"--seed", "7", "--lr", "2e-4", "--data", "it's", "--steps", "4000"}, [](Options& options) {
            declare(options);
            values.loss = "minimax";  // what the example chose itself it will choose again
            CHECK(options.seed() == 7);
            options.print_banner({{"networks", "G 2-128-2"}});
        });
    REQUIRE(result.code == 0);
    const std::string threads = std::to_string(blas_threads()) + (blas_threads() == 1 ? " thread" : " threads");
    CHECK(result.out ==
          "04_test: learns a test\n"
          "  kernel    " +
              blas_kernel() + ", " + threads +
              "\n"
              "  seed      7\n"
              "  networks  G 2-128-2\n"
              "  repeat    build/release/examples/04_test --steps 4000 --lr 2e-4 --data 'it'\\''s' --seed 7\n"
              "\n");
}

TEST_CASE("the command repeats the run", "[options]") {
    static std::string command;
    const auto body = [](Options& options) {
        declare(options);
        command = options.command();
    };
    run({"--lr", "0.1", "--beta", "0.30000000000000004", "--labels=-1,0,-0.1", "--std", "3"}, body);
    CHECK(command == "build/release/examples/04_test --lr 0.1 --beta 0.30000000000000004 --std 3 --labels=-1,0,-0.1");
    run({"--lr", "0.1", "--beta", "0.30000000000000004", "--std", "3", "--labels=-1,0,-0.1"});
    CHECK(values.beta == 0.1 + 0.2);
    CHECK(values.labels == std::vector<double>{-1, 0, -0.1});
    run({}, body);
    CHECK(command == "build/release/examples/04_test");
    run({"--steps", "4000", "--steps", "7"}, body);  // also a default, when it was typed
    CHECK(command == "build/release/examples/04_test --steps 7");
}

// Settings whose defaults depend on the loss: what is typed is repeated whatever the other defaults are.
TEST_CASE("the command repeats every option of a GAN, alone and with every loss", "[options]") {
    static std::string command;
    const auto body = [](Options& options) {
        kit::Settings settings;
        settings.declare(options);
        options.parse();
        settings.complete(options);
        command = options.command();
    };
    const std::vector<std::pair<std::string, std::string>> all = {
        {"--lipschitz", "penalty"}, {"--lipschitz", "default"}, {"--penalty", "r1+r2"},  {"--lambda", "10"},
        {"--lambda", "0.1"},        {"--lr", "0.001"},          {"--decay-from", "0.5"}, {"--critic-steps", "1"},
        {"--steps", "8000"},        {"--labels", "0,1,1"},      {"--smoothing", "0"},    {"--optimizer", "adam"},
        {"--momentum", "0"},        {"--batch", "64"},          {"--average", "0"},      {"--seed", "1"}};
    for (const std::string& loss : all_loss_names()) {
        for (const auto& [name, value] : all) {
            run({"--loss", loss, name, value}, body);
            CHECK(command == "build/release/examples/04_test --loss " + loss + " " + name + " " + value);
        }
    }
    run({"--no-report"}, body);
    CHECK(command == "build/release/examples/04_test --no-report");
    for (const std::string text : {"--no-report=ring", "--no-report=false"}) {
        const Result result = run({text}, body);
        CHECK(result.code == 2);
        CHECK(result.err == "04_test: " + text + ": --no-report takes no value\n");
    }
}

TEST_CASE("results go to the folder of --out, which is made when it is needed", "[options]") {
    const Folder own;
    static std::filesystem::path folder, path;
    folder = own.path / "new";
    const Result result = run({"--out", (folder / "a/b").string()}, [](Options& options) {
        declare(options);
        CHECK_FALSE(std::filesystem::exists(folder));
        path = options.out("losses.csv");
    });
    CHECK(result.code == 0);
    CHECK(path == folder / "a/b/losses.csv");
    CHECK(std::filesystem::is_directory(folder / "a/b"));
    check_refused({"--out", ""}, "--out '': must be the name of a folder");
    const Result blocked = run({"--out", "/dev/null/x"}, [](Options& options) {
        declare(options);
        options.out("losses.csv");
    });
    CHECK(blocked.code == 1);
    CHECK(blocked.err == "04_test: the folder --out /dev/null/x cannot be made: Not a directory\n");
}

TEST_CASE("two runs never write to one folder at once", "[options][errors]") {
    const Folder own;
    static std::string folder;
    folder = own.path.string();
    const auto writes = [](Options& options) {
        declare(options);
        options.out("losses.csv");
    };
    const Result first = run({"--out", folder}, [](Options& options) {
        declare(options);
        options.out("losses.csv");
        options.out("report.html");
        const auto second = [](Options& other) {
            declare(other);
            other.out("losses.csv");
        };
        const Result refused = run({"--out", folder}, second);
        CHECK(refused.code == 1);
        CHECK(refused.err ==
              "04_test: " + folder + ": another run writes there now; wait for its end, or choose another --out\n");
        CHECK(run({"--out", folder + "/other"}, second).code == 0);
    });
    CHECK(first.code == 0);
    CHECK(run({"--out", folder}, writes).code == 0);
    CHECK(std::filesystem::is_empty(folder) == false);  // of "other"; the lock itself is no file
    CHECK(std::filesystem::is_empty(folder + "/other"));
}

TEST_CASE("memory that is not there is named with the sizes that asked for it", "[options][errors]") {
    const auto body = [](Options& options) {
        Index batch = 1, steps = 1;
        options.integer("--batch", batch, kit::at_least(1), "samples");
        options.integer("--steps", steps, kit::at_least(1), "steps");
        options.parse();
        if (batch == 1000000) throw std::bad_alloc();
        empty({Index(1) << 40, 1 << 10});
    };
    const Result result = run({"--batch", "1000000", "--steps", "5"}, body);
    CHECK(result.code == 1);
    CHECK(result.err == "04_test: no memory is left, asked for by --batch 1000000\n");
    CHECK(std::signal(SIGXFSZ, SIG_DFL) == SIG_IGN);  // `ulimit -f`: refused with a reason, not killed
    const Result tensor = run({"--batch", "7"}, body);
    CHECK(contains(tensor.err, "04_test: no memory for a tensor of shape [1099511627776, 1024], "));
    CHECK(contains(tensor.err, ", asked for by --batch 7\n"));
}

TEST_CASE("a standard output that cannot be written is an error", "[options][errors]") {
    const auto body = [](Options&) { std::cout.setstate(std::ios::badbit); };
    const Result result = run({}, body);
    std::cout.clear();
    CHECK(result.code == 1);
    CHECK(result.err == "04_test: standard output could not be written: is its disk full?\n");
}

TEST_CASE("a signal is an exit code of its own, once what was begun is finished", "[options]") {
    const auto before = std::signal(SIGHUP, SIG_DFL);  // it is ignored where the tests run under nohup
    for (const auto& [signal, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143), std::pair(SIGHUP, 129)}) {
        const Folder own;
        static int sent;
        sent = signal;
        const Result result = run({"--out", own.path.string()}, [](Options& options) {
            declare(options);
            options.begin_run({});
            std::raise(sent);
            CHECK(kit::stop_signal() == sent);
            std::cout << "finished\n";
        });
        CHECK(result.code == code);
        CHECK(contains(result.out, "finished"));
        CHECK(kit::stop_signal() == 0);
    }
    std::signal(SIGHUP, before);
}

TEST_CASE("a second signal ends the program at once, whatever the first was", "[options]") {
    const pid_t child = fork();
    if (child == 0) {
        const kit::StopOnSignal guard;
        std::raise(SIGINT);
        std::raise(SIGTERM);
        _exit(0);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == SIGTERM);
}

TEST_CASE("under nohup a run goes on when the terminal closes", "[options]") {
    const auto before = std::signal(SIGHUP, SIG_IGN);
    {
        const kit::StopOnSignal guard;
        std::raise(SIGHUP);
        CHECK(kit::stop_signal() == 0);
    }
    CHECK(std::signal(SIGHUP, before) == SIG_IGN);
}

TEST_CASE("ranges include what they say", "[options]") {
    CHECK_FALSE(kit::above(0).contains(0));
    CHECK(kit::above(0).contains(1e-300));
    CHECK(kit::at_least(0).contains(0));
    CHECK_FALSE(kit::at_least(0).contains(-1e-300));
    CHECK(kit::between(-1, 1).contains(-1));
    CHECK(kit::between(-1, 1).contains(1));
    CHECK_FALSE(kit::between(-1, 1).contains(1.1));
    CHECK(kit::from_below(0, 1).contains(0));
    CHECK_FALSE(kit::from_below(0, 1).contains(1));
    CHECK_FALSE(kit::above(0).contains(INFINITY));
    CHECK_FALSE(kit::above(0).contains(NAN));
}

// ---------------------------------------------------------------------------------------- progress

TEST_CASE("progress is silent unless it is shown, and leaves nothing behind", "[progress]") {
    std::ostringstream silent, plain, coloured;
    {
        kit::Progress hidden(10, silent, false, true);
        kit::Progress shown(200, plain, true, false);
        kit::Progress green(200, coloured, true, true);
        CHECK_FALSE(shown.due(50));  // at most ten times a second
        usleep(110'000);
        CHECK_FALSE(hidden.due(5));
        CHECK(shown.due(50));
        hidden.update(5, "loss 1");
        shown.update(50, "loss 1");
        green.update(50);
        shown.update(60, "too soon");
        CHECK(contains(plain.str(), "\r50 of 200 [======                  ] 25 %, 1 s left  loss 1"));
        CHECK_FALSE(contains(plain.str(), "too soon"));
        CHECK_FALSE(contains(plain.str(), "\x1b[32m"));
        CHECK(contains(coloured.str(), "\x1b[32m======"));
    }
    CHECK(silent.str().empty());
    CHECK(plain.str().ends_with("\r\x1b[K"));
}

TEST_CASE("a pipe gets a line at each tenth of the way", "[progress]") {
    std::ostringstream piped;
    kit::Progress progress(200, piped, false, false, 0, 0);
    for (Index step = 1; step <= 200; ++step)
        if (progress.due(step)) progress.update(step, "loss 1");
    std::istringstream lines(piped.str());
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    REQUIRE(all.size() == 10);
    CHECK(all[0].starts_with("  20 of 200, "));
    CHECK(all[9] == "  200 of 200, 0 s left  loss 1");
    std::ostringstream narrow;
    kit::Progress wide(200, narrow, false, false, 0, 0);
    wide.update(200, std::string(30, 'a') + "  " + std::string(24, 'b') + "  c");
    CHECK(narrow.str() == "  200 of 200, 0 s left  " + std::string(30, 'a') + "  " + std::string(24, 'b') + "\n");
}

TEST_CASE("durations are said in the units people use", "[progress]") {
    CHECK(kit::duration(-1) == "0 s");
    CHECK(kit::duration(0.2) == "1 s");
    CHECK(kit::duration(75) == "1 min 15 s");
    CHECK(kit::duration(2 * 3600 + 5 * 60 + 1) == "2 h 5 min");
}
