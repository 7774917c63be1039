#include "nn/dropout.hpp"

namespace gantry {

Tensor dropout(const Tensor& x, double p, Random& rng) {
    if (!(p >= 0 && p < 1)) fail("dropout", "p is " + std::to_string(p) + " and must be at least 0 and below 1");
    if (p == 0) return x;
    const Tensor u = rng.uniform(x.shape(), 0, 1);
    Tensor mask = empty(x.shape());
    Real* factor = mask.mutable_data();
    const Real* draw = u.data();
    const auto dropped = static_cast<Real>(p);
    const auto kept = static_cast<Real>(1 / (1 - p));
    kernels::each(x.size(), [=](Index i) { factor[i] = draw[i] < dropped ? Real(0) : kept; });
    return x * mask;
}

}  // namespace gantry
