// To see what the engine does while it does it.
//
//     GANTRY_TRACE=1 ./program                          one line for each operation and each rule
//     GANTRY_TRAP=1 ./program                           ends at the operation that makes the first NaN or infinity
#pragma once

#include "core/function.hpp"

namespace gantry {

/// From now on prints each operation and each rule to standard error when it is done: name, shapes, min, mean, max,
/// count of NaN if there is one. The operations that a rule consists of stand above it, indented.
void trace(bool on);

/// From now on the first operation or rule whose result holds a NaN or an infinity throws std::runtime_error, naming it
/// and its inputs. What changes numbers without an operation (an optimizer's step, assign(), adding gradients up in
/// place) is not seen when it happens, but by the first operation that reads it; the error then says so.
void trap_nan(bool on);

/// Traces if the environment says GANTRY_TRACE=1, and traps if it says GANTRY_TRAP=1. Called at the start of every
/// program that includes this header, which also makes the linker keep what is above for the debugger.
bool watch_if_asked();
inline const bool watching = watch_if_asked();

}  // namespace gantry
