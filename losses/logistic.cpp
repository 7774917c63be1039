#include "losses/logistic.hpp"

#include "core/kernels/elementwise.hpp"

namespace gantry {

double mean_softplus(const Tensor& x, Real sign) {
    Tensor terms = empty(x.shape());
    Real* numbers = terms.mutable_data();
    kernels::scale(x.size(), x.data(), sign, numbers);
    kernels::softplus(x.size(), numbers, numbers);
    double sum = 0;
    for (Index i = 0; i < x.size(); ++i) sum += numbers[i];
    return sum / x.size();
}

void check_options(const char* loss, LogisticOptions options) {
    if (!(options.smoothing >= 0 && options.smoothing <= 1)) {
        fail(loss, "smoothing is " + std::to_string(options.smoothing) + " and must lie between 0 and 1");
    }
}

// ----------------------------------------------------------------------------------------- logistic discriminator
//
//   L  = 1/n sum [t sp(-r) + (1-t) sp(r)]  +  1/m sum sp(f)
//   dr = dL [(1-t) s(r) - t s(-r)] / n            not s(r) - t, which loses the tail
//   df = dL s(f) / m

struct LogisticDiscriminatorBackward : Function {
    explicit LogisticDiscriminatorBackward(Real target) : t(target) {}
    const Real t;
    const char* name() const override { return "logistic_discriminator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs need) const override {
        const Tensor& r = inputs[0];
        const Tensor& f = inputs[1];
        Tensor dr, df;
        if (need[0]) {
            Tensor slope = -t * sigmoid(-r);
            if (t != 1) slope = (1 - t) * sigmoid(r) + slope;
            dr = slope * (dL / r.size());
        }
        if (need[1]) df = sigmoid(f) * (dL / f.size());
        return {dr, df};
    }
};

Tensor logistic_discriminator(const Tensor& real_logits, const Tensor& fake_logits, LogisticOptions options) {
    check_logits("logistic_discriminator", "real_logits", real_logits);
    check_logits("logistic_discriminator", "fake_logits", fake_logits);
    const Real t = 1 - options.smoothing;
    double real_term = t == 0 ? 0 : t * mean_softplus(real_logits, -1);  // 0 times infinity would be NaN
    if (t != 1) real_term += (1 - double(t)) * mean_softplus(real_logits, 1);
    const double fake_term = mean_softplus(fake_logits, 1);
    Tensor loss = scalar(static_cast<Real>(real_term + fake_term));
    record<LogisticDiscriminatorBackward>(loss, {real_logits, fake_logits}, t);
    return loss;
}

Tensor plain::logistic_discriminator(const Tensor& real_logits, const Tensor& fake_logits, LogisticOptions options) {
    const Real t = 1 - options.smoothing;
    const Tensor as_real = mean(gantry::softplus(-real_logits));
    const Tensor as_fake = mean(gantry::softplus(real_logits));
    const Tensor real_term = t * as_real + (1 - t) * as_fake;
    return real_term + mean(gantry::softplus(fake_logits));
}

}  // namespace gantry
