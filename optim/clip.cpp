#include "optim/clip.hpp"

#include <algorithm>
#include <cmath>

namespace gantry {

void clip_weights(const Tensors& parameters, double c) {
    if (!(c > 0) || !std::isfinite(c)) fail("clip_weights", "c is " + std::to_string(c) + " and must be above 0");
    const auto bound = static_cast<Real>(c);
    for (Tensor parameter : parameters) {
        Real* p = parameter.mutable_data();
        kernels::each(parameter.size(), [=](Index i) { p[i] = std::clamp(p[i], -bound, bound); });
    }
}

}  // namespace gantry
