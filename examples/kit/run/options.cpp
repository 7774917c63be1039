#include "examples/kit/run/options.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <csignal>
#include <exception>
#include <iostream>
#include <map>
#include <new>
#include <sstream>

#include "core/kernels/blas.hpp"
#include "core/shape.hpp"
#include "examples/kit/data/csv.hpp"
#include "examples/kit/show/index.hpp"
#include "examples/kit/show/progress.hpp"

namespace gantry::kit {
namespace {

/// Thrown to leave the program from inside body, after everything has been said.
struct Leave {
    int code;
};

/// "a, b or c"
std::string alternatives(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 < words.size() ? ", " : " or ";
        text += words[i];
    }
    return text;
}

/// How many letters must be changed, added, left out or exchanged with their neighbour to make b of a (Damerau 1964).
std::size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) {
        for (std::size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
            const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (exchanged) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a.size()][b.size()];
}

/// "; did you mean --steps?", for the nearest of the words in this text, if one is near.
std::string did_you_mean(const std::string& typed, const std::string& allowed) {
    std::string best;
    std::istringstream words(allowed);
    for (std::string word; words >> word;) {
        while (!word.empty() && (word.back() == ',' || word.back() == '.')) word.pop_back();
        const bool is_name = word.size() > 2 && (word[0] == '-' || std::isalpha(static_cast<unsigned char>(word[0])));
        const bool near = distance(typed, word) <= std::max<std::size_t>(1, word.size() / 3);
        if (is_name && near && (best.empty() || distance(typed, word) < distance(typed, best))) best = word;
    }
    return best.empty() ? "" : "; did you mean " + best + "?";
}

/// The names that papers and libraries use.
const std::map<std::string, std::string> other_names = {
    {"ns", "non-saturating"}, {"wgan", "wasserstein"}, {"lsgan", "least-squares"}, {"geometric", "hinge"}};

/// The word as a shell reads it back.
std::string quoted(const std::string& word) {
    const char* harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:@%";
    if (!word.empty() && word.find_first_not_of(harmless) == std::string::npos) return word;
    std::string text = "'";
    for (char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
    return text + "'";
}

std::string joined(const std::vector<double>& values) {
    std::string text;
    for (double value : values) text += (text.empty() ? "" : ",") + to_text(value);
    return text;
}

std::optional<Index> parse_integer(const std::string& text) {
    Index value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

}  // namespace

// ---------------------------------------------------------------------------------------- ranges

bool Range::contains(double x) const {
    const bool above_low = includes_low ? x >= low : x > low;
    const bool below_high = includes_high ? x <= high : x < high;
    return std::isfinite(x) && above_low && below_high;
}

std::string Range::str() const {
    if (std::isinf(high)) return (includes_low ? "of at least " : "above ") + to_text(low);
    const std::string start = (includes_low ? "from " : "above ") + to_text(low);
    return start + (includes_high ? " to " : " to below ") + to_text(high);
}

Range above(double low) { return {low, INFINITY, false, true}; }

Range at_least(double low) { return {low, INFINITY, true, true}; }

Range between(double low, double high) { return {low, high, true, true}; }

Range from_below(double low, double high) { return {low, high, true, false}; }

// ---------------------------------------------------------------------------------------- declaring
//
// CLI11 takes the words apart. The conversions are ours, so that "1e400", "0x10", " 3" and "nan" are refused, and so
// that every refusal is the same single line; so is --help, whose lines fit a terminal of 80 columns.

struct Options::Parser {
    struct Declared {
        std::string name, kind, help;
        std::string allowed;  // "a number above 0"
        CLI::Option* option;
        bool is_flag = false, is_size = false;
    };
    CLI::App app;
    std::vector<Declared> declared;

    /// read(text) stores the value and returns true, or returns false if the text will not do. `also`: other names.
    void declare(const Options& owner, const std::string& name, const std::string& kind, const std::string& allowed,
                 const std::string& help, const std::string& initial, std::function<bool(const std::string&)> read,
                 const std::string& also = "") {
        auto store = [&owner, name, allowed, also, read = std::move(read)](const std::string& text) {
            if (!read(text))
                owner.refuse(name + " " + quoted(text), "must be " + allowed + did_you_mean(text, allowed + also));
        };
        std::string line = help;
        if (!allowed.empty()) line += ", " + allowed;
        if (!initial.empty()) line += " (default " + initial + ")";
        CLI::Option* option = app.add_option_function<std::string>(name, store);
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        const bool is_size = kind == "INTEGER" && name != "--seed" && name != "--steps";
        declared.push_back({name, kind, line, allowed, option, false, is_size});
    }

    std::string help(const std::string& program, const std::string& purpose) const {
        std::string text = folded(program + ": " + purpose, 0, 80) + "\nOptions:\n";
        for (const Declared& one : declared)
            text += "  " + one.name + (one.is_flag ? "" : " " + one.kind) + "\n" + folded("      " + one.help, 6, 80) +
                    "\n";
        return text + "  -h, --help\n      print this and leave\n";
    }
};

Options::Options(int argc, char** argv, const std::string& purpose)
    : parser_(std::make_unique<Parser>()), words_(argv, argv + argc), purpose_(purpose) {
    name_ = std::filesystem::path(words_.at(0)).filename().string();
    out_ = "runs/" + name_;
    parser_->app.set_help_flag("-h,--help");
    parser_->app.allow_extras();  // parse() refuses them, in its own words
}

Options::~Options() {
    if (lock_ >= 0) close(lock_);
}

void Options::list_run() const {
    if (lock_ >= 0) kit::list_run(out_, name_);
}

// Options of one number: `parse` gives it, or nothing if the text is none.
template <typename Variable, typename Parse>
static auto reader(Variable& value, const Range& range, const Parse& parse) {
    return [&value, range, parse](const std::string& text) {
        const auto parsed = parse(text);
        if (!parsed || !range.contains(*parsed)) return false;
        value = *parsed;
        return true;
    };
}

void Options::integer(const std::string& name, Index& value, const Range& range, const std::string& help) {
    parser_->declare(*this, name, "INTEGER", "a whole number " + range.str(), help, std::to_string(value),
                     reader(value, range, parse_integer));
}

void Options::number(const std::string& name, double& value, const Range& range, const std::string& help) {
    parser_->declare(*this, name, "NUMBER", "a number " + range.str(), help, to_text(value),
                     reader(value, range, parse_number));
}

void Options::number(const std::string& name, std::optional<double>& value, const Range& range,
                     const std::string& help) {
    parser_->declare(*this, name, "NUMBER", "a number " + range.str(), help, value ? to_text(*value) : "",
                     reader(value, range, parse_number));
}

void Options::numbers(const std::string& name, std::vector<double>& values, const Range& range,
                      const std::string& help) {
    const std::size_t count = values.size();
    auto read = [&values, count, range](const std::string& text) {
        std::vector<double> parsed;
        std::istringstream fields(text + ",");  // the comma shows an empty last field
        for (std::string field; std::getline(fields, field, ',');) {
            const std::optional<double> number = parse_number(field);
            if (!number || !range.contains(*number)) return false;
            parsed.push_back(*number);
        }
        if (parsed.size() != count) return false;
        values = parsed;
        return true;
    };
    const std::string like = std::to_string(count) + " numbers, like " + joined(values);
    parser_->declare(*this, name, "NUMBERS", like + ", each " + range.str(), help, joined(values), read);
}

void Options::choice(const std::string& name, std::string& value, const std::vector<std::string>& allowed,
                     const std::string& help) {
    auto read = [&value, allowed](const std::string& text) {
        const auto alias = other_names.find(text);
        const std::string& meant = alias == other_names.end() ? text : alias->second;
        if (std::find(allowed.begin(), allowed.end(), meant) == allowed.end()) return false;
        value = meant;
        return true;
    };
    std::string aliases;
    for (const auto& [alias, meant] : other_names)
        if (std::ranges::count(allowed, meant)) aliases += " " + alias;
    parser_->declare(*this, name, "NAME", alternatives(allowed), help, value, read, aliases);
}

void Options::text(const std::string& name, std::string& value, const std::string& help, const Check& check) {
    auto read = [this, name, &value, check](const std::string& text) {
        const std::string wrong = check ? check(text) : "";
        if (!wrong.empty()) refuse(name + " " + quoted(text), wrong + did_you_mean(text, wrong));
        value = text;
        return true;
    };
    parser_->declare(*this, name, "TEXT", "", help, value, read);
}

void Options::flag(const std::string& name, bool& value, const std::string& help) {
    CLI::Option* option = parser_->app.add_flag_function(name, [&value](std::int64_t) { value = true; });
    option->disable_flag_override();  // --flag=text
    parser_->declared.push_back({name, "", help, "", option, true});
}

// ---------------------------------------------------------------------------------------- parsing

void Options::parse() {
    integer("--seed", seed_, at_least(0), "start of all random numbers");
    auto check = [](const std::string& folder) { return folder.empty() ? "must be the name of a folder" : ""; };
    text("--out", out_, "folder for everything that is written", check);
    CLI::App& app = parser_->app;
    try {
        app.parse(std::vector<std::string>(words_.rbegin(), words_.rend() - 1));  // CLI11 reads from the back
    } catch (const CLI::CallForHelp&) {
        std::cout << parser_->help(name_, purpose_);
        throw Leave{0};
    } catch (const CLI::ParseError& error) {
        // The conversions throw Leave, and what is unknown waits in remaining(): an option lacks its value, or a flag
        // has one.
        for (const Parser::Declared& one : parser_->declared) {
            for (const std::string& word : words_)
                if (one.is_flag && word.starts_with(one.name + "=")) refuse(quoted(word), one.name + " takes no value");
            const bool last = words_.back() == one.name || words_.back() == one.name + "=";
            if (last && !one.is_flag)
                refuse(one.name, "needs a value" + (one.allowed.empty() ? "" : ": " + one.allowed));
        }
        refuse(words_.back(), error.what());
    }
    const std::vector<std::string> unknown = app.remaining();
    if (!unknown.empty()) {
        std::vector<std::string> names;
        for (const Parser::Declared& one : parser_->declared) names.push_back(one.name);
        names.push_back("--help");
        std::string words;
        for (const std::string& word : unknown) words += (words.empty() ? "" : " ") + quoted(word);
        const std::string known = alternatives(names);
        const std::string typed = unknown[0].substr(0, unknown[0].find('='));
        refuse(words, "not an option of this program, which has " + known + did_you_mean(typed, known));
    }
}

bool Options::given(const std::string& name) const {
    for (const Parser::Declared& one : parser_->declared) {
        if (one.name == name) return one.option->count() > 0;
    }
    fail("Options::given", name + " was not declared");
}

void Options::refuse(const std::string& option, const std::string& why) const {
    std::cerr << name_ << ": " << option << ": " << why << std::endl;
    throw Leave{2};
}

// ---------------------------------------------------------------------------------------- running

std::filesystem::path Options::out(const std::string& file) const {
    try {
        std::filesystem::create_directories(out_);
    } catch (const std::filesystem::filesystem_error& error) {
        throw std::runtime_error("the folder --out " + out_ + " cannot be made: " + error.code().message());
    }
    if (lock_ < 0) {  // the system unlocks it when the program ends, however it ends
        lock_ = open(out_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock_ >= 0 && flock(lock_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            throw std::runtime_error(out_ +
                                     ": another run writes there now; wait for its end, or choose another --out");
        }
    }
    return std::filesystem::path(out_) / file;
}

std::string Options::command() const {
    std::string text = quoted(words_.at(0));
    for (const Parser::Declared& one : parser_->declared) {
        if (one.name == "--checkpoint" || one.name == "--resume") continue;  // the same run, interrupted or not
        if (!one.option->count()) continue;
        text += " " + one.name;
        if (one.is_flag) continue;
        const std::string value = one.option->results().back();
        text += (value.starts_with('-') ? "=" : " ") + quoted(value);  // or it would be read as an option
    }
    return text;
}

std::string Options::sizes() const {
    std::string text;
    for (const Parser::Declared& one : parser_->declared)
        if (one.is_size && one.option->count()) text += " " + one.name + " " + one.option->results().back();
    return text.empty() ? "" : ", asked for by" + text;
}

int Options::exit_code() const { return stop_ && stop_signal() ? 128 + stop_signal() : 0; }

void Options::print_banner(const Lines& lines) const {
    const int threads = blas_threads();
    Lines all{{"kernel", blas_kernel() + ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads")},
              {"seed", std::to_string(seed_)}};
    all.insert(all.end(), lines.begin(), lines.end());
    all.push_back({"repeat", command()});
    std::size_t width = 0;
    for (const auto& [label, value] : all) width = std::max(width, label.size());
    std::cout << name_ << ": " << purpose_ << '\n';
    for (const auto& [label, value] : all) {
        const std::string line = "  " + label + std::string(width - label.size() + 2, ' ') + value;
        std::cout << (label == "repeat" ? line : folded(line, width + 4)) << '\n';  // a command stays in one piece
    }
    std::cout << std::endl;
}

RunInfo Options::begin_run(const Lines& about) {
    const std::filesystem::path folder = out("");
    print_banner(about);
    stop_.emplace();
    return {.program = name_, .command = command(), .folder = folder, .seed = seed(), .about = about};
}

int run_program(int argc, char** argv, const std::string& purpose, const std::function<void(Options&)>& body) {
    Options options(argc, argv, purpose);
    std::signal(SIGXFSZ, SIG_IGN);  // a file beyond `ulimit -f` is then refused with a reason, like a full disk
    int code = 0;
    try {
        body(options);
        code = options.exit_code();
    } catch (const Leave& leave) {
        code = leave.code;
    } catch (const std::exception& error) {
        const std::string words = in_words(error);
        std::cerr << options.name() << ": " << words << (words.starts_with("no memory") ? options.sizes() : "")
                  << std::endl;
        code = 1;
    }
    options.list_run();
    if (std::cout.flush() || code == 1) return code;
    std::cerr << options.name() << ": standard output could not be written: is its disk full?" << std::endl;
    return 1;
}

}  // namespace gantry::kit
