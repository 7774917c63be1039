// Bug: the minimax loss under the name of the non-saturating one.
//
//     G_loss = mean log(1 - s(f)) = -mean sp(f)        # "non-saturating", says the comment
//     G_loss = -mean log s(f)     =  mean sp(-f)       what that name means
//
// It is tempting because the two formulas are printed under each other's name in many texts, because both fall when D
// is fooled, and because the paper that has both gives the second no name (Goodfellow et al. 2014, section 3).
//
// Symptom: while D wins G's gradient is -s(f), next to nothing, and the training that was to be cured of vanishing
// gradients vanishes. It is seen without training: log(1 - s(f)) is negative for every f, -log s(f) is positive. A
// "non-saturating" generator loss below 0 is minimax.
//
// Cure: minimax and non-saturating are two classes with their formulas above them, made by name, never by alias.
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "non_saturating = -mean(softplus(f))       log(1 - s(f)): this is minimax",
    .right = "non_saturating = mean(softplus(-f))       -log s(f)",
    .symptom = "a negative loss; once D has won, G stands still",
    .prevented_by = {{"losses/gan_loss.cpp", "{\"minimax\", made<Minimax>"},
                     {"tests/exact_losses.cpp", "a loss is known by the name it is made with"},
                     {"tests/exact_losses.cpp",
                      "every term of every loss is exact within 4 ulp, twice differentiated"}},
};

static Tensor non_saturating(bool right, const Tensor& f) { return right ? mean(softplus(-f)) : -mean(softplus(f)); }

static double slope_at(bool right, Real logit) {
    Tensor f = full({1}, logit);
    f.set_requires_grad(true);
    return grad(non_saturating(right, f), {f})[0].item();
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    Random weights(seed), data(seed, 1), noise(seed, 2);
    const Mlp G({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    const Mlp D({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    Sgd G_optimizer(G.parameters(), {.lr = 0.01});
    Adam D_optimizer(D.parameters(), {.lr = 0.002, .beta1 = 0, .beta2 = 0.99});
    const NonSaturating loss;
    double G_loss_value = 0, G_gradient = 0;
    for (int step = 1; step <= 5000; ++step) {
        const Tensor real = data.normal({64, 1}) * 0.5 + 10;
        const Tensor fake = G(noise.normal({64, 1}));
        const Tensor real_logits = D(real);
        const Tensor fake_logits = D(fake.detach());
        D_optimizer.step(grad(loss.discriminator(real_logits, fake_logits), D.parameters()));
        if (step < 2000) continue;  // D's head start: it learns alone, and wins
        const Tensor G_loss = non_saturating(right, D(fake));
        const Tensors gradients = grad(G_loss, G.parameters());
        if (step == 2000) {
            for (const Tensor& g : gradients) G_gradient += sum(square(g)).item();
            G_loss_value = G_loss.item();
        }
        G_optimizer.step(gradients);
    }
    const double where = mean(G(noise.normal({10000, 1}))).item();

    kit::Outcome outcome;
    for (Real f : {0, -5, -10, -20}) {
        outcome.row("dG/df at f = " + std::to_string(static_cast<int>(f)), slope_at(right, f));
    }
    outcome.row("G's loss after 2000 steps of D alone", G_loss_value);
    outcome.row("|gradient of G| then", std::sqrt(G_gradient));
    outcome.row("mean of fakes after 3000 steps of both (data: 10)", where);
    outcome.symptom = G_loss_value < 0 && std::fabs(where - 10) > 5;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "minimax under the other's name", bug, run); }
