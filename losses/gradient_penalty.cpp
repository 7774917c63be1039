#include "losses/gradient_penalty.hpp"

#include <cmath>

#include "losses/gan_loss.hpp"

namespace gantry {

// ----------------------------------------------------------------------------------------- norm per sample
//
//   y_i  = sqrt(sum_j x_ij^2)
//   dx_i = dy_i (x_i / y_i)        0 where y_i = 0: relu_grad selects the dy_i of the others, and the guard makes 0 / 1
//                                  of the quotient
//
// The quotient, a direction, is taken first: dy_i / y_i would overflow where y_i is tiny, and infinity times a zero of
// x_i is NaN.

struct NormPerSampleBackward : Function {
    explicit NormPerSampleBackward(const Tensor& one_where_zero) : guard(one_where_zero) {}
    const Tensor guard;
    const char* name() const override { return "norm_per_sample"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        const Tensor& x = inputs[0];
        Shape column = x.shape();
        for (int axis = 1; axis < column.rank(); ++axis) column = column.with(axis, 1);
        const Tensor length = output() + guard;
        const Tensor direction = x / reshape(length, column);
        const Tensor dy_of_others = relu_grad(dy, output());
        return {direction * reshape(dy_of_others, column)};
    }
};

Tensor norm_per_sample(const Tensor& x) {
    if (x.shape().rank() < 1) fail("norm_per_sample", "x is " + x.shape().str() + " and has no batch axis");
    const Index samples = x.shape()[0];
    const Index width = samples > 0 ? x.size() / samples : 0;
    Tensor y = empty(Shape{samples});
    Tensor one_where_zero = zeros(Shape{samples});
    Real* norm = y.mutable_data();
    Real* guard = one_where_zero.mutable_data();
    for (Index i = 0; i < samples; ++i) {
        double sum = 0;  // in double: the squares of floats neither overflow nor vanish there
        for (Index j = 0; j < width; ++j) {
            const double value = x.data()[i * width + j];
            sum += value * value;
        }
        norm[i] = std::sqrt(sum);
        if (norm[i] == 0) guard[i] = 1;
    }
    record<NormPerSampleBackward>(y, {x}, one_where_zero);
    return y;
}

// ----------------------------------------------------------------------------------------- the penalty

Tensor interpolate(const Tensor& real, const Tensor& fake, Random& rng) {
    shapes::check_same("gradient_penalty", "real", real.shape(), "fake", fake.shape());
    if (real.shape().rank() < 1 || real.size() == 0)
        fail("gradient_penalty", "the batch is " + real.shape().str() + ": empty");
    NoRecording guard;
    Shape column = real.shape();
    for (int axis = 1; axis < column.rank(); ++axis) column = column.with(axis, 1);
    const Tensor e = rng.uniform(column, 0, 1);
    const Tensor part_real = e * real;
    const Tensor part_fake = (1 - e) * fake;
    return part_real + part_fake;
}

Tensor gradient_penalty_at(const std::function<Tensor(const Tensor&)>& critic, const Tensor& points, double lambda,
                           double target) {
    if (!(lambda >= 0) || !std::isfinite(Real(lambda)))
        fail("gradient_penalty", "lambda is " + printing::number(lambda) + " and must be finite and not negative");
    if (!(target >= 0) || !std::isfinite(Real(target)))
        fail("gradient_penalty",
             "the slope's target is " + printing::number(target) + " and must be finite and not negative");
    Tensor x = points.detach();
    x.set_requires_grad(true);
    x.set_name("points");
    const Tensor logits = critic(x);
    check_logits("gradient_penalty", "the critic's result", logits);
    if (logits.shape()[0] != x.shape()[0]) {
        fail("gradient_penalty", "the critic's result is " + logits.shape().str() + " for points " + x.shape().str() +
                                     ": it must be one logit for each point");
    }
    Tensor slope = grad(sum(logits), {x}, true)[0];
    slope.set_name("slope");
    if (target == 0) return static_cast<Real>(lambda) * (sum(square(slope)) / x.shape()[0]);
    const Tensor excess = norm_per_sample(slope) - static_cast<Real>(target);
    return static_cast<Real>(lambda) * mean(square(excess));
}

// x + noise. The paper draws the noise from N(0, c I) with a c for its images; here its standard deviation is half of
// that of the batch's numbers, the scale that the authors' program uses.
static Tensor around(const Tensor& real, Random& rng) {
    if (real.shape().rank() < 1 || real.size() == 0)
        fail("gradient_penalty", "the batch is " + real.shape().str() + ": empty");
    NoRecording guard;
    const Tensor deviation = sqrt(mean(square(real - mean(real))));
    return real + rng.normal(real.shape()) * (deviation / 2);
}

const std::vector<std::string>& penalty_names() {
    static const std::vector<std::string> names = {"gulrajani", "dragan", "r1", "r2", "r1+r2"};
    return names;
}

Tensor gradient_penalty(Penalty kind, const std::function<Tensor(const Tensor&)>& critic, const Tensor& real,
                        const Tensor& fake, double lambda, Random& rng) {
    if (kind == Penalty::gulrajani) return gradient_penalty(critic, real, fake, lambda, rng);
    if (kind == Penalty::dragan) return gradient_penalty_at(critic, around(real, rng), lambda);
    if (kind == Penalty::r1) return gradient_penalty_at(critic, real, lambda / 2, 0);
    if (kind == Penalty::r2) return gradient_penalty_at(critic, fake, lambda / 2, 0);
    const Tensor r1 = gradient_penalty_at(critic, real, lambda / 2, 0);
    return r1 + gradient_penalty_at(critic, fake, lambda / 2, 0);
}

}  // namespace gantry
