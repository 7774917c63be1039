#include "examples/kit/run/settings.hpp"

#include <algorithm>
#include <iostream>

#include "examples/kit/data/csv.hpp"

namespace gantry::kit {

void Settings::declare(Options& options) {
    options.choice("--loss", loss, all_loss_names(), "loss of both players");
    options.choice("--lipschitz", bound_, {"default", "none", "clip", "penalty"},
                   "what bounds the critic's slope (default: penalty for wasserstein, else none)");
    options.choice("--penalty", penalty_, penalty_names(), "which gradient penalty, with --lipschitz penalty");
    options.number("--lambda", training.lambda, at_least(0),
                   "weight of the gradient penalty (wasserstein: " + to_text(for_wasserstein.lambda) + ")");
    options.number("--clip", training.clip, above(0), "bound of the discriminator's weights");
    options.numbers("--labels", labels_, between(-1e6, 1e6), "a,b,c of least-squares: fake, real, wanted by G");
    options.number("--smoothing", smoothing, between(0, 1), "one-sided label smoothing: real target 1 - s");
    options.integer("--steps", training.steps, between(1, 1e9),
                    "updates of the generator (wasserstein: " + std::to_string(for_wasserstein.steps) + ")");
    options.integer("--batch", training.batch, between(1, 1e6), "samples of a batch, real and fake each");
    options.integer("--hidden", hidden, between(1, 1e5), "size of the hidden layers");
    options.integer("--latent", training.latent, between(1, 1e5), "size of the noise z");
    options.choice("--optimizer", optimizer, {"adam", "rmsprop", "sgd"}, "optimizer of both players");
    options.number("--lr", lr, above(0), "learning rate of both players");
    options.number("--beta1", beta1, from_below(0, 1), "Adam: how much of the mean gradient is kept");
    options.number("--beta2", beta2, from_below(0, 1), "Adam, RMSProp (alpha): how much of the mean square is kept");
    options.number("--momentum", momentum, from_below(0, 1), "SGD: how much of the velocity is kept");
    options.integer("--critic-steps", training.critic_steps, between(1, 1000),
                    "updates of the discriminator for one of G (wasserstein: " +
                        std::to_string(for_wasserstein.critic_steps) + ")");
    options.number("--decay-from", training.decay_from, between(0, 1),
                   "share of the steps after which lr falls to 0; 1: never");
    options.number("--average", training.average, from_below(0, 1),
                   "share that the averaged generator keeps each step; 0: none");
    options.integer("--samples", samples, between(1, 1e7), "generated samples written to samples.npy");
    options.flag("--no-report", no_report, "do not write report.html");
}

void Settings::declare_checkpoints(Options& options) {
    options.integer("--checkpoint", checkpoint, between(0, 1e9),
                    "steps between two checkpoints, of which the last two stay; 0: none");
    options.text("--resume", resume, "a checkpoint: go on from it, with the same options");
}

Observer::Options Settings::watching(Index frames) const {
    return {.report = !no_report, .frames = frames, .checkpoint = checkpoint, .resume = resume};
}

void Settings::complete(const Options& options) {
    const Recipe asked = *this;
    use_defaults_of_loss();
    if (bound_ == "none") training.lipschitz = Lipschitz::none;
    if (bound_ == "clip") training.lipschitz = Lipschitz::clip;
    if (bound_ == "penalty" || (bound_ == "default" && options.given("--penalty")))
        training.lipschitz = Lipschitz::penalty;
    const std::vector<std::string>& kinds = penalty_names();
    training.penalty = static_cast<Penalty>(std::ranges::find(kinds, penalty_) - kinds.begin());
    if (options.given("--lambda")) training.lambda = asked.training.lambda;
    if (options.given("--critic-steps")) training.critic_steps = asked.training.critic_steps;
    if (options.given("--decay-from")) training.decay_from = asked.training.decay_from;
    if (loss == "wasserstein" && !options.given("--steps")) training.steps = for_wasserstein.steps;
    labels = {.a = labels_[0], .b = labels_[1], .c = labels_[2]};
    training.seed = options.seed();
    auto note = [&](const char* option, bool used, const std::string& only_for) {
        if (options.given(option) && !used)
            std::cerr << options.name() << ": note: " << option << " matters only with " << only_for << "\n";
    };
    note("--labels", loss == "least-squares", "--loss least-squares");
    note("--smoothing", is_logistic(), "--loss minimax or non-saturating");
    note("--penalty", training.lipschitz == Lipschitz::penalty, "--lipschitz penalty");
    note("--lambda", training.lipschitz == Lipschitz::penalty, "--lipschitz penalty");
    note("--clip", training.lipschitz == Lipschitz::clip, "--lipschitz clip");
    note("--beta1", optimizer == "adam", "--optimizer adam");
    note("--beta2", optimizer != "sgd", "--optimizer adam or rmsprop");
    note("--momentum", optimizer == "sgd", "--optimizer sgd");
    if (labels.a == labels.b) options.refuse("--labels", "a and b must differ, or D could not tell real from fake");
}

void Settings::use_defaults_of_loss() {
    if (loss != "wasserstein") return;
    training.lipschitz = Lipschitz::penalty;
    training.lambda = for_wasserstein.lambda;
    training.critic_steps = for_wasserstein.critic_steps;
    training.decay_from = for_wasserstein.decay_from;
}

}  // namespace gantry::kit
