#include "nn/activation.hpp"

#include <charconv>
#include <cmath>
#include <iomanip>
#include <limits>
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

// As few digits as bring the same slope back; an older libc++ cannot tell which, and gets all that a Real has.
static std::string digits(Real slope) {
#ifdef __cpp_lib_to_chars
    char text[64];
    return std::string(text, std::to_chars(text, text + 64, slope).ptr);
#else
    std::ostringstream text;
    text << std::setprecision(std::numeric_limits<Real>::max_digits10) << slope;
    return text.str();
#endif
}

std::string Activation::str() const {
    switch (kind_) {
        case Kind::identity:
            return "identity";
        case Kind::relu:
            return "relu";
        case Kind::leaky_relu:
            return "leaky_relu(" + digits(slope_) + ")";
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
        std::istringstream(text.substr(head.size())) >> slope;
        if (text == leaky_relu(slope).str()) return leaky_relu(slope);
    }
    fail("Activation", "\"" + text + "\" is no activation");
}

}  // namespace gantry
