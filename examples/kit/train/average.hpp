// The running average of a network's weights, over the last 1 / (1 - keep) steps or so:
//
//     average <- keep average + (1 - keep) weights
//
// The generator chases a discriminator that moves, so its weights circle around where they should be. Their average
// lies nearer to it (Yazici et al. 2019, "The unusual effectiveness of averaging in GAN training").
#pragma once

#include "core/core.hpp"

namespace gantry::kit {

class WeightAverage {
  public:
    /// keep = 0 turns it off. Throws std::invalid_argument unless 0 <= keep < 1.
    WeightAverage(const Tensors& weights, double keep);

    void update();    // after each step
    void exchange();  // swaps weights and average: to look at the averaged network in between, and back
    void store();     // leaves the average in the weights

    /// What decides the next update besides the number of updates, and back. The second throws std::invalid_argument if
    /// it does not fit.
    NamedTensors state() const;
    void load_state(const NamedTensors& named, Index updates);

  private:
    Tensors weights_, averages_;
    double keep_;
    Index updates_ = 0;
};

}  // namespace gantry::kit
