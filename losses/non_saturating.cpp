#include "losses/non_saturating.hpp"

namespace gantry {

NonSaturating::NonSaturating(LogisticOptions options) : options_(options) { check_options("non-saturating", options); }

Tensor NonSaturating::discriminator(const Tensor& real_logits, const Tensor& fake_logits) const {
    return logistic_discriminator(real_logits, fake_logits, options_);
}

// ----------------------------------------------------------------------------------------- non-saturating generator
//
//   L  = 1/m sum sp(-f)
//   df = -dL s(-f) / m          near -dL / m for f << 0

struct NonSaturatingGeneratorBackward : Function {
    const char* name() const override { return "non_saturating_generator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs) const override {
        const Tensor& f = inputs[0];
        return {sigmoid(-f) * (-dL / f.size())};
    }
};

Tensor NonSaturating::generator(const Tensor& fake_logits) const {
    check_logits("non-saturating", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(mean_softplus(fake_logits, -1)));
    record<NonSaturatingGeneratorBackward>(loss, {fake_logits});
    return loss;
}

Tensor plain::non_saturating_generator(const Tensor& fake_logits) { return mean(gantry::softplus(-fake_logits)); }

}  // namespace gantry
