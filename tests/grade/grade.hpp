// The grader of the course's exercises (examples/course/exercises): not only whether something is wrong, but which
// mistake would give just the student's numbers.
//
//     expected        what a right solution gives, from plain loops that share no code with the engine
//     came            what the student's code gives
//     mistakes        what each known mistake would give; the one that equals `came` is named
//
// What it does not do: look at sources, or at anything that does not change a number.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace grade {

struct Verdict {
    bool passed = false;
    std::string figures = {};                                          // of a pass: what was checked
    std::string checked = {}, expected = {}, came = {}, mistake = {};  // of a failure
};

/// Numbers that differ by less than this, relative to the largest of the list, are the same number for the purpose of
/// naming a mistake. Differences of plain loops, of second order, are good to about 1e-7.
constexpr double close = 1e-5;
bool same(const std::vector<double>& a, const std::vector<double>& b);

/// If all numbers are the same multiple of what was expected, a sentence that says so; else "".
std::string multiple(const std::vector<double>& came, const std::vector<double>& expected);

/// A list of numbers with the mistakes that are known for it.
struct Trial {
    std::string what;                               // "the weights after 4 steps"
    std::string (*place)(std::size_t k) = nullptr;  // what the k-th number is
    std::vector<double> expected = {};
    std::vector<double> came = {};
    std::vector<std::pair<std::string, std::vector<double>>> mistakes = {};
};
Verdict judge(const Trial& trial);

Verdict grade_rows(const std::vector<std::string>& operations);  // grade_rows.cpp
Verdict grade_steps(const std::string& name);                    // grade_steps.cpp

Verdict grade_project(const std::string& loss);  // grade_projects.cpp
Verdict prove_projects();                        // the grader of the projects itself

std::string number(double value);  // six digits

}  // namespace grade
