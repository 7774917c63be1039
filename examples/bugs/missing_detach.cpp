// Bug: the discriminator's loss reaches the generator.
//
//     fake = G(z)
//     backward(loss.discriminator(D(real), D(fake)))         D(fake.detach()) was meant
//     backward(loss.generator(D(fake)))                      adds G's gradient to what is there
//
// It is tempting because nothing complains: D's own gradients are right, and G's step comes later. But backward()
// leaves a gradient in every leaf that it reaches, and through fake it reaches G. Unless G's gradients are cleared
// between the two calls, G's optimizer takes the sum of both. With f the logits of the fakes,
//
//                       D's loss       G's loss       their sum
//     minimax           s(f)           -s(f)          0
//     non-saturating    s(f)           -s(-f)         tanh(f/2): 0 where D is undecided
//
// So under minimax G stands still. (D moves between the two calls, so the sum is small, not 0.)
//
// Symptom: under minimax D wins and G does not move, which looks like the vanishing gradient of minimax, and is not.
// The non-saturating loss comes through, because tanh(f/2) has the right sign wherever D is right: so the bug lives on.
// Where G's gradients are cleared between the two calls only time is lost. grad(loss, D.parameters()) has no such leak:
// it computes what it is asked for, and runs no rule for anything else.
//
// Cure: fake.detach() in D's turn.
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "backward(loss.discriminator(D(real), D(fake)))",
    .right = "backward(loss.discriminator(D(real), D(fake.detach())))",
    .symptom = "D's turn leaves a gradient in G; G stands still",
    .prevented_by = {{"examples/kit/train/training.cpp",
                      "const Tensor fake_alone = named(\"fake, detached\", fake.detach());"},
                     {"examples/kit/train/training.cpp",
                      "const Tensor fake_logits = named(\"D(fake)\", D(fake_alone));"},
                     {"examples/kit/train/training.cpp", "const Tensors gradients = grad(loss, D_parameters);"},
                     {"tests/core.cpp", "the generator's step does not compute the discriminator's weight gradients"}},
};

// Length of what backward() left in the parameters.
static double gradient_size(const Module& net) {
    double squares = 0;
    for (const Tensor& p : net.parameters()) squares += p.grad().defined() ? sum(square(p.grad())).item() : 0;
    return std::sqrt(squares);
}

static Index rules = 0;
static void count_rule(const Function&, const Tensor&, const Tensors&) { ++rules; }

static kit::Outcome run(bool right, std::uint64_t seed) {
    kit::Outcome outcome;
    for (const char* name : {"minimax", "non-saturating"}) {
        Random weights(seed), data(seed, 1), noise(seed, 2);
        const Mlp G({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
        const Mlp D({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
        Adam G_optimizer(G.parameters(), {.lr = 0.002, .beta1 = 0, .beta2 = 0.99});
        Adam D_optimizer(D.parameters(), {.lr = 0.002, .beta1 = 0, .beta2 = 0.99});
        const auto loss = make_loss(name);
        double left_by_D = 0, taken_by_G = 0;  // in the first step
        rules = 0;
        for (int step = 1; step <= 3000; ++step) {
            G_optimizer.zero_grad();
            D_optimizer.zero_grad();
            const Tensor real = data.normal({64, 1}) * 0.5 + 3;
            const Tensor fake = G(noise.normal({64, 1}));
            const Tensor real_logits = D(real);
            const Tensor fake_logits = right ? D(fake.detach()) : D(fake);
            const auto hook_before = hooks.after_rule;
            if (step == 1) hooks.after_rule = count_rule;
            backward(loss->discriminator(real_logits, fake_logits));
            hooks.after_rule = hook_before;
            if (step == 1) left_by_D = gradient_size(G);
            D_optimizer.step();
            backward(loss->generator(D(fake)));
            if (step == 1) taken_by_G = gradient_size(G);
            G_optimizer.step();
        }
        const double mean_of_fakes = mean(G(noise.normal({10000, 1}))).item();
        const std::string who = std::string(name) + ": ";
        outcome.row(who + "rules run in D's turn", double(rules));
        outcome.row(who + "|gradient of G| after D's turn", left_by_D);
        outcome.row(who + "|gradient of G| in G's step", taken_by_G);
        outcome.row(who + "mean of fakes after 3000 steps (data: 3)", mean_of_fakes);
        if (loss->name() == "minimax") outcome.symptom = left_by_D > 0 && std::fabs(mean_of_fakes - 3) > 1;
    }
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a missing detach, with backward()", bug, run); }
