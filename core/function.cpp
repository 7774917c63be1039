#include "core/function.hpp"

#include <algorithm>

namespace gantry {

Hooks hooks;
const Function* running_rule = nullptr;

const Tensors& inputs_of(const Body& body) {
    static const Tensors none;
    return body.maker ? body.maker->inputs : none;
}

static bool recording = true;

bool is_recording() { return recording; }

NoRecording::NoRecording() : before_(std::exchange(recording, false)) {}

NoRecording::~NoRecording() { recording = before_; }

static bool is_recorded(std::span<const Tensor> inputs) {
    return recording && std::any_of(inputs.begin(), inputs.end(), [](const Tensor& x) { return x.requires_grad(); });
}

bool wants_function(std::span<const Tensor> inputs) { return hooks.after_operation || is_recorded(inputs); }

void attach(const Tensor& y, std::span<const Tensor> inputs, std::unique_ptr<Function> f) {
    Body* body = y.body();
    if (body->maker) fail("record", std::string(f->name()) + ": its output was already made by " + body->maker->name());
    for (const Tensor& x : inputs) {
        if (x.body()->id < body->id) continue;  // age is the order of reverse mode
        fail("record", f->name() + std::string(": its output is no younger than an input, ") + x.shape().str() +
                           ", and would get a wrong gradient: make the output last");
    }
    f->inputs.assign(inputs.begin(), inputs.end());
    f->output_body = body;
    f->recorded_at = Storage::now();
    if (running_rule) f->rule_of = running_rule->name();
    if (hooks.after_operation) hooks.after_operation(*f, y);
    if (!is_recorded(f->inputs)) return;
    body->maker = f.release();
    body->requires_grad = true;
}

[[noreturn]] static void refuse(const Function& f, const std::string& role, const Tensor& x) {
    const std::string label = x.name().empty() ? "" : "\"" + x.name() + "\", ";
    fail(f.name(), role + " (" + label + x.shape().str() + ") was modified after the operation was recorded; its " +
                       "derivative would be wrong. Modify parameters after the backward pass, or work on a copy");
}

void Function::check_unmodified() const {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const bool changed = inputs[i].body()->storage.modified_at() > recorded_at;
        if (changed) refuse(*this, "input " + std::to_string(i), inputs[i]);
    }
    if (output_body->storage.modified_at() > recorded_at) refuse(*this, "its output", output());
}

}  // namespace gantry
