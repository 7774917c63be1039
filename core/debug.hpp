// What one calls from a debugger, or to see what the engine does.
//
//     (gdb) call gantry::dump(loss)                     shape, numbers, maker, gradient
//     (gdb) call gantry::draw(loss, "graph.dot")        the recorded graph, for Graphviz
//     GANTRY_TRACE=1 ./program                          one line for each operation and each rule
//
// Nothing here changes a number, runs an operation or records one. Everything reads the graph that recording left, so
// a tensor that was computed under NoRecording looks like one that was given.
#pragma once

#include <string>

#include "core/function.hpp"

namespace gantry {

/// Prints shape, statistics, numbers, maker with its inputs, and gradient to standard error.
void dump(const Tensor& x);

/// The operations that made x, one a line, indented by distance; at most `depth` levels. What was told before is not
/// told again.
std::string history(const Tensor& x, int depth = 8);

/// The recorded graph of a loss as Graphviz text: ellipses are tensors given from outside (filled: parameters), boxes
/// are operations, double boxes are losses; each with its name, its shape and its value or its range.
std::string graph_text(const Tensor& loss);

/// Writes the graph to `path`: *.dot as text; *.svg, *.png, *.pdf through Graphviz' `dot`. Throws std::runtime_error if
/// the file cannot be written or if `dot` is missing or fails, std::invalid_argument for another ending.
void draw(const Tensor& loss, const std::string& path);
void draw(const Tensor& loss, const char* path);  // the same: a debugger does not turn text into a std::string

/// From now on prints each operation and each rule to standard error when it is done: name, shapes, min, mean, max,
/// count of NaN. The operations that a rule consists of stand above it. Also on when a program starts with
/// GANTRY_TRACE=1.
void trace(bool on);

/// From now on the first operation or rule that makes a NaN or an infinity out of finite inputs throws
/// std::runtime_error, naming the operation and its inputs.
void trap_nan(bool on);

/// Switches tracing on if the environment asks for it. Called once, at the start of every program that includes this
/// header; thereby the linker keeps the functions above for the debugger.
bool trace_if_asked();
inline const bool trace_was_asked = trace_if_asked();

}  // namespace gantry
