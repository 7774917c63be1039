#include "core/grad.hpp"

#include <algorithm>
#include <optional>

#include "core/kernels/elementwise.hpp"
#include "core/ops.hpp"

namespace gantry {

namespace {

// A tensor that the loss was computed from, with what is known about it during the walk.
struct Slot {
    Body* body;
    Tensor gradient;  // dL/dbody, as far as it has been added up; undefined is zero
    bool wanted = false;
    bool on_path = false;  // a wanted tensor, or computed from one
};

using Slots = std::vector<Slot>;  // oldest first

// The slot of a body, or null. Body::slot is a hint left by some walk; it is true if the slot agrees.
Slot* find(Slots& slots, const Body* body) {
    const auto i = static_cast<std::size_t>(body->slot);
    return i < slots.size() && slots[i].body == body ? &slots[i] : nullptr;
}

// All tensors that the loss was computed from and that require a gradient, oldest first.
Slots collect(const char* where, const Tensor& loss) {
    if (running_rule) {  // a walk within the walk would overwrite the slots' hints
        fail(where, std::string("called by the rule of ") + running_rule->name() + ": write rules in operations only");
    }
    if (loss.size() != 1) {
        fail(where,
             "the loss is " + loss.shape().str() + ": only a single number has a gradient; take sum() or mean()");
    }
    if (!loss.requires_grad()) {
        fail(where,
             "the loss does not depend on any tensor that requires a gradient: was it computed under "
             "NoRecording, or from detached tensors only?");
    }
    Slots slots;
    slots.reserve(64);
    auto add = [&slots](Body* body) {
        if (!body->requires_grad || find(slots, body)) return;
        body->slot = static_cast<Index>(slots.size());
        slots.push_back({body, {}});
    };
    add(loss.body());
    for (std::size_t next = 0; next < slots.size(); ++next) {
        for (const Tensor& input : inputs_of(*slots[next].body)) add(input.body());
    }
    std::sort(slots.begin(), slots.end(), [](const Slot& a, const Slot& b) { return a.body->id < b.body->id; });
    for (std::size_t i = 0; i < slots.size(); ++i) slots[i].body->slot = static_cast<Index>(i);
    return slots;
}

// Oldest first, so that an operation's inputs are decided before its output.
void mark_paths(Slots& slots) {
    for (Slot& slot : slots) {
        slot.on_path = slot.wanted;
        for (const Tensor& input : inputs_of(*slot.body)) {
            const Slot* from = find(slots, input.body());
            if (from && from->on_path) slot.on_path = true;
        }
    }
}

// sum += gradient. In place where nobody else can see the sum and nothing is recorded.
void accumulate(Tensor& sum, Tensor gradient) {
    if (!sum.defined()) {
        sum = std::move(gradient);
    } else if (sum.body()->owners == 1 && !sum.body()->storage.is_shared() && !is_recording()) {
        kernels::add(sum.size(), sum.data(), gradient.data(), sum.mutable_data());
    } else {
        sum = sum + gradient;
    }
}

// While it lives, what is recorded belongs to the rule of f.
struct RunningRule {
    const Function* before;
    explicit RunningRule(const Function& f) : before(std::exchange(running_rule, &f)) {}
    ~RunningRule() { running_rule = before; }
};

// Hands the gradient of one tensor on to the inputs of the operation that made it.
void apply_rule(Slots& slots, const Slot& slot) {
    const Function& f = *slot.body->maker;
    const RunningRule now(f);
    f.check_unmodified();
    const std::size_t n = f.inputs.size();
    Needs need;
    for (std::size_t i = 0; i < n; ++i) {
        const Slot* to = find(slots, f.inputs[i].body());
        if (to && to->on_path) need.set(i);
    }
    Tensors gradients = f.backward(slot.gradient, need);
    if (hooks.after_rule) hooks.after_rule(f, slot.gradient, gradients);
    if (gradients.size() != n) {
        fail(f.name(), "its rule returned " + std::to_string(gradients.size()) + " gradients for " + std::to_string(n) +
                           " inputs");
    }
    for (std::size_t i = 0; i < n; ++i) {
        Slot* to = find(slots, f.inputs[i].body());
        if (!to || !to->on_path || !gradients[i].defined()) continue;
        shapes::check_same(f.name(), "an input", f.inputs[i].shape(), "its gradient", gradients[i].shape());
        accumulate(to->gradient, std::move(gradients[i]));
    }
}

// The walk: youngest first.
void walk(Slots& slots, const Tensor& loss) {
    mark_paths(slots);
    slots.back().gradient = ones_like(loss);
    for (std::size_t i = slots.size(); i-- > 0;) {
        Slot& slot = slots[i];
        if (!slot.on_path || !slot.gradient.defined() || !slot.body->maker) continue;
        apply_rule(slots, slot);
        if (!slot.wanted) slot.gradient = Tensor();  // its storage serves the next operation
    }
}

// What the caller gets is his own: a gradient that shares its numbers with another tensor (the rule of a + b hands one
// dy to both) becomes a copy. With recording on it keeps its history instead.
Tensor owned(const Tensor& gradient) {
    const bool sole = gradient.body()->owners == 1 && !gradient.body()->storage.is_shared();
    if (sole || is_recording()) return gradient;
    Tensor copy = empty(gradient.shape());
    copy.assign(gradient);
    return copy;
}

}  // namespace

Tensors grad(const Tensor& loss, const Tensors& wrt, bool create_graph) {
    Slots slots = collect("grad", loss);
    if (wrt.empty()) fail("grad", "wrt is empty: which tensors' gradients are wanted?");
    bool reached = false;
    for (std::size_t i = 0; i < wrt.size(); ++i) {
        if (!wrt[i].requires_grad()) {
            fail("grad", "tensor " + std::to_string(i) + " of wrt, " + wrt[i].shape().str() +
                             ", does not require a gradient: set_requires_grad(true) before computing the loss");
        }
        if (Slot* slot = find(slots, wrt[i].body())) slot->wanted = reached = true;
    }
    if (!reached) fail("grad", "the loss depends on none of wrt: is there a detach() between them?");
    std::optional<NoRecording> off;
    if (!create_graph) off.emplace();
    walk(slots, loss);
    Tensors gradients;
    for (const Tensor& x : wrt) {
        const Slot* slot = find(slots, x.body());
        gradients.push_back(slot && slot->gradient.defined() ? owned(slot->gradient) : zeros_like(x));
    }
    return gradients;
}

void backward(const Tensor& loss) {
    Slots slots = collect("backward", loss);
    for (Slot& slot : slots) slot.wanted = !slot.body->maker;
    NoRecording off;
    walk(slots, loss);
    for (Slot& slot : slots) {
        if (slot.wanted && slot.gradient.defined()) accumulate(slot.body->grad, owned(slot.gradient));
    }
}

}  // namespace gantry
