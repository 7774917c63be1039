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
static std::string range(const Tensor& x, int digits = 4) {
    std::vector<double> known;
    std::copy_if(x.data(), x.data() + x.size(), std::back_inserter(known), [](Real y) { return !std::isnan(y); });
    const double sum = std::accumulate(known.begin(), known.end(), 0.0);
    const std::size_t nans = static_cast<std::size_t>(x.size()) - known.size();
    std::ostringstream text;
    text << std::setprecision(digits);
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
        for (const Tensor& input : inputs_of(*next.body())) waiting.push_back(input);
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

// Computed by a rule while it was recorded: the backward graph.
static bool in_rule(const Tensor& x) { return x.maker() && x.maker()->rule_of; }

static const char* style(const Tensor& x) {
    if (!x.maker()) return x.requires_grad() ? "style=filled, fillcolor=\"#bcdff5\"" : "style=solid";
    if (in_rule(x)) return "shape=box, style=\"filled,dashed\", color=\"#2e7d32\", fillcolor=\"#dcefdc\"";
    return is_loss(*x.maker()) ? "shape=box, peripheries=2, style=filled, fillcolor=\"#f6c7a5\"" : "shape=box";
}

// One node of the drawing: one tensor, or several that were made one after the other.
struct Box {
    Tensors made;
    std::vector<std::string> modules;  // prefixes of the parameters that are not drawn
};

// "4" for a parameter "4.weight"; empty for another tensor.
static std::string prefix(const Tensor& x) {
    const std::size_t dot = x.name().rfind('.');
    return !x.maker() && x.requires_grad() && dot != std::string::npos ? x.name().substr(0, dot) : "";
}

// The tensor in whose box x belongs, when boxes hold several: the one before it of the same rule, or the only result of
// an operation that x was computed from, if it is nameless and no other of the forward pass reads it. Null: a new box.
static const Body* joins(const Tensor& x, const Tensor& before, std::map<const Body*, int>& readers) {
    if (!x.maker()) return nullptr;
    if (in_rule(x)) {
        return in_rule(before) && before.maker()->rule_of == x.maker()->rule_of ? before.body() : nullptr;
    }
    const Body* only = nullptr;
    for (const Tensor& input : x.maker()->inputs) {
        if (!input.maker()) continue;
        if (only || in_rule(input) || is_loss(*input.maker()) || !input.name().empty()) return nullptr;
        only = input.body();
    }
    return is_loss(*x.maker()) || !only || readers[only] > 1 ? nullptr : only;
}

// "linear, leaky_relu, linear,", three a line
static std::string operations(const Tensors& made) {
    std::string text;
    if (!made[0].maker()) return text;
    for (std::size_t i = 0; i < made.size(); ++i)
        text += made[i].maker()->name() + std::string(i + 1 == made.size() ? "\n" : i % 3 == 2 ? ",\n" : ", ");
    return text;
}

static std::string label(const Box& box) {
    const Tensor& last = box.made.back();
    std::string text;
    for (const std::string& module : box.modules) text += (text.empty() ? "module " : ", ") + module;
    if (!text.empty()) text += "\n";
    if (in_rule(last)) text += std::string("rule of ") + last.maker()->rule_of + ":\n";
    return text + operations(box.made) + title(last) + "\n" + range(last, last.size() == 1 ? 4 : 3);
}

// Boxes, oldest first, and where each tensor went.
static std::vector<Box> boxes_of(const std::map<std::uint64_t, Tensor>& tensors, bool several,
                                 std::map<const Body*, std::size_t>& place) {
    std::map<const Body*, int> readers;
    std::set<const Body*> aside;  // given, nameless, and read beside a computed tensor: dropout's mask, a mean's count
    for (const auto& [id, x] : tensors) {
        const bool computed = std::ranges::any_of(inputs_of(*x.body()), &Tensor::maker);
        for (const Tensor& y : inputs_of(*x.body())) {
            if (!in_rule(x)) ++readers[y.body()];
            if (computed && !y.maker() && !y.requires_grad() && y.name().empty()) aside.insert(y.body());
        }
    }
    std::vector<Box> boxes;
    Tensor before = scalar(0);
    for (const auto& [id, x] : tensors) {
        if (several && (aside.contains(x.body()) || !prefix(x).empty())) continue;  // boxes name these parameters
        const Body* joined = several ? joins(x, before, readers) : nullptr;
        if (!joined) boxes.emplace_back();
        place[x.body()] = joined ? place[joined] : boxes.size() - 1;
        Box& box = boxes[place[x.body()]];
        box.made.push_back(x);
        for (const Tensor& input : inputs_of(*x.body())) {
            const std::string module = several ? prefix(input) : "";
            if (!module.empty() && std::ranges::count(box.modules, module) == 0) box.modules.push_back(module);
        }
        if (x.maker()) before = x;
    }
    return boxes;
}

std::string graph_text(const Tensor& loss, Detail detail) {
    if (!loss.defined()) fail_undefined("graph_text");
    const std::map<std::uint64_t, Tensor> tensors = ancestry(loss);
    const bool several = detail == Detail::modules || (detail == Detail::automatic && tensors.size() >= 30);
    std::map<const Body*, std::size_t> place;
    const std::vector<Box> boxes = boxes_of(tensors, several, place);
    std::ostringstream text;
    text << "digraph gantry {\n    node [shape=ellipse, fontname=\"Helvetica\", fontsize=11];\n";
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const Box& box = boxes[i];
        text << "    n" << i << " [label=" << std::quoted(label(box)) << ", " << style(box.made.back()) << "];\n";
    }
    std::set<std::pair<std::size_t, std::size_t>> drawn;
    for (const auto& [id, x] : tensors) {
        for (const Tensor& input : inputs_of(*x.body())) {
            if (!place.contains(input.body())) continue;
            const std::pair<std::size_t, std::size_t> arrow = {place[input.body()], place[x.body()]};
            if (several && (arrow.first == arrow.second || !drawn.insert(arrow).second)) continue;
            text << "    n" << arrow.first << " -> n" << arrow.second
                 << (in_rule(x) ? " [color=\"#2e7d32\", style=dashed];\n" : ";\n");
        }
    }
    return text.str() + "}\n";
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

void draw(const Tensor& loss, const std::string& path, Detail detail) {
    const std::filesystem::path picture = std::filesystem::absolute(path);  // begins with no hyphen
    const std::string ending = picture.extension().string();
    const std::set<std::string> known = {".dot", ".svg", ".png", ".pdf"};
    if (!known.contains(ending)) fail("draw", path + " must end in .dot, .svg, .png or .pdf");
    const std::filesystem::path text = std::filesystem::path(picture).replace_extension(".dot");
    std::ofstream file(text);
    file << graph_text(loss, detail) << std::flush;
    if (!file) throw std::runtime_error("draw: " + text.string() + " cannot be written");
    if (picture != text) run_graphviz(ending.substr(1), picture.string(), text.string());
}

void draw(const Tensor& loss, const char* path) { draw(loss, std::string(path)); }

// ----------------------------------------------------------------------------------------- trace, trap_nan

static bool tracing = false, trapping = false;

// operation  linear        "x" [64, 2], "W" [1, 2], "b" [1]  ->  [64, 1]  min -1 mean 0 max 1
//     operation  sum_to    [64, 1]  ->  [1]  0.5                                        (a part of the rule below)
// rule       linear        [64, 1]  ->  none, [1, 2]  min -3 mean -1 max 1, [1]  0.5
static void print_trace(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    std::ostringstream line;
    line << (f.rule_of ? "    " : "") << std::left << std::setw(11) << kind << std::setw(15) << f.name() << " ";
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

// Everything that an operation or a rule makes passes here. So a number that was not finite before came another way.
static void check_finite(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    if (all_finite(made)) return;
    const std::string where = f.rule_of ? std::string(", in the rule of ") + f.rule_of + "," : "";
    std::string text = std::string(f.name()) + ": the " + kind + where + " made a number that is not finite:";
    if (!all_finite(from)) {
        text = std::string(f.name()) + ": the " + kind + where +
               " was given a number that is not finite and that no operation made (it is data, or was written by an "
               "optimizer's step or assign(), or gradients overflowed while they were added up):";
    }
    for (const Tensor& x : made) text += "\n    " + summary(x);
    for (const Tensor& x : from) text += "\n    from " + summary(x) + (all_finite({x}) ? "" : "  <-- not finite");
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

static bool environment_says(const char* name) {
    const char* asked = std::getenv(name);
    return asked && std::string(asked) == "1";
}

bool trace_if_asked() {
    if (environment_says("GANTRY_TRACE")) trace(true);
    return tracing;
}

bool trap_if_asked() {
    if (environment_says("GANTRY_TRAP")) trap_nan(true);
    return trapping;
}

}  // namespace gantry
