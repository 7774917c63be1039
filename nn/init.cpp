#include "nn/init.hpp"

#include <cmath>

namespace gantry::init {

Tensor torch_default(const Shape& shape, Index in, Random& rng) {
    const Real bound = 1 / std::sqrt(Real(in));
    return rng.uniform(shape, -bound, bound);
}

Tensor he_normal(Index out, Index in, Real slope, Random& rng) {
    NoRecording guard;
    return rng.normal(Shape{out, in}) * std::sqrt(2 / ((1 + slope * slope) * in));
}

}  // namespace gantry::init
