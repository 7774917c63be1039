// The experiment that vanishing_gradient and least_squares_gradients share: a discriminator (2-64-64-1, Adam 0.001,
// batch 128) is trained on the ring against a frozen generator, which is as its initialisation left it: a spot in the
// middle of the ring. At some moments the card looks: what would reach the generator now?
#pragma once

#include "examples/kit/data/points.hpp"
#include "examples/kit/train/gan.hpp"

namespace frozen {

using namespace gantry;

/// The moments, in steps of D. The last ones take long: a card in quick mode leaves them out.
inline const std::vector<Index> all_moments = {0, 30, 100, 300, 1000, 3000, 10000};

/// Calls look(i, gan) at each of the moments, which begin with 0. `output` is what stands behind D's last layer.
template <typename Look>
void train(const std::string& loss, Activation output, std::uint64_t seed, const std::vector<Index>& moments,
           const Look& look) {
    const kit::Points ring = kit::make_points("ring");
    kit::Recipe recipe{.loss = loss, .output = output, .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999};
    const Index steps = moments.back();
    recipe.training = {.steps = steps, .batch = 128, .latent = 2, .frozen_steps = steps, .seed = seed};
    if (loss == "wasserstein") recipe.training.lipschitz = kit::Lipschitz::penalty;
    kit::Gan gan(recipe, 2, [&](Index n, Random& rng) { return ring.sample(n, rng); });
    std::size_t next = 0;
    look(next++, gan);
    kit::train(gan.players(), recipe.training, [&](const kit::StepReport& report) {
        if (report.step == moments[next]) look(next++, gan);
    });
}

/// |dL_G / d(all parameters of G)| for fakes of this noise.
inline double gradient_of_generator(const kit::Gan& gan, const Tensor& noise) {
    return kit::norm(grad(gan.loss->generator(gan.D(gan.G(noise))), gan.G.parameters()));
}

}  // namespace frozen
