// What one calls from a debugger, or to see what the engine does.
//
//     (gdb) call gantry::dump(loss)                     shape, numbers, maker, gradient
//     (gdb) call gantry::draw(loss, "graph.svg")        the recorded graph, drawn by Graphviz
//     GANTRY_TRACE=1 ./program                          one line for each operation and each rule
//
// Nothing here changes a number or records anything. What was computed under NoRecording looks as if given.
#pragma once

#include <string>

#include "core/function.hpp"

namespace gantry {

/// Prints shape, numbers, range, maker with its inputs, and gradient to standard error.
void dump(const Tensor& x);

/// The operations that made x, one a line, indented by distance; at most `depth` levels. What stands above is not
/// repeated.
std::string history(const Tensor& x, int depth = 8);

/// The recorded graph of a loss as Graphviz text: ellipses are tensors given from outside (filled: parameters), boxes
/// are operations, filled double boxes are losses; each with name, shape and value.
std::string graph_text(const Tensor& loss);

/// Writes the graph: *.dot as text; *.svg, *.png and *.pdf through Graphviz' `dot`, with the text beside it. Throws
/// std::invalid_argument for another ending, std::runtime_error if writing fails or `dot` is missing or fails.
void draw(const Tensor& loss, const std::string& path);
void draw(const Tensor& loss, const char* path);  // for debuggers, which cannot make a std::string

/// From now on prints each operation and each rule to standard error when it is done: name, shapes, min, mean, max,
/// count of NaN. The operations that a rule consists of stand above it.
void trace(bool on);

/// From now on the first operation or rule that makes a NaN or an infinity out of finite inputs throws
/// std::runtime_error, naming the operation and its inputs.
void trap_nan(bool on);

/// trace(true) if the environment says GANTRY_TRACE=1. Called at the start of every program that includes this header,
/// which also makes the linker keep what is above for the debugger.
bool trace_if_asked();
inline const bool trace_was_asked = trace_if_asked();

}  // namespace gantry
