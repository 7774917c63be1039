// The boundary-seeking loss (Hjelm et al. 2017, for continuous samples): G wants its fakes at the decision boundary,
// where D holds real and fake for equally likely.
//
//     D minimises   mean sp(-r) + mean sp(f), as in minimax          G minimises   1/2 mean f^2
#pragma once

#include "losses/logistic.hpp"

namespace gantry {

//   L  = 1/2m sum f^2
//   df = dL f / m          towards 0 from both sides

struct BoundarySeekingGeneratorBackward : Function {
    const char* name() const override { return "boundary_seeking_generator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs) const override {
        const Tensor& f = inputs[0];
        return {f * (dL / f.size())};
    }
};

class BoundarySeeking : public GanLoss {
  public:
    std::string name() const override { return "boundary-seeking"; }

    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override {
        return logistic_discriminator(real_logits, fake_logits, {});
    }

    Tensor generator(const Tensor& fake_logits) const override {
        check_logits("boundary-seeking", "fake_logits", fake_logits);
        const Tensor loss = mean(square(fake_logits.detach())) / 2;  // the value alone: the rule gives the slope
        record<BoundarySeekingGeneratorBackward>(loss, {fake_logits});
        return loss;
    }
};

}  // namespace gantry
