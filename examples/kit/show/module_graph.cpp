#include "examples/kit/show/module_graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace gantry::kit {

// One node of the drawing: tensors that were made one after the other.
struct Box {
    Tensors made;
    std::vector<std::string> modules;  // prefixes of the parameters that are not drawn
};

// "4" for a parameter "4.weight"; empty for another tensor.
static std::string prefix(const Tensor& x) {
    const std::size_t dot = x.name().rfind('.');
    return !x.maker() && x.requires_grad() && dot != std::string::npos ? x.name().substr(0, dot) : "";
}

// The tensor in whose box x belongs: the one before it of the same rule, or the only result of an operation that x was
// computed from, if it is nameless and no other of the forward pass reads it. Null: a new box.
static const Body* joins(const Tensor& x, const Tensor& before, std::map<const Body*, int>& readers) {
    if (!x.maker()) return nullptr;
    if (drawing::in_rule(x)) {
        return drawing::in_rule(before) && before.maker()->rule_of == x.maker()->rule_of ? before.body() : nullptr;
    }
    const Body* only = nullptr;
    for (const Tensor& input : x.maker()->inputs) {
        if (!input.maker()) continue;
        const bool ends_its_box = drawing::in_rule(input) || input.maker()->is_loss() || !input.name().empty();
        if (only || ends_its_box) return nullptr;
        only = input.body();
    }
    return x.maker()->is_loss() || !only || readers[only] > 1 ? nullptr : only;
}

// Boxes, oldest first, and where each tensor went.
static std::vector<Box> boxes_of(const std::map<std::uint64_t, Tensor>& tensors,
                                 std::map<const Body*, std::size_t>& place) {
    std::map<const Body*, int> readers;
    std::set<const Body*> aside;  // given, nameless, and read beside a computed tensor: dropout's mask, a mean's count
    for (const auto& [id, x] : tensors) {
        const bool computed = std::ranges::any_of(inputs_of(*x.body()), &Tensor::maker);
        for (const Tensor& y : inputs_of(*x.body())) {
            if (!drawing::in_rule(x)) ++readers[y.body()];
            if (computed && !y.maker() && !y.requires_grad() && y.name().empty()) aside.insert(y.body());
        }
    }
    std::vector<Box> boxes;
    Tensor before = scalar(0);
    for (const auto& [id, x] : tensors) {
        if (aside.contains(x.body()) || !prefix(x).empty()) continue;  // boxes name these parameters
        const Body* joined = joins(x, before, readers);
        if (!joined) boxes.emplace_back();
        place[x.body()] = joined ? place[joined] : boxes.size() - 1;
        Box& box = boxes[place[x.body()]];
        box.made.push_back(x);
        for (const Tensor& input : inputs_of(*x.body())) {
            const std::string module = prefix(input);
            if (!module.empty() && std::ranges::count(box.modules, module) == 0) box.modules.push_back(module);
        }
        if (x.maker()) before = x;
    }
    return boxes;
}

// "linear, leaky_relu, linear,", three a line
static std::string operations(const Tensors& made) {
    std::string text;
    if (!made[0].maker()) return text;
    for (std::size_t i = 0; i < made.size(); ++i)
        text += made[i].maker()->name() + std::string(i + 1 == made.size() ? "\n" : i % 3 == 2 ? ",\n" : ", ");
    return text;
}

// "module 0, 2, 4"
static std::string modules(const Box& box) {
    std::string text;
    for (const std::string& module : box.modules) text += (text.empty() ? "module " : ", ") + module;
    return text.empty() ? text : text + "\n";
}

std::string module_graph_text(const Tensor& loss) {
    const std::map<std::uint64_t, Tensor> tensors = drawing::ancestry(loss);
    std::map<const Body*, std::size_t> place;
    const std::vector<Box> boxes = boxes_of(tensors, place);
    std::string text;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        text += drawing::node(i, modules(boxes[i]), operations(boxes[i].made), boxes[i].made.back());
    }
    std::set<std::pair<std::size_t, std::size_t>> drawn;
    for (const auto& [id, x] : tensors) {
        for (const Tensor& input : inputs_of(*x.body())) {
            if (!place.contains(input.body())) continue;
            const std::pair<std::size_t, std::size_t> ends = {place[input.body()], place[x.body()]};
            if (ends.first == ends.second || !drawn.insert(ends).second) continue;
            text += drawing::arrow(ends.first, ends.second, x);
        }
    }
    return drawing::graph(text);
}

}  // namespace gantry::kit
