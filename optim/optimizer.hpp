// What every optimizer offers. A step changes the parameters in place, from gradients that are given or that backward()
// left in each parameter's grad().
#pragma once

#include "core/core.hpp"

namespace gantry {

class Optimizer {
  public:
    /// Throws std::invalid_argument if there are no parameters, if one is given twice, if one does not require a
    /// gradient or is the result of an operation.
    Optimizer(const char* name, const Tensors& parameters, double lr);
    virtual ~Optimizer() = default;

    /// One gradient for each parameter, in order and of the same shape; otherwise std::invalid_argument, as for a
    /// gradient that grad() computed for another tensor. A parameter whose gradient is undefined stays as it is, while
    /// steps(), and with it Adam's t, goes up. At least one must be defined.
    void step(const Tensors& gradients);

    /// Uses each parameter's grad(); a parameter without one stays. Throws if none has one.
    void step();
    void zero_grad();

    double lr() const { return lr_; }
    virtual void set_lr(double lr);
    Index steps() const { return steps_; }

    /// What the next step depends on besides the parameters and the learning rate (the caller has them): "steps" and
    /// the running averages, "<what>.<parameter>".
    NamedTensors state() const;

    /// Goes on from what state() returned. Throws std::invalid_argument, and changes nothing, if a tensor is missing,
    /// unknown or given twice, if a shape differs, if a number is not finite, if a mean square is negative, or if
    /// "steps" is no whole number of steps.
    void load_state(const NamedTensors& named);

  protected:
    /// Called once in each step, when steps() counts it, before the updates.
    virtual void begin_step() {}

    /// Changes the parameter number i, given its gradient.
    virtual void update(std::size_t i, const Tensor& gradient) = 0;

    /// One buffer of zeros for each parameter, saved under `what`.
    Tensors& add_buffers(const std::string& what);
    /// Throw unless the option is valid and finite; at least 0 and below 1. What counts is the value as a Real.
    void require(bool valid, const char* option, double value, const char* allowed) const;
    void require_fraction(const char* option, double value) const;

    Tensors parameters_;

  private:
    NamedTensors all_state() const;
    Index loaded_steps(const Tensor& saved) const;

    std::string name_;
    double lr_;
    Index steps_ = 0;
    std::vector<std::pair<std::string, std::unique_ptr<Tensors>>> buffers_;
};

}  // namespace gantry
