// How weights start. An initialiser chooses their variance so that the numbers keep about the same size from layer to
// layer; which variance does that depends on the activation. W is [out, in].
#pragma once

#include "core/core.hpp"

namespace gantry::init {

/// PyTorch's default for Linear: uniform within +- 1/sqrt(in), weights and bias (LeCun et al. 1998, "Efficient
/// BackProp", section 4.6, gives the scale).
Tensor torch_default(const Shape& shape, Index in, Random& rng);

/// Normal with variance 2 / ((1 + slope^2) in), for ReLU and leaky ReLU (He et al. 2015, eqs. 10 and 15).
Tensor he_normal(Index out, Index in, Real slope, Random& rng);

}  // namespace gantry::init
