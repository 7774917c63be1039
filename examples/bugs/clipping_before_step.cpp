// Bug: the critic's weights are clipped before its step instead of after it.
//
//     clip_weights(critic, c); ... optimizer.step(gradients)          step, then clip, was meant
//
// It is tempting because "keep the weights in the box" sounds like a preparation, and because both lines stand in the
// loop either way. But whatever comes after the step, the generator's turn above all, sees the weights as the step left
// them. Weight clipping pushes nearly every weight to the edge of the box, so nearly every step leads out of it.
//
// Symptom: weights beyond c by the length of a step (about lr, with Adam and RMSProp; the first one of RMSProp is 10
// lr), and a critic that is steeper by up to 1 + lr/c for each layer. Its value, which should estimate a distance up to
// one constant, depends on the learning rate. At lr = 5e-5 and c = 0.01, the published numbers, that is half a per cent
// a layer, and nobody notices.
//
// Cure: the order of the paper (Arjovsky et al. 2017, algorithm 1): update, then clip.
#include <algorithm>
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "clip_weights(critic.parameters(), c);  optimizer.step(gradients);",
    .right = "optimizer.step(gradients);  clip_weights(critic.parameters(), c);",
    .symptom = "G's turn sees weights outside of the box",
    .prevented_by = {{"examples/kit/train/training.cpp", "if (options.lipschitz == Lipschitz::clip) clip_weights("},
                     {"tests/training.cpp",
                      "clipping keeps every weight of the critic within the box, the generator's are free"}},
};

static const double c = 0.1;

struct Critic {
    double largest = 0;   // weight, over all steps, as the generator's turn would see it
    double outside = 0;   // share of weights beyond c, in per cent, mean over all steps
    double distance = 0;  // mean r - mean f, mean over the last half: the estimate, up to a constant
};

static Critic train(bool right, double lr, std::uint64_t seed) {
    Random weights(seed), data(seed, 1), noise(seed, 2);
    const Mlp critic({2, 16, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    RmsProp optimizer(critic.parameters(), {.lr = lr});
    const int steps = 400;
    Critic result;
    for (int step = 1; step <= steps; ++step) {
        const Tensor real = data.normal({64, 2}) + 2;
        const Tensor fake = noise.normal({64, 2});
        if (!right) clip_weights(critic.parameters(), c);
        const Tensor real_logits = critic(real);
        const Tensor fake_logits = critic(fake);
        const Tensor loss = Wasserstein().discriminator(real_logits, fake_logits);
        optimizer.step(grad(loss, critic.parameters()));
        if (right) clip_weights(critic.parameters(), c);

        double outside = 0, all = 0;  // the generator's turn begins
        for (const Tensor& parameter : critic.parameters()) {
            for (Real w : parameter.values()) {
                result.largest = std::max(result.largest, std::fabs(double(w)));
                outside += std::fabs(w) > Real(c);
                all += 1;
            }
        }
        result.outside += 100 * outside / all / steps;
        if (step <= steps / 2) continue;
        const double real_mean = mean(critic(real)).item();
        result.distance += (real_mean - mean(critic(fake)).item()) / (steps / 2);
    }
    return result;
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    kit::Outcome outcome;
    double largest = 0;
    for (double lr : {0.0005, 0.005, 0.05}) {
        const Critic critic = train(right, lr, seed);
        char at[32];
        std::snprintf(at, sizeof at, "lr %g: ", lr);
        outcome.row(at + std::string("largest weight in the generator's turn, c = 0.1"), critic.largest);
        outcome.row(at + std::string("weights outside of the box, %"), critic.outside);
        outcome.row(at + std::string("mean D(real) - mean D(fake)"), critic.distance);
        largest = std::max(largest, critic.largest);
    }
    outcome.symptom = largest > 1.01 * c;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "clipping before the step", bug, run); }
