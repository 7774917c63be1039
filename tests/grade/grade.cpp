// Grades one exercise: grade rows softplus, grade steps adam, or grade project energy. `make grade` runs it
// (tests/grade/grade) and reads the lines it prints: "passed ...", or "checked", "expected", "came" and "mistake". Exit
// codes: 0 right, 1 wrong, 2 wrong usage.
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

std::string multiple(const std::vector<double>& came, const std::vector<double>& expected) {
    std::size_t k = 0;
    while (k < expected.size() && expected[k] == 0) ++k;
    if (k == expected.size() || came.size() != expected.size() || came[k] == 0) return "";
    std::vector<double> scaled = expected;
    for (double& value : scaled) value *= came[k] / expected[k];
    if (!same(came, scaled)) return "";
    return "none that is known here, but what came is " + number(came[k] / expected[k]) +
           " times what was expected, in every number. Which factor of yours is that?";
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
    verdict.checked +=
        ", " +
        (trial.place ? trial.place(k) : "number " + std::to_string(k) + " of " + std::to_string(trial.expected.size()));
    verdict.expected = number(trial.expected[k]);
    verdict.came = k < trial.came.size() ? number(trial.came[k]) : "nothing";
    for (const auto& [says, numbers] : trial.mistakes) {
        if (same(trial.came, numbers)) {
            verdict.mistake = says;
            return verdict;
        }
    }
    verdict.mistake = multiple(trial.came, trial.expected);
    return verdict;
}

}  // namespace grade

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    const std::string kind = words.empty() ? "" : words[0];
    if (words.size() < 2 || (kind != "rows" && kind != "steps" && kind != "project")) {
        std::puts("grade rows OPERATION ..., grade steps NAME, or grade project NAME (all: prove its grader)");
        return 2;
    }
    grade::Verdict verdict;
    try {
        if (kind == "rows") verdict = grade::grade_rows({words.begin() + 1, words.end()});
        if (kind == "steps") verdict = grade::grade_steps(words[1]);
        if (kind == "project") verdict = words[1] == "all" ? grade::prove_projects() : grade::grade_project(words[1]);
    } catch (const std::exception& error) {
        verdict.expected = "no exception";
        verdict.came = std::string("an exception: ") + error.what();
        const auto says = [&](const char* text) { return verdict.came.find(text) != std::string::npos; };
        verdict.mistake = "Your code threw it, or an operation that it calls: the message begins with its name.";
        if (says("undefined")) {
            verdict.mistake =
                "A Tensor was used that holds nothing yet: the first share of an input has nothing to be added to, and "
                "an undefined gradient means zero.";
        } else if (says("does not depend on any tensor that requires a gradient")) {
            verdict.mistake =
                "grad() found no way back to the tensors that you named. A constant becomes a leaf by x = "
                "points.detach(); x.set_requires_grad(true); and that x has to be what the critic gets.";
        } else if (says("only a single number has a gradient")) {
            verdict.mistake =
                "grad() wants one number. With sum() each sample's slope stays its own; mean() would divide it by n.";
        }
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
