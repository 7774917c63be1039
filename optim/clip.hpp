// Weight clipping: after each step of the critic every weight is brought back into [-c, c] (Arjovsky et al. 2017,
// algorithm 1). It bounds the critic's slope, crudely: the authors call it "a clearly terrible way".
#pragma once

#include "core/core.hpp"

namespace gantry {

/// Throws std::invalid_argument unless c is above 0.
void clip_weights(const Tensors& parameters, double c);

}  // namespace gantry
