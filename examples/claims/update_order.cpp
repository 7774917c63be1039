// Claim: the discriminator must be updated first, several times, with smoothed labels and on detached fakes.
//
// Recipes for one iteration of a GAN differ in such details, and each is handed down as essential. Here each is changed
// alone, against the same base: D first, one update each, no smoothing, fakes detached. `play` is a training by recipe.
#include <algorithm>
#include <cmath>
#include <map>

#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/run/card.hpp"
#include "examples/kit/train/gan.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "In each iteration the discriminator is updated first, better several times than once, on detached fakes, "
        "and with smoothed labels for real data.",
    .source = "Goodfellow et al. 2014, algorithm 1; Salimans et al. 2016, section 3.4; most tutorials",
    .experiment =
        "Non-saturating loss, ring of 8, networks 2-64-64, batch 128, Adam 0.001 (betas 0 and 0.99). One detail of "
        "the recipe is changed at a time.\n"
        "1. Which changes leave every bit as it was?\n"
        "2. What does backward() through attached fakes add?\n"
        "3. Trainings: sliced Wasserstein distance, modes, D's mean probability.",
    .too_short_for = "what differs less than 3 seeds do",
};

// G_first: D then sees the fakes that G was updated on. attached_backward: backward() adds D's gradient to G's, and
// nobody clears it.
enum Order { D_first, G_first, G_first_new_fakes, simultaneous };
enum Fakes { detached, attached, attached_backward };

struct Recipe {
    std::string name;
    Order order = D_first;
    Index critic_steps = 1;
    double smoothing = 0;
    Fakes fakes = detached;
};

struct Outcome {
    double distance, modes, quality, real, fake;  // real, fake: mean of sigmoid(D) there
    std::vector<Real> weights;                    // of G, all
    Tensor samples;
};

static Outcome play(const Recipe& recipe, std::uint64_t seed, Index steps) {
    const kit::Points ring = kit::make_points("ring");
    kit::Recipe made{.loss = "non-saturating", .smoothing = recipe.smoothing, .lr = 1e-3};
    made.training = {.latent = 2, .seed = seed};
    kit::Gan gan(made, 2, nullptr);
    const Mlp &G = gan.G, &D = gan.D;
    Optimizer &G_optimizer = *gan.G_optimizer, &D_optimizer = *gan.D_optimizer;
    const GanLoss& loss = *gan.loss;
    Random data(seed, 1), noise(seed, 2), test(seed, 5);
    const auto D_loss = [&](const Tensor& fake) {
        const Tensor real_logits = D(ring.sample(128, data));
        const Tensor fake_logits = D(recipe.fakes == detached ? fake.detach() : fake);
        return loss.discriminator(real_logits, fake_logits);
    };
    const auto G_loss = [&](const Tensor& fake) { return loss.generator(D(fake)); };
    const auto D_gradients = [&](const Tensor& fake) { return grad(D_loss(fake), D.parameters()); };
    const auto G_gradients = [&](const Tensor& fake) { return grad(G_loss(fake), G.parameters()); };

    for (Index step = 0; step < steps; ++step) {
        Tensor fake = G(noise.normal({128, 2}));
        if (recipe.fakes == attached_backward) {
            G_optimizer.zero_grad();
            D_optimizer.zero_grad();
            backward(D_loss(fake));  // reaches G's parameters too
            D_optimizer.step();
            backward(G_loss(fake));
            G_optimizer.step();
        } else if (recipe.order == simultaneous) {
            const Tensors of_D = D_gradients(fake);
            const Tensors of_G = G_gradients(fake);
            D_optimizer.step(of_D);
            G_optimizer.step(of_G);
        } else if (recipe.order == D_first) {
            D_optimizer.step(D_gradients(fake));
            for (Index k = 1; k < recipe.critic_steps; ++k) {
                fake = G(noise.normal({128, 2}));
                D_optimizer.step(D_gradients(fake));
            }
            G_optimizer.step(G_gradients(fake));
        } else {
            G_optimizer.step(G_gradients(fake));
            if (recipe.order == G_first_new_fakes) fake = G(noise.normal({128, 2}));
            D_optimizer.step(D_gradients(fake));
        }
    }
    const Tensor real = ring.sample(2500, test), fake = G(test.normal({2500, 2}));
    const kit::ModeMetrics metrics = kit::mode_metrics(fake, ring);
    Outcome outcome{.distance = kit::sliced_wasserstein(fake, real),
                    .modes = double(metrics.modes),
                    .quality = 100 * metrics.high_quality,
                    .real = mean(sigmoid(D(real))).item(),
                    .fake = mean(sigmoid(D(fake))).item(),
                    .weights = {},
                    .samples = fake};
    for (const Tensor& parameter : G.parameters())
        for (Real w : parameter.values()) outcome.weights.push_back(w);
    return outcome;
}

// ---------------------------------------------------------------------------------------- 1. what changes nothing

static void same_bits(kit::Card& card) {
    const Index steps = card.pick(100, 1000);
    const Recipe plain{.name = ""}, together{.name = "", .order = simultaneous};
    const auto same = [&](const Recipe& a, const Recipe& b) {
        return play(a, card.seed(), steps).weights == play(b, card.seed(), steps).weights;
    };
    const bool attached_is_base = same(plain, {.name = "", .fakes = attached});
    const bool G_first_is_simultaneous = same(together, {.name = "", .order = G_first});
    const bool order_is_seen = !same(plain, together);
    card.table("1. G's weights after " + std::to_string(steps) + " steps, compared bit by bit",
               {"recipe", "against", "are"});
    card.row({"fakes not detached, grad()", "base", attached_is_base ? "the same" : "different"});
    card.row({"G first, D then on the same fakes", "simultaneous", G_first_is_simultaneous ? "the same" : "different"});
    card.row({"simultaneous", "base (D first)", order_is_seen ? "different" : "the same"});
    card.remark(
        "grad() visits only what lies between the loss and the wanted parameters, so attached fakes do not even cost "
        "time. backward() goes through G as well.");
    card.observe("1. with grad() a missing detach changes no bit", attached_is_base);
    card.observe("1. G first, and D on the same fakes, is the simultaneous update: the same bits",
                 G_first_is_simultaneous);
}

// ---------------------------------------------------------------------------------------- 2. what a leak adds

// At the equilibrium D says of a fake: f = 0 if it is logistic, f = 1/2 with least squares (0, 1, 1).
static void leak(kit::Card& card) {
    card.table(
        "2. G's gradient dL/df at the output f for a fake, without and with the gradient that backward() of D's loss "
        "left there",
        {"loss", "f = -4", "with", "f = 0", "with", "f = 0.5", "with", "f = 4", "with"});
    for (const std::string& name : loss_names()) {
        const auto loss = make_loss(name);
        std::vector<kit::Cell> row = {name};
        std::map<double, double> leaked;  // by f
        for (double at : {-4.0, 0.0, 0.5, 4.0}) {
            Tensor f = full({1}, at);
            f.set_requires_grad(true);
            backward(loss->generator(f));
            row.push_back(f.grad().item());
            backward(loss->discriminator(zeros({1}), f));  // no clear_grad() between
            row.push_back(f.grad().item());
            leaked[at] = f.grad().item();
        }
        card.row(row);
        if (name == "minimax" || name == "wasserstein")
            card.observe("2. " + name + ": the two cancel everywhere, for the game is zero-sum",
                         std::all_of(leaked.begin(), leaked.end(), [](const auto& at) { return at.second == 0; }));
        if (name == "non-saturating" || name == "least-squares")
            card.observe("2. " + name + ": they cancel at the equilibrium",
                         leaked[name == "non-saturating" ? 0 : 0.5] == 0);
    }
}

// ---------------------------------------------------------------------------------------- 3. trained

static const Recipe base{.name = "base: D first, 1 step, no smoothing"};
static const Recipe G_first_then_new{.name = "G first, then D on new fakes", .order = G_first_new_fakes};
static const Recipe at_once{.name = "simultaneous", .order = simultaneous};
static const Recipe two_steps{.name = "2 steps of D", .critic_steps = 2};
static const Recipe five_steps{.name = "5 steps of D", .critic_steps = 5};
static const Recipe smoothed{.name = "smoothing 0.1", .smoothing = 0.1};
static const Recipe leaking{.name = "attached, backward()", .fakes = attached_backward};
static const std::vector<Recipe> recipes = {base, G_first_then_new, at_once, two_steps, five_steps, smoothed, leaking};

struct Results {
    kit::Sample distance, modes, quality, on_data, on_fakes;  // over seeds
};

static void trained(kit::Card& card) {
    card.table("3. Non-saturating on the ring: distance of samples to data; modes of 8; mean of sigmoid(D)",
               {"recipe", "distance", "modes", "high quality %", "D on data", "D on fakes"});
    kit::Figure figure(2, 4, 260, 240);
    figure.title = "Samples of the first seed (blue) on data (grey)";
    Random test(card.seed(), 6);
    const Tensor data = kit::make_points("ring").sample(500, test);
    std::map<std::string, Results> of;
    for (std::size_t i = 0; i < recipes.size(); ++i) {
        kit::Panel& panel = figure.panel(i / 4, i % 4);
        panel.title = i == 0 ? "base" : recipes[i].name;
        panel.square = true;
        panel.limits = kit::Box{-1.6, 1.6, -1.4, 1.4};
        panel.scatter("", data, kit::grey, 2);
        Results& r = of[recipes[i].name];
        for (std::uint64_t seed : card.seeds(3, 10)) {
            const Outcome o = play(recipes[i], seed, card.pick(2500, 10000));
            r.distance.add(o.distance);
            r.modes.add(o.modes);
            r.quality.add(o.quality);
            r.on_data.add(o.real);
            r.on_fakes.add(o.fake);
            if (seed == card.seed()) panel.scatter("", slice(o.samples, 0, 0, 1000), kit::blue, 2);
        }
        card.row({recipes[i].name, r.distance, kit::range(r.modes), r.quality, r.on_data, r.on_fakes});
    }
    figure.panel(1, 3).title = "data";
    figure.panel(1, 3).square = true;
    figure.panel(1, 3).limits = kit::Box{-1.6, 1.6, -1.4, 1.4};
    figure.panel(1, 3).scatter("", data, kit::grey, 2);
    card.picture(figure, "samples.png");
    const auto distance = [&](const Recipe& recipe) { return of[recipe.name].distance; };
    card.key_numbers("sliced W1 of samples and data: D first " + distance(base).str() + ", G first " +
                     distance(G_first_then_new).str() + ", simultaneous " + distance(at_once).str() +
                     ", 5 steps of D " + distance(five_steps).str() + ", smoothing " + distance(smoothed).str() +
                     ", attached with backward() " + distance(leaking).str());
    card.observe("3. attached fakes under backward(): no seed finds all eight modes, and no error is seen",
                 of[leaking.name].modes.max() < 8);
    card.observe("3. smoothing lowers what D says of the data (at p = q: 0.45 instead of 0.5)",
                 of[smoothed.name].on_data.mean() < of[base.name].on_data.mean());
    bool overlap = true;
    for (const Recipe& other : {G_first_then_new, at_once, two_steps, five_steps, smoothed})
        overlap = overlap && std::fabs(distance(other).mean() - distance(base).mean()) <
                                 distance(other).interval() + distance(base).interval();
    card.observe("3. order, steps of D, smoothing: each one's interval of the distance overlaps the base's", overlap);
    if (!card.full()) return;
    const auto finds_all = [&](const Recipe& recipe) { return of[recipe.name].modes.min() == 8; };
    card.observe("3. D first and G first on new fakes find all eight modes in every seed, the others do not",
                 finds_all(base) && finds_all(G_first_then_new) && !finds_all(at_once) && !finds_all(two_steps) &&
                     !finds_all(five_steps) && !finds_all(smoothed) && !finds_all(leaking));
}

static void body(kit::Card& card) {
    same_bits(card);
    leak(card);
    trained(card);
    card.verdict(
        kit::partly,
        "Only detaching the fakes matters here, and only with backward() and a single zero_grad() for both players: "
        "without it modes are lost, and no error is seen. With grad() a missing detach changes no bit. The order of "
        "the updates, the number of D's steps and the smoothing of labels make no difference to the distance that "
        "ten seeds could show. Of the modes, only D first and G first on new fakes find all eight with every seed. G "
        "first with D on the same fakes is nothing but the simultaneous update, and that loses some.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
