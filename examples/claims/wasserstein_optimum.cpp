// Claim: the Wasserstein critic can be trained till optimality, and then its loss is the distance.
//
//     W1(p, q) = max over 1-Lipschitz D of  E_p D - E_q D     so the value  mean r - mean f = -(D's loss)  estimates W1
//
// Here p = N(0, 1/16) and q = N(t, 1/16), std 1/4, frozen: W1 is t. A critic is trained for some steps and then says
// its value on fresh samples (`value_at`); a row of the table is one kind of critic at five distances, over seeds.
// Where D is linear with slope -s between them, the penalised critic maximises  s t - lambda (|s| - 1)^2,  and that has
// two maxima (its value is s t, without the penalty):
//
//     s =  1 + t / (2 lambda)      value  t + t^2 / (2 lambda)
//     s = -1 + t / (2 lambda)      value -t + t^2 / (2 lambda),  for t < 2 lambda: the wrong sign costs no penalty,
//                                                                and the way back leads over s = 0, which costs lambda
// The other losses estimate divergences that end where p and q no longer overlap: -(D's loss) is then 0.
#include <cmath>
#include <map>

#include "examples/kit/run/card.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "The Wasserstein critic can and should be trained till optimality; its loss is then an estimate of the "
        "distance between data and generator, where the other losses saturate.",
    .source = "Arjovsky et al. 2017, section 3; Arjovsky and Bottou 2017, theorem 2.1",
    .experiment =
        "A critic (1-64-64-1, leaky ReLU, Adam 0.001, beta1 0, beta2 0.9, batch 128) learns to tell N(0, 1/16) from "
        "N(t, 1/16), both frozen; then -(its loss), without penalty, on 5000 fresh samples.",
};

struct Critic {
    std::string name, loss;
    double lambda = 0, clip = 0;
};

static const std::vector<double> distances = {0.25, 0.5, 1, 2, 4};

static double value_at(const Critic& critic, double t, Index steps, std::uint64_t seed) {
    Random weights(seed), data(seed, 1), penalty_rng(seed, 3);
    Mlp D({1, 64, 64, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    Adam optimizer(D.parameters(), {.lr = 1e-3, .beta1 = 0, .beta2 = 0.9});
    const auto loss = make_loss(critic.loss);
    auto real_data = [&](Index n) { return data.normal({n, 1}) * Real(0.25); };
    auto fakes = [&](Index n) { return data.normal({n, 1}) * Real(0.25) + static_cast<Real>(t); };
    for (Index step = 0; step < steps; ++step) {
        const Tensor real = real_data(128);
        const Tensor fake = fakes(128);
        const Tensor real_logits = D(real);
        const Tensor fake_logits = D(fake);
        Tensor D_loss = loss->discriminator(real_logits, fake_logits);
        if (critic.lambda > 0) D_loss += gradient_penalty(D, real, fake, critic.lambda, penalty_rng);
        optimizer.step(grad(D_loss, D.parameters()));
        if (critic.clip > 0) clip_weights(D.parameters(), critic.clip);
    }
    const Tensor real = real_data(5000);
    const Tensor fake = fakes(5000);
    const Tensor real_logits = D(real);
    const Tensor fake_logits = D(fake);
    return -loss->discriminator(real_logits, fake_logits).item();
}

// One row of the table: what critics say at each distance, over seeds.
using Row = std::map<double, kit::Sample>;  // by distance

static Row row(kit::Card& card, const Critic& critic, Index steps) {
    Row values;
    std::vector<kit::Cell> cells = {critic.name, steps};
    for (double t : distances) {
        kit::Sample sample;
        for (std::uint64_t seed : card.seeds(8, 20)) sample.add(value_at(critic, t, steps, seed));
        values[t] = sample;
        cells.push_back(kit::range(sample));
    }
    card.row(cells);
    return values;
}

// Every critic with penalty 10 as a dot, on its two branches.
static void draw(kit::Card& card, const Row& penalised, const Row& clipped, const Row& logistic) {
    kit::Figure figure(1, 1, 520, 400);
    kit::Panel& panel = figure.panel(0, 0);
    panel.title = "-(D's loss) after 1000 steps of D";
    panel.x_label = "distance W1";
    std::vector<double> all, right, wrong, medians_clipped, medians_logistic;
    for (double x = 0; x <= 4.2; x += 0.1) {
        all.push_back(x);
        right.push_back(x + x * x / 20);
        wrong.push_back(-x + x * x / 20);
    }
    panel.line("best", all, right);
    panel.line("wrong sign", all, wrong);
    std::vector<Real> dots;
    for (double t : distances) {
        for (double v : penalised.at(t).values()) {
            dots.push_back(static_cast<Real>(t));
            dots.push_back(static_cast<Real>(v));
        }
        medians_clipped.push_back(clipped.at(t).median());
        medians_logistic.push_back(logistic.at(t).median());
    }
    panel.line("clipped", distances, medians_clipped);
    panel.line("minimax", distances, medians_logistic);
    panel.scatter("with penalty 10", tensor({Index(dots.size()) / 2, 2}, dots), kit::black, 4);
    card.picture(figure, "values.png");
}

static void body(kit::Card& card) {
    card.table("-(D's loss) at distance t = W1, median [min, max] over seeds",
               {"D", "steps of D", "t = 0.25", "0.5", "1", "2", "4"});
    card.row({"best, penalty 10", "", 0.253125, 0.5125, 1.05, 2.2, 4.8});
    const Critic penalty{.name = "penalty 10", .loss = "wasserstein", .lambda = 10};
    const auto early = row(card, penalty, 10);
    row(card, penalty, 100);
    const auto late = row(card, penalty, 1000);
    const auto light = row(card, {.name = "penalty 0.1", .loss = "wasserstein", .lambda = 0.1}, 1000);
    const auto clipped = row(card, {.name = "clipped to 0.05", .loss = "wasserstein", .clip = 0.05}, 1000);
    const auto logistic = row(card, {.name = "minimax", .loss = "minimax"}, 1000);
    row(card, {.name = "least squares", .loss = "least-squares"}, 1000);
    draw(card, late, clipped, logistic);

    int trained = 0, wrong_sign = 0, elsewhere = 0, wrong_sign_if_light = 0;
    bool too_early = true;
    for (double t : distances) {
        for (double v : late.at(t).values()) {
            const double maximum = v > 0 ? t + t * t / 20 : -t + t * t / 20;
            ++trained;
            wrong_sign += v < 0;
            elsewhere += std::fabs(v - maximum) > 0.2 * std::fabs(maximum);
        }
        for (double v : light.at(t).values()) wrong_sign_if_light += v < 0;
        too_early = too_early && early.at(t).max() < 0.9 * t;
    }
    const std::string wrong = std::to_string(wrong_sign) + " of " + std::to_string(trained);
    card.remark("After 1000 steps " + wrong + " critics with penalty 10 have the wrong sign, and " +
                std::to_string(wrong_sign_if_light) + " with penalty 0.1, for which t > 2 lambda.");
    card.observe("penalty 10, 1000 steps: every value is within 20 % of one of the two maxima", elsewhere == 0);
    card.observe("with penalty 10 more than a quarter of the critics have the wrong sign", 4 * wrong_sign > trained);
    card.observe("with penalty 0.1 none has", wrong_sign_if_light == 0);
    card.observe("after 10 steps the value is below 0.9 W1 at every distance, in every seed", too_early);
    card.observe("clipped, the value grows with the distance, in a unit of its own: below W1 / 2; median",
                 clipped.at(0.25).median() < clipped.at(1).median() &&
                     clipped.at(1).median() < clipped.at(4).median() && clipped.at(0.25).median() < 0.125 &&
                     clipped.at(4).median() < 2);
    card.observe("from t = 2 on minimax's value is 0 within 0.05",
                 logistic.at(2).min() > -0.05 && logistic.at(4).min() > -0.05);
    card.key_numbers("W1 = 4: penalty 10 says " + late.at(4).range() + ", clipped " + clipped.at(4).range() +
                     ", minimax " + logistic.at(4).range() + "; wrong sign: " + wrong);
    card.verdict(
        kit::holds_when,
        "the critic has time and the right sign: then the value is t + t^2 / (2 lambda), near W1 for a heavy penalty. "
        "But a heavy penalty keeps the sign that chance gave, and a light one inflates the value. Clipped, the unit "
        "is its own.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
