// What every loss family offers, and the table of their names.
//
// A discriminator (critic) returns logits: r = D(x) for real data, f = D(G(z)) for fakes. To the logistic losses
// (minimax, non-saturating) sigmoid(logit) is the probability "real". One sign convention: what a loss returns is
// MINIMISED, by the discriminator and by the generator alike.
//
//     family            minimised by D                            minimised by G        dG/df per sample
//     minimax           mean sp(-r) + mean sp(f)                  mean -sp(f)           -s(f): vanishes when D wins
//     non-saturating    the same                                  mean sp(-f)           -s(-f): near -1 when D wins
//     wasserstein       mean f - mean r                           -mean f               -1
//     least-squares     1/2 mean (r-b)^2 + 1/2 mean (f-a)^2       1/2 mean (f-c)^2      f - c
//     hinge             mean max(0, 1-r) + mean max(0, 1+f)       -mean f               -1
//
// with sp = softplus and s = sigmoid. Logits are [N] or [N, 1]; real and fake batches may differ in size. Anything else
// (a shape that would broadcast silently, an empty batch) is refused with std::invalid_argument.
#pragma once

#include <memory>

#include "core/core.hpp"

namespace gantry {

class GanLoss {
  public:
    virtual ~GanLoss() = default;
    virtual std::string name() const = 0;

    /// The discriminator's loss, a scalar: mean over each batch.
    virtual Tensor discriminator(const Tensor& real_logits, const Tensor& fake_logits) const = 0;

    /// The generator's loss, a scalar. The history of fake_logits must reach back to the generator.
    virtual Tensor generator(const Tensor& fake_logits) const = 0;

    /// The same for a loss whose generator compares its fakes with real samples. Such a loss overrides this function
    /// and the next one; for all others real_logits has no influence and may be undefined.
    virtual Tensor generator(const Tensor& real_logits, const Tensor& fake_logits) const;

    /// Whether generator() needs the logits of real samples: only then does a training compute them for G's turn.
    virtual bool generator_needs_real() const { return false; }
};

/// "minimax", "non-saturating", "wasserstein", "least-squares" or "hinge", with default options. Throws
/// std::invalid_argument listing these names for any other.
std::unique_ptr<GanLoss> make_loss(const std::string& name);
const std::vector<std::string>& loss_names();      // the families that every comparison, picture and claim goes through
const std::vector<std::string>& all_loss_names();  // whatever make_loss makes

/// Throws unless the logits are [N] or [N, 1] with N > 0. For authors of losses.
void check_logits(const char* loss, const char* which, const Tensor& logits);

}  // namespace gantry
