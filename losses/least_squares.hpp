// The least squares loss (Mao et al. 2017, eq. 2): the discriminator regresses to labels, the generator to a label of
// its own.
//
//     D minimises   1/2 mean (r - b)^2 + 1/2 mean (f - a)^2        a: label of fakes, b: label of real data
//     G minimises   1/2 mean (f - c)^2                             c: what G wants D to say of fakes
//
// Usual labels: (a, b, c) = (0, 1, 1), "0-1 coding", or (-1, 1, 0). The logits are used as they are: no sigmoid.
//
// "Least squares minimises the Pearson chi-square divergence" needs care. Let T = int (p-q)^2 / (p+q), which is the
// chi-square of p+q against 2q, not of p against q. At the optimal discriminator D's loss is (b-a)^2/4 (1 - T/2) for
// every a != b, so D's value measures T under any labels. b-c = 1 and b-a = 2, e.g. (-1, 1, 0), make
// E_p (D-c)^2 + E_q (D-c)^2 equal T exactly: that is twice G's value with the real term added. The generator's update
// at a fixed discriminator follows T in neither coding, only in the zero-sum form. And the noise is drawn from p_z,
// not from p_data.
#pragma once

#include "losses/gan_loss.hpp"

namespace gantry {

struct LeastSquaresOptions {
    double a = 0;
    double b = 1;
    double c = 1;
};

class LeastSquares : public GanLoss {
  public:
    /// Throws std::invalid_argument if a label is not finite or if a = b, where D has nothing to tell apart.
    explicit LeastSquares(LeastSquaresOptions options = {});
    std::string name() const override { return "least-squares"; }
    Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const override;
    Tensor generator(const Tensor& fake_logits) const override;

  private:
    Real a_, b_, c_;
};

namespace plain {
Tensor least_squares_discriminator(const Tensor& real_logits, const Tensor& fake_logits, LeastSquaresOptions options);
Tensor least_squares_generator(const Tensor& fake_logits, LeastSquaresOptions options);
}  // namespace plain

}  // namespace gantry
