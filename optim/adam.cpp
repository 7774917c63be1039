#include "optim/adam.hpp"

#include <cmath>

namespace gantry {

Adam::Adam(const Tensors& parameters, AdamOptions options)
    : Optimizer("Adam", parameters, options.lr),
      options_(options),
      means_(add_buffers("mean")),
      squares_(add_buffers("square")) {
    require_fraction("beta1", options.beta1);
    require_fraction("beta2", options.beta2);
    require(Real(options.eps) > 0, "eps", options.eps, "above 0");
    Adam::set_lr(options.lr);
}

void Adam::set_lr(double lr) {
    require(true, "lr / (1 - beta1), the first step's,", lr / (1 - options_.beta1), "finite");
    Optimizer::set_lr(lr);
}

// The corrections of m and v as two factors, the same for all parameters.
void Adam::begin_step() {
    const auto t = static_cast<double>(steps());
    rate_ = lr() / (1 - std::pow(options_.beta1, t));
    root_factor_ = 1 / std::sqrt(1 - std::pow(options_.beta2, t));
}

// One pass over the four arrays.
void Adam::update(std::size_t i, const Tensor& gradient) {
    Real* p = parameters_[i].mutable_data();
    Real* m = means_[i].mutable_data();
    Real* v = squares_[i].mutable_data();
    const Real* g = gradient.data();
    const Real beta1 = options_.beta1, rest1 = 1 - options_.beta1;
    const Real beta2 = options_.beta2, rest2 = 1 - options_.beta2;
    const Real rate = rate_, root_factor = root_factor_, eps = options_.eps;
    kernels::each(gradient.size(), [=](Index k) {
        m[k] = beta1 * m[k] + rest1 * g[k];
        v[k] = beta2 * v[k] + rest2 * g[k] * g[k];
        p[k] -= rate * m[k] / (std::sqrt(v[k]) * root_factor + eps);
    });
}

void plain::adam_step(Tensor& p, Tensor& m, Tensor& v, const Tensor& g, Index t, AdamOptions options) {
    NoRecording guard;
    const Real beta1 = options.beta1, beta2 = options.beta2;
    m = m * beta1;
    m = m + g * (1 - beta1);
    v = v * beta2;
    v = v + square(g) * (1 - beta2);
    const Tensor corrected_m = m / (1 - std::pow(options.beta1, t));
    const Tensor corrected_v = v / (1 - std::pow(options.beta2, t));
    p = p - options.lr * corrected_m / (sqrt(corrected_v) + options.eps);
}

}  // namespace gantry
