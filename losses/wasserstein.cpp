#include "losses/wasserstein.hpp"

namespace gantry {

static double mean_of(const Tensor& logits) {
    double sum = 0;
    for (Index i = 0; i < logits.size(); ++i) sum += logits.data()[i];
    return sum / logits.size();
}

// ----------------------------------------------------------------------------------------- Wasserstein critic
//
//   L  = 1/m sum f - 1/n sum r
//   dr = -dL / n        df = dL / m

struct WassersteinCriticBackward : Function {
    const char* name() const override { return "wasserstein_critic"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs need) const override {
        const Tensor& r = inputs[0];
        const Tensor& f = inputs[1];
        Tensor dr = need[0] ? broadcast_to(-dL / r.size(), r.shape()) : Tensor();
        Tensor df = need[1] ? broadcast_to(dL / f.size(), f.shape()) : Tensor();
        return {dr, df};
    }
};

Tensor Wasserstein::discriminator(const Tensor& real_logits, const Tensor& fake_logits) const {
    check_logits("wasserstein", "real_logits", real_logits);
    check_logits("wasserstein", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(mean_of(fake_logits) - mean_of(real_logits)));
    record<WassersteinCriticBackward>(loss, {real_logits, fake_logits});
    return loss;
}

// ----------------------------------------------------------------------------------------- Wasserstein generator
//
//   L  = -1/m sum f
//   df = -dL / m        the same for every sample, however bad

struct WassersteinGeneratorBackward : Function {
    const char* name() const override { return "wasserstein_generator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs) const override {
        const Tensor& f = inputs[0];
        return {broadcast_to(-dL / f.size(), f.shape())};
    }
};

Tensor Wasserstein::generator(const Tensor& fake_logits) const {
    check_logits("wasserstein", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(-mean_of(fake_logits)));
    record<WassersteinGeneratorBackward>(loss, {fake_logits});
    return loss;
}

Tensor plain::wasserstein_critic(const Tensor& real_logits, const Tensor& fake_logits) {
    return mean(fake_logits) - mean(real_logits);
}

Tensor plain::wasserstein_generator(const Tensor& fake_logits) { return -mean(fake_logits); }

}  // namespace gantry
