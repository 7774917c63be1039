// The recorded graph as a drawing.
//
//     (gdb) call gantry::draw(loss, "graph.svg")        drawn by Graphviz
//
// `make gdb` and `make lldb` have the command `graph` for it. What was computed under NoRecording looks as if given.
#pragma once

#include <string>

#include "core/function.hpp"

namespace gantry {

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

}  // namespace gantry
