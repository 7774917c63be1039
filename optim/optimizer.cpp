#include "optim/optimizer.hpp"

#include <cmath>
#include <limits>
#include <map>

namespace gantry {

static std::string described(std::size_t i, const Tensor& parameter) {
    const std::string name = parameter.name().empty() ? "" : " \"" + parameter.name() + "\"";
    return "parameter " + std::to_string(i) + name + ", " + parameter.shape().str() + ",";
}

Optimizer::Optimizer(const char* name, const Tensors& parameters, double lr) : parameters_(parameters), name_(name) {
    if (parameters.empty()) fail(name, "there are no parameters");
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (parameters[i].maker())
            fail(name, described(i, parameters[i]) + " is the result of an operation, not a leaf");
        if (!parameters[i].requires_grad()) fail(name, described(i, parameters[i]) + " does not require a gradient");
        for (std::size_t j = 0; j < i; ++j) {
            if (parameters[i].body() == parameters[j].body()) {
                fail(name, described(i, parameters[i]) + " is the same tensor as parameter " + std::to_string(j));
            }
        }
    }
    set_lr(lr);
}

void Optimizer::set_lr(double lr) {
    require(Real(lr) > 0, "lr", lr, "above 0");
    lr_ = lr;
}

void Optimizer::require(bool valid, const char* option, double value, const char* allowed) const {
    if (!valid || !std::isfinite(Real(value)))
        fail(name_, std::string(option) + " is " + printing::number(value) + " and must be " + allowed);
}

void Optimizer::require_fraction(const char* option, double value) const {
    require(Real(value) >= 0 && Real(value) < 1, option, value, "at least 0 and below 1");
}

void Optimizer::step(const Tensors& gradients) {
    if (gradients.size() != parameters_.size()) {
        fail(name_,
             std::to_string(gradients.size()) + " gradients for " + std::to_string(parameters_.size()) + " parameters");
    }
    bool any = false;
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (!gradients[i].defined()) continue;
        any = true;
        if (gradients[i].shape() != parameters_[i].shape()) {
            fail(name_, described(i, parameters_[i]) + " was given a gradient of shape " + gradients[i].shape().str());
        }
        const std::uint64_t of = gradients[i].body()->gradient_of;
        if (of != 0 && of != parameters_[i].body()->id) {
            fail(name_, described(i, parameters_[i]) + " was given the gradient of another tensor. Is it another " +
                            "network's? (If it is meant: detach() it)");
        }
    }
    if (!any) fail(name_, "no parameter has a gradient: call backward(loss) first, or pass grad(loss, parameters)");
    ++steps_;
    begin_step();
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        if (gradients[i].defined()) update(i, gradients[i]);
    }
}

void Optimizer::step() {
    Tensors gradients;
    for (const Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
    step(gradients);
}

void Optimizer::zero_grad() {
    for (Tensor& parameter : parameters_) parameter.clear_grad();
}

// ----------------------------------------------------------------------------------------- state

Tensors& Optimizer::add_buffers(const std::string& what) {
    auto buffers = std::make_unique<Tensors>();
    for (const Tensor& parameter : parameters_) buffers->push_back(zeros_like(parameter));
    buffers_.emplace_back(what, std::move(buffers));
    return *buffers_.back().second;
}

// The tensors themselves, not copies.
NamedTensors Optimizer::all_state() const {
    NamedTensors named;
    for (const auto& [what, buffers] : buffers_) {
        for (std::size_t i = 0; i < buffers->size(); ++i)
            named.emplace_back(what + "." + std::to_string(i), (*buffers)[i]);
    }
    return named;
}

// Beyond this a Real does not hold every whole number: steps are saved as two digits of that base, the lower one first,
// or as one number where it is enough.
static constexpr Index base = Index(1) << std::numeric_limits<Real>::digits;

static Tensor saved_steps(Index steps) {
    const Real low = steps % base, high = steps / base;
    return high == 0 ? scalar(low) : tensor(Shape{2}, {low, high});
}

NamedTensors Optimizer::state() const {
    NamedTensors named = {{"steps", saved_steps(steps_)}};
    for (const auto& [key, buffer] : all_state()) named.emplace_back(key, tensor(buffer.shape(), buffer.values()));
    return named;
}

Index Optimizer::loaded_steps(const Tensor& saved) const {
    if (saved.size() != 1 && saved.shape() != Shape{2}) fail(name_, "the state's \"steps\" are " + saved.shape().str());
    Index steps = 0, factor = 1;
    for (Real digit : saved.values()) {
        if (!(digit >= 0 && digit < base && digit == std::floor(digit)))
            fail(name_, "the state's \"steps\" is " + std::to_string(digit) + ", which is no number of steps");
        steps += static_cast<Index>(digit) * factor;
        factor = base;
    }
    return steps;
}

void Optimizer::load_state(const NamedTensors& named) {
    NamedTensors own = all_state();
    std::map<std::string, Tensor> given;
    for (const auto& [key, values] : named) {
        if (!given.emplace(key, values).second) fail(name_, "the state holds \"" + key + "\" twice");
    }
    if (named.size() != own.size() + 1) {
        fail(name_,
             "the state holds " + std::to_string(named.size()) + " tensors, not " + std::to_string(own.size() + 1));
    }
    const auto find = [&](const std::string& key) -> const Tensor& {
        if (!given.contains(key)) fail(name_, "the state lacks \"" + key + "\"");
        return given.at(key);
    };
    for (const auto& [key, buffer] : own) {
        const Tensor& values = find(key);
        shapes::check_same(name_.c_str(), ("\"" + key + "\"").c_str(), buffer.shape(), "the given", values.shape());
        const bool square = key.starts_with("square.");  // a root is taken of it
        for (Real value : values.values()) {
            if (!std::isfinite(value) || (square && value < 0))
                fail(name_, "the state's \"" + key + "\" holds " + std::to_string(value));
        }
    }
    const Index steps = loaded_steps(find("steps"));
    for (auto& [key, buffer] : own) buffer.assign(given.at(key));
    steps_ = steps;
}

}  // namespace gantry
