#include "optim/sgd.hpp"

namespace gantry {

Sgd::Sgd(const Tensors& parameters, SgdOptions options) : Optimizer("Sgd", parameters, options.lr), options_(options) {
    require_fraction("momentum", options.momentum);
    if (options.momentum > 0) velocities_ = &add_buffers("velocity");
}

void Sgd::update(std::size_t i, const Tensor& gradient) {
    Real* p = parameters_[i].mutable_data();
    const Real* g = gradient.data();
    const Real rate = lr();
    if (!velocities_) {
        kernels::each(gradient.size(), [=](Index k) { p[k] -= rate * g[k]; });
        return;
    }
    Real* u = (*velocities_)[i].mutable_data();
    const Real momentum = options_.momentum;
    kernels::each(gradient.size(), [=](Index k) {
        u[k] = momentum * u[k] + g[k];
        p[k] -= rate * u[k];
    });
}

}  // namespace gantry
