// Claim: the critic's loss is meaningful: it falls with the distance between data and generator.
//
//     W1(p, q) = max over 1-Lipschitz D of  E_p D - E_q D     so the value  mean r - mean f = -(D's loss)  estimates W1
//
// Every D estimates the divergence of its loss: at the best D, -(D's loss) is 2 JS - 2 log 2 for minimax and
// non-saturating, T/8 - 1/4 for least squares. So all are asked the same question: does -(D's loss) rise and fall with
// W1 while G learns? At 40 moments of a training both are computed on the same fresh samples; a row of the table is one
// kind of D (loss, bound, optimizer, steps for one of G), its figures are the correlations over those moments.
// (At a frozen generator: claim wasserstein_optimum.)
#include <cmath>

#include "examples/kit/card.hpp"
#include "examples/kit/distances.hpp"
#include "examples/kit/points.hpp"
#include "examples/kit/training.hpp"

using namespace gantry;
using kit::Lipschitz;

static const kit::Claim claim = {
    .claim =
        "The Wasserstein critic's loss is a meaningful measure: unlike the discriminator's loss of other GANs, it "
        "correlates with the quality of the samples.",
    .source = "Arjovsky et al. 2017, section 4.2; Gulrajani et al. 2017, section 5.3",
    .experiment =
        "GANs (64-64, ReLU, batch 64, rate 0.0002 for G and 0.002 for D, beta1 0 or as \"momentum\" 0.9, beta2 0.9; "
        "clipped to 0.05) on three modes of a line and on the ring. At 40 moments of the training both figures on "
        "500 fresh samples. Minimax is left out: its D is that of non-saturating.",
    .too_short_for = "more than 3 seeds of 800 steps",
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
};

// "momentum" is Adam with beta1 0.9, against which Arjovsky et al. 2017 (section 4) warn.
static std::unique_ptr<Optimizer> optimizer_called(const std::string& name, const Tensors& parameters, double lr) {
    if (name == "RMSProp") return std::make_unique<RmsProp>(parameters, RmsPropOptions{.lr = lr, .alpha = 0.9});
    return std::make_unique<Adam>(parameters,
                                  AdamOptions{.lr = lr, .beta1 = name == "momentum" ? 0.9 : 0, .beta2 = 0.9});
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
    Random weights(seed), test(seed, 5);
    Mlp G({d, 64, 64, d}, Activation::relu(), Activation::identity(), weights);
    Mlp D({d, 64, 64, 1}, Activation::relu(), Activation::identity(), weights);
    const auto G_optimizer = optimizer_called(player.optimizer, G.parameters(), 2e-4);
    const auto D_optimizer = optimizer_called(player.optimizer, D.parameters(), 2e-3);
    const auto loss = make_loss(player.loss);
    kit::TrainingOptions options;
    options.steps = steps;
    options.batch = 64;
    options.latent = d;
    options.critic_steps = player.critic_steps;
    options.lipschitz = player.lipschitz;
    options.lambda = player.lambda;
    options.clip = 0.05;
    options.seed = seed;
    Course course;
    auto real_data = [&](Index n, Random& rng) { return data.sample(n, rng); };
    kit::train({G, D, *loss, *G_optimizer, *D_optimizer, real_data}, options, [&](const kit::StepReport& report) {
        if (report.step % (steps / 40) != 0) return;
        NoRecording guard;
        const Tensor real = data.sample(500, test);
        const Tensor fake = G(test.normal({500, d}));
        course.steps.push_back(static_cast<double>(report.step));
        course.values.push_back(value(*loss, D, real, fake));
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

static void while_learning(kit::Card& card) {
    std::vector<Player> players;
    for (Index k : {1, 5, 10}) players.push_back({"wasserstein", Lipschitz::penalty, "Adam", k, 0.1});
    players.push_back({"wasserstein", Lipschitz::penalty, "RMSProp", 5, 0.1});
    players.push_back({"wasserstein", Lipschitz::penalty, "Adam", 5, 10});
    for (Index k : {1, 5, 10}) players.push_back({"wasserstein", Lipschitz::clip, "RMSProp", k});
    players.push_back({"wasserstein", Lipschitz::clip, "momentum", 5});
    for (const char* loss : {"non-saturating", "least-squares"})  // minimax has the same D as non-saturating
        for (Index k : {1, 5}) players.push_back({loss, Lipschitz::none, "Adam", k});
    for (const char* name : {"mixture1d", "ring"}) {
        const kit::Points data = kit::make_points(name);
        card.table("correlation of -(D's loss) with W1 (" + std::string(data.dimensions == 1 ? "exact" : "sliced") +
                       "), " + data.about + "; median [min, max] over seeds",
                   {"D", "optimizer", "steps of D", "Pearson", "Spearman", "in the second half", "value / W1"});
        std::vector<Summary> of;
        for (const Player& p : players) {
            of.push_back(run(card, data, p));
            const Summary& s = of.back();
            card.row({p.str(), p.optimizer, p.critic_steps, kit::range(s.pearson), kit::range(s.spearman),
                      kit::range(s.late), kit::range(s.ratio)});
        }
        const Summary &five = of[1], &ten = of[2];  // steps of D, penalty 0.1, Adam
        card.observe(data.name + ": penalty 0.1 with 5 or 10 steps: Pearson above 0.9 in every seed",
                     five.pearson.min() > 0.9 && ten.pearson.min() > 0.9);
        card.observe(data.name + ": with one step of D less than with five, every seed",
                     of[0].pearson.max() < five.pearson.min());
        double others = -1;
        for (std::size_t i = players.size() - 4; i < players.size(); ++i)
            others = std::max(others, of[i].pearson.median());
        card.observe(data.name + ": no other loss comes up to it, median", others < five.pearson.min());
        if (data.name == "mixture1d") {
            card.observe("mixture1d: with penalty 10 Pearson is below 0.9, median", of[4].pearson.median() < 0.9);
            card.observe("mixture1d: in the second half, G near the data, Spearman is below 0.6, median",
                         five.late.median() < 0.6);
        }
        if (data.name == "ring")
            card.key_figures("ring, Pearson with W1: penalty 0.1 with 5 steps " + five.pearson.range() +
                             ", with 1 step " + of[0].pearson.range() + "; non-saturating with 5 steps " +
                             of[players.size() - 3].pearson.range());
    }
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
        "the critic is near its optimum and G is still on its way. With one step of D for one of G, or a penalty of "
        "10, it is loose or negative; and once G is near the data no value says much, Wasserstein's no more than "
        "the others'.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
