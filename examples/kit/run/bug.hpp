// The gallery of classic bugs: an experiment with a switch, run wrong and then right, side by side.
//
//     static Outcome run(bool right, std::uint64_t seed) {
//         const Tensor fake_logits = right ? D(fake.detach()) : D(fake);    // the lines that are switched
//         ...
//         Outcome outcome;
//         outcome.row("|gradient of G|", size);                             // the same rows in both runs
//         outcome.symptom = size > 0;
//         return outcome;
//     }
//     int main(int argc, char** argv) { return kit::run_bug(argc, argv, "its name in words", bug, run); }
//
// Exit code 0 if the wrong run has the symptom, the right run has not, and the guards stand where the program says they
// do; else 1. So the gallery is a test of itself. With --right only the right run is made. All random numbers come from
// Random(seed, stream): the numbers repeat bit for bit.
//
// What it does not do: compare the two runs. A symptom must be visible in the wrong program alone, where a reader meets
// it.
#pragma once

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "core/core.hpp"
#include "examples/kit/measure/statistics.hpp"
#include "examples/kit/run/options.hpp"
#include "examples/kit/show/progress.hpp"

namespace gantry::kit {

/// What prevents the bug here: a file, and a line or the title of a test in it. Checked where the sources are at hand.
struct Guard {
    std::string file;
    std::string line;
};

struct Bug {
    std::string wrong, right;  // the switched lines, as one would write them
    std::string symptom;       // what one sees, in a few words
    std::vector<Guard> prevented_by;
};

struct Outcome {
    bool symptom = false;
    std::vector<std::pair<std::string, std::string>> rows;

    void row(const std::string& what, const std::string& number) { rows.push_back({what, number}); }
    void row(const std::string& what, double number) {
        char text[32];
        std::snprintf(text, sizeof text, "%.4g", std::fabs(number) > 0 ? number : 0);  // -0 as 0
        row(what, std::isnan(number) ? std::string("NaN") : std::string(text));        // of either sign
    }
};

using Experiment = std::function<Outcome(bool right, std::uint64_t seed)>;

inline void check(const Guard& guard) {
    const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
    std::ifstream file(root / guard.file);
    if (!file && !std::filesystem::exists(root)) return;  // the program was carried away from its sources
    std::stringstream text;
    text << file.rdbuf();
    if (text.str().find(guard.line) == std::string::npos)
        throw std::runtime_error(guard.file + " no longer has: " + guard.line);
}

inline void compare_runs(Options& options, const Bug& bug, const Experiment& run) {
    bool only_right = false;
    options.flag("--right", only_right, "make the right run alone");
    options.parse();
    options.print_banner({{"wrong", bug.wrong}, {"right", bug.right}});

    const Outcome wrong = only_right ? Outcome() : run(false, options.seed());
    const Outcome right = run(true, options.seed());
    std::vector<std::vector<std::string>> table = {{"", only_right ? "" : "wrong", "right"}};
    for (std::size_t i = 0; i < right.rows.size(); ++i) {
        const auto& [what, number] = right.rows[i];
        table.push_back({what, only_right ? "" : wrong.rows.at(i).second, number});
    }
    const char* of_wrong = wrong.symptom ? "shows" : "MISSING";
    table.push_back({"symptom: " + bug.symptom, only_right ? "" : of_wrong, right.symptom ? "SHOWS" : "gone"});
    std::cout << aligned(table, 2) << "\n  prevented by\n";
    for (const Guard& guard : bug.prevented_by) std::cout << folded("    " + guard.file + ": " + guard.line, 8) << "\n";
    std::cout << "  read " << bug.prevented_by.front().file << std::endl;
    for (const Guard& guard : bug.prevented_by) check(guard);
    if (!only_right && !wrong.symptom) throw std::runtime_error("the wrong run does not have the symptom");
    if (right.symptom) throw std::runtime_error("the right run has the symptom");
}

inline int run_bug(int argc, char** argv, const std::string& name, const Bug& bug, const Experiment& run) {
    return run_program(argc, argv, name, [&](Options& options) { compare_runs(options, bug, run); });
}

}  // namespace gantry::kit
