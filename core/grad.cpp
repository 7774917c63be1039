#include "core/grad.hpp"

#include <algorithm>
#include <optional>

#include "core/kernels/elementwise.hpp"
#include "core/ops.hpp"

namespace gantry {

namespace {

// The tensors that a loss was computed from and that require a gradient. While this lives, Body::walk says what is
// known about each.
struct Ancestors {
    std::vector<Body*> youngest_first;
    ~Ancestors() {
        for (Body* x : youngest_first) x->walk = {};
    }
};

void collect(const char* where, const Tensor& loss, std::vector<Body*>& found) {
    if (running_rule) {  // a walk within the walk would overwrite what is known
        fail(where, std::string("called by the rule of ") + running_rule->name() + ": write rules in operations only");
    }
    if (loss.size() != 1) {
        fail(where,
             "the loss is " + loss.shape().str() + ": only a single number has a gradient; take sum() or mean()");
    }
    if (!loss.requires_grad()) {
        fail(where,
             "the loss does not depend on any tensor that requires a gradient: was it computed under NoRecording, from "
             "detached tensors only, or from gradients without create_graph?");
    }
    found.reserve(64);
    auto add = [&found](Body* x) {
        if (!x->requires_grad || x->walk.met) return;
        found.push_back(x);
        x->walk.met = true;
    };
    add(loss.body());
    for (std::size_t next = 0; next < found.size(); ++next) {
        for (const Tensor& input : inputs_of(*found[next])) add(input.body());
    }
    std::sort(found.begin(), found.end(), [](const Body* x, const Body* y) { return x->id > y->id; });
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

// Hands the gradient of y on to the inputs of the operation that made y.
void apply_rule(const Body& y) {
    const Function& f = *y.maker;
    const RunningRule now(f);
    f.check_unmodified();
    const std::size_t n = f.inputs.size();
    Needs need;
    for (std::size_t i = 0; i < n; ++i) {
        if (f.inputs[i].body()->walk.on_path) need.set(i);
    }
    Tensors gradients = f.backward(y.walk.gradient, need);
    if (hooks.after_rule) hooks.after_rule(f, y.walk.gradient, gradients);
    if (gradients.size() != n) {
        fail(f.name(), "its rule returned " + std::to_string(gradients.size()) + " gradients for " + std::to_string(n) +
                           " inputs");
    }
    for (std::size_t i = 0; i < n; ++i) {
        Body& x = *f.inputs[i].body();
        if (!x.walk.on_path || !gradients[i].defined()) continue;
        shapes::check_same(f.name(), "an input", x.shape, "its gradient", gradients[i].shape());
        accumulate(x.walk.gradient, std::move(gradients[i]));
    }
}

void walk(const Ancestors& ancestors, const Tensor& loss) {
    for (auto x = ancestors.youngest_first.rbegin(); x != ancestors.youngest_first.rend(); ++x) {  // inputs come first
        (*x)->walk.on_path = (*x)->walk.wanted;
        for (const Tensor& input : inputs_of(**x)) (*x)->walk.on_path |= input.body()->walk.on_path;
    }
    loss.body()->walk.gradient = ones_like(loss);
    for (Body* y : ancestors.youngest_first) {
        if (!y->maker || !y->walk.on_path || !y->walk.gradient.defined()) continue;
        apply_rule(*y);
        if (!y->walk.wanted) y->walk.gradient = Tensor();  // its storage serves the next operation
    }
}

// The caller may change what grad() returns. So a gradient that shares its numbers with another tensor (the rule of
// a + b hands one dy to both) is copied. With recording on it is not, because a copy would have no history.
Tensor owned(const Tensor& gradient) {
    const bool sole = gradient.body()->owners == 1 && !gradient.body()->storage.is_shared();
    if (sole || is_recording()) return gradient;
    Tensor copy = empty(gradient.shape());
    copy.assign(gradient);
    return copy;
}

}  // namespace

Tensors grad(const Tensor& loss, const Tensors& wrt, bool create_graph) {
    Ancestors ancestors;
    collect("grad", loss, ancestors.youngest_first);
    if (wrt.empty()) fail("grad", "wrt is empty: which tensors' gradients are wanted?");
    bool reached = false;
    for (std::size_t i = 0; i < wrt.size(); ++i) {
        if (!wrt[i].requires_grad()) {
            fail("grad", "tensor " + std::to_string(i) + " of wrt, " + wrt[i].shape().str() +
                             ", does not require a gradient: set_requires_grad(true) before computing the loss");
        }
        Body::Walk& known = wrt[i].body()->walk;
        if (known.met) known.wanted = reached = true;
    }
    if (!reached) {
        fail("grad",
             "the loss depends on none of wrt: is there a detach() between them, or a gradient without create_graph?");
    }
    std::optional<NoRecording> off;
    if (!create_graph) off.emplace();
    walk(ancestors, loss);
    Tensors gradients;
    for (const Tensor& x : wrt) {
        const Tensor& found = x.body()->walk.gradient;
        gradients.push_back(found.defined() ? owned(found) : zeros_like(x));
        if (!create_graph) gradients.back().body()->gradient_of = x.body()->id;
    }
    return gradients;
}

void backward(const Tensor& loss) {
    Ancestors ancestors;
    collect("backward", loss, ancestors.youngest_first);
    for (Body* x : ancestors.youngest_first) x->walk.wanted = !x->maker;
    NoRecording off;
    walk(ancestors, loss);
    for (Body* x : ancestors.youngest_first) {
        if (!x->walk.wanted || !x->walk.gradient.defined()) continue;
        accumulate(x->grad, owned(x->walk.gradient));
        x->grad.body()->gradient_of = x->id;
    }
}

}  // namespace gantry
