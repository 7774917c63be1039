// Claim: least squares relieves vanishing gradients, because it also pulls at samples far from the decision boundary.
//
//     1. the slope of each loss at given outputs: of fakes that D rejects, and of fakes that it accepts
//     2. the gradient at the best possible D
//     3. the gradient at a trained D
//     4. what becomes of G when D had a head start
//
// Mao et al. argue about fakes that D *accepts* although they are far from the data: there the logistic losses have no
// slope left. The usual worry is the other side, fakes that D *rejects*. What moves the generator is a product,
//
//     dG/dx = dG/df  df/dx,
//
// and on that side, at the optimal discriminator, it is the second factor that dies: D* is flat where it is sure. Put a
// sigmoid between network and loss, as many implementations do, and f, the network's own output, is no longer flat; but
// then the first factor dies, and the product at the optimum is the same.
#include <cmath>
#include <map>

#include "examples/claims/frozen_generator.hpp"
#include "examples/claims/points_gan.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "Least squares relieves the problem of vanishing gradients: it penalises samples that lie far from the "
        "decision boundary, so the generator gets more gradient.",
    .source = "Mao et al. 2017, sections 1 and 3.2",
    .experiment =
        "The generator's gradient of least squares (0, 1, 1), on linear outputs as published and on a sigmoid, "
        "beside the logistic losses:\n"
        "1. at given outputs;\n"
        "2. at the optimal discriminator of two Gaussians a distance t apart, by quadrature;\n"
        "3. at a discriminator (2-64-64-1, Adam 0.001, batch 128) trained against a frozen, untrained generator on "
        "the ring;\n"
        "4. on the ring, D learns alone for 3000 steps, then both for 3000 (beta1 0, beta2 0.99).",
    .too_short_for = "fine differences in parts 3 and 4: 2 seeds",
};

struct Game {
    std::string name, loss;
    bool sigmoid_output;
    Tensor output(const Tensor& logits) const { return sigmoid_output ? sigmoid(logits) : logits; }
};

static const Game minimax{"minimax", "minimax", false};
static const Game non_saturating{"non-saturating", "non-saturating", false};
static const Game linear_output{"least squares", "least-squares", false};
static const Game on_sigmoid{"least squares on sigmoid", "least-squares", true};
static const std::vector<Game> games = {minimax, non_saturating, linear_output, on_sigmoid};

static std::vector<std::string> header(const std::vector<std::string>& first) {
    std::vector<std::string> names = first;
    for (const Game& game : games) names.push_back(game.name);
    return names;
}

// dG/df of each sample, f being what the network returns: before the sigmoid, if there is one.
static Tensor slopes(const Game& game, const Tensor& logits) {
    return frozen::slopes([&](const Tensor& f) { return make_loss(game.loss)->generator(game.output(f)); }, logits);
}

// ---------------------------------------------------------------------------------------- 1. at an output

static double slope(const Game& game, double output) { return std::fabs(slopes(game, full({1}, output)).item()); }

static void at_outputs(kit::Card& card, kit::Panel& panel) {
    card.table("1. |dG/df| where the network returns f for a fake: accepted (f > 0), rejected (f < 0)", header({"f"}));
    const std::vector<double> outputs = {10, 5, 2, 0, -1, -2, -5, -10, -15, -20};
    for (double f : outputs) {
        std::vector<kit::Cell> row = {kit::digits(f)};
        for (const Game& game : games) row.push_back(slope(game, f));
        card.row(row);
    }
    for (const Game& game : games) {
        std::vector<double> sizes;
        for (double f : outputs) sizes.push_back(slope(game, f));
        panel.line(game.name, outputs, sizes);
    }
    card.observe(
        "1. on linear outputs the slope of least squares grows with the distance from the label, 1, on both "
        "sides: 9 at f = 10, 11 at f = -10",
        slope(linear_output, 10) == 9 && slope(linear_output, -10) == 11);
    card.observe("1. where D accepts a fake, f = 10, it is non-saturating that dies: below 1e-4",
                 slope(non_saturating, 10) < 1e-4);
    card.observe("1. on a sigmoid it vanishes as minimax's does: the same within 1 % from f = -10 on",
                 std::fabs(slope(on_sigmoid, -10) / slope(minimax, -10) - 1) < 0.01);
}

// ---------------------------------------------------------------------------------------- 2. at the optimum
//
//   The best D for two Gaussians (frozen_generator.hpp), and its slope along x:
//
//     logistic losses   D* = log p/q               df/dx = -t
//     least squares     D* = p / (p + q)           df/dx = -t D* (1 - D*)
//     on sigmoid        sigmoid(f) = p / (p + q): the same function, whatever the output layer; f = log p/q

struct Factors {
    double of_loss, of_d, product;  // E |dG/df|, E |df/dx|, |E dG/df df/dx|
};

static Factors at_optimum(const Game& game, double distance) {
    frozen::TwoGaussians at(distance);
    at.x.set_requires_grad(true);
    const Tensor log_ratio = at.log_ratio();
    const Tensor f = game.name == linear_output.name ? sigmoid(log_ratio) : log_ratio;
    const Tensor of_loss = slopes(game, f);
    const Tensor of_d = grad(sum(f), {at.x})[0];
    const Tensor& w = at.weights;
    return {sum(w * abs(of_loss)).item(), sum(w * abs(of_d)).item(), std::fabs(sum(w * of_loss * of_d).item())};
}

static void at_the_optimum(kit::Card& card, kit::Panel& panel) {
    card.table("2. |dL/dt| at the optimal D of p = N(0, 1) and q = N(t, 1); for least squares its factors (means)",
               header({"t", "|dG/df|", "|dD*/dx|"}));
    for (double t : {0.5, 1.0, 2.0, 4.0, 6.0, 8.0}) {
        const Factors factors = at_optimum(linear_output, t);
        std::vector<kit::Cell> row = {kit::digits(t), factors.of_loss, factors.of_d};
        for (const Game& game : games) row.push_back(at_optimum(game, t).product);
        card.row(row);
    }
    const Factors near = at_optimum(linear_output, 1), far = at_optimum(linear_output, 8);
    card.observe("2. at distance 8 least squares has less than 1/500 of its gradient at distance 1",
                 far.product < near.product / 500);
    card.observe("2. it is D* that is flat: the loss's own slope has grown meanwhile",
                 far.of_d < near.of_d / 500 && far.of_loss > near.of_loss);
    card.observe("2. with or without sigmoid: the same gradient, at all distances",
                 std::fabs(at_optimum(on_sigmoid, 4).product / at_optimum(linear_output, 4).product - 1) < 1e-3);
    for (const Game& game : games) {
        std::vector<double> distances, sizes;
        for (double t = 0.1; t <= 8; t += 0.1) {
            distances.push_back(t);
            sizes.push_back(at_optimum(game, t).product);
        }
        panel.line(game.name, distances, sizes);
    }
}

// ---------------------------------------------------------------------------------------- 3. trained

using Trained = std::map<std::string, std::map<Index, kit::Sample>>;  // of each game, after so many steps; over seeds

static Trained trained(kit::Card& card, kit::Panel& panel) {
    const std::vector<Index> moments = {0, 30, 100, 300, 1000, 3000};
    Trained gradients;
    card.table("3. |dL/d(parameters of G)| after so many steps of D against a frozen G", header({"steps"}));
    for (const Game& game : games) {
        const Activation output = game.sigmoid_output ? Activation::sigmoid() : Activation::identity();
        for (std::uint64_t seed : card.seeds(2, 6)) {
            Random test(seed, 5);
            const Tensor noise = test.normal({1000, 2});
            frozen::train(game.loss, output, seed, moments, [&](std::size_t i, const kit::Gan& gan) {
                gradients[game.name][moments[i]].add(frozen::gradient_of_generator(gan, noise));
            });
        }
        std::vector<double> means;
        for (const auto& [step, sample] : gradients[game.name]) means.push_back(sample.mean());
        panel.line(game.name, {moments.begin(), moments.end()}, means);
    }
    for (Index step : moments) {
        std::vector<kit::Cell> row = {kit::Cell(step)};
        for (const Game& game : games) row.push_back(gradients[game.name][step]);
        card.row(row);
    }
    const auto after = [&](const Game& game, Index step) -> const kit::Sample& { return gradients[game.name][step]; };
    const kit::Sample &of_linear = after(linear_output, 3000), &of_sigmoid = after(on_sigmoid, 3000);
    const kit::Sample &of_minimax = after(minimax, 3000), &of_non_saturating = after(non_saturating, 3000);
    card.observe(
        "3. on linear outputs: after 3000 steps less than half of what it was after 100, more than minimax has",
        of_linear.mean() < after(linear_output, 100).mean() / 2 && of_linear.mean() > of_minimax.mean());
    card.observe("3. non-saturating has ten times as much then, in every seed",
                 of_non_saturating.min() > 10 * of_linear.max());
    card.observe("3. on a sigmoid less than half of that on linear outputs", of_sigmoid.mean() < of_linear.mean() / 2);
    return gradients;
}

// ---------------------------------------------------------------------------------------- 4. the outcome

using Outcomes = std::map<std::string, kit::Sample>;  // modes found, over seeds; by the name of a game

static Outcomes after_head_start(kit::Card& card) {
    const kit::Points ring = kit::make_points("ring");
    card.table("4. after 3000 steps of D alone and 3000 of both: median [min, max] over seeds",
               {"game", "modes of 8", "sliced W1"});
    Outcomes modes;
    for (const Game& game : games) {
        kit::Sample distance;
        for (std::uint64_t seed : card.seeds(2, 6)) {
            kit::Recipe recipe{.loss = game.loss, .lr = 1e-3};
            if (game.sigmoid_output) recipe.output = Activation::sigmoid();
            recipe.training = {.steps = 6000, .batch = 128, .latent = 2, .frozen_steps = 3000, .seed = seed};
            const points_gan::Result result = points_gan::train(ring, recipe);
            modes[game.name].add(result.modes.modes);
            distance.add(result.distance);
        }
        card.row({game.name, kit::range(modes[game.name]), kit::range(distance)});
    }
    card.observe("4. least squares on linear outputs finds more than half of the modes in every seed",
                 modes[linear_output.name].min() > 4);
    card.observe("4. on a sigmoid it finds none in most seeds", modes[on_sigmoid.name].median() == 0);
    return modes;
}

static void body(kit::Card& card) {
    kit::Figure figure =
        frozen::figure("Does least squares keep a gradient when the discriminator wins?", "of the loss alone");
    at_outputs(card, figure.panel(0, 0));
    at_the_optimum(card, figure.panel(0, 1));
    Trained gradients = trained(card, figure.panel(0, 2));
    card.picture(figure, "gradients.png");
    Outcomes modes = after_head_start(card);
    std::string numbers =
        "length of G's gradient after 3000 steps of D alone, and modes of 8 after 3000 more of both: ";
    for (const Game& game : games)
        numbers += game.name + " " + gradients[game.name][3000].str() + ", " + modes[game.name].range() + "; ";
    numbers.resize(numbers.size() - 2);
    card.key_numbers(numbers);
    card.verdict(
        kit::partly,
        "The least squares loss keeps a slope where other losses have none, and yet little reaches the generator when "
        "D "
        "is sure. A fake that D accepts although it lies far from the data keeps a slope, where non-saturating has "
        "almost none: that is what the paper argues, and it is true. Where D rejects the fakes with confidence, the "
        "slope of the loss grows, but D itself is flat there, and its flatness wins: the better D is trained, the less "
        "gradient arrives, much less than with non-saturating. That need not spoil the outcome: with Adam, which "
        "divides a gradient by its size, G still finds most modes after a head start of D. With a sigmoid behind D it "
        "finds none.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
