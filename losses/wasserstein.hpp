// The Wasserstein loss: the critic's mean difference estimates the earth mover's distance W1(p, q) between data p and
// generator q (Arjovsky, Chintala and Bottou 2017, eqs. 2 and 3).
//
//     critic minimises   mean f - mean r       (+ a gradient penalty, or its weights are clipped after each step)
//     G minimises       -mean f
//
// W1 is the largest value of mean r - mean f over critics that are 1-Lipschitz, so something must keep the critic's
// slope bounded: clip_weights() after the step (Arjovsky 2017, algorithm 1) or gradient_penalty() (Gulrajani 2017).
// Without either the loss has no lower bound.
//
// A slip met everywhere: the critic's loss printed as E D(x) - E D(G(z)). That is what the critic MAXIMISES; minimised,
// it has the opposite sign.
#pragma once

#include "losses/gan_loss.hpp"

namespace gantry {

class Wasserstein : public GanLoss {
  public:
    std::string name() const override { return "wasserstein"; }
    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override;
    Tensor generator(const Tensor& fake_logits) const override;
};

namespace plain {
Tensor wasserstein_critic(const Tensor& real_logits, const Tensor& fake_logits);
Tensor wasserstein_generator(const Tensor& fake_logits);
}  // namespace plain

}  // namespace gantry
