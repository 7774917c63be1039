#include "core/debug.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace gantry {

// ---------------------------------------------------------------------------------------- words for a tensor

// "weight" [128, 2]
static std::string title(const Tensor& x) {
    if (!x.defined()) return "none";
    return (x.name().empty() ? "" : "\"" + x.name() + "\" ") + x.shape().str();
}

// "0.6931", or "min -1 mean 0.5 max 2"; NaN is counted and left out
static std::string range(const Tensor& x) {
    std::vector<double> known;
    std::copy_if(x.data(), x.data() + x.size(), std::back_inserter(known), [](Real y) { return !std::isnan(y); });
    const double sum = std::accumulate(known.begin(), known.end(), 0.0);
    const std::size_t nans = static_cast<std::size_t>(x.size()) - known.size();
    std::ostringstream text;
    text << std::setprecision(4);
    if (known.size() == 1) text << sum;
    if (known.size() > 1) {
        const auto [min, max] = std::ranges::minmax(known);
        text << "min " << min << " mean " << sum / static_cast<double>(known.size()) << " max " << max;
    }
    if (nans > 0) text << (known.empty() ? "" : ", ") << nans << " NaN";
    return text.str();
}

static std::string summary(const Tensor& x) { return title(x) + (x.defined() ? "  " + range(x) : ""); }

// ----------------------------------------------------------------------------------------- dump, history

static void tell(std::ostream& out, const Tensor& x, int level, int depth, std::set<const Body*>& told) {
    const Function* maker = x.maker();
    const bool is_new = told.insert(x.body()).second;
    out << std::string(static_cast<std::size_t>(4 * level), ' ') << (maker ? maker->name() : "given") << "  "
        << summary(x) << (maker && !is_new ? "  (see above)\n" : "\n");
    if (!is_new || level + 1 >= depth) return;
    for (const Tensor& input : inputs_of(*x.body())) tell(out, input, level + 1, depth, told);
}

std::string history(const Tensor& x, int depth) {
    std::ostringstream text;
    std::set<const Body*> told;
    tell(text, x, 0, depth, told);
    return text.str();
}

void dump(const Tensor& x) {
    std::cerr << x << std::endl;
    if (!x.defined()) return;
    std::cerr << history(x, 2);
    if (x.grad().defined()) std::cerr << "grad  " << x.grad() << std::endl;
}

// ----------------------------------------------------------------------------------------- graph_text, draw

// All tensors that x was computed from, and x, by creation id: oldest first.
static std::map<std::uint64_t, Tensor> ancestry(const Tensor& x) {
    std::map<std::uint64_t, Tensor> found;
    for (Tensors waiting = {x}; !waiting.empty();) {
        const Tensor next = waiting.back();
        waiting.pop_back();
        if (!found.emplace(next.body()->id, next).second) continue;
        const Tensors& inputs = inputs_of(*next.body());
        waiting.insert(waiting.end(), inputs.begin(), inputs.end());
    }
    return found;
}

// core knows no losses: whatever is called a loss, or the loss of a player of the game, is drawn as one.
static bool is_loss(const Function& f) {
    for (const char* word : {"loss", "discriminator", "generator", "critic"}) {
        if (std::string(f.name()).find(word) != std::string::npos) return true;
    }
    return false;
}

static const char* style(const Tensor& x) {
    if (!x.maker()) return x.requires_grad() ? "style=filled, fillcolor=\"#bcdff5\"" : "style=solid";
    return is_loss(*x.maker()) ? "shape=box, peripheries=2, style=filled, fillcolor=\"#f6c7a5\"" : "shape=box";
}

std::string graph_text(const Tensor& loss) {
    std::ostringstream text;
    text << "digraph gantry {\n    node [shape=ellipse, fontname=\"Helvetica\", fontsize=11];\n";
    std::map<const Body*, std::string> node;
    for (const auto& [id, x] : ancestry(loss)) {
        const std::string operation = x.maker() ? x.maker()->name() + std::string("\n") : "";
        const std::string to = "n" + std::to_string(node.size());
        node[x.body()] = to;
        text << "    " << to << " [label=" << std::quoted(operation + title(x) + "\n" + range(x)) << ", " << style(x)
             << "];\n";
        for (const Tensor& input : inputs_of(*x.body())) text << "    " << node[input.body()] << " -> " << to << ";\n";
    }
    text << "}\n";
    return text.str();
}

// Runs `dot -TFORMAT -oPICTURE TEXT` without a shell, so that a path may contain anything.
static void run_graphviz(const std::string& format, const std::string& picture, const std::string& text) {
    std::string words[] = {"dot", "-T" + format, "-o" + picture, text};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    pid_t child = 0;
    int status = 0;
    const int error = posix_spawnp(&child, "dot", nullptr, nullptr, arguments, environ);
    if (error == 0) waitpid(child, &status, 0);
    if (error != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127)) {
        throw std::runtime_error("draw: Graphviz' `dot` was not found (`make deps` installs it): wrote " + text);
    }
    if (status != 0) throw std::runtime_error("draw: `dot` failed to write " + picture);
}

void draw(const Tensor& loss, const std::string& path) {
    const std::filesystem::path picture = std::filesystem::absolute(path);  // begins with no hyphen
    const std::string ending = picture.extension().string();
    const std::set<std::string> known = {".dot", ".svg", ".png", ".pdf"};
    if (!known.contains(ending)) fail("draw", path + " must end in .dot, .svg, .png or .pdf");
    const std::filesystem::path text = std::filesystem::path(picture).replace_extension(".dot");
    std::ofstream file(text);
    file << graph_text(loss) << std::flush;
    if (!file) throw std::runtime_error("draw: " + text.string() + " cannot be written");
    if (picture != text) run_graphviz(ending.substr(1), picture.string(), text.string());
}

void draw(const Tensor& loss, const char* path) { draw(loss, std::string(path)); }

// ----------------------------------------------------------------------------------------- trace, trap_nan

static bool tracing = false;
static bool trapping = false;

// operation  linear        "x" [64, 2], "W" [1, 2], "b" [1]  ->  [64, 1]  min -1 mean 0 max 1
// rule       linear        [64, 1]  ->  none, [1, 2]  min -3 mean -1 max 1, [1]  0.5
static void print_trace(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    std::ostringstream line;
    line << std::left << std::setw(11) << kind << std::setw(16) << f.name();
    for (const Tensor& x : from) line << (&x == &from[0] ? "" : ", ") << title(x);
    line << "  ->  ";
    for (const Tensor& x : made) line << (&x == &made[0] ? "" : ", ") << summary(x);
    std::cerr << line.str() + "\n";
}

static bool all_finite(const Tensors& tensors) {
    return std::ranges::all_of(tensors, [](const Tensor& x) {
        return !x.defined() || std::all_of(x.data(), x.data() + x.size(), [](Real y) { return std::isfinite(y); });
    });
}

static void check_finite(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    if (all_finite(made) || !all_finite(from)) return;  // in the second case it was not made here
    std::string text = std::string(f.name()) + ": the " + kind + " made a number that is not finite:";
    for (const Tensor& x : made) text += "\n    " + summary(x);
    for (const Tensor& x : from) text += "\n    from " + summary(x);
    throw std::runtime_error(text);
}

static void after_operation(const Function& f, const Tensor& y) {
    if (tracing) print_trace("operation", f, f.inputs, {y});
    if (trapping) check_finite("operation", f, f.inputs, {y});
}

static void after_rule(const Function& f, const Tensor& dy, const Tensors& gradients) {
    Tensors from = {dy};
    if (tracing) print_trace("rule", f, from, gradients);
    from.insert(from.end(), f.inputs.begin(), f.inputs.end());
    if (trapping) check_finite("rule", f, from, gradients);
}

static void set(bool& which, bool on) {
    which = on;
    hooks.after_operation = tracing || trapping ? after_operation : nullptr;
    hooks.after_rule = tracing || trapping ? after_rule : nullptr;
}

void trace(bool on) { set(tracing, on); }

void trap_nan(bool on) { set(trapping, on); }

bool trace_if_asked() {
    const char* asked = std::getenv("GANTRY_TRACE");
    if (asked && std::string(asked) == "1") trace(true);
    return tracing;
}

}  // namespace gantry
