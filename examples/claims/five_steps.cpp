// Claim: in each iteration the losses go down, D's by D's update and G's by G's, and falling losses mean progress.
//
//     1. each loss before and after single updates
//     2. the losses of whole trainings beside the distance of the samples from the data
//
// The first half is true, and is what gradient descent promises: a small step lowers its own player's loss, on that
// batch, while the other is frozen. The second half confuses a game with a descent: the other player moves next, and
// takes the gain away. So over a training the curves say something else, and not the same with a gradient penalty as
// without it.
#include <cmath>

#include "examples/claims/points_gan.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;
using points_gan::Kind;

static const kit::Claim claim = {
    .claim =
        "In each iteration the discriminator's loss is lowered by its update and the generator's by its own. Falling "
        "losses show that the training makes progress.",
    .source = "Goodfellow et al. 2014, algorithm 1, and most tutorials",
    .experiment =
        "Ring of 8, networks 2-64-64, batch 128, Adam (betas 0 and 0.99); Wasserstein with a penalty of weight 1, "
        "non-saturating also.\n"
        "1. Alternating updates: each loss before and after each update, on the same batch, the other player "
        "frozen.\n"
        "2. Trainings of 3000 steps at 0.001 (with the penalty 3 steps of D for one of G): the losses beside the "
        "sliced Wasserstein "
        "distance between 1000 samples and data. The table is of all seeds, the picture of the first.",
    .too_short_for = "what differs less than 3 seeds do",
};

// What both parts play: the ring, two small networks.
static kit::Recipe recipe_of(const Kind& kind, double lr, std::uint64_t seed) {
    kit::Recipe recipe{.lr = lr};
    recipe.training = {.batch = 128, .latent = 2, .critic_steps = kind.penalised ? 3 : 1, .seed = seed};
    recipe = with(kind, recipe);
    recipe.training.lambda = 1;
    return recipe;
}

static std::vector<Kind> as_usual() {  // Wasserstein with the penalty, the others without
    std::vector<Kind> kinds;
    for (const std::string& loss : loss_names()) kinds.push_back({loss, loss == "wasserstein"});
    return kinds;
}

struct Table {
    kit::Points ring = kit::make_points("ring");
    kit::Recipe recipe;
    kit::Gan gan;
    const Mlp &G = gan.G, &D = gan.D;

    Table(const Kind& kind, double lr, std::uint64_t seed)
        : recipe(recipe_of(kind, lr, seed)),
          gan(recipe, 2, [this](Index n, Random& rng) { return ring.sample(n, rng); }) {}

    Tensor D_loss(const Tensor& real, const Tensor& fake, Random dice) const {  // the same dice, the same penalty
        const Tensor real_logits = D(real);
        const Tensor fake_logits = D(fake);
        Tensor value = gan.loss->discriminator(real_logits, fake_logits);
        if (recipe.training.lipschitz == kit::Lipschitz::penalty) value += gradient_penalty(D, real, fake, 1, dice);
        return value;
    }
    Tensor G_loss(const Tensor& z) const { return gan.loss->generator(D(G(z))); }
};

// ---------------------------------------------------------------------------------------- 1. one update

struct Shares {  // in %, of all updates
    kit::Sample D_lowers_own, G_lowers_own, D_raises_G, G_raises_D;
};

static void updates(const Kind& kind, double lr, std::uint64_t seed, Index steps, Shares& shares) {
    Table table(kind, lr, seed);
    Random data(seed, 1), noise(seed, 2);
    Index D_lower = 0, G_lower = 0, D_hurts = 0, G_hurts = 0;
    for (Index step = 0; step < steps; ++step) {
        const Tensor real = table.ring.sample(128, data);
        const Tensor z = noise.normal({128, 2});
        const Tensor fake = table.G(z).detach();
        const Random dice(seed, 1000 + step);
        const Tensor D_before = table.D_loss(real, fake, dice);
        const double G_first = table.G_loss(z).item();

        table.gan.D_optimizer->step(grad(D_before, table.D.parameters()));
        const double D_after = table.D_loss(real, fake, dice).item();
        const Tensor G_before = table.G_loss(z);

        table.gan.G_optimizer->step(grad(G_before, table.G.parameters()));
        const double G_after = table.G_loss(z).item();
        const double D_last = table.D_loss(real, table.G(z).detach(), dice).item();

        D_lower += D_after < D_before.item();
        D_hurts += G_before.item() > G_first;
        G_lower += G_after < G_before.item();
        G_hurts += D_last > D_after;
    }
    const auto share = [&](Index count) { return 100.0 * count / steps; };
    shares.D_lowers_own.add(share(D_lower));
    shares.G_lowers_own.add(share(G_lower));
    shares.D_raises_G.add(share(D_hurts));
    shares.G_raises_D.add(share(G_hurts));
}

static std::string one_update(kit::Card& card) {
    bool others = true;
    kit::Sample small, usual, large;
    card.table("1. Updates that lower their own player's loss on the batch, and that raise the other's. In % of all",
               {"loss", "step size", "D lowers its own", "G lowers its own", "D raises G's", "G raises D's"});
    for (const Kind& kind : as_usual()) {
        for (double lr : {1e-4, 1e-3, 1e-2, 1e-1}) {
            Shares shares;
            for (std::uint64_t seed : card.seeds(3, 5)) updates(kind, lr, seed, card.pick(400, 1000), shares);
            card.row({kind.name(), kit::digits(lr), shares.D_lowers_own, shares.G_lowers_own, shares.D_raises_G,
                      shares.G_raises_D});
            const double least = std::min(shares.D_lowers_own.mean(), shares.G_lowers_own.mean());
            if (lr == 1e-4) small.add(least);
            if (lr == 1e-3) usual.add(least);
            if (lr == 1e-3) others = others && shares.D_raises_G.mean() > 50 && shares.G_raises_D.mean() > 75;
            if (lr == 1e-1) large.add(least);
        }
    }
    card.observe(
        "1. with step size 0.0001, more than 95 % of the updates lower their own loss, for each loss and player",
        small.min() > 95);
    card.observe("1. with step size 0.1, some player of each loss fails in more than 5 % of its updates",
                 large.max() < 95);
    card.observe(
        "1. with step size 0.001, D's updates raise G's loss in more than 50 %, G's raise D's in more than 75 %",
        others);
    return "share of the updates that lower their own player's loss, of the loss and player with the fewest: " +
           kit::fixed(small.min(), 1) + " % (step size 0.0001), " + kit::fixed(usual.min(), 1) + " % (0.001), " +
           kit::fixed(large.min(), 1) + " % (0.1)";
}

// ---------------------------------------------------------------------------------------- 2. a training

struct Curves {
    std::vector<double> steps, D, G, distance;  // of each fiftieth of the training: mean losses, distance at its end
    double untrained;                           // distance of the untrained generator
};

static const Index steps = 3000;

static Curves training(const Kind& kind, std::uint64_t seed) {
    Table table(kind, 1e-3, seed);
    table.recipe.training.steps = steps;
    Random test(seed, 5);
    const Tensor z = test.normal({1000, 2}), real = table.ring.sample(1000, test);
    Curves curves;
    curves.untrained = kit::sliced_wasserstein(table.G(z), real);
    double D = 0, G = 0;
    const Index every = steps / 50;
    kit::train(table.gan.players(), table.recipe.training, [&](const kit::StepReport& report) {
        D += (report.D.loss - report.D.penalty) / every;
        G += report.G.loss / every;
        if (report.step % every != 0) return;
        curves.steps.push_back(report.step);
        curves.D.push_back(D);
        curves.G.push_back(G);
        curves.distance.push_back(kit::sliced_wasserstein(table.G(z), real));
        D = G = 0;
    });
    return curves;
}

struct Summary {
    kit::Sample D_first, D_last, G_first, G_last, far, near, of_D, of_G;  // over seeds; the last two: rank correlations
    Curves first;                                                         // of the first seed
};

static Summary over_seeds(const kit::Card& card, const Kind& kind) {
    Summary s;
    for (std::uint64_t seed : card.seeds(3, 6)) {
        const Curves c = training(kind, seed);
        s.D_first.add(c.D.front());
        s.D_last.add(c.D.back());
        s.G_first.add(c.G.front());
        s.G_last.add(c.G.back());
        s.far.add(c.untrained);
        s.near.add(c.distance.back());
        s.of_D.add(kit::rank_correlation(c.D, c.distance));
        s.of_G.add(kit::rank_correlation(c.G, c.distance));
        if (seed == card.seed()) s.first = c;
    }
    return s;
}

static std::string whole_training(kit::Card& card) {
    std::vector<Kind> kinds = as_usual();
    kinds.push_back({"non-saturating", true});
    kit::Figure figure((kinds.size() + 1) / 2, 2);
    figure.title = "Seed " + std::to_string(card.seed()) +
                   " alone: losses (means of 1/50 of the training), distance of its samples (at the end of each)";
    card.table(
        "2. A training: losses in its first and last fiftieth, distance of the samples, each loss's rank correlation "
        "with it",
        {"loss", "D first", "last", "G first", "last", "distance before", "after", "D: correlation", "G: correlation"});
    std::string numbers = "rank correlation of D's loss with the distance: ";
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        const std::string name = kinds[i].name();
        const Summary s = over_seeds(card, kinds[i]);
        card.row({name, s.D_first, s.D_last, s.G_first, s.G_last, s.far, s.near, s.of_D, s.of_G});
        kit::Panel& panel = figure.panel(i / 2, i % 2);
        panel.title = name;
        panel.x_label = "step";
        panel.line("D's loss", s.first.steps, s.first.D);
        panel.line("G's loss", s.first.steps, s.first.G);
        panel.line("distance of samples", s.first.steps, s.first.distance);
        card.observe("2. " + name + ": the distance of the samples has halved, at least, in the median",
                     s.near.median() < s.far.median() / 2);
        if (kinds[i].penalised)
            card.observe("2. " + name + ": D's loss rises as the samples improve: correlation below -0.3 in the mean",
                         s.of_D.mean() < -0.3);
        else
            card.observe("2. " + name + ": D's loss ends within 15 % of where it began, its correlation is within 0.4",
                         std::fabs(s.D_last.mean() / s.D_first.mean() - 1) < 0.15 && std::fabs(s.of_D.mean()) < 0.4);
        numbers += (i == 0 ? "" : ", ") + name + " " + s.of_D.str();
    }
    card.picture(figure, "curves.png");
    return numbers;
}

static void body(kit::Card& card) {
    const std::string single = one_update(card);
    card.key_numbers(single + "; " + whole_training(card));
    card.verdict(
        kit::partly,
        "A small step does lower its own player's loss, but the losses of a training do not show its progress. The "
        "first "
        "half holds for steps smaller than the usual ones: with larger ones many updates raise the loss that they "
        "should lower. The second half does not hold: the other player answers, and takes the gain away. D's loss in "
        "minimax and non-saturating ends where it began, near 2 ln 2 = 1.386, the loss of a D that can only guess, "
        "although the samples have become good. Only with a gradient penalty does D's loss follow them, with "
        "Wasserstein and with non-saturating alike, and then it rises while they improve.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
