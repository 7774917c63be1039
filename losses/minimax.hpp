// The minimax loss: the two-player game as it is defined (Goodfellow et al. 2014, eq. 1).
//
//     D minimises   mean sp(-r) + mean sp(f)              = -mean log s(r) - mean log(1 - s(f))
//     G minimises   mean log(1 - s(f)) = mean -sp(f)       the sign turned, up to the real term: zero-sum
//
// dG/df = -s(f): where the discriminator is sure that a sample is fake (f << 0), this vanishes.
//
// A gradient that vanishes there is the "saturation" which the non-saturating loss cures. At the optimal discriminator,
// G follows 2 JS(p, q) - 2 ln 2, where p is the density of the data and q the generator's.
//
// A slip met everywhere: "minimax" and "non-saturating" generator losses are printed under each other's name. If the
// generator maximises log s(f), it is the non-saturating one.
#pragma once

#include "losses/logistic.hpp"

namespace gantry {

class Minimax : public GanLoss {
  public:
    explicit Minimax(LogisticOptions options = {});
    std::string name() const override { return "minimax"; }
    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override;
    Tensor generator(const Tensor& fake_logits) const override;

  private:
    LogisticOptions options_;
};

namespace plain {
Tensor minimax_generator(const Tensor& fake_logits);
}

}  // namespace gantry
