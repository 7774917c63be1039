#include "nn/init.hpp"

#include <cmath>

namespace gantry::init {

Tensor torch_default(const Shape& shape, Index in, Random& rng) {
    const Real bound = 1 / std::sqrt(static_cast<Real>(in));
    return rng.uniform(shape, -bound, bound);
}

Tensor glorot_uniform(Index out, Index in, Random& rng) {
    const Real bound = std::sqrt(6 / static_cast<Real>(in + out));
    return rng.uniform(Shape{out, in}, -bound, bound);
}

Tensor he_normal(Index out, Index in, Real slope, Random& rng) {
    NoRecording guard;
    return rng.normal(Shape{out, in}) * std::sqrt(2 / ((1 + slope * slope) * static_cast<Real>(in)));
}

Tensor dcgan_normal(Index out, Index in, Random& rng) {
    NoRecording guard;
    return rng.normal(Shape{out, in}) * Real(0.02);
}

}  // namespace gantry::init
