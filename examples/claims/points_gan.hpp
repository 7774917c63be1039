// The experiment that several cards share: two small networks learn points in the plane from each other, and 2500
// samples of the trained generator are compared with the data.
#pragma once

#include "examples/kit/data/points.hpp"
#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/train/gan.hpp"

namespace points_gan {

using namespace gantry;

/// A loss, with or without the gradient penalty of WGAN-GP: the two are chosen apart.
struct Kind {
    std::string loss;
    bool penalised = false;
    std::string name() const { return loss + (penalised ? " + penalty" : ""); }
};

/// Every loss without the penalty and with it; Wasserstein only with it, for nothing else bounds its critic here.
inline std::vector<Kind> all_kinds() {
    std::vector<Kind> kinds;
    for (bool penalised : {false, true})
        for (const std::string& loss : loss_names())
            if (penalised || loss != "wasserstein") kinds.push_back({loss, penalised});
    return kinds;
}

/// Sets loss and bound of a recipe. The weight 0.1 suits points in the plane (claim lipschitz).
inline kit::Recipe with(const Kind& kind, kit::Recipe recipe) {
    recipe.loss = kind.loss;
    recipe.training.lipschitz = kind.penalised ? kit::Lipschitz::penalty : kit::Lipschitz::none;
    recipe.training.lambda = 0.1;
    return recipe;
}

struct Result {
    kit::ModeMetrics modes;
    double distance = 0;  // sliced W1
    Tensor samples{}, real{};
};

/// Trains, and judges. Throws std::runtime_error when a loss is no longer finite.
inline Result train(const kit::Points& points, const kit::Recipe& recipe) {
    kit::Gan gan(recipe, 2, [&](Index n, Random& rng) { return points.sample(n, rng); });
    kit::train(gan.players(), recipe.training);
    Random test(recipe.training.seed, 5);
    const Tensor real = points.sample(2500, test);
    const Tensor samples = kit::generate(gan.G, 2500, recipe.training.latent, test);
    return {kit::mode_metrics(samples, points), kit::sliced_wasserstein(real, samples), samples, real};
}

}  // namespace points_gan
