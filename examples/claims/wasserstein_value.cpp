// Claim: the critic's loss is meaningful: it falls with the distance between data and generator.
//
//     W1(p, q) = max over 1-Lipschitz D of  E_p D - E_q D     so the value  mean r - mean f = -(D's loss)  estimates W1
//
// Every D estimates the divergence of its loss: at the best D, -(D's loss) is 2 JS - 2 log 2 for minimax and
// non-saturating, T/8 - 1/4 for least squares. So all are asked the same question: does -(D's loss) rise and fall with
// W1 while G learns? At 40 moments of a training both are computed on the same fresh samples; a row of the table is one
// kind of D (loss, bound, optimizer, steps for one of G), its numbers are the correlations over those moments.
// (At a frozen generator: claim wasserstein_optimum.)
#include <algorithm>
#include <cmath>
#include <map>

#include "examples/kit/data/points.hpp"
#include "examples/kit/measure/distances.hpp"
#include "examples/kit/run/card.hpp"
#include "examples/kit/train/gan.hpp"

using namespace gantry;
using kit::Lipschitz;

static const kit::Claim claim = {
    .claim =
        "The Wasserstein critic's loss is a meaningful measure: unlike the discriminator's loss of other GANs, it "
        "correlates with the quality of the samples.",
    .source = "Arjovsky et al. 2017, section 4.2; Gulrajani et al. 2017, section 5.3",
    .experiment =
        "GANs (64-64, ReLU, batch 64, rate 0.0002 for G and 0.002 for D, beta1 0 or as \"momentum\" 0.9, beta2 0.9; "
        "clipped to 0.05) on three modes of a line and on the ring. At 40 moments of the training both numbers on "
        "500 fresh samples. Minimax is left out: its D is that of non-saturating.",
    .too_short_for = "a G that is near the data, and fine differences: 3 seeds, 800 steps",
};

struct Player {
    std::string loss;
    Lipschitz lipschitz;
    std::string optimizer;
    Index critic_steps = 1;
    double lambda = 10;

    std::string str() const {
        if (loss != "wasserstein") return loss;
        return lipschitz == Lipschitz::clip ? "Wasserstein, clipped" : "Wasserstein, penalty " + kit::digits(lambda);
    }
    std::string name() const { return str() + ", " + optimizer + ", " + std::to_string(critic_steps) + " steps"; }
};

// "momentum" is Adam with beta1 0.9, against which Arjovsky et al. 2017 (section 4) warn.
static kit::Recipe recipe_of(const Player& player, Index latent, Index steps, std::uint64_t seed) {
    kit::Recipe recipe{.loss = player.loss, .lr = 2e-4, .D_rate = 10, .beta2 = 0.9};
    if (player.optimizer == "RMSProp") recipe.optimizer = "rmsprop";
    if (player.optimizer == "momentum") recipe.beta1 = 0.9;
    recipe.training = {.steps = steps,
                       .batch = 64,
                       .latent = latent,
                       .critic_steps = player.critic_steps,
                       .lipschitz = player.lipschitz,
                       .lambda = player.lambda,
                       .clip = 0.05,
                       .seed = seed};
    return recipe;
}

// -(D's loss), without the penalty.
static double value(const GanLoss& loss, const Mlp& D, const Tensor& real, const Tensor& fake) {
    NoRecording guard;
    const Tensor real_logits = D(real);
    const Tensor fake_logits = D(fake);
    return -loss.discriminator(real_logits, fake_logits).item();
}

struct Course {
    std::vector<double> steps, values, distances;  // -(D's loss) and W1, both of the same 500 fresh samples
};

static Course train(const kit::Points& data, const Player& player, Index steps, std::uint64_t seed) {
    const Index d = data.dimensions;
    const kit::Recipe recipe = recipe_of(player, d, steps, seed);
    kit::Gan gan(recipe, d, [&](Index n, Random& rng) { return data.sample(n, rng); });
    Random test(seed, 5);
    Course course;
    kit::train(gan.players(), recipe.training, [&](const kit::StepReport& report) {
        if (report.step % (steps / 40) != 0) return;
        const Tensor real = data.sample(500, test);
        const Tensor fake = kit::generate(gan.G, 500, d, test);
        course.steps.push_back(report.step);
        course.values.push_back(value(*gan.loss, gan.D, real, fake));
        course.distances.push_back(d == 1 ? kit::wasserstein_1d(real, fake) : kit::sliced_wasserstein(real, fake));
    });
    return course;
}

struct Summary {
    kit::Sample pearson, spearman, late;  // the last: Spearman's over the second half
    kit::Sample ratio;                    // value / W1, median over the second half
};

static Summary run(const kit::Card& card, const kit::Points& data, const Player& player) {
    Summary summary;
    for (std::uint64_t seed : card.seeds(3, 6)) {
        const Course c = train(data, player, card.pick(800, 2500), seed);
        const std::vector<double> late_values(c.values.begin() + 20, c.values.end());
        const std::vector<double> late_distances(c.distances.begin() + 20, c.distances.end());
        summary.pearson.add(kit::correlation(c.values, c.distances));
        summary.spearman.add(kit::rank_correlation(c.values, c.distances));
        summary.late.add(kit::rank_correlation(late_values, late_distances));
        kit::Sample ratios;
        for (std::size_t i = 0; i < late_values.size(); ++i) ratios.add(late_values[i] / late_distances[i]);
        summary.ratio.add(ratios.median());
    }
    return summary;
}

// What the verdict rests on. `of` has a summary for each of the players, by its name.
static void judge(kit::Card& card, const std::map<std::string, Summary>& of, const std::string& where,
                  std::string& numbers) {
    const auto penalised = [](Index critic_steps, double lambda) {
        return Player{"wasserstein", Lipschitz::penalty, "Adam", critic_steps, lambda}.name();
    };
    const auto other = [](const char* loss, Index critic_steps) {
        return Player{loss, Lipschitz::none, "Adam", critic_steps}.name();
    };
    const Summary &one = of.at(penalised(1, 0.1)), &five = of.at(penalised(5, 0.1)), &ten = of.at(penalised(10, 0.1));
    const Summary& heavy = of.at(penalised(5, 10));
    const Summary &non_saturating = of.at(other("non-saturating", 5)),
                  &least_squares = of.at(other("least-squares", 5));
    const double lowest = std::min(five.pearson.min(), ten.pearson.min());
    numbers += "; " + where + ": penalty 0.1 with 5 steps " + five.pearson.range();
    if (where == "ring") {
        double others = -1;
        for (const char* loss : {"non-saturating", "least-squares"})
            for (Index k : {1, 5}) others = std::max(others, of.at(other(loss, k)).pearson.median());
        card.observe("ring: penalty 0.1 with 5 or 10 steps: Pearson above 0.9 in every seed", lowest > 0.9);
        card.observe("ring: with one step of D less than with five, every seed",
                     one.pearson.max() < five.pearson.min());
        card.observe("ring: no other loss comes up to it, median", others < five.pearson.min());
        numbers += ", with 1 step " + one.pearson.range() + ", non-saturating with 5 " + non_saturating.pearson.range();
    } else {
        card.observe("line: penalty 0.1 with 5 or 10 steps: Pearson above 0.6 in every seed; the lowest: " +
                         kit::digits(lowest, 2),
                     lowest > 0.6);
        card.observe("line: with one step of D less than with five, median",
                     one.pearson.median() < five.pearson.median());
        card.observe("line: with penalty 10 Pearson is below 0.9, median", heavy.pearson.median() < 0.9);
        card.observe("line: in the second half, G near the data, Spearman is below 0.6, median",
                     five.late.median() < 0.6);
        if (card.full())
            card.observe("line: least squares with 5 steps comes up to it: the ranges of Pearson overlap",
                         least_squares.pearson.max() > five.pearson.min());
        numbers += ", least squares with 5 steps " + least_squares.pearson.range();
    }
    if (card.full())
        card.observe(where + ": in the second half both other losses with 5 steps follow W1 better, median",
                     std::min(non_saturating.late.median(), least_squares.late.median()) > five.late.median());
}

static void while_learning(kit::Card& card) {
    std::vector<Player> players;
    for (Index k : {1, 5, 10}) players.push_back({"wasserstein", Lipschitz::penalty, "Adam", k, 0.1});
    players.push_back({"wasserstein", Lipschitz::penalty, "RMSProp", 5, 0.1});
    players.push_back({"wasserstein", Lipschitz::penalty, "Adam", 5, 10});
    for (Index k : {1, 5, 10}) players.push_back({"wasserstein", Lipschitz::clip, "RMSProp", k});
    players.push_back({"wasserstein", Lipschitz::clip, "momentum", 5});
    for (const char* loss : {"non-saturating", "least-squares"})  // minimax has the same D as non-saturating
        for (Index k : {1, 5}) players.push_back({loss, Lipschitz::none, "Adam", k});
    std::string numbers;
    for (const char* name : {"mixture1d", "ring"}) {
        const kit::Points data = kit::make_points(name);
        card.table("correlation of -(D's loss) with W1 (" + std::string(data.dimensions == 1 ? "exact" : "sliced") +
                       "), " + data.about + "; median [min, max] over seeds",
                   {"D", "optimizer", "steps of D", "Pearson", "Spearman", "in the second half", "value / W1"});
        std::map<std::string, Summary> of;
        for (const Player& p : players) {
            const Summary s = of[p.name()] = run(card, data, p);
            card.row({p.str(), p.optimizer, p.critic_steps, kit::range(s.pearson), kit::range(s.spearman),
                      kit::range(s.late), kit::range(s.ratio)});
        }
        judge(card, of, data.name == "ring" ? "ring" : "line", numbers);
    }
    card.key_numbers("Pearson with W1" + numbers);
}

// ---------------------------------------------------------------------------------------- the card

static void body(kit::Card& card) {
    while_learning(card);
    kit::Figure figure(1, 2);
    figure.title = "-(D's loss) and the distance between data and generator";
    const std::vector<Player> shown = {{"wasserstein", Lipschitz::penalty, "Adam", 5, 0.1},
                                       {"non-saturating", Lipschitz::none, "Adam", 5}};
    for (int i : {0, 1}) {
        const Course c = train(kit::make_points("ring"), shown[i], card.pick(800, 2500), card.seed());
        kit::Panel& panel = figure.panel(0, i);
        panel.title = "ring, " + shown[i].str() + ", 5 steps of D";
        panel.x_label = "step of G";
        panel.line("-(D's loss)", c.steps, c.values);
        panel.line("sliced W1", c.steps, c.distances);
    }
    card.picture(figure, "values.png");
    card.verdict(
        kit::holds_when,
        "G is still on its way and the critic is near its optimum: then on the ring no other loss comes up to it. With "
        "one step of D for one of G, or a penalty of 10, it is looser. On a line least squares does as well; and once "
        "G is near the data, Wasserstein's value says little, and the others' say more.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
