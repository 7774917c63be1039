#include "losses/hinge.hpp"

#include <algorithm>

#include "losses/wasserstein.hpp"

namespace gantry {

// mean max(0, 1 + sign logit)
static double mean_beyond_margin(const Tensor& logits, double sign) {
    double sum = 0;
    for (Index i = 0; i < logits.size(); ++i) sum += std::max(0.0, 1 + sign * logits.data()[i]);
    return sum / logits.size();
}

// ----------------------------------------------------------------------------------------- hinge discriminator
//
//   L  = 1/n sum max(0, 1 - r) + 1/m sum max(0, 1 + f)
//   dr = -dL / n where r < 1, else 0        df = dL / m where f > -1, else 0

struct HingeDiscriminatorBackward : Function {
    const char* name() const override { return "hinge_discriminator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs need) const override {
        const Tensor& r = inputs[0];
        const Tensor& f = inputs[1];
        Tensor dr = need[0] ? relu_grad(broadcast_to(-dL / r.size(), r.shape()), 1 - r) : Tensor();
        Tensor df = need[1] ? relu_grad(broadcast_to(dL / f.size(), f.shape()), 1 + f) : Tensor();
        return {dr, df};
    }
};

Tensor Hinge::discriminator(const Tensor& real_logits, const Tensor& fake_logits) const {
    check_logits("hinge", "real_logits", real_logits);
    check_logits("hinge", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(mean_beyond_margin(real_logits, -1) + mean_beyond_margin(fake_logits, 1)));
    record<HingeDiscriminatorBackward>(loss, {real_logits, fake_logits});
    return loss;
}

Tensor Hinge::generator(const Tensor& fake_logits) const {
    check_logits("hinge", "fake_logits", fake_logits);
    return Wasserstein().generator(fake_logits);
}

Tensor plain::hinge_discriminator(const Tensor& real_logits, const Tensor& fake_logits) {
    const Tensor real_term = mean(relu(1 - real_logits));
    return real_term + mean(relu(1 + fake_logits));
}

}  // namespace gantry
