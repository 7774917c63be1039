#include "core/function.hpp"

namespace gantry {

Hooks hooks;

static bool recording = true;

bool is_recording() { return recording; }

NoRecording::NoRecording() : before_(recording) { recording = false; }

NoRecording::~NoRecording() { recording = before_; }

static bool any_requires_grad(const Tensors& inputs) {
    for (const Tensor& input : inputs) {
        if (input.requires_grad()) return true;
    }
    return false;
}

bool wants_function(const Tensors& inputs) { return hooks.after_operation || (recording && any_requires_grad(inputs)); }

void attach(const Tensor& y, Tensors inputs, std::unique_ptr<Function> f) {
    Body* body = y.body();
    if (body->maker) fail("record", std::string(f->name()) + ": its output was already made by " + body->maker->name());
    f->inputs = std::move(inputs);
    f->input_versions.reserve(f->inputs.size());
    for (const Tensor& input : f->inputs) f->input_versions.push_back(input.body()->storage.version());
    f->output_body = body;
    f->output_version = body->storage.version();
    if (hooks.after_operation) {
        hooks.after_operation(*f, y);
        if (!recording || !any_requires_grad(f->inputs)) return;
    }
    body->maker = f.release();
    body->requires_grad = true;
}

static std::string described(const Tensor& x) {
    return (x.name().empty() ? std::string() : "\"" + x.name() + "\", ") + x.shape().str();
}

void Function::check_unmodified() const {
    const std::string advice =
        "was modified after the operation was recorded; its derivative would be wrong. Modify "
        "parameters after the backward pass, or work on a copy";
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].body()->storage.version() != input_versions[i]) {
            fail(name(), "input " + std::to_string(i) + " (" + described(inputs[i]) + ") " + advice);
        }
    }
    if (output_body->storage.version() != output_version) {
        fail(name(), "its output (" + described(output()) + ") " + advice);
    }
}

}  // namespace gantry
