#include "nn/activation.hpp"

#include <charconv>
#include <cmath>

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
            char digits[64];  // as few as bring the same slope back
            return "leaky_relu(" + std::string(digits, std::to_chars(digits, digits + 64, slope_).ptr) + ")";
        }
        case Kind::tanh:
            return "tanh";
        case Kind::sigmoid:
            return "sigmoid";
    }
    fail("Activation", "unknown kind");
}

Activation Activation::from(const std::string& text) {
    for (const Activation& one : {identity(), relu(), tanh(), sigmoid()})
        if (text == one.str()) return one;
    const std::string head = "leaky_relu(";
    double slope = 0;
    if (text.starts_with(head)) {
        std::from_chars(text.data() + head.size(), text.data() + text.size(), slope);
        if (text == leaky_relu(slope).str()) return leaky_relu(slope);
    }
    fail("Activation", "\"" + text + "\" is no activation");
}

}  // namespace gantry
