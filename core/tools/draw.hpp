// The recorded graph as a drawing.
//
//     (gdb) call gantry::draw(loss, "graph.svg")        drawn by Graphviz
//
// `make gdb` and `make lldb` have the command `graph` for it. What was computed under NoRecording looks as if given.
#pragma once

#include <map>
#include <string>

#include "core/function.hpp"

namespace gantry {

/// The recorded graph of a loss as Graphviz text: ellipses are tensors given from outside (filled: parameters), boxes
/// are operations, filled double boxes are losses, dashed green boxes were recorded while a rule ran (create_graph, as
/// the gradient penalty does); each with name, shape and value.
std::string graph_text(const Tensor& loss);

/// Writes the graph: *.dot as text; *.svg, *.png and *.pdf through Graphviz' `dot`, with the text beside it. Throws
/// std::invalid_argument for another ending, std::runtime_error if writing fails or `dot` is missing or fails.
void draw(const Tensor& loss, const std::string& path);
void draw(const Tensor& loss, const char* path);  // for debuggers, which cannot make a std::string
[[gnu::used]] inline void (*const kept_by_the_linker)(const Tensor& loss, const char* path) = draw;  // for them, too

/// The parts of a drawing, for one that shows less than every operation (examples/kit/show/module_graph.hpp).
namespace drawing {

/// All tensors that x was computed from, and x, by creation id: oldest first.
std::map<std::uint64_t, Tensor> ancestry(const Tensor& x);

/// True if a rule computed x while it was recorded: x belongs to the backward graph.
bool in_rule(const Tensor& x);

/// A node in the style of x: heading, rule, operations, then name, shape and value of x. An arrow to x. The whole text.
std::string node(std::size_t number, const std::string& heading, const std::string& operations, const Tensor& x);
std::string arrow(std::size_t from, std::size_t to, const Tensor& x);
std::string graph(const std::string& content);

/// What draw() does with its text. A `dot` that takes longer than the limit, in seconds, is ended and has failed.
void write(const std::string& graph_text, const std::string& path, double limit = 600);

}  // namespace drawing

}  // namespace gantry
