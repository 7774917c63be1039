// Derivatives checked against finite differences, entry by entry.
//
//     f'(x) ~ (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12 h        error of order h^4
//
// Only the relative criterion certifies an entry: |analytic - difference| <= 1e-7 |analytic|. An entry whose
// disagreement is below the round-off of the difference itself, eps |f| / h, abstains: the difference has no digits to
// say more. Abstained entries are listed, so that a test can pin them and cover each by an exact value. Every other
// entry fails. A tolerance "1e-5 absolute" would let a gradient of zero pass where the true one is 2e-9, and
// saturation, the subject of this course, is just that.
//
// Second order differences the analytic gradient and compares with the gradient of the gradient.
// It needs the double build; in float it throws.
#pragma once

#include <functional>
#include <iosfwd>

#include "core/tensor.hpp"

namespace gantry {

struct GradReport {
    /// One derivative: d f / d inputs[input][entry] (order 1), or of gradient entry [of_input][of_entry] (order 2).
    struct Entry {
        int order = 1;
        int of_input = -1;
        Index of_entry = -1;
        int input = 0;
        Index entry = 0;
        double analytic = 0;
        double difference = 0;
        double round_off = 0;
        std::string str() const;
    };

    Index certified = 0;
    std::vector<Entry> abstained;
    std::vector<Entry> failed;
    double worst_relative = 0;  // among the certified

    bool passed() const { return failed.empty() && certified + static_cast<Index>(abstained.size()) > 0; }
    std::string str() const;    // counts, and the first failures
};

std::ostream& operator<<(std::ostream& out, const GradReport& report);

using ScalarFunction = std::function<Tensor(const Tensors&)>;

/// Checks the derivatives of f (inputs -> scalar) with respect to every entry of every input, of order 1, or of orders
/// 1 and 2. Throws std::invalid_argument in the float build, for another order and for a function that is no scalar.
GradReport check_grads(const ScalarFunction& f, const Tensors& inputs, int order);

}  // namespace gantry
