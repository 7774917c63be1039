// Dropout: each number is kept with probability 1 - p and then divided by it, so that its mean stays (Srivastava et al.
// 2014; the division is the form that is usual today). A discriminator with dropout does not memorise a small data set.
#pragma once

#include "core/core.hpp"

namespace gantry {

/// x with some numbers set to 0. For training only: leave it out when a network is judged. Throws std::invalid_argument
/// unless 0 <= p < 1.
Tensor dropout(const Tensor& x, double p, Random& rng);

}  // namespace gantry
