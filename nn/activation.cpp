#include "nn/activation.hpp"

#include <cmath>
#include <sstream>

namespace gantry {

Activation Activation::leaky_relu(double slope) {
    if (!std::isfinite(Real(slope)))
        fail("leaky_relu", "the slope is " + printing::number(slope) + " and must be finite");
    return Activation(Kind::leaky_relu, slope);
}

Tensor Activation::operator()(const Tensor& x) const {
    switch (kind_) {
        case Kind::identity:
            return x * 1;
        case Kind::relu:
            return gantry::relu(x);
        case Kind::leaky_relu:
            return gantry::leaky_relu(x, slope_);
        case Kind::tanh:
            return gantry::tanh(x);
        case Kind::sigmoid:
            return gantry::sigmoid(x);
    }
    fail("Activation", "unknown kind");
}

std::string Activation::str() const {
    switch (kind_) {
        case Kind::identity:
            return "identity";
        case Kind::relu:
            return "relu";
        case Kind::leaky_relu: {
            std::ostringstream text;
            text << "leaky_relu(" << slope_ << ")";
            return text.str();
        }
        case Kind::tanh:
            return "tanh";
        case Kind::sigmoid:
            return "sigmoid";
    }
    fail("Activation", "unknown kind");
}

}  // namespace gantry
