// Reverse mode in thirty lines: read this first.
//
// Every tensor that was computed remembers the operation that made it (its maker) and that operation's inputs. So a
// loss L knows its whole history. To find dL/dx, walk back from L and apply the chain rule, one operation at a time:
//
//     y = f(x0, x1, ...)        dL/dx0 += rule of f for x0, given dL/dy        and so on for x1, ...
//
// The rule of an operation needs the whole of dL/dy, that is, the shares of everything that was computed from y. All of
// that is younger than y, so it suffices to take the youngest tensor first.
//
// What it does not do, and grad.hpp does: say what is wrong when something is; leave out operations that lead to no
// wanted tensor; add in place. A test compares the two, bit by bit.
#pragma once

#include "core/function.hpp"

namespace gantry {

/// dL/dx for each x of `wrt`. With create_graph the gradients are recorded themselves and can be differentiated again.
Tensors plain_grad(const Tensor& loss, const Tensors& wrt, bool create_graph = false);

}  // namespace gantry
