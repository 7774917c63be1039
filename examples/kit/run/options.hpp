// The command line of the examples, and the frame every example runs in.
//
//     void body(kit::Options& options) {
//         Index steps = 4000;                      // the value at the declaration is the default
//         double lr = 1e-3;
//         std::string loss = "non-saturating";
//         options.integer("--steps", steps, kit::between(1, 1e7), "training iterations");
//         options.number("--lr", lr, kit::above(0), "learning rate");
//         options.choice("--loss", loss, {"minimax", "non-saturating"}, "loss of the generator");
//         options.parse();                         // now the variables hold what the user asked for
//         options.print_banner({{"data", "ring of 8"}});
//         ...
//     }
//     int main(int argc, char** argv) {
//         return kit::run_program(argc, argv, "trains a GAN on points", body);
//     }
//
// Rules: an option is bound to a variable of the caller, which must outlive the Options. `--seed`, `--out`
// and `--help`, `-h` exist in every program. Every number must be finite, every value within what its help line
// states; whatever else is typed ends the program with exit code 2 and one line that names the option, the
// value and what is allowed:
//
//     04_gan_2d: --lr 0: must be a number above 0
//
// If a word is similar to an allowed one, the line asks "did you mean ...?". ns, wgan and lsgan name losses, too.
// Exit codes: 0 done (or --help), 1 failed while running, 2 wrong usage, 130, 143 or 129 when SIGINT, SIGTERM or SIGHUP
// ended a training (train/stop.hpp).
//
// What it does not do: positional arguments, configuration files, short options other than -h.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "core/real.hpp"
#include "examples/kit/show/run_info.hpp"
#include "examples/kit/train/stop.hpp"

namespace gantry::kit {

/// What a number may be. The functions below spell the usual ranges.
struct Range {
    double low;
    double high;
    bool includes_low = true;
    bool includes_high = true;

    bool contains(double x) const;
    std::string str() const;  // "above 0", "of at least 1", "from 0 to 1", "from 0 to below 1"
};
Range above(double low);                    // low < x
Range at_least(double low);                 // low <= x
Range between(double low, double high);     // low <= x <= high
Range from_below(double low, double high);  // low <= x < high: the betas of Adam

/// Looks at a text value: returns "" if it will do, else what would ("must be ...").
using Check = std::function<std::string(const std::string& value)>;

class Options {
  public:
    /// The program's name is argv[0] without folders.
    Options(int argc, char** argv, const std::string& purpose);
    ~Options();

    // Declaring. `name` is "--steps"; `help` says what it is, without the range and the default, which are
    // added. `numbers` takes as many as the default has, separated by commas.
    void integer(const std::string& name, Index& value, const Range& range, const std::string& help);
    void number(const std::string& name, double& value, const Range& range, const std::string& help);
    void number(const std::string& name, std::optional<double>& value, const Range& range, const std::string& help);
    void numbers(const std::string& name, std::vector<double>& values, const Range& range, const std::string& help);
    void choice(const std::string& name, std::string& value, const std::vector<std::string>& allowed,
                const std::string& help);
    void text(const std::string& name, std::string& value, const std::string& help, const Check& check = nullptr);
    void flag(const std::string& name, bool& value, const std::string& help);

    /// Another default for --out than runs/NAME.
    void default_out(const std::string& folder) { out_ = folder; }

    /// Fills the variables. Leaves the program, through run_program, on --help (0) and on wrong usage (2).
    void parse();

    /// Whether the user typed the option: for defaults that depend on another option.
    bool given(const std::string& name) const;

    /// Ends the program with exit code 2 and "NAME: OPTION VALUE: why", for rules that join two options.
    [[noreturn]] void refuse(const std::string& option, const std::string& why) const;

    const std::string& name() const { return name_; }
    std::uint64_t seed() const { return seed_; }  // --seed, 1 unless given

    /// Where to write `file`: in the folder --out (default runs/NAME, or default_out), which is made if it is missing.
    /// No other run may write there as long as this object lives: throws std::runtime_error if one does.
    std::filesystem::path out(const std::string& file) const;

    /// The command that repeats this run: every option that the user gave, as it was given, and nothing else. Without
    /// --checkpoint and --resume: it is the same run, interrupted or not.
    std::string command() const;

    /// ", asked for by --batch 1000000": the sizes that the user gave, for a message that memory is short.
    std::string sizes() const;

    /// Lists this run in runs/index.html, if it wrote anything.
    void list_run() const;

    /// 0, or 128 + the signal that ended the training.
    int exit_code() const;

    /// Prints purpose, kernel, threads, seed, the caller's lines (sizes, data, ...) and the command above.
    void print_banner(const Lines& lines) const;

    /// The same, and what a report has to know of this run. From here on signals end the training only (stop.hpp).
    RunInfo begin_run(const Lines& about);

  private:
    struct Parser;  // CLI11 and the declared options; not in this header, because CLI11 takes seconds to compile
    std::unique_ptr<Parser> parser_;
    std::vector<std::string> words_;  // argv
    std::string name_;
    std::string purpose_;
    Index seed_ = 1;
    std::string out_;
    mutable int lock_ = -1;  // the folder, open and locked
    std::optional<StopOnSignal> stop_;
};

/// Runs body and returns the exit code: 0, 1 with "NAME: message" on stderr (also if standard output could not be
/// written), 2 for wrong usage, 128 + the signal that ended the training.
int run_program(int argc, char** argv, const std::string& purpose, const std::function<void(Options&)>& body);

}  // namespace gantry::kit
