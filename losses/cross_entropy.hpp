// The loss of a classifier: cross-entropy of the labels under the softmax of the logits.
//
//     L = -1/N sum_i log softmax(x_i)[label_i]
//
// It is here for the classifier that judges generated digits.
#pragma once

#include "core/core.hpp"

namespace gantry {

/// logits [N, K], N labels 0 .. K-1 -> scalar. Throws std::invalid_argument for an empty batch, another number of
/// labels and a label outside 0 .. K-1.
Tensor cross_entropy(const Tensor& logits, const std::vector<Index>& labels);

/// The same with the labels as a tensor [N] of whole numbers.
Tensor cross_entropy(const Tensor& logits, const Tensor& labels);

}  // namespace gantry
