// Claim: five sentences that stand beside the losses in many explanations.
//
//     1. "the gradient of least squares is continuous"         of all four losses it is
//     2. "a GAN is a zero-sum game"                            with minimax and Wasserstein
//     3. "D outputs a probability"                             with minimax and non-saturating, behind a sigmoid
//     4. "c is determined by the generator"                    it is a number that you choose
//     5. "minimax is the most common loss"                     nothing that a program can measure: see the remark
#include <cmath>
#include <map>

#include "examples/claims/points_gan.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;
using points_gan::Kind;

static const kit::Claim claim = {
    .claim =
        "The gradient of the least squares loss is continuous, unlike others; training a GAN is a zero-sum game; D "
        "outputs the probability that a sample is real; the label c is determined by the generator; minimax is the "
        "most common loss.",
    .source = "explanations of the four losses; Goodfellow et al. 2014, section 3, for what is used in practice",
    .experiment =
        "1. The largest second derivative of each generator's loss by D's output f, for f from -20 to 20.\n"
        "2. The sum of D's and G's loss when f changes and D's output for the real sample stays 0.\n"
        "3. D's outputs at 1,000 points of the square from -2 to 2, after 1000 steps on the ring (2-64-64-1, Adam "
        "0.001; "
        "Wasserstein with penalty 0.1).\n"
        "4. G's least squares loss at one f for three choices of c.",
};

static const std::vector<double>& outputs() {
    static const std::vector<double> all = [] {
        std::vector<double> f;
        for (int i = -200; i <= 200; ++i) f.push_back(i / 10.0);
        return f;
    }();
    return all;
}

// The largest |d2L/df2|: where it is finite, the gradient has no jump.
static double largest_bend(const GanLoss& loss) {
    double largest = 0;
    for (double at : outputs()) {
        Tensor f = full({1}, at);
        f.set_requires_grad(true);
        const Tensor slope = grad(loss.generator(f), {f}, true)[0];
        if (!slope.requires_grad()) continue;  // constant, as with Wasserstein
        largest = std::max(largest, std::fabs(double(grad(sum(slope), {f})[0].item())));
    }
    return largest;
}

static std::vector<double> sums_of_losses(const GanLoss& loss) {
    std::vector<double> sums;
    for (double at : outputs()) {
        const Tensor f = full({1}, at);
        sums.push_back(loss.discriminator(zeros({1}), f).item() + loss.generator(f).item());
    }
    return sums;
}

// How far the sum of both losses moves with f: 0 if whatever G gains D loses.
static double movement_of_sum(const GanLoss& loss) {
    const kit::Sample sums(sums_of_losses(loss));
    return sums.max() - sums.min();
}

static void draw(kit::Card& card) {
    kit::Figure figure(1, 2);
    kit::Panel &slope = figure.panel(0, 0), &sum = figure.panel(0, 1);
    slope.title = "slope of G's loss, dL_G/df: no jumps";
    sum.title = "D's loss + G's loss: flat if zero-sum";
    slope.limits = kit::Box{-5, 5, -5, 5};
    sum.limits = kit::Box{-5, 5, -1, 10};
    for (const std::string& name : loss_names()) {
        const auto loss = make_loss(name);
        std::vector<double> slopes;
        for (double at : outputs()) {
            Tensor f = full({1}, at);
            f.set_requires_grad(true);
            slopes.push_back(grad(loss->generator(f), {f})[0].item());
        }
        slope.line(name, outputs(), slopes);
        sum.line(name, outputs(), sums_of_losses(*loss));
    }
    for (kit::Panel* panel : {&slope, &sum}) panel->x_label = "output f of D for a fake";
    card.picture(figure, "losses.png");
}

static double share_outside(const Kind& kind, std::uint64_t seed) {
    const kit::Points ring = kit::make_points("ring");
    kit::Recipe recipe{.lr = 1e-3};
    recipe.training = {.steps = 1000, .batch = 64, .latent = 2, .seed = seed};
    recipe = with(kind, recipe);
    kit::Gan gan(recipe, 2, [&](Index n, Random& rng) { return ring.sample(n, rng); });
    kit::train(gan.players(), recipe.training);
    Random test(seed, 5);
    double outside = 0;
    for (Real r : gan.D(test.uniform({1000, 2}, -2, 2)).values()) outside += r < 0 || r > 1;
    return outside / 10;
}

static void body(kit::Card& card) {
    card.table("1 to 3, for each loss",
               {"loss", "largest |d2L_G/df2|", "sum of both losses moves by", "outputs of D outside 0 .. 1, %"});
    std::map<std::string, double> bend, sum_moves;
    std::map<std::string, kit::Sample> outside;
    for (const std::string& loss : loss_names()) {
        bend[loss] = largest_bend(*make_loss(loss));
        sum_moves[loss] = movement_of_sum(*make_loss(loss));
        for (std::uint64_t seed : card.seeds(2, 5))
            outside[loss].add(share_outside({loss, loss == "wasserstein"}, seed));
        card.row({loss, bend[loss], sum_moves[loss], outside[loss]});
        card.observe("1. " + loss + ": the second derivative is at most 1, so the gradient has no jump",
                     bend[loss] <= 1);
        const bool zero_sum = loss == "minimax" || loss == "wasserstein";
        card.observe("2. " + loss + (zero_sum ? ": the sum does not move with f" : ": the sum moves with f"),
                     zero_sum ? sum_moves[loss] < 1e-4 : sum_moves[loss] > 1);
    }
    for (const std::string loss : {"wasserstein", "least-squares"})
        card.observe("3. " + loss + ", which has no sigmoid: some outputs are no probabilities, in every seed",
                     outside[loss].min() > 0);
    draw(card);
    card.remark("3. The outputs of minimax and non-saturating are logits; the sigmoid of a logit is a probability.");

    card.table("4. G's least squares loss and its slope at f = 0.3", {"c", "loss", "slope f - c"});
    for (double c : {0.0, 0.5, 1.0}) {
        Tensor f = full({1}, 0.3);
        f.set_requires_grad(true);
        const Tensor loss = LeastSquares({.a = 0, .b = 1, .c = c}).generator(f);
        const double slope = grad(loss, {f})[0].item();
        card.row({kit::digits(c), loss.item(), slope});
        card.observe("4. c = " + kit::digits(c) + " sets where G's loss is least: the slope is f - c",
                     std::fabs(slope - (0.3 - c)) < 1e-6);
    }
    card.remark(
        "5. Which loss is most common cannot be measured here. Goodfellow et al. 2014 (section 3) propose the "
        "non-saturating loss for practice, and programs that train G with the label \"real\" and cross entropy use it, "
        "often under the name of the minimax game.");
    card.key_numbers("sum of both losses, from its least to its largest value: minimax " +
                     kit::digits(sum_moves["minimax"], 2) + ", Wasserstein " +
                     kit::digits(sum_moves["wasserstein"], 2) + ", non-saturating " +
                     kit::digits(sum_moves["non-saturating"], 3) + ", least squares " +
                     kit::digits(sum_moves["least-squares"], 3) + "; outputs of D outside 0 .. 1: Wasserstein " +
                     outside["wasserstein"].str() + " %, least squares " + outside["least-squares"].str() + " %");
    card.verdict(
        kit::partly,
        "Each sentence is true of some losses or of none, and none of them tells the four losses apart as it is said. "
        "The gradient of every loss is continuous, not only that of least squares. The game is zero-sum, so that one "
        "player loses what the other gains, with minimax and Wasserstein only. D's output is a probability, after a "
        "sigmoid, with minimax and non-saturating only. The label c is a number that you choose before the training; "
        "the generator does not set it. And in practice the non-saturating loss is the usual one, although it is often "
        "called by the name of minimax.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
