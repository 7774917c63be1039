// A fully connected layer: y = x W^T + b.
#pragma once

#include "nn/module.hpp"

namespace gantry {

class Linear : public Module {
  public:
    /// W [out, in] and b [out], started as PyTorch does: uniform within +- 1/sqrt(in). Throws std::invalid_argument
    /// unless both sizes are positive.
    Linear(Index in, Index out, Random& rng);

    Tensor forward(const Tensor& x) const override;  // x [N, in] -> [N, out]
    NamedTensors named_parameters() const override;  // "weight", "bias"

    Tensor W, b;
};

}  // namespace gantry
