#include "optim/rmsprop.hpp"

#include <cmath>

namespace gantry {

RmsProp::RmsProp(const Tensors& parameters, RmsPropOptions options)
    : Optimizer("RmsProp", parameters, options.lr), options_(options), squares_(add_buffers("square")) {
    require_fraction("alpha", options.alpha);
    require(Real(options.eps) > 0, "eps", options.eps, "above 0");
}

void RmsProp::update(std::size_t i, const Tensor& gradient) {
    Real* p = parameters_[i].mutable_data();
    Real* v = squares_[i].mutable_data();
    const Real* g = gradient.data();
    const Real rate = lr(), eps = options_.eps;
    const Real alpha = options_.alpha, rest = 1 - options_.alpha;
    kernels::each(gradient.size(), [=](Index k) {
        v[k] = alpha * v[k] + rest * g[k] * g[k];
        p[k] -= rate * g[k] / (std::sqrt(v[k]) + eps);
    });
}

}  // namespace gantry
