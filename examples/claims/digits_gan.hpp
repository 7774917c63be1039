// The experiment that the cards on digits share: a small GAN learns the first 8,000 of the embedded MNIST pictures (the
// test set of MNIST, which is part of the repository), so that the last 2,000 are new to it.
//
//     z [batch, 64]  --G: 64-128-256-784, tanh-->  fake  --D: 784-256-128-1-->  logits
#pragma once

#include "examples/claims/points_gan.hpp"
#include "examples/kit/measure/judge.hpp"

namespace digits_gan {

using namespace gantry;
using points_gan::Kind;

inline constexpr Index trained_on = 8000;

/// The trained generator's pictures, [n, 784] in [-1, 1]. Batch 64, Adam 0.001 with betas 0.5 and 0.999, falling to 0
/// over the second half; the weights of G are a running average; a penalty has the weight 10 of its paper.
inline Tensor samples(const kit::Images& images, const Kind& kind, Index steps, std::uint64_t seed, Index n) {
    kit::Recipe recipe{.lr = 1e-3, .beta1 = 0.5, .beta2 = 0.999};
    recipe.training = {.steps = steps, .batch = 64, .latent = 64, .decay_from = 0.5, .average = 0.99, .seed = seed};
    recipe = points_gan::with(kind, recipe);
    recipe.training.lambda = 10;
    Random weights(seed);
    Mlp G({64, 128, 256, images.pixels()}, Activation::leaky_relu(0.2), Activation::tanh(), weights);
    Mlp D({images.pixels(), 256, 128, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    const auto loss = recipe.make_loss();
    const auto G_optimizer = recipe.make_optimizer(G.parameters());
    const auto D_optimizer = recipe.make_optimizer(D.parameters());
    const auto real_data = [&](Index batch, Random& rng) { return images.batch(rng.indices(batch, trained_on)); };
    kit::train({G, D, *loss, *G_optimizer, *D_optimizer, real_data}, recipe.training);
    Random noise(seed, 5);
    return kit::generate(G, n, 64, noise);
}

}  // namespace digits_gan
