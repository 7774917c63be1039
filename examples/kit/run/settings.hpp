// The choices that every GAN example offers, and what follows from them: the loss, the optimizers, the options of the
// training loop.
//
//     kit::Settings settings;
//     settings.declare(options);
//     options.parse();
//     settings.complete(options);          // choices that depend on others: Wasserstein wants a penalty, ...
//
// Rules: a choice that the chosen loss or optimizer does not use is not an error, but a note says so.
#pragma once

#include <memory>
#include <optional>

#include "examples/kit/run/options.hpp"
#include "examples/kit/train/training.hpp"

namespace gantry::kit {

struct Settings {
    std::string loss = "non-saturating";
    std::string lipschitz = "default";  // none, clip, penalty; default: penalty for wasserstein, else none
    double lambda = 10;
    double clip = 0.01;
    std::vector<double> labels = {0, 1, 1};  // a, b, c of least squares
    double smoothing = 0;
    Index steps = 0, batch = 0, hidden = 0, latent = 0;
    std::string optimizer = "adam";
    double lr = 1e-3, beta1 = 0, beta2 = 0.99, momentum = 0;
    Index critic_steps = 1;
    double decay_from = 1;
    double average = 0;
    Index samples = 2500;

    /// What Wasserstein needs: a critic near its optimum, or its value means nothing; so it gets more updates than G,
    /// and fewer of G's fit into the same time.
    struct ForWasserstein {
        double lambda = 0.1, lr = 2e-3, decay_from = 0.3;
        Index critic_steps = 3, steps = 3000;
    };
    ForWasserstein for_wasserstein;
    double least_squares_lr = 5e-4;  // its gradients grow with the distance to the label: smaller steps

    void declare(Options& options);
    void complete(const Options& options);
    void use_defaults_of_loss();  // what the loss wants instead of the above, but for the number of steps

    /// Whether D's output is the logit of a probability (minimax, non-saturating).
    bool is_logistic() const;

    /// The output at which D holds real and fake for equally likely: 0, or halfway between the labels of least
    /// squares. A Wasserstein critic has none.
    std::optional<double> undecided() const;

    std::unique_ptr<GanLoss> make_loss() const;
    std::unique_ptr<Optimizer> make_optimizer(const Tensors& parameters) const;
    TrainingOptions training(const Options& options) const;

    /// "non-saturating; adam 0.001, betas 0 and 0.99": a line of the banner.
    std::string str() const;
};

}  // namespace gantry::kit
