// The command line. Whatever is typed ends with exit code 0 or 2; what is accepted is repeated by the command that the
// program prints: read by a shell it gives the same settings, and the same command.
#include <cctype>
#include <iostream>
#include <sstream>

#include "examples/kit/data/csv.hpp"
#include "examples/kit/run/settings.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace gantry;

namespace {

struct Result {
    int code = 0;
    std::string settings, command;
};

// The options of 04_gan_2d, without its check of --data, which looks for files.
Result parse(const std::vector<std::string>& words) {
    Result result;
    std::string data = "ring";
    std::optional<double> radius;
    const auto body = [&](kit::Options& options) {
        kit::Settings all;
        options.text("--data", data, "data");
        options.number("--radius", radius, kit::above(0), "radius");
        all.declare(options);
        all.declare_checkpoints(options);
        options.parse();
        all.complete(options);
        std::ostringstream text;
        const auto& [a, b, c] = all.labels;
        const kit::TrainingOptions& t = all.training;
        for (double x : {a, b, c, all.smoothing, all.lr, all.beta1, all.beta2, all.momentum, t.lambda, t.clip,
                         t.decay_from, t.average, radius.value_or(-1)})
            text << kit::to_text(x) << ' ';
        text << all.loss << ' ' << all.hidden << ' ' << all.optimizer << ' ' << t.steps << ' ' << t.batch << ' '
             << t.latent << ' ' << t.critic_steps << ' ' << int(t.lipschitz) << ' ' << t.seed << ' ' << all.samples
             << ' ' << all.no_report << ' ' << data;
        result.settings = text.str();
        result.command = options.command();
    };
    std::vector<std::string> copies = words;
    std::vector<char*> argv;
    for (std::string& word : copies) argv.push_back(word.data());
    result.code = kit::run_program(static_cast<int>(argv.size()), argv.data(), "is fuzzed", body);
    return result;
}

// As a shell reads a line: blanks divide words, '...' keeps all, \c is c.
std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words;
    std::string word;
    bool inside = false, quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (quoted && c != '\'') {
            word += c;
        } else if (c == '\'') {
            quoted = !quoted, inside = true;
        } else if (c == ' ') {
            if (inside) words.push_back(word);
            word.clear(), inside = false;
        } else {
            fuzz::require(c == '\\' || std::isalnum(static_cast<unsigned char>(c)) || std::strchr("_-+=./,:@%", c),
                          "a letter that a shell may read as something else");
            word += c == '\\' && i + 1 < line.size() ? line[++i] : c;
            inside = true;
        }
    }
    fuzz::require(!quoted, "a quote is not closed");
    if (inside) words.push_back(word);
    return words;
}

}  // namespace

// Each line is a word; a word ends at a zero.
std::vector<std::string> seeds() {
    return {"--loss\nwasserstein\n--lambda\n10\n--lr\n0.001",
            "--decay-from\n0.5\n--critic-steps=1\n--steps\n8000\n--no-report",
            "--data\n./it's {{data}}.csv\n--radius\n2\n--lipschitz\nclip\n--clip\n0.1",
            "--labels=-1,1,0\n--loss\nleast-squares\n--lr\n1\n--lr\n2",
            "--optimizer\nsgd\n--momentum\n0.9\n--average\n0.99\n--seed\n7\n--samples\n10",
            "--optimizer\nrmsprop\n--beta2\n0.9\n--beta1\n0.5\n--smoothing\n0.1\n--hidden\n8\n--latent\n1\n--batch\n2",
            "--data=\n--help",
            "--data\n--\n@file\n-x",
            "--checkpoint\n5\n--resume\nfile\n--data\n-\n--data\n[a,b]"};
}

void run(const std::string& bytes) {
    std::vector<std::string> words = {"./fuzzed"};
    std::istringstream lines(bytes);
    for (std::string word; std::getline(lines, word, '\n');) words.push_back(word.substr(0, word.find('\0')));
    std::ostringstream said;
    std::streambuf* const out = std::cout.rdbuf(said.rdbuf());
    std::streambuf* const err = std::cerr.rdbuf(said.rdbuf());
    const Result first = parse(words);
    const Result again = first.command.empty() ? first : parse(words_of(first.command));
    std::cout.rdbuf(out);
    std::cerr.rdbuf(err);
    fuzz::require(first.code == 0 || first.code == 2, said.str().c_str());
    fuzz::require(first.code == 0 || said.str().starts_with("fuzzed: "), said.str().c_str());
    fuzz::require(again.code == first.code, said.str().c_str());
    fuzz::require(again.settings == first.settings, "the repeated settings are others");
    fuzz::require(again.command == first.command, "the repeated command is another");
}
