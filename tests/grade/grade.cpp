// Grades one exercise: grade rows softplus, or grade steps adam. `make grade` runs it (tests/grade/grade) and reads the
// lines it prints: "passed ...", or "checked", "expected", "came" and "mistake". Exit codes: 0 right, 1 wrong, 2 wrong
// usage.
#include "tests/grade/grade.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <stdexcept>

namespace grade {

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

static double largest(const std::vector<double>& x) {
    double size = 0;
    for (double value : x) size = std::max(size, std::fabs(value));
    return size;
}

bool same(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size()) return false;
    const double bound = close * largest(b);
    for (std::size_t k = 0; k < a.size(); ++k) {
        const bool both_none = !std::isfinite(a[k]) && !std::isfinite(b[k]);
        if (!both_none && !(std::fabs(a[k] - b[k]) <= bound)) return false;
    }
    return true;
}

Verdict judge(const Trial& trial) {
    Verdict verdict{.passed = same(trial.came, trial.expected),
                    .figures = std::to_string(trial.expected.size()) + " numbers of " + trial.what + " are right",
                    .checked = trial.what,
                    .expected = "",
                    .came = ""};
    if (verdict.passed) return verdict;
    std::size_t k = 0;
    while (k + 1 < std::min(trial.came.size(), trial.expected.size()) &&
           std::fabs(trial.came[k] - trial.expected[k]) <= close * largest(trial.expected)) {
        ++k;
    }
    verdict.checked += ", number " + std::to_string(k) + " of " + std::to_string(trial.expected.size());
    verdict.expected = number(trial.expected[k]);
    verdict.came = k < trial.came.size() ? number(trial.came[k]) : "nothing";
    for (const auto& [says, numbers] : trial.mistakes) {
        if (same(trial.came, numbers)) {
            verdict.mistake = says;
            break;
        }
    }
    return verdict;
}

}  // namespace grade

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() < 2 || (words[0] != "rows" && words[0] != "steps")) {
        std::puts("grade rows OPERATION ..., or grade steps NAME");
        return 2;
    }
    grade::Verdict verdict;
    try {
        verdict =
            words[0] == "rows" ? grade::grade_rows({words.begin() + 1, words.end()}) : grade::grade_steps(words[1]);
    } catch (const std::exception& error) {
        verdict.expected = "no exception";
        verdict.came = std::string("an exception: ") + error.what();
        verdict.mistake = "Your code threw it. ";
        const bool undefined = verdict.came.find("undefined") != std::string::npos;
        verdict.mistake += undefined ? "A Tensor was used that holds nothing yet: the first share of an input has "
                                       "nothing to be added to, and an undefined gradient means zero."
                                     : "The message names the operation and the shapes.";
    }
    if (verdict.passed) {
        std::printf("passed %s\n", verdict.figures.c_str());
        return 0;
    }
    const std::pair<const char*, const std::string&> lines[] = {{"checked", verdict.checked},
                                                                {"expected", verdict.expected},
                                                                {"came", verdict.came},
                                                                {"mistake", verdict.mistake}};
    for (const auto& [name, text] : lines) {
        if (!text.empty()) std::printf("%s %s\n", name, text.c_str());
    }
    return 1;
}
