#include "examples/kit/train/gan.hpp"

namespace gantry::kit {

bool Recipe::is_logistic() const { return loss == "minimax" || loss == "non-saturating"; }

std::optional<double> Recipe::undecided() const {
    if (is_logistic()) return 0;
    if (loss == "least-squares") return (labels.a + labels.b) / 2;
    return std::nullopt;
}

std::unique_ptr<GanLoss> Recipe::make_loss() const {
    if (loss == "minimax") return std::make_unique<Minimax>(LogisticOptions{.smoothing = smoothing});
    if (loss == "non-saturating") return std::make_unique<NonSaturating>(LogisticOptions{.smoothing = smoothing});
    if (loss == "least-squares") return std::make_unique<LeastSquares>(labels);
    return gantry::make_loss(loss);  // Wasserstein, or one of your own: without options
}

std::unique_ptr<Optimizer> Recipe::make_optimizer(const Tensors& parameters, double rate) const {
    const double own = lr * rate;
    if (optimizer == "sgd") return std::make_unique<Sgd>(parameters, SgdOptions{.lr = own, .momentum = momentum});
    if (optimizer == "rmsprop") return std::make_unique<RmsProp>(parameters, RmsPropOptions{.lr = own, .alpha = beta2});
    if (optimizer == "adam")
        return std::make_unique<Adam>(parameters, AdamOptions{.lr = own, .beta1 = beta1, .beta2 = beta2});
    fail("Recipe", "the optimizer \"" + optimizer + "\" is none of adam, rmsprop and sgd");
}

// The sizes of an Mlp: in, `layers` times `hidden`, out.
static std::vector<Index> sizes(const Recipe& recipe, Index in, Index out) {
    std::vector<Index> result(recipe.layers + 2, recipe.hidden);
    result.front() = in;
    result.back() = out;
    return result;
}

Gan::Gan(const Recipe& recipe, Index dimensions, const RealData& data)
    : weights(recipe.training.seed),
      G(sizes(recipe, recipe.training.latent, dimensions), Activation::relu(), Activation::identity(), weights),
      D(sizes(recipe, dimensions, 1), Activation::relu(), recipe.output, weights),
      loss(recipe.make_loss()),
      G_optimizer(recipe.make_optimizer(G.parameters())),
      D_optimizer(recipe.make_optimizer(D.parameters(), recipe.D_rate)),
      real_data(data) {}

Tensor generate(const Module& G, Index n, Index latent, Random& rng) {
    NoRecording guard;
    return G(rng.normal(Shape{n, latent}));
}

}  // namespace gantry::kit
