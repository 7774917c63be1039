// The recorded graph of a loss with few boxes: several operations to each.
//
//     module 0, 2, 4                                     rule of linear:
//     linear, leaky_relu, linear, leaky_relu, linear     matmul
//     [64, 1]                                            [64, 128]
//
// core/tools/draw.hpp draws every operation, which is too much for a page from about 30 tensors on.
#pragma once

#include <string>

#include "core/tools/draw.hpp"

namespace gantry::kit {

/// Graphviz text in the style of graph_text(). A chain of operations, up to a result with a name, is one box that lists
/// the prefixes of its parameters ("0" for "0.weight") instead of drawing them; so are the operations of one rule. What
/// is given without a name and read beside a computed tensor (dropout's mask, a mean's count) is left out.
std::string module_graph_text(const Tensor& loss);

}  // namespace gantry::kit
