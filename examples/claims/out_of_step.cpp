// Claim: with Wasserstein, discriminator and generator need not be kept in step: the critic may be trained to its
// optimum.
//
// The same networks on the ring, the same number of steps of G, and a D that is ahead (more steps for each of G's) or
// behind (one step, with a smaller learning rate). What counts is how the samples end: modes of the ring, and their
// distance to the data. One training is `train`, the table over losses, paces and seeds is `body`.
#include <algorithm>
#include <map>

#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/run/card.hpp"
#include "examples/kit/train/gan.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "Wasserstein GANs do not need a careful balance between generator and discriminator: the critic can be "
        "trained until optimality.",
    .source = "Arjovsky et al. 2017, section 1 and section 4.3",
    .experiment =
        "GANs on the ring (G 2-64-64-2, D 2-64-64-1, ReLU, Adam 0.001, beta1 0, beta2 0.99, batch 64; Wasserstein "
        "with a penalty of weight 0.1). D takes 1, 5 or 20 steps for one of G, or one with a third or a tenth of G's "
        "learning rate. All with the same number of steps of G.",
    .too_short_for = "whether a D that is behind only needs more than 800 steps",
};

struct Pace {
    std::string name;
    Index critic_steps;
    double rate;  // of D, in units of G's
};

static const std::vector<Pace> paces = {{"behind: rate / 10", 1, 0.1},
                                        {"behind: rate / 3", 1, 1.0 / 3},
                                        {"in step", 1, 1},
                                        {"ahead: 5 steps", 5, 1},
                                        {"ahead: 20 steps", 20, 1}};
enum { far_behind, behind, in_step, ahead, far_ahead };

struct Outcome {
    kit::Sample modes, distance;  // over seeds
};

static void train(const std::string& loss, const Pace& pace, Index steps, std::uint64_t seed, Outcome& outcome) {
    const kit::Points ring = kit::make_points("ring");
    kit::Recipe recipe{.loss = loss, .lr = 1e-3, .D_rate = pace.rate};
    recipe.training = {.steps = steps, .batch = 64, .latent = 2, .critic_steps = pace.critic_steps, .seed = seed};
    recipe.training.lipschitz = loss == "wasserstein" ? kit::Lipschitz::penalty : kit::Lipschitz::none;
    recipe.training.lambda = 0.1;
    kit::Gan gan(recipe, 2, [&](Index n, Random& rng) { return ring.sample(n, rng); });
    kit::train(gan.players(), recipe.training);
    Random test(seed, 5);
    const Tensor real = ring.sample(2500, test);
    const Tensor fake = kit::generate(gan.G, 2500, 2, test);
    outcome.modes.add(kit::mode_metrics(fake, ring).modes);
    outcome.distance.add(kit::sliced_wasserstein(real, fake));
}

static void body(kit::Card& card) {
    std::map<std::string, std::vector<Outcome>> of;
    kit::Figure figure(1, 1);
    kit::Panel& panel = figure.panel(0, 0);
    panel.title = "sliced W1 after the training, median";
    panel.x_label = "D: far behind, behind, in step, ahead, far ahead";
    card.table("modes of 8 and sliced W1, median [min, max] over seeds", {"loss", "D", "modes", "sliced W1"});
    for (const std::string loss : {"non-saturating", "least-squares", "wasserstein"}) {
        std::vector<double> medians;
        for (const Pace& pace : paces) {
            Outcome outcome;
            for (std::uint64_t seed : card.seeds(3, 8)) train(loss, pace, card.pick(800, 3000), seed, outcome);
            card.row({loss, pace.name, kit::range(outcome.modes), kit::range(outcome.distance)});
            medians.push_back(outcome.distance.median());
            of[loss].push_back(outcome);
        }
        panel.line(loss, {1, 2, 3, 4, 5}, medians);
    }
    card.picture(figure, "paces.png");

    const std::vector<Outcome>& w = of["wasserstein"];
    for (const std::string other : {"non-saturating", "least-squares"}) {
        card.observe(
            "20 steps ahead, " + other + " ends farther from the data than with 5, and than Wasserstein; median",
            of[other][far_ahead].distance.median() > of[other][ahead].distance.median() &&
                of[other][far_ahead].distance.median() > w[far_ahead].distance.median());
    }
    card.observe("5 or 20 steps ahead, Wasserstein has all 8 modes in every seed",
                 w[ahead].modes.min() == 8 && w[far_ahead].modes.min() == 8);
    card.observe("behind or in step, Wasserstein has fewer in some seeds",
                 w[far_behind].modes.min() < 8 && w[behind].modes.min() < 8 && w[in_step].modes.min() < 8);
    card.observe("far behind, at a tenth of G's rate, no loss finds more than one mode, median",
                 std::max({w[far_behind].modes.median(), of["non-saturating"][far_behind].modes.median(),
                           of["least-squares"][far_behind].modes.median()}) <= 1);
    card.observe("in step, least squares has more modes than Wasserstein, median",
                 of["least-squares"][in_step].modes.median() > w[in_step].modes.median());
    card.key_numbers("modes of 8, 20 steps of D for one of G: Wasserstein " + w[far_ahead].modes.range() +
                     ", non-saturating " + of["non-saturating"][far_ahead].modes.range() +
                     "; one step: " + w[in_step].modes.range() + " and " + of["non-saturating"][in_step].modes.range());
    card.verdict(
        kit::holds_when,
        "the critic is ahead: there more steps harm the others, never Wasserstein. With a critic that is only in "
        "step it is the first to fail, and far behind they all fail.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
