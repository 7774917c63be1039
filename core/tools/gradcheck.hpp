// Derivatives checked against finite differences, entry by entry.
//
//     f'(x) ~ (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12 h   error h^4 / 30 times the fifth derivative
//
// Only the relative criterion certifies an entry: |analytic - difference| <= 1e-7 |analytic|. An entry whose
// disagreement is below the round-off of the difference itself, 1.5 eps |f| / h, abstains: the difference has no digits
// to say more. Abstained entries are listed, so that a test can pin them and cover each by an exact value. Every other
// entry fails. A tolerance "1e-5 absolute" would let a gradient of zero pass where the true one is 2e-9, and
// saturation, the subject of this course, is just that.
//
// Where both are exactly zero nothing is certified either: f does not depend on that entry, or it is so flat there that
// its numbers no longer change, and only an exact value can tell. Those entries are counted apart.
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
    Index zero = 0;  // analytic and difference both exactly zero
    std::vector<Entry> abstained;
    std::vector<Entry> failed;
    double worst_relative[2] = {0, 0};  // among the certified, of order 1 and of order 2

    bool passed() const;      // nothing failed, and there was something to check
    std::string str() const;  // counts, and the first failures
};

std::ostream& operator<<(std::ostream& out, const GradReport& report);

using ScalarFunction = std::function<Tensor(const Tensors&)>;

/// Checks the derivatives of f (inputs -> scalar) with respect to every entry of every input, of order 1, or of orders
/// 1 and 2. f must give the same value for the same inputs (let it make its own Random). Inputs should be of order one
/// or larger and a hundredth away from any kink: the points of a difference lie up to 1/512 from them. Throws
/// std::invalid_argument in the float build, for another order and for a function that is no scalar.
GradReport check_grads(const ScalarFunction& f, const Tensors& inputs, int order);

}  // namespace gantry
