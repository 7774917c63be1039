// A tensor in words, for a debugger and for the other instruments.
//
//     (gdb) call gantry::dump(loss)                     shape, numbers, maker, gradient
//
// `make gdb` and `make lldb` have commands for it: dump and where-from. Nothing here changes a number.
#pragma once

#include <string>

#include "core/function.hpp"

namespace gantry {

/// Prints shape, numbers, range, maker with its inputs, and gradient to standard error.
void dump(const Tensor& x);

/// The operations that made x, one a line, indented by distance; at most `depth` levels. What stands above is not
/// repeated.
std::string history(const Tensor& x, int depth = 8);

namespace printing {

/// "weight" [128, 2]
std::string title(const Tensor& x);

/// "0.6931", or "min -1 mean 0.5 max 2"; NaN is counted and left out.
std::string range(const Tensor& x, int digits = 4);

/// Both in one line.
std::string summary(const Tensor& x);

}  // namespace printing

}  // namespace gantry
