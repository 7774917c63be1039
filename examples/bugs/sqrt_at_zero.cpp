// Bug: the norm of the gradient penalty is written with sqrt, whose derivative at 0 is infinite.
//
//     norm = sqrt(sum(square(slope), 1))        d norm / d slope = slope / norm = 0 / 0
//
// It is tempting because it is the formula, and its value is right, also at 0. A critic of relus has regions where all
// units are off. There the slope is exactly 0, and one such sample in a batch is enough: the mean over the batch joins
// it to the others, and 0 times infinity is NaN in the gradient of a whole layer.
//
// Symptom: the loss is a harmless number, and after the step the weights are NaN. It comes late in some runs and never
// in others, with whichever sample falls into a flat region first. GANTRY_TRAP=1 before this program stops where it
// happens: "divide: the operation, in the rule of sqrt, made a number that is not finite".
//
// Cure: a norm with a rule of its own, x / y where y > 0, and 0 where y = 0: norm_per_sample(). Usual also: sqrt(sum +
// 1e-12), which is finite, at the price of taking slopes below 1e-6 for flat.
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "norm = sqrt(sum(square(slope), 1))",
    .right = "norm = norm_per_sample(slope)",
    .symptom = "a finite loss, and after the step NaN",
    .prevented_by = {{"losses/gradient_penalty.cpp", "if (norm[i] == 0) guard[i] = 1;"},
                     {"tests/second_order.cpp",
                      "a critic without slope: the penalty is lambda, its derivative 0, nothing is NaN"},
                     {"tests/debug.cpp", "trap_nan finds a NaN that a rule makes"}},
};

static Index count_nan(const Tensors& tensors) {
    Index count = 0;
    for (const Tensor& x : tensors) {
        for (Real value : x.values()) count += std::isnan(value);
    }
    return count;
}

static std::string of(Index part, Index all) { return std::to_string(part) + " of " + std::to_string(all); }

static kit::Outcome run(bool right, std::uint64_t seed) {
    Random weights(seed), data(seed, 1), between(seed, 3);
    const Mlp critic({2, 16, 1}, Activation::relu(), Activation::identity(), weights);
    Tensor bias = critic.layers()[0].b;
    bias.assign(full({16}, -0.5));  // near the middle, where an untrained generator puts its samples, all are off
    Adam optimizer(critic.parameters(), {.lr = 0.01});

    Index flat = 0;
    std::vector<double> losses;
    Tensors first_gradients;
    for (int step = 1; step <= 200; ++step) {
        const Tensor real = data.normal({64, 2}) + 2;
        const Tensor fake = data.normal({64, 2}) * 0.1;
        Tensor x = interpolate(real, fake, between);
        x.set_requires_grad(true);
        const Tensor slope = grad(sum(critic(x)), {x}, true)[0];
        const Tensor norm = right ? norm_per_sample(slope) : sqrt(sum(square(slope), 1));
        const Tensor real_logits = critic(real);
        const Tensor fake_logits = critic(fake);
        const Tensor critic_loss = Wasserstein().discriminator(real_logits, fake_logits);
        const Tensor loss = critic_loss + 10 * mean(square(norm - 1));
        const Tensors gradients = grad(loss, critic.parameters());
        if (step == 1) {
            for (Real y : norm.values()) flat += y == 0;
            first_gradients = gradients;
        }
        losses.push_back(loss.item());
        optimizer.step(gradients);
    }
    const Index bad = count_nan(critic.parameters());

    kit::Outcome outcome;
    outcome.row("samples with slope 0 in the first batch", of(flat, 64));
    outcome.row("loss in step 1", losses[0]);
    outcome.row("numbers that are NaN in the gradients of step 1", of(count_nan(first_gradients), 65));
    outcome.row("loss in step 2", losses[1]);
    outcome.row("loss in step 200", losses[199]);
    outcome.row("weights that are NaN after 200 steps", of(bad, 65));
    outcome.symptom = std::isfinite(losses[0]) && bad > 0;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "the square root at zero", bug, run); }
