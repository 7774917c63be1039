#include "optim/clip.hpp"

#include <algorithm>
#include <cmath>

namespace gantry {

void clip_weights(const Tensors& parameters, double c) {
    const Real bound = c;
    if (!(bound > 0) || !std::isfinite(bound))
        fail("clip_weights", "c is " + printing::number(c) + " and must be above 0");
    for (Tensor parameter : parameters) {
        Real* p = parameter.mutable_data();
        kernels::each(parameter.size(), [=](Index i) { p[i] = std::clamp(p[i], -bound, bound); });
    }
}

}  // namespace gantry
