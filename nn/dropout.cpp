#include "nn/dropout.hpp"

namespace gantry {

Tensor dropout(const Tensor& x, double p, Random& rng) {
    const Real dropped = p;
    if (!(p >= 0 && dropped < 1))
        fail("dropout", "p is " + printing::number(p) + " and must be at least 0 and below 1");
    if (dropped == 0) return x * 1;
    const Tensor u = rng.uniform(x.shape(), 0, 1);
    Tensor is_kept = empty(x.shape());
    Real* mask = is_kept.mutable_data();
    const Real* draw = u.data();
    kernels::each(x.size(), [=](Index i) { mask[i] = draw[i] < dropped ? 0 : 1; });
    return relu_grad(x, is_kept) * (1 / (1 - p));  // selects: a product would make 0 * infinity NaN
}

}  // namespace gantry
