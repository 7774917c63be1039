// A multilayer perceptron:  x -> linear -> hidden -> linear -> hidden -> ... -> linear -> output.
#pragma once

#include "nn/activation.hpp"
#include "nn/linear.hpp"

namespace gantry {

class Mlp : public Module {
  public:
    /// Sizes from input to output, e.g. {2, 128, 128, 1}. `hidden` follows every layer but the last, `output` the last.
    /// Throws std::invalid_argument for fewer than two sizes.
    Mlp(const std::vector<Index>& sizes, Activation hidden, Activation output, Random& rng);

    /// A network from what str() said of it and from its parameters. Throws std::invalid_argument if they do not fit
    /// each other.
    static Mlp from(const std::string& text, const NamedTensors& parameters);

    Tensor forward(const Tensor& x) const override;  // [N, sizes.front()] -> [N, sizes.back()]
    NamedTensors named_parameters() const override;  // "0.weight", "0.bias", "2.weight", ...: activations count too
    std::string str() const;                         // "2-128-128-1, relu, identity"

    const std::vector<Linear>& layers() const { return layers_; }

  private:
    std::vector<Linear> layers_;
    Activation hidden_, output_;
};

}  // namespace gantry
