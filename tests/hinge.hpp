// Hinge loss (Lim and Ye 2017, "Geometric GAN"): D stops caring about a sample once it is beyond the margin.
//
//     D minimises   mean max(0, 1 - r) + mean max(0, 1 + f)          G minimises   -mean f
#pragma once

#include "losses/wasserstein.hpp"

namespace gantry {

//   L  = 1/n sum max(0, 1 - r) + 1/m sum max(0, 1 + f)
//   dr = -dL/n where r < 1, else 0        df = dL/m where f > -1, else 0

struct HingeDiscriminatorBackward : Function {
    const char* name() const override { return "hinge_discriminator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs) const override {
        const Tensor& r = inputs[0];
        const Tensor& f = inputs[1];
        const Tensor share_r = broadcast_to(-dL / Real(r.size()), r.shape());
        const Tensor share_f = broadcast_to(dL / Real(f.size()), f.shape());
        return {relu_grad(share_r, 1 - r), relu_grad(share_f, 1 + f)};
    }
};

class Hinge : public GanLoss {
  public:
    std::string name() const override { return "hinge"; }

    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override {
        check_logits("hinge", "real_logits", real_logits);
        check_logits("hinge", "fake_logits", fake_logits);
        const Tensor real_term = mean(relu(1 - real_logits.detach()));  // the value alone: the rule gives the slope
        const Tensor loss = real_term + mean(relu(1 + fake_logits.detach()));
        record<HingeDiscriminatorBackward>(loss, {real_logits, fake_logits});
        return loss;
    }

    Tensor generator(const Tensor& fake_logits) const override { return Wasserstein().generator(fake_logits); }
};

}  // namespace gantry
