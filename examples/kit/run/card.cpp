#include "examples/kit/run/card.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "core/shape.hpp"
#include "examples/kit/data/csv.hpp"
#include "examples/kit/run/options.hpp"
#include "examples/kit/show/progress.hpp"

namespace gantry::kit {
namespace {

constexpr std::size_t line_width = 80;

const char* words_of(Finding finding) {
    switch (finding) {
        case is_true:
            return "true";
        case partly:
            return "partly";
        case is_false:
            return "false";
        case too_short:
            return "too short to judge";
    }
    return "";
}

/// The text in lines of at most line_width, all but the first indented: a label of that width stands before the first.
std::string wrapped(const std::string& text, std::size_t indent) {
    const std::string margin(indent, ' ');
    std::string result;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        result += (result.empty() ? "" : "\n") + folded(margin + line, indent, line_width);
    return result.substr(indent);
}

std::string replaced(std::string text, char what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, 1, by);
    }
    return text;
}

/// A text as a cell of a Markdown table.
std::string in_markdown(const std::string& text) { return replaced(replaced(text, '|', "\\|"), '\n', " "); }

/// A text as a field of a CSV file (RFC 4180).
std::string in_csv(const std::string& text) {
    if (text.find_first_of(",\"\n") == std::string::npos) return text;
    return "\"" + replaced(text, '"', "\"\"") + "\"";
}

/// Rows of a Markdown table, the first one the heads, that can be read as text too: columns of one width.
std::string markdown_table(std::vector<std::vector<std::string>> rows) {
    std::string text;
    for (std::size_t i = 0; i < rows[0].size(); ++i) {
        std::size_t width = 3;
        for (auto& row : rows) width = std::max(width, (row[i] = in_markdown(row[i])).size());
        for (auto& row : rows) row[i].insert(i == 0 ? row[i].size() : 0, width - row[i].size(), ' ');
    }
    for (const auto& row : rows) {
        for (const std::string& cell : row) text += "| " + cell + " ";
        text += "|\n";
        if (&row != &rows[0]) continue;
        for (const std::string& cell : row)
            text += "|" + std::string(cell.size() + 1, '-') + (&cell == &row[0] ? "-" : ":");
        text += "|\n";
    }
    return text;
}

}  // namespace

// ---------------------------------------------------------------------------------------- cells

Cell::Cell(double number) : text(digits(number)), value(to_text(number)) {}

Cell::Cell(const Sample& sample) : text(sample.str()), seeds(std::to_string(sample.count())) {
    if (sample.count() > 0) value = to_text(sample.mean());
    if (sample.count() > 1) interval = to_text(sample.interval());
}

Cell range(const Sample& sample) {
    Cell cell(sample.range());
    cell.seeds = std::to_string(sample.count());
    if (sample.count() > 0) cell.value = to_text(sample.median());
    return cell;
}

// ---------------------------------------------------------------------------------------- the head

Card::Card(const Options& options, const Claim& claim, bool full) : options_(options), claim_(claim), full_(full) {
    std::string mode = full ? "full" : "quick (--full or FULL=1 takes the time it needs)";
    if (!full && !claim.too_short_for.empty()) mode += "; too short for " + claim.too_short_for;
    options.print_banner({{"mode", wrapped(mode, 10)}});
    paragraph("Claim", claim.claim);
    paragraph("Source", claim.source);
    paragraph("Experiment", claim.experiment);
    csv_ = "table,row,column,value,interval,seeds,text\n";
}

void Card::paragraph(const std::string& label, const std::string& text) {
    std::cout << label << std::string(12 - label.size(), ' ') << wrapped(text, 12) << std::endl;
    markdown_ += "**" + label + ".** " + text + "\n\n";
}

std::vector<std::uint64_t> Card::seeds(Index in_quick_mode, Index in_full_mode) const {
    std::vector<std::uint64_t> result;
    for (Index i = 0; i < pick(in_quick_mode, in_full_mode); ++i) result.push_back(seed() + i);
    return result;
}

std::uint64_t Card::seed() const { return options_.seed(); }

std::filesystem::path Card::out(const std::string& file) const { return options_.out(file); }

// ---------------------------------------------------------------------------------------- numbers

void Card::table(const std::string& title, const std::vector<std::string>& header) {
    end_table();
    table_ = title;
    header_ = header;
}

void Card::row(const std::vector<Cell>& cells) {
    if (header_.empty()) fail("Card::row", "there is no table yet");
    if (cells.size() != header_.size()) {
        fail("Card::row", "the table \"" + table_ + "\" has " + std::to_string(header_.size()) + " columns, got " +
                              std::to_string(cells.size()) + " cells");
    }
    rows_.push_back(cells);
    for (std::size_t i = 1; i < cells.size(); ++i) {
        const Cell& cell = cells[i];
        csv_ += in_csv(table_) + "," + in_csv(cells[0].text) + "," + in_csv(header_[i]) + "," + cell.value + "," +
                cell.interval + "," + cell.seeds + "," + in_csv(cell.text) + "\n";
    }
    // A table appears when it is complete, and that can take a while: whoever waits for it sees its rows pass.
    if (full_ && isatty(STDERR_FILENO)) std::cerr << "  [" << table_ << ": " << cells[0].text << "]" << std::endl;
}

void Card::end_table() {
    if (header_.empty()) return;
    std::vector<std::vector<std::string>> texts = {header_};
    for (const std::vector<Cell>& row : rows_) {
        texts.emplace_back();
        for (const Cell& cell : row) texts.back().push_back(cell.text);
    }
    std::cout << '\n' << wrapped(table_, 0) << '\n' << aligned(texts, 2) << std::flush;
    const std::size_t sentence = table_.find(". ", 3);  // the heading; beyond the number of the part
    markdown_ += "## " + table_.substr(0, sentence) + "\n\n" + markdown_table(texts) + "\n";
    if (sentence != std::string::npos) markdown_ += table_.substr(sentence + 2) + ".\n\n";
    header_.clear();
    rows_.clear();
}

void Card::remark(const std::string& text) {
    end_table();
    std::cout << '\n' << wrapped(text, 0) << std::endl;
    markdown_ += text + "\n\n";
}

void Card::picture(const Figure& figure, const std::string& file) {
    figure.write(out(file));
    picture(file);
}

void Card::picture(const std::string& file) {
    end_table();
    std::cout << "\nPicture     " << out(file).string() << std::endl;
    markdown_ += "![" + file + "](" + file + ")\n\n";
}

// ---------------------------------------------------------------------------------------- the verdict

void Card::observe(const std::string& what, bool seen) { observations_.push_back({what, seen}); }

void Card::key_numbers(const std::string& text) { key_numbers_ = text; }

void Card::verdict(Finding finding, const std::string& text) {
    if (!verdict_.empty()) fail("Card::verdict", "a card has one verdict");
    if (text.empty()) fail("Card::verdict", "it needs a sentence");
    if (finding == too_short && full_) fail("Card::verdict", "full mode takes the time it needs to judge");
    finding_ = finding;
    verdict_ = text;
}

int Card::finish() {
    if (verdict_.empty()) throw std::runtime_error("the card ended without a verdict");
    end_table();
    Index unseen = 0;
    if (!observations_.empty()) {
        std::cout << "\nObserved\n";
        markdown_ += "## Observed\n\n";
    }
    for (const Observation& one : observations_) {
        unseen += !one.seen;
        std::cout << (one.seen ? "  yes  " : "  NO   ") << wrapped(one.what, 7) << '\n';
        markdown_ += (one.seen ? "- yes: " : "- **no**: ") + one.what + "\n";
    }

    std::string words = words_of(finding_);
    std::string text = verdict_;
    const bool excused = !full_ && !claim_.too_short_for.empty();
    const bool contradicted = unseen > 0 && !excused;
    if (unseen > 0) {
        text = std::to_string(unseen) + " of " + std::to_string(observations_.size()) +
               " observations not seen, on which this rests: " + words + ": " + text;
        words = contradicted ? "contradicted by the numbers" : words_of(too_short);
    }
    const std::string mode = full_ ? "full mode" : "quick mode";
    std::string capitals = words;
    for (char& c : capitals) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    std::cout << "\nVerdict     " << wrapped(capitals + ": " + text + " (" + mode + ")", 12) << std::endl;
    if (excused && unseen == 0 && finding_ != too_short) {
        std::cout << "            " << wrapped("Quick mode is too short for " + claim_.too_short_for, 12) << std::endl;
    }

    // .ci/claims_page takes the line of the numbers, the sum of run-claims the one that begins with **Verdict**.
    std::string head = "# " + options_.name() + "\n\n**Verdict** (" + mode + "): " + words + ": " + text + "\n\n";
    if (excused) head += "Quick mode is too short for " + claim_.too_short_for + ".\n\n";
    head += "**Numbers.** " + key_numbers_ + "\n\n";
    head += "**Command.** `make run-claim-" + options_.name() + (full_ ? " FULL=1`" : "`") + " runs `" +
            options_.command() + "`.\n\n";
    write_file(out("card.md"), {head, markdown_});
    write_file(out("card.csv"), {csv_});
    return contradicted ? 1 : 0;
}

// ---------------------------------------------------------------------------------------- running

int run_card(int argc, char** argv, const Claim& claim, const std::function<void(Card&)>& body) {
    int verdict = 0;
    const auto check = [&](Options& options) {
        std::string mode = "quick";
        options.choice("--mode", mode, {"quick", "full"}, "how long; --full and, in the environment, FULL=1 mean full");
        options.default_out("runs/claims/" + options.name());
        options.parse();
        const auto start = std::chrono::steady_clock::now();
        Card card(options, claim, mode == "full");
        body(card);
        verdict = card.finish();
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        std::cerr << options.name() << ": " << duration(seconds.count()) << std::endl;
    };
    std::vector<std::string> words;
    const auto add = [&words](const std::string& word) { words.push_back(word == "--full" ? "--mode=full" : word); };
    add(argv[0]);
    const char* full = std::getenv("FULL");
    if (full && *full && std::string(full) != "0") add("--full");  // of an option typed twice the last counts
    for (int i = 1; i < argc; ++i) add(argv[i]);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    const int code = run_program(pointers.size(), pointers.data(), "checks a claim about GANs", check);
    return code != 0 ? code : verdict;
}

}  // namespace gantry::kit
