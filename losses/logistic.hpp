// The discriminator's loss that minimax and non-saturating share: binary cross-entropy of "real" against "fake".
//
//     L = mean [ t sp(-r) + (1-t) sp(r) ]  +  mean sp(f)          t = 1 - smoothing, the target of real samples
//
// (Goodfellow et al. 2014, eq. 1, with the sign turned so that it is minimised: -log s(r) = sp(-r) and
// -log(1 - s(f)) = sp(f).) One-sided label smoothing sets t to 0.9, say, and leaves the fakes' target at 0 (Salimans
// et al. 2016, section 3.4).
#pragma once

#include "losses/gan_loss.hpp"

namespace gantry {

struct LogisticOptions {
    double smoothing = 0;  // 0 .. 1: real samples have the target 1 - smoothing
};

/// The loss above, a scalar, as one node of the graph. t is 1 - smoothing, rounded to Real.
Tensor logistic_discriminator(const Tensor& real_logits, const Tensor& fake_logits, LogisticOptions options);

/// Throws unless 0 <= smoothing <= 1.
void check_options(const char* loss, LogisticOptions options);

/// The mean of log(1 + e^(sign x)) over a batch, the value of the logistic losses; added up in double whatever Real is.
double mean_softplus(const Tensor& x, Real sign);

namespace plain {
Tensor logistic_discriminator(const Tensor& real_logits, const Tensor& fake_logits, LogisticOptions options);
}

}  // namespace gantry
