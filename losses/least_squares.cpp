#include "losses/least_squares.hpp"

#include <cmath>

namespace gantry {

LeastSquares::LeastSquares(LeastSquaresOptions options)
    : a_(static_cast<Real>(options.a)), b_(static_cast<Real>(options.b)), c_(static_cast<Real>(options.c)) {
    if (!std::isfinite(a_) || !std::isfinite(b_) || !std::isfinite(c_)) fail("least-squares", "labels must be finite");
    if (a_ == b_) fail("least-squares", "a and b are both " + std::to_string(a_) + ": D could not tell real from fake");
}

// 1/2 mean (logit - label)^2
static double half_mean_square(const Tensor& logits, Real label) {
    double sum = 0;
    for (Index i = 0; i < logits.size(); ++i) {
        const double distance = double(logits.data()[i]) - label;
        sum += distance * distance;
    }
    return sum / 2 / logits.size();
}

// ----------------------------------------------------------------------------------------- least squares discriminator
//
//   L  = 1/2n sum (r - b)^2 + 1/2m sum (f - a)^2
//   dr = dL (r - b) / n        df = dL (f - a) / m

struct LeastSquaresDiscriminatorBackward : Function {
    LeastSquaresDiscriminatorBackward(Real fake_label, Real real_label) : a(fake_label), b(real_label) {}
    const Real a, b;
    const char* name() const override { return "least_squares_discriminator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs need) const override {
        const Tensor& r = inputs[0];
        const Tensor& f = inputs[1];
        Tensor dr = need[0] ? (r - b) * (dL / r.size()) : Tensor();
        Tensor df = need[1] ? (f - a) * (dL / f.size()) : Tensor();
        return {dr, df};
    }
};

Tensor LeastSquares::discriminator(const Tensor& real_logits, const Tensor& fake_logits) const {
    check_logits("least-squares", "real_logits", real_logits);
    check_logits("least-squares", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(half_mean_square(real_logits, b_) + half_mean_square(fake_logits, a_)));
    record<LeastSquaresDiscriminatorBackward>(loss, {real_logits, fake_logits}, a_, b_);
    return loss;
}

// ----------------------------------------------------------------------------------------- least squares generator
//
//   L  = 1/2m sum (f - c)^2
//   df = dL (f - c) / m          grows with the distance instead of saturating

struct LeastSquaresGeneratorBackward : Function {
    explicit LeastSquaresGeneratorBackward(Real wanted_label) : c(wanted_label) {}
    const Real c;
    const char* name() const override { return "least_squares_generator"; }
    bool is_loss() const override { return true; }
    Tensors backward(const Tensor& dL, Needs) const override {
        const Tensor& f = inputs[0];
        return {(f - c) * (dL / f.size())};
    }
};

Tensor LeastSquares::generator(const Tensor& fake_logits) const {
    check_logits("least-squares", "fake_logits", fake_logits);
    Tensor loss = scalar(static_cast<Real>(half_mean_square(fake_logits, c_)));
    record<LeastSquaresGeneratorBackward>(loss, {fake_logits}, c_);
    return loss;
}

Tensor plain::least_squares_discriminator(const Tensor& real_logits, const Tensor& fake_logits,
                                          LeastSquaresOptions options) {
    const Tensor real_term = mean(square(real_logits - options.b));
    const Tensor fake_term = mean(square(fake_logits - options.a));
    return (real_term + fake_term) / 2;
}

Tensor plain::least_squares_generator(const Tensor& fake_logits, LeastSquaresOptions options) {
    return mean(square(fake_logits - options.c)) / 2;
}

}  // namespace gantry
