// A module holds parameters and maps a tensor to a tensor.
//
// Parameters have names as PyTorch's Sequential gives them ("0.weight", "0.bias", "2.weight", ...), in a fixed order,
// so that checkpoints can be exchanged and an optimizer always meets them in the same order.
#pragma once

#include "core/core.hpp"

namespace gantry {

class Module {
  public:
    virtual ~Module() = default;

    virtual Tensor forward(const Tensor& x) const = 0;
    Tensor operator()(const Tensor& x) const { return forward(x); }

    virtual NamedTensors named_parameters() const = 0;
    Tensors parameters() const;

    /// Copies the numbers of each named tensor into the parameter of that name. Throws std::invalid_argument if a name
    /// is missing, unknown or given twice, or if a shape differs; nothing is changed then.
    void load(const NamedTensors& named);
};

}  // namespace gantry
