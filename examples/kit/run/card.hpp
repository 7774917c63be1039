// A claim card: a sentence that every explanation of GANs repeats, an experiment, its numbers, a verdict.
//
//     static const kit::Claim claim = {.claim = "...", .source = "...", .experiment = "..."};
//
//     static void body(kit::Card& card) {
//         card.table("after training", {"loss", "slope", "modes"});
//         for (const std::string& loss : loss_names()) {
//             kit::Sample slope, modes;                              // numbers over seeds
//             for (std::uint64_t seed : card.seeds(3, 10)) {         // 3 in quick mode, 10 in full mode
//                 const Outcome o = train(loss, seed, card.pick(500, 5000));
//                 slope.add(o.slope);
//                 modes.add(o.modes);
//             }
//             card.row({loss, slope, kit::range(modes)});            // mean +- 95 % confidence; median [min, max]
//             card.observe(loss + " moves the generator", slope.mean() - slope.interval() > 0);
//         }
//         card.picture(figure, "slopes.png");
//         card.verdict(kit::partly, "Non-saturating moves G. Minimax does so too while D is far from its optimum.");
//     }
//     int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
//
// It runs in quick mode, or in full mode with --full or FULL=1 in the environment, from which the verdicts of
// examples/claims/README.md come. What a verdict rests on is stated with `observe`: a sentence, and whether the numbers
// of this run bear it out. So the verdict stands in the source, and the program says when it is wrong:
//
//     every observation seen                    the verdict as written
//     not all, quick mode, `too_short_for`      "too short to judge"
//     not all, otherwise                        "contradicted by the numbers", and exit code 1
//
// Everything goes to stdout and to runs/claims/NAME/ (or --out): pictures, card.md (the same for reading, verdict
// first), card.csv (every cell: table, row, column, value, half width of the
// interval, seeds, text). Both files are written anew by each run.
//
// Rules: the numbers repeat bit for bit, so no time is printed among them (stderr has it). Draw all random numbers from
// Random(seed, stream). What it does not do: choose the verdict for you, or train.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "examples/kit/measure/statistics.hpp"
#include "examples/kit/show/figure.hpp"

namespace gantry::kit {

class Options;

/// What stands on a card before anything was measured. Lines are wrapped; "\n" begins a new one.
struct Claim {
    std::string claim;               // in the words of the usual explanations
    std::string source;              // who says so: author, year, section
    std::string experiment;          // two to four lines: what is done, with which networks, data, steps
    std::string too_short_for = {};  // what quick mode cannot judge; "" where it judges as well as full mode
};

/// What was found of the claim. It is true as it is said, or under conditions, or false.
enum Finding { is_true, partly, is_false, too_short };

/// One field of a table: a text, a number (printed with four digits) or a sample (mean +- 95 % confidence).
struct Cell {
    Cell(const char* words) : text(words) {}
    Cell(const std::string& words) : text(words) {}
    Cell(double number);
    Cell(int number) : Cell(Index(number)) {}
    Cell(Index number) : text(std::to_string(number)), value(text) {}
    Cell(const Sample& sample);

    std::string text;
    std::string value, interval, seeds;  // for card.csv, with all digits; empty for a text
};

/// A sample shown as "median [min, max]": for numbers far from normal (modes counted, gradients over decades).
Cell range(const Sample& sample);

class Card {
  public:
    Card(const Options& options, const Claim& claim, bool full);

    // ------------------------------------------------------------------ how long
    bool full() const { return full_; }
    template <typename T>
    T pick(T in_quick_mode, T in_full_mode) const {
        return full_ ? in_full_mode : in_quick_mode;
    }
    std::vector<std::uint64_t> seeds(Index in_quick_mode, Index in_full_mode) const;  // --seed, --seed + 1, ...
    std::uint64_t seed() const;                                                       // the first of them

    // ------------------------------------------------------------------ numbers
    void table(const std::string& title, const std::vector<std::string>& header);  // begins one
    void row(const std::vector<Cell>& cells);                     // of the last table; as many cells as its header
    void remark(const std::string& text);                         // a paragraph between tables
    void picture(const Figure& figure, const std::string& file);  // "slopes.png", in the folder of the card
    void picture(const std::string& file);                        // the same for one already written to out(file)
    std::filesystem::path out(const std::string& file) const;     // where to write anything else

    // ------------------------------------------------------------------ verdict
    void observe(const std::string& what, bool seen);
    void key_numbers(const std::string& text);  // for the page of claims: the two or three that decide, in one line
    /// Once, at the end. One plain sentence says what is true; then come the conditions.
    void verdict(Finding finding, const std::string& text);

    /// Prints and writes what is left, and returns the exit code. Called by run_card.
    int finish();

  private:
    struct Observation {
        std::string what;
        bool seen;
    };
    void end_table();
    void paragraph(const std::string& label, const std::string& text);
    const Options& options_;
    Claim claim_;
    bool full_;
    std::string table_;
    std::vector<std::string> header_;
    std::vector<std::vector<Cell>> rows_;
    std::vector<Observation> observations_;
    std::string key_numbers_, verdict_;
    Finding finding_ = too_short;
    std::string markdown_, csv_;
};

/// Runs a claim program: --full, --mode, --seed, --out, --help. Returns the exit code: 0, 1 (failed, contradicted, or
/// the body gave no verdict) or 2 for wrong usage.
int run_card(int argc, char** argv, const Claim& claim, const std::function<void(Card&)>& body);

}  // namespace gantry::kit
