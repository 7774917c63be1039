// The non-saturating loss: the generator maximises log s(f) instead of minimising log(1 - s(f)) (Goodfellow et al.
// 2014, section 3, last paragraph).
//
//     D minimises   mean sp(-r) + mean sp(f)        as in minimax
//     G minimises   mean -log s(f) = mean sp(-f)
//
// dG/df = -s(-f): near -1 where the discriminator is sure that a sample is fake.
//
// The game is no longer zero-sum; at the optimal discriminator G follows KL(q||p) - 2 JS(p, q), p the density of the
// data and q the generator's (Arjovsky and Bottou 2017, theorem 2.5).
#pragma once

#include "losses/logistic.hpp"

namespace gantry {

class NonSaturating : public GanLoss {
  public:
    explicit NonSaturating(LogisticOptions options = {});
    std::string name() const override { return "non-saturating"; }
    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override;
    Tensor generator(const Tensor& fake_logits) const override;

  private:
    LogisticOptions options_;
};

namespace plain {
Tensor non_saturating_generator(const Tensor& fake_logits);
}

}  // namespace gantry
