// The hinge loss (Lim and Ye 2017, "Geometric GAN"; Miyato et al. 2018, eqs. 16 and 17): the discriminator stops caring
// about a sample once it judges it right by a margin of 1.
//
//     D minimises   mean max(0, 1 - r) + mean max(0, 1 + f)
//     G minimises  -mean f                                     as in Wasserstein
#pragma once

#include "losses/gan_loss.hpp"

namespace gantry {

class Hinge : public GanLoss {
  public:
    std::string name() const override { return "hinge"; }
    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override;
    Tensor generator(const Tensor& fake_logits) const override;
};

namespace plain {
Tensor hinge_discriminator(const Tensor& real_logits, const Tensor& fake_logits);
}

}  // namespace gantry
