// What one calls from a debugger, or to see what the engine does.
//
//     (gdb) call gantry::dump(loss)                     shape, numbers, maker, gradient
//     (gdb) call gantry::draw(loss, "graph.svg")        the recorded graph, drawn by Graphviz
//     GANTRY_TRACE=1 ./program                          one line for each operation and each rule
//     GANTRY_TRAP=1 ./program                           ends at the operation that makes the first NaN or infinity
//
// `make gdb` and `make lldb` have commands for these: dump, graph and where-from (.debugger/).
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

/// How much of a graph is drawn: every operation, or boxes of several; by itself the second from 30 tensors on, which
/// is about what fits on a page.
enum class Detail { automatic, operations, modules };

/// The recorded graph of a loss as Graphviz text: ellipses are tensors given from outside (filled: parameters), boxes
/// are operations, filled double boxes are losses, dashed green boxes were recorded while a rule ran (create_graph, as
/// the gradient penalty does); each with name, shape and value.
///
/// With modules, a chain of operations, up to a result with a name, is one box that lists the parameters' prefixes ("0"
/// for "0.weight") instead of drawing them; so are the operations of one rule. What is given without a name and read
/// beside a computed tensor (dropout's mask, a mean's count) is left out.
std::string graph_text(const Tensor& loss, Detail detail = Detail::automatic);

/// Writes the graph: *.dot as text; *.svg, *.png and *.pdf through Graphviz' `dot`, with the text beside it. Throws
/// std::invalid_argument for another ending, std::runtime_error if writing fails or `dot` is missing or fails.
void draw(const Tensor& loss, const std::string& path, Detail detail = Detail::automatic);
void draw(const Tensor& loss, const char* path);  // for debuggers, which cannot make a std::string

/// From now on prints each operation and each rule to standard error when it is done: name, shapes, min, mean, max,
/// count of NaN if there is one. The operations that a rule consists of stand above it, indented.
void trace(bool on);

/// From now on the first operation or rule whose result holds a NaN or an infinity throws std::runtime_error, naming it
/// and its inputs. What changes numbers without an operation (an optimizer's step, assign(), adding gradients up in
/// place) is not seen when it happens, but by the first operation that reads it; the error then says so.
void trap_nan(bool on);

/// trace(true) if the environment says GANTRY_TRACE=1, trap_nan(true) if it says GANTRY_TRAP=1. Called at the start of
/// every program that includes this header, which also makes the linker keep what is above for the debugger.
bool trace_if_asked();
bool trap_if_asked();
inline const bool trace_was_asked = trace_if_asked();
inline const bool trap_was_asked = trap_if_asked();

}  // namespace gantry
