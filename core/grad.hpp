// Reverse mode, as plain_grad.hpp explains it, with what a training needs besides.
//
// All tensors that the loss was computed from are put in order of age. An output is younger than its inputs, so this is
// the topological sort, and there is no recursion. For y from the youngest, the rule of its maker is applied.
//
//   - Rules run only on paths from L to a wanted tensor, and are told which inputs need a gradient: the generator's
//     step never computes the gradients of the discriminator's weights.
//   - The rules are made of tensor operations. With create_graph they are recorded, and the gradients can be
//     differentiated again (the gradient penalty does); without, nothing is recorded.
#pragma once

#include "core/function.hpp"

namespace gantry {

/// The gradients of a scalar loss with respect to each of `wrt`, each of that tensor's shape. Zeros for a tensor that
/// the loss does not depend on. Throws std::invalid_argument if the loss is not a scalar or has no history, if one of
/// `wrt` does not require a gradient, if none of them is reached, if a tensor on the way was modified since, and inside
/// of a rule. Without create_graph no other tensor shares a result's numbers: change them freely.
Tensors grad(const Tensor& loss, const Tensors& wrt, bool create_graph = false);

/// grad() for every leaf that requires a gradient and that the loss depends on, added to leaf.grad().
void backward(const Tensor& loss);

}  // namespace gantry
