// Bug: the logistic loss is written with a logarithm of a sigmoid.
//
//     L_D = -mean log s(r) - mean log(1 - s(f))         wanted: mean sp(-r) + mean sp(f), the same on paper
//
// It is tempting because the papers print it so, with D(x) for the probability. But in float s(f) rounds to 1 from
// f = 16.64 on. Then 1 - s(f) is 0, its logarithm minus infinity, and the gradient infinite. Before that it loses its
// digits: at f = 15 the gradient is 14 % too small. On the other side, log s(r) is minus infinity from r = -104 on.
//
// Symptom: training goes well for a long time, or on scaled data; one sample that D misjudges badly makes the loss
// infinite and every weight NaN. Here the data are not scaled, and the first batch is enough.
//
// Cure: take logits and softplus, as the losses of this repository do. Usual elsewhere: a loss "with logits". Not a
// cure: log(s + 1e-8), whose gradient is 0 for just those samples.
#include <cmath>

#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "-mean(log(sigmoid(r))) - mean(log(1 - sigmoid(f)))",
    .right = "loss.discriminator(r, f)        of logits: mean softplus(-r) + mean softplus(f)",
    .symptom = "the loss is infinite, the weights NaN",
    .prevented_by = {{"losses/logistic.cpp", "double mean_softplus(const Tensor& x, Real sign)"},
                     {"core/ops_unary.cpp", "= max(x, 0) + log1p(e^-|x|)       the form computed"},
                     {"tests/exact_losses.cpp",
                      "every term of every loss is exact within 4 ulp, twice differentiated"}},
};

static Tensor loss_of(bool right, const Tensor& r, const Tensor& f) {
    if (right) return NonSaturating().discriminator(r, f);
    const Tensor real_term = mean(log(sigmoid(r)));
    const Tensor fake_term = mean(log(1 - sigmoid(f)));
    return -real_term - fake_term;
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    kit::Outcome outcome;
    for (Real logit : {10, 15, 20, 100}) {
        Tensor f = full({1}, logit);
        f.set_requires_grad(true);
        const Tensor loss = loss_of(right, full({1}, 1), f);
        const std::string at = " at f = " + std::to_string(static_cast<int>(logit));
        outcome.row("L_D" + at, loss.item());
        outcome.row("dL_D/df" + at, grad(loss, {f})[0].item());
    }

    Random weights(seed), data(seed, 1), noise(seed, 2);
    const Mlp D({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    Adam optimizer(D.parameters(), {.lr = 0.01});
    double first = 0, last = 0;
    for (int step = 1; step <= 300; ++step) {
        const Tensor real = data.normal({64, 1}) * 50 + 500;  // as measured, not scaled
        const Tensor fake = noise.normal({64, 1}) * 500;
        const Tensor real_logits = D(real);
        const Tensor fake_logits = D(fake);
        const Tensor loss = loss_of(right, real_logits, fake_logits);
        optimizer.step(grad(loss, D.parameters()));
        (step == 1 ? first : last) = loss.item();
    }
    outcome.row("L_D in step 1, data near 500", first);
    outcome.row("L_D in step 300", last);
    outcome.symptom = !std::isfinite(last);
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "the logarithm of a sigmoid", bug, run); }
