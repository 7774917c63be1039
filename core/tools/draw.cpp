#include "core/tools/draw.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "core/tools/print.hpp"

extern char** environ;

namespace gantry {

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
    return text + operations(box.made) + printing::title(last) + "\n" + printing::range(last, last.size() == 1 ? 4 : 3);
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

}  // namespace gantry
