// The function between two layers.
#pragma once

#include "core/core.hpp"

namespace gantry {

class Activation {
  public:
    static Activation identity() { return Activation(Kind::identity); }
    static Activation relu() { return Activation(Kind::relu); }
    static Activation leaky_relu(double slope);  // throws unless the slope is finite
    static Activation tanh() { return Activation(Kind::tanh); }
    static Activation sigmoid() { return Activation(Kind::sigmoid); }

    Tensor operator()(const Tensor& x) const;         // never x itself: the identity copies
    std::string str() const;                          // "leaky_relu(0.2)"
    static Activation from(const std::string& text);  // the other way; throws std::invalid_argument
    bool is_identity() const { return kind_ == Kind::identity; }

  private:
    enum class Kind { identity, relu, leaky_relu, tanh, sigmoid };
    explicit Activation(Kind kind, double slope = 0) : kind_(kind), slope_(static_cast<Real>(slope)) {}

    Kind kind_;
    Real slope_;
};

}  // namespace gantry
