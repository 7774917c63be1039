// D trains alone until it wins, against a generator that stands still; then G is released, each loss from the same
// weights. G takes plain steps (SGD): Adam divides a gradient by its size, and so hides that it has vanished. What each
// fake wants is drawn as an arrow, its move -dL_G/dx; where D is sure, minimax' arrows are gone.
#include <cmath>

#include "examples/stories/stories.hpp"

namespace gantry {

static constexpr double plain_rate = 0.002;  // of G's plain steps
static constexpr Index arrows = 40;          // fakes whose moves are drawn

// What reaches the fakes when D has won. Moves are times the batch, for the loss is a mean.
struct Pull {
    Tensor fakes, moves;
    double probability, slope, length, gradient;  // means of s(f), |dL_G/df| and of the moves; norm of G's gradient
};

static Pull pull(const kit::Gan& gan, const Tensor& z) {
    const Tensor x = gan.G(z);
    Tensor leaf = x.detach();
    leaf.set_requires_grad(true);
    const Tensor f = gan.D(leaf);
    Tensor logits = f.detach();
    logits.set_requires_grad(true);
    const Real n = z.shape()[0];
    const Tensor slopes = grad(gan.loss->generator(logits), {logits})[0] * n;
    const Tensor moves = grad(gan.loss->generator(f), {leaf})[0] * -n;
    const Tensor loss = gan.loss->generator(gan.D(x));
    return {.fakes = leaf.detach(),
            .moves = moves,
            .probability = mean(sigmoid(logits.detach())).item(),
            .slope = mean(abs(slopes)).item(),
            .length = mean(sqrt(sum(square(moves), 1))).item(),
            .gradient = kit::norm(grad(loss, gan.G.parameters()))};
}

static void add_rows(kit::SampleTable& table, const kit::Recipe& recipe, const Pull& seen) {
    if (recipe.is_logistic()) table.add(recipe.loss, "D won: mean s(f)", seen.probability);
    table.add(recipe.loss, "D won: mean |dL_G/df|", seen.slope);
    table.add(recipe.loss, "D won: mean arrow", seen.length);
    table.add(recipe.loss, "D won: |gradient of G|", seen.gradient);
}

// On one axis for all losses.
static void draw_gradient(kit::Panel& panel, const std::vector<kit::Vitals>& rows) {
    std::vector<double> steps, norms;
    for (const kit::Vitals& row : rows) {
        steps.push_back(row.step);
        norms.push_back(row.generator_gradient);
    }
    panel.line("norm of G's gradient", steps, norms);
    panel.x_label = "step; G is released after " + std::to_string(frozen_steps);
    panel.log_y = true;
    panel.limits = kit::Box{0, steps.back(), 1e-4, 100};
}

// The arrows of all losses on one scale: the longest has 0.8 of the data's radius.
static void draw_arrows(Comparison& comparison, const std::vector<Pull>& of_losses) {
    double longest = 0;
    for (const Pull& one : of_losses)
        for (const double part : one.moves.values()) longest = std::max(longest, std::fabs(part));
    for (std::size_t i = 0; i < of_losses.size(); ++i)
        comparison.panel(0, loss_names()[i])
            .arrows(of_losses[i].fakes, of_losses[i].moves * (0.8 / longest), {0.48, 0.06, 0.24});
}

void tell_saturation(Comparison& comparison, const kit::Settings& settings) {
    std::vector<Pull> released;  // of each loss
    for (const std::string& loss : loss_names()) {
        kit::Settings own = settings;
        own.loss = loss;
        own.use_defaults_of_loss();
        own.training.frozen_steps = frozen_steps;
        own.training.decay_from = 1;
        kit::Gan gan(own, 2, comparison.real_data);
        gan.G_optimizer = std::make_unique<Sgd>(gan.G.parameters(), SgdOptions{.lr = plain_rate});
        const Tensor z = slice(comparison.noise(own.training.seed), 0, 0, arrows);
        const auto look = [&](Index step) {
            if (step != frozen_steps) return;
            released.push_back(pull(gan, z));
            add_rows(comparison.table, own, released.back());
            comparison.draw(0, own, "D has won", comparison.points.from_network(released.back().fakes), gan.D);
        };
        const std::string seed = "seed " + std::to_string(own.training.seed);
        if (!comparison.train(own, gan, {.about = seed, .when = "end: ", .row = 1}, look)) break;
        comparison.panel(1, loss).title = loss + ", at the end";
        draw_gradient(comparison.panel(2, loss), comparison.observer.rows());
    }
    draw_arrows(comparison, released);
}

}  // namespace gantry
