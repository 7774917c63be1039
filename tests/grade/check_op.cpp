// Checks one operation or loss of the table: `make check-op OP=softplus`. It answers in seconds, because only the
// engine and the table are compiled, without the test library.
//
// It prints what was checked, or the first thing that is wrong: a value that differs from the plain loop's, a
// derivative of first or second order that differs from a finite difference, or a wrong call that is not refused with
// the message of the table. That a fused operation agrees with its plain twin is left to `make test`. Exit codes:
// 0 right, 1 wrong, 2 no such operation.
#include <algorithm>
#include <cstdio>
#include <set>
#include <stdexcept>

#include "tests/operations.hpp"

using namespace gantry;
using namespace table;

// "softplus" for "softplus(Tensor)"; a loss is "Minimax::generator"
static std::string bare_name(const std::string& declared) { return declared.substr(0, declared.find('(')); }

// The values may differ by the rounding of a few operations (tests/derivatives.cpp says why 8 eps).
static std::string check_values(const Row& row, const Case& c) {
    const Array expected = row.reference(c.inputs);
    const Array found = to_array(row.compute(to_tensors(c.inputs)));
    if (distance(found, expected) <= 8) return "";
    if (!(found.shape == expected.shape)) {
        return "the result has shape " + found.shape.str() + ", expected " + expected.shape.str();
    }
    for (std::size_t k = 0; k < found.values.size(); ++k) {
        const Array one = {Shape{}, {found.values[k]}}, other = {Shape{}, {expected.values[k]}};
        if (distance(one, other) <= 8) continue;
        return "entry " + std::to_string(k) + " of the result is " + std::to_string(found.values[k]) + ", expected " +
               std::to_string(expected.values[k]);
    }
    return "the result differs from the plain loop's";
}

static std::string check_message(const Wrong& wrong) {
    try {
        wrong.call();
    } catch (const std::invalid_argument& error) {
        if (wrong.message == error.what()) return "";
        return std::string("a wrong call says '") + error.what() + "', expected '" + wrong.message + "'";
    }
    return "a wrong call is not refused, expected '" + wrong.message + "'";
}

// "" if all is well; else the first complaint.
static std::string check(const Row& row, Figures& figures) {
    for (std::size_t i = 0; i < row.cases.size(); ++i) {
        const Case& c = row.cases[i];
        std::string complaint = check_values(row, c);
        if (complaint.empty() && row.differentiable) complaint = check_derivatives(row.compute, c, &figures);
        if (!complaint.empty()) return "case " + std::to_string(i) + " of the table: " + complaint;
    }
    for (const Wrong& wrong : row.wrong) {
        const std::string complaint = check_message(wrong);
        if (!complaint.empty()) return complaint;
    }
    return "";
}

int main(int argc, char** argv) {
    std::set<std::string> known;
    for (const Row& row : rows()) known.insert(bare_name(row.operation));
    if (argc != 2 || !known.contains(argv[1])) {
        std::printf("%s: make check-op OP=NAME, where NAME is one of\n ",
                    argc == 2 ? (std::string(argv[1]) + ": no such operation").c_str() : "no operation is given");
        for (const std::string& name : known) std::printf(" %s", name.c_str());
        std::printf("\n");
        return 2;
    }
    for (const Row& row : rows()) {
        if (bare_name(row.operation) != argv[1]) continue;
        Figures figures;
        std::string complaint;
        try {
            complaint = check(row, figures);
        } catch (const std::exception& error) {
            complaint = std::string("an exception says '") + error.what() + "'";
        }
        if (!complaint.empty()) {
            std::printf("%s: WRONG\n    %s\n", row.name().c_str(), complaint.c_str());
            return 1;
        }
        std::printf(
            "%s: right. %zu cases, %td derivatives certified (worst relative errors %.1e and %.1e), %td checked "
            "against exact values or zero, %zu wrong calls refused\n",
            row.name().c_str(), row.cases.size(), figures.certified, figures.worst[0], figures.worst[1],
            figures.abstained + figures.zero, row.wrong.size());
    }
    return 0;
}
