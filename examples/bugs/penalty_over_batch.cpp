// Bug: the gradient penalty takes one norm over the whole batch.
//
//     slope = grad(sum(D(x)), x)                          [N, 2], one row for each sample
//     (sqrt(sum(square(slope))) - 1)^2                    wanted: the norm of each row, then the mean
//
// It is tempting because it is shorter, because a norm without an axis is what libraries take by default, and because
// the loss falls all the same. With N samples of slope s the norm over the batch is sqrt(N) s. It is 1 when
//
//     s = 1 / sqrt(N)
//
// so the penalty asks for a critic that is flatter the larger the batch. And since only the sum of the squares counts,
// one steep sample is as good as many gentle ones.
//
// Symptom: a critic with slope 1 everywhere, which is what the theory wants, is punished; after training the slope, and
// with it the estimate of the distance, depends on the batch size. Here real and fakes are Gaussians 2 apart, where a
// linear critic is the best one. With lambda = 10 its slope comes to 1 + 2/20 if the norm is per sample.
//
// Cure: the norm over all axes but the first, and the mean over samples: norm_per_sample().
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "lambda * square(sqrt(sum(square(slope))) - 1)          one norm for the batch",
    .right = "lambda * mean(square(norm_per_sample(slope) - 1))      one for each sample",
    .symptom = "the critic's slope falls as 1 / sqrt(N)",
    .prevented_by = {{"losses/gradient_penalty.cpp", "const Tensor excess = norm_per_sample(slope)"},
                     {"tests/exact_losses.cpp", "the norm is each sample's, and each sample's gradient is whole"}},
};

static const Real lambda = 10;

static Tensor penalty(bool right, const Linear& critic, const Tensor& points) {
    Tensor x = points.detach();
    x.set_requires_grad(true);
    const Tensor slope = grad(sum(critic(x)), {x}, true)[0];
    if (right) return lambda * mean(square(norm_per_sample(slope) - 1));
    return lambda * square(sqrt(sum(square(slope))) - 1);
}

static double slope_of(const Linear& critic) { return std::hypot(critic.W.at({0, 0}), critic.W.at({0, 1})); }

static double trained_slope(bool right, Index batch, std::uint64_t seed) {
    Random weights(seed), data(seed, 1), noise(seed, 2), between(seed, 3);
    const Linear critic(2, 1, weights);
    Adam optimizer(critic.parameters(), {.lr = 0.01});
    const Tensor shift = tensor({2}, {2, 0});
    for (int step = 1; step <= 600; ++step) {
        const Tensor real = data.normal({batch, 2}) + shift;
        const Tensor fake = noise.normal({batch, 2});
        const Tensor points = interpolate(real, fake, between);
        const Tensor real_logits = critic(real);
        const Tensor fake_logits = critic(fake);
        Tensor loss = Wasserstein().discriminator(real_logits, fake_logits);
        loss += penalty(right, critic, points);
        optimizer.step(grad(loss, critic.parameters()));
    }
    return slope_of(critic);
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    kit::Outcome outcome;
    Random rng(seed);
    Linear ideal(2, 1, rng);
    ideal.W.assign({Real(0.6), Real(0.8)});  // of length 1
    outcome.row("penalty of a critic with slope 1, 64 samples", penalty(right, ideal, rng.normal({64, 2})).item());
    double last = 0;
    for (Index batch : {1, 4, 16, 64, 256}) {
        last = trained_slope(right, batch, seed);
        outcome.row("slope after training, batch " + std::to_string(batch), last);
    }
    outcome.symptom = last < 0.1;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a penalty with one norm for the batch", bug, run); }
