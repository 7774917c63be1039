// Bug: batch normalisation in a critic with a gradient penalty.
//
//     h = (h - mean(h, 0)) / sqrt(var(h, 0))        over the batch (axis 0); over the features (axis 1) is harmless
//
// It is tempting because batch normalisation helps nearly everywhere, the DCGAN discriminator has it, and the penalty
// still computes. But the penalty bounds the slope of D at one point, and takes all N slopes from one call,
//
//     d/dx_i sum_j D(x_j)  =  dD(x_i)/dx_i        only if D(x_j) does not depend on x_i
//
// With batch statistics D maps a whole batch to a whole batch, and the sum on the left has N terms. Moving x_i moves
// the mean too, which takes back a part of what D(x_i) gained from all the others: the terms cancel, and the penalty
// sees slopes that no sample has.
//
// Symptom: moving one sample changes the logits of the others; and the penalty reports slopes near 1, as it should,
// while the samples' own slopes are about twice as steep.
//
// Cure: normalise each sample by itself, as Gulrajani et al. 2017, section 4, recommend (layer normalisation), or not
// at all. Ours has no batch normalisation, and the penalty's header says why.
#include <algorithm>
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "const int axis = 0;      statistics over the batch",
    .right = "const int axis = 1;      statistics over the features of each sample",
    .symptom = "the penalty sees slopes that no sample has",
    .prevented_by = {{"losses/gradient_penalty.hpp",
                      "each sample's logit must depend on that sample only (no batch normalisation)"},
                     {"tests/second_order.cpp", "a sample without slope does not disturb the others"}},
};

static Tensor normalised(const Tensor& h, int axis) {
    const Tensor centred = h - mean(h, axis, true);
    const Tensor variance = mean(square(centred), axis, true);
    return centred / sqrt(variance + 1e-5);
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    const int axis = right ? 1 : 0;
    Random weights(seed), data(seed, 1), noise(seed, 2), between(seed, 3);
    const Linear first(2, 16, weights), second(16, 16, weights), last(16, 1, weights);
    const auto critic = [&](const Tensor& x) {
        const Tensor h = leaky_relu(normalised(first(x), axis), 0.2);
        return last(leaky_relu(normalised(second(h), axis), 0.2));
    };
    Tensors parameters;
    for (const Linear* layer : {&first, &second, &last}) {
        for (const Tensor& parameter : layer->parameters()) parameters.push_back(parameter);
    }
    Adam optimizer(parameters, {.lr = 0.005});
    double penalty_value = 0;
    for (int step = 1; step <= 500; ++step) {
        const Tensor real = data.normal({64, 2}) + 2;
        const Tensor fake = noise.normal({64, 2});
        const Tensor penalty = gradient_penalty(critic, real, fake, 10, between);
        const Tensor real_logits = critic(real);
        const Tensor fake_logits = critic(fake);
        optimizer.step(grad(Wasserstein().discriminator(real_logits, fake_logits) + penalty, parameters));
        penalty_value = penalty.item();
    }

    const Tensor real = data.normal({64, 2}) + 2;
    const Tensor fake = noise.normal({64, 2});
    Tensor x = interpolate(real, fake, between);
    x.set_requires_grad(true);
    const Tensor logits = critic(x);
    const Tensor seen = norm_per_sample(grad(sum(logits), {x})[0]);  // by the penalty
    double own = 0, others = 0, error = 0;
    for (Index i = 0; i < 64; ++i) {
        const Tensor D_i = sum(slice(logits, 0, i, i + 1));
        const Tensor slopes = norm_per_sample(grad(D_i, {x})[0]);  // of D(x_i), along each x_j
        for (Index j = 0; j < 64; ++j) {
            if (j != i) others = std::max(others, double(slopes.at({j})));
        }
        own += slopes.at({i}) / 64;
        error += std::fabs(seen.at({i}) - slopes.at({i})) / 64;
    }

    kit::Outcome outcome;
    outcome.row("penalty after 500 steps", penalty_value);
    outcome.row("mean slope of D(x_i) along x_i, one sample at a time", own);
    outcome.row("mean slope as the penalty sees it", mean(seen).item());
    outcome.row("mean difference of the two", error);
    outcome.row("largest slope of D(x_i) along another sample", others);
    outcome.symptom = error > 0.05 && others > 0;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "batch statistics in a penalised critic", bug, run); }
