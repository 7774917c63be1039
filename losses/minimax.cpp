#include "losses/minimax.hpp"

namespace gantry {

Minimax::Minimax(LogisticOptions options) : options_(options) { check_options("minimax", options); }

Tensor Minimax::discriminator(const Tensor& real_logits, const Tensor& fake_logits) const {
    return logistic_discriminator(real_logits, fake_logits, options_);
}

// ----------------------------------------------------------------------------------------- minimax generator
//
//   L  = 1/m sum -sp(f)
//   df = -dL s(f) / m          vanishes for f << 0

struct MinimaxGeneratorBackward : Function {
    const char* name() const override { return "minimax_generator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs) const override {
        const Tensor& f = inputs[0];
        return {sigmoid(f) * (-dL / f.size())};
    }
};

Tensor Minimax::generator(const Tensor& fake_logits) const {
    check_logits("minimax", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(-mean_softplus(fake_logits, 1)));
    record<MinimaxGeneratorBackward>(loss, {fake_logits});
    return loss;
}

Tensor plain::minimax_generator(const Tensor& fake_logits) { return -mean(gantry::softplus(fake_logits)); }

}  // namespace gantry
