// Bug: a sigmoid at the end of the discriminator, and a least squares loss behind it.
//
//     D = Mlp({1, 16, 1}, ..., Activation::sigmoid())        identity() was meant
//     loss = LeastSquares()
//
// It is tempting because in most explanations D(x) is a probability, and because labels 0 and 1 look like
// probabilities. But least squares is a regression. With p = s(f) the generator's gradient is
//
//     d/df 1/2 (s(f) - 1)^2  =  -s(-f) s(f) s(-f)        instead of  f - 1
//
// and has the factor s(f), by which minimax vanishes. Least squares was invented to be rid of it.
//
// Symptom: the losses are smooth and stand still: D's at 0, G's at 1/2. A discriminator that has won keeps the
// generator from learning for ever, which is shown here: D learns alone first. (With Adam, which divides a gradient by
// its size, G moves all the same, and past the data. On the ring it then finds no mode: claim least_squares_gradients.)
//
// Where D is kept in check the same line does no harm. On the grid, with one step of D for one of G from the start, the
// sigmoid finds about as many modes as without it (claim mode_collapse, part 2), so a good result does not prove it
// right.
//
// Cure: no sigmoid. What D returns goes into the loss as it is, for every loss of ours: a probability is
// sigmoid(logit), taken where one is printed.
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "Mlp D({1, 16, 1}, hidden, Activation::sigmoid(), rng);",
    .right = "Mlp D({1, 16, 1}, hidden, Activation::identity(), rng);",
    .symptom = "once D has won, G stands still",
    .prevented_by = {{"losses/least_squares.hpp", "The logits are used as they are: no sigmoid."},
                     {"losses/least_squares.cpp", "df = dL (f - c) / m"},
                     {"tests/exact_losses.cpp",
                      "every term of every loss is exact within 4 ulp, twice differentiated"}},
};

// dG/df where the last layer of D gave f.
static double slope_at(const Activation& output, Real logit) {
    Tensor f = full({1}, logit);
    f.set_requires_grad(true);
    return grad(LeastSquares().generator(output(f)), {f})[0].item();
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    const Activation output = right ? Activation::identity() : Activation::sigmoid();
    Random weights(seed), data(seed, 1), noise(seed, 2);
    const Mlp G({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    const Mlp D({1, 16, 1}, Activation::leaky_relu(0.2), output, weights);
    Sgd G_optimizer(G.parameters(), {.lr = 0.05});
    Adam D_optimizer(D.parameters(), {.lr = 0.002, .beta1 = 0, .beta2 = 0.99});
    const LeastSquares loss;
    double D_loss_value = 0, G_loss_value = 0, G_gradient = 0;
    for (int step = 1; step <= 6000; ++step) {
        const Tensor real = data.normal({64, 1}) * 0.5 + 10;
        const Tensor fake = G(noise.normal({64, 1}));
        const Tensor real_logits = D(real);
        const Tensor fake_logits = D(fake.detach());
        const Tensor D_loss = loss.discriminator(real_logits, fake_logits);
        D_optimizer.step(grad(D_loss, D.parameters()));
        if (step < 3000) continue;  // D's head start: it learns alone, and wins
        const Tensor G_loss = loss.generator(D(fake));
        const Tensors gradients = grad(G_loss, G.parameters());
        if (step == 3000) {
            for (const Tensor& g : gradients) G_gradient += sum(square(g)).item();
            D_loss_value = D_loss.item();
            G_loss_value = G_loss.item();
        }
        G_optimizer.step(gradients);
    }
    const double where = mean(G(noise.normal({10000, 1}))).item();

    kit::Outcome outcome;
    for (Real f : {-2, -5, -10, -20}) {
        outcome.row("dG/df at f = " + std::to_string(static_cast<int>(f)), slope_at(output, f));
    }
    outcome.row("D's loss after 3000 steps alone", D_loss_value);
    outcome.row("G's loss then", G_loss_value);
    outcome.row("|gradient of G| then", std::sqrt(G_gradient));
    outcome.row("mean of fakes after 3000 steps of both (data: 10)", where);
    outcome.symptom = std::fabs(where - 10) > 5;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a sigmoid before least squares", bug, run); }
