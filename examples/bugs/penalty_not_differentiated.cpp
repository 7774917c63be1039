// Bug: the slope in the gradient penalty is computed without create_graph.
//
//     slope = grad(sum(critic(x)), {x})[0]              wanted: grad(sum(critic(x)), {x}, true)[0]
//
// It is tempting because the penalty's value is right. But without create_graph the slope is a number without history,
// like a constant: the gradient of the penalty with respect to the critic's weights is missing, nothing is thrown, and
// the loss is printed with the penalty in it. The same happens with a stray detach(), and in an engine that
// differentiates only once.
//
// Symptom: the penalty is printed, and grows. The critic's slope grows as if there were no penalty. (Here real and
// fakes are Gaussians 2 apart, where a linear critic with a penalty of 10 comes to the slope 1 + 2/20.)
//
// Cure: create_graph. A quick test for any penalty: grad(penalty, parameters) alone must not be zero; here it throws.
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "slope = grad(sum(critic(x)), {x})[0]",
    .right = "slope = grad(sum(critic(x)), {x}, true)[0]        create_graph",
    .symptom = "the critic's slope grows as without penalty",
    .prevented_by = {{"losses/gradient_penalty.cpp", "Tensor slope = grad(sum(logits), {x}, true)[0];"},
                     {"tests/operations_losses.cpp",
                      "gradient_penalty_at(Critic{x[0], x[1], x[2]}, to_tensor(real), 1)"}},
};

static kit::Outcome run(bool right, std::uint64_t seed) {
    Random weights(seed), data(seed, 1), noise(seed, 2), between(seed, 3);
    const Linear critic(2, 1, weights);
    Adam optimizer(critic.parameters(), {.lr = 0.01});
    const Tensor shift = tensor({2}, {2, 0});
    kit::Outcome outcome;
    double slope_length = 0;
    for (int step = 1; step <= 1000; ++step) {
        const Tensor real = data.normal({64, 2}) + shift;
        const Tensor fake = noise.normal({64, 2});
        Tensor x = interpolate(real, fake, between);
        x.set_requires_grad(true);
        const Tensor slope = grad(sum(critic(x)), {x}, right)[0];
        const Tensor penalty = 10 * mean(square(norm_per_sample(slope) - 1));
        const Tensor real_logits = critic(real);
        const Tensor fake_logits = critic(fake);
        Tensor loss = Wasserstein().discriminator(real_logits, fake_logits);
        loss += penalty;
        optimizer.step(grad(loss, critic.parameters()));
        slope_length = std::hypot(critic.W.at({0, 0}), critic.W.at({0, 1}));
        if (step == 1) outcome.row("penalty in step 1", penalty.item());
        if (step == 300 || step == 1000) {
            const std::string at = " after " + std::to_string(step) + " steps";
            outcome.row("penalty" + at, penalty.item());
            outcome.row("slope of the critic" + at, slope_length);
        }
    }
    outcome.symptom = slope_length > 3;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a penalty that is not differentiated", bug, run); }
