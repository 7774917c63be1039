// A GAN of two multilayer perceptrons, and the recipe by which it is made and trained.
//
//     z [batch, latent]  --G: latent-h-..-h-d-->  fake [batch, d]  --D: d-h-..-h-1-->  logits [batch, 1]
//
//     const kit::Recipe recipe{.loss = "minimax", .training = {.steps = 1000, .batch = 64, .latent = 2}};
//     kit::Gan gan(recipe, 2, real_data);
//     kit::train(gan.players(), recipe.training);
//
// A recipe holds everything that one has to know to repeat a training on the same data, and nothing about how it is
// watched. Programs whose networks are of another kind (05_gan_mnist) take from it the loss and the optimizers.
#pragma once

#include <optional>

#include "examples/kit/train/training.hpp"

namespace gantry::kit {

struct Recipe {
    std::string loss = "non-saturating";
    LeastSquaresOptions labels = {};             // of least squares: for fakes, for real data, wanted by G
    double smoothing = 0;                        // of the logistic losses: the real target is 1 - s
    Index hidden = 64, layers = 2;               // size and number of the hidden layers, in both networks
    Activation output = Activation::identity();  // of D
    std::string optimizer = "adam";              // or "rmsprop", "sgd"; of both players
    double lr = 1e-3;
    double D_rate = 1;               // the discriminator's learning rate, in units of lr
    double beta1 = 0, beta2 = 0.99;  // of Adam; beta2 is RMSProp's alpha
    double momentum = 0;             // of SGD
    TrainingOptions training = {};

    std::unique_ptr<GanLoss> make_loss() const;
    std::unique_ptr<Optimizer> make_optimizer(const Tensors& parameters, double rate = 1) const;  // rate in units of lr

    /// Whether D's output is the logit of a probability (minimax, non-saturating).
    bool is_logistic() const;

    /// The output at which D takes real and fake to be equally likely: 0, or halfway between the labels of least
    /// squares. A Wasserstein critic has no such output; of a loss that the kit does not know it is not known.
    std::optional<double> undecided() const;
};

struct Gan {
    /// The weights come from stream 0 of the training's seed. `dimensions` is the size d of a sample.
    Gan(const Recipe& recipe, Index dimensions, const RealData& real_data);

    Players players() { return {G, D, *loss, *G_optimizer, *D_optimizer, real_data}; }

    Random weights;
    Mlp G, D;
    std::unique_ptr<GanLoss> loss;
    std::unique_ptr<Optimizer> G_optimizer, D_optimizer;
    RealData real_data;
};

/// n samples of a generator, for looking at: nothing is recorded.
Tensor generate(const Module& G, Index n, Index latent, Random& rng);

}  // namespace gantry::kit
