// A tensor in words, for a debugger, for a stream and for the other instruments.
//
//     (gdb) call gantry::dump(loss)                     shape, numbers, maker, gradient
//
// `make gdb` and `make lldb` have commands for it: dump and where-from. Nothing here changes a number.
#pragma once

#include <iosfwd>
#include <string>

#include "core/function.hpp"

namespace gantry {

/// Prints shape, numbers, range, maker with its inputs, and gradient to standard error.
void dump(const Tensor& x);

std::ostream& operator<<(std::ostream& out, const Shape& shape);
std::ostream& operator<<(std::ostream& out, const Tensor& x);  // shape and numbers, long axes shortened

namespace printing {

/// "weight" [128, 2]
std::string title(const Tensor& x);

/// "0.6931", or "min -1 mean 0.5 max 2"; NaN is counted and left out.
std::string range(const Tensor& x, int digits = 4);

/// An option for an error message: "1e-60 (as a float: 0)" if rounding it to Real shows.
std::string number(double value);

/// Title and range in one line.
std::string summary(const Tensor& x);

}  // namespace printing

}  // namespace gantry
