#include "examples/kit/run/settings.hpp"

#include <iostream>

#include "examples/kit/data/csv.hpp"

namespace gantry::kit {

void Settings::declare(Options& options) {
    options.choice("--loss", loss, loss_names(), "loss of both players");
    options.choice("--lipschitz", lipschitz, {"default", "none", "clip", "penalty"},
                   "what bounds the critic's slope (default: penalty for wasserstein, else none)");
    options.number("--lambda", lambda, at_least(0),
                   "weight of the gradient penalty (wasserstein: " + to_text(for_wasserstein.lambda) + ")");
    options.number("--clip", clip, above(0), "bound of the discriminator's weights");
    options.numbers("--labels", labels, between(-1e6, 1e6), "a,b,c of least-squares: fake, real, wanted by G");
    options.number("--smoothing", smoothing, between(0, 1), "one-sided label smoothing: real target 1 - s");
    options.integer("--steps", steps, between(1, 1e9),
                    "updates of the generator (wasserstein: " + std::to_string(for_wasserstein.steps) + ")");
    options.integer("--batch", batch, between(1, 1e6), "samples of a batch, real and fake each");
    options.integer("--hidden", hidden, between(1, 1e5), "size of the hidden layers");
    options.integer("--latent", latent, between(1, 1e5), "size of the noise z");
    options.choice("--optimizer", optimizer, {"adam", "rmsprop", "sgd"}, "optimizer of both players");
    options.number("--lr", lr, above(0),
                   "learning rate (wasserstein: " + to_text(for_wasserstein.lr) +
                       ", least-squares: " + to_text(least_squares_lr) + ")");
    options.number("--beta1", beta1, from_below(0, 1), "Adam: how much of the mean gradient is kept");
    options.number("--beta2", beta2, from_below(0, 1), "Adam, RMSProp (alpha): how much of the mean square is kept");
    options.number("--momentum", momentum, from_below(0, 1), "SGD: how much of the velocity is kept");
    options.integer("--critic-steps", critic_steps, between(1, 1000),
                    "updates of the discriminator for one of G (wasserstein: " +
                        std::to_string(for_wasserstein.critic_steps) + ")");
    options.number("--decay-from", decay_from, between(0, 1), "share of the steps after which lr falls to 0; 1: never");
    options.number("--average", average, from_below(0, 1),
                   "share that the averaged generator keeps each step; 0: none");
    options.integer("--samples", samples, between(1, 1e7), "generated samples written to samples.npy");
}

void Settings::complete(const Options& options) {
    const Settings asked = *this;
    use_defaults_of_loss();
    if (options.given("--lipschitz")) lipschitz = asked.lipschitz;
    if (options.given("--lambda")) lambda = asked.lambda;
    if (options.given("--lr")) lr = asked.lr;
    if (options.given("--critic-steps")) critic_steps = asked.critic_steps;
    if (options.given("--decay-from")) decay_from = asked.decay_from;
    if (loss == "wasserstein" && !options.given("--steps")) steps = for_wasserstein.steps;
    if (lipschitz == "default") lipschitz = loss == "wasserstein" ? "penalty" : "none";
    auto note = [&](const char* option, bool used, const std::string& only_for) {
        if (options.given(option) && !used)
            std::cerr << options.name() << ": note: " << option << " matters only with " << only_for << "\n";
    };
    note("--labels", loss == "least-squares", "--loss least-squares");
    note("--smoothing", is_logistic(), "--loss minimax or non-saturating");
    note("--lambda", lipschitz == "penalty", "--lipschitz penalty");
    note("--clip", lipschitz == "clip", "--lipschitz clip");
    note("--beta1", optimizer == "adam", "--optimizer adam");
    note("--beta2", optimizer != "sgd", "--optimizer adam or rmsprop");
    note("--momentum", optimizer == "sgd", "--optimizer sgd");
    if (labels[0] == labels[1]) options.refuse("--labels", "a and b must differ, or D could not tell real from fake");
}

void Settings::use_defaults_of_loss() {
    if (loss == "least-squares") lr = least_squares_lr;
    if (loss != "wasserstein") return;
    lipschitz = "penalty";
    lambda = for_wasserstein.lambda;
    lr = for_wasserstein.lr;
    critic_steps = for_wasserstein.critic_steps;
    decay_from = for_wasserstein.decay_from;
}

bool Settings::is_logistic() const { return loss == "minimax" || loss == "non-saturating"; }

std::optional<double> Settings::undecided() const {
    if (loss == "wasserstein") return std::nullopt;
    return loss == "least-squares" ? (labels[0] + labels[1]) / 2 : 0;
}

std::unique_ptr<GanLoss> Settings::make_loss() const {
    if (loss == "minimax") return std::make_unique<Minimax>(LogisticOptions{.smoothing = smoothing});
    if (loss == "non-saturating") return std::make_unique<NonSaturating>(LogisticOptions{.smoothing = smoothing});
    if (loss == "wasserstein") return std::make_unique<Wasserstein>();
    if (loss == "least-squares") {
        return std::make_unique<LeastSquares>(LeastSquaresOptions{.a = labels[0], .b = labels[1], .c = labels[2]});
    }
    return gantry::make_loss(loss);  // one of your own, without options
}

std::unique_ptr<Optimizer> Settings::make_optimizer(const Tensors& parameters) const {
    if (optimizer == "sgd") return std::make_unique<Sgd>(parameters, SgdOptions{.lr = lr, .momentum = momentum});
    if (optimizer == "rmsprop") return std::make_unique<RmsProp>(parameters, RmsPropOptions{.lr = lr, .alpha = beta2});
    return std::make_unique<Adam>(parameters, AdamOptions{.lr = lr, .beta1 = beta1, .beta2 = beta2});
}

TrainingOptions Settings::training(const Options& options) const {
    TrainingOptions t;
    t.steps = steps;
    t.batch = batch;
    t.latent = latent;
    t.critic_steps = critic_steps;
    if (lipschitz == "clip") t.lipschitz = Lipschitz::clip;
    if (lipschitz == "penalty") t.lipschitz = Lipschitz::penalty;
    t.lambda = lambda;
    t.clip = clip;
    t.decay_from = decay_from;
    t.average = average;
    t.seed = static_cast<std::uint64_t>(options.seed());
    return t;
}

std::string Settings::str() const {
    std::string text = loss;
    if (loss == "least-squares")
        text += " (a, b, c = " + to_text(labels[0]) + ", " + to_text(labels[1]) + ", " + to_text(labels[2]) + ")";
    if (lipschitz == "penalty") text += ", gradient penalty " + to_text(lambda);
    if (lipschitz == "clip") text += ", weights clipped to " + to_text(clip);
    if (smoothing > 0) text += ", real target " + to_text(1 - smoothing);
    text += "; " + optimizer + " " + to_text(lr);
    if (optimizer == "adam") text += ", betas " + to_text(beta1) + " and " + to_text(beta2);
    if (optimizer == "rmsprop") text += ", alpha " + to_text(beta2);
    if (optimizer == "sgd") text += ", momentum " + to_text(momentum);
    return text;
}

}  // namespace gantry::kit
