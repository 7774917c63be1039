#include "examples/kit/train/training.hpp"

#include <cmath>
#include <stdexcept>

#include "examples/kit/train/checkpoint.hpp"
#include "examples/kit/train/stop.hpp"

namespace gantry::kit {

// Streams of one seed. Weights are drawn by the caller, from stream 0.
enum Stream : std::uint64_t { data_stream = 1, noise_stream = 2, penalty_stream = 3 };

static std::string failure;  // of the last training

const std::string& why_it_failed() { return failure; }

[[noreturn]] static void give_up(const std::string& why) {
    failure = why;
    throw std::runtime_error(why);
}

static void check_finite(const Tensor& loss, const char* whose, Index step, bool nothing_learnt = false) {
    if (std::isfinite(loss.item())) return;
    if (nothing_learnt) {  // no learning rate was used yet
        give_up("step 1: the " + std::string(whose) +
                "'s loss is not finite before any update: the data, the labels or the penalty's "
                "weight lambda are too large for this precision, or the data hold NaN");
    }
    give_up("step " + std::to_string(step) + ": the " + whose +
            "'s loss is not finite any more. A smaller learning rate helps; GANTRY_TRAP=1 stops "
            "where it began, make run-claim-stability a case to study");
}

double norm(const Tensors& tensors) {
    double squares = 0;
    for (const Tensor& x : tensors) {
        double sum_of_one = 0;
        for (Index i = 0; i < x.size(); ++i) sum_of_one += double(x.data()[i]) * x.data()[i];
        squares += sum_of_one;
    }
    return std::sqrt(squares);
}

// A program that fills in the options itself has not checked them; penalty, clip and average check their own.
static void check(const TrainingOptions& options) {
    const std::pair<const char*, Index> sizes[] = {{"steps", options.steps},
                                                   {"batch", options.batch},
                                                   {"latent", options.latent},
                                                   {"critic_steps", options.critic_steps}};
    for (const auto& [name, size] : sizes) {
        if (size < 1) fail("train", std::string(name) + " is " + std::to_string(size) + " and must be at least 1");
    }
    if (!(options.decay_from >= 0 && options.decay_from <= 1))
        fail("train", "decay_from is " + std::to_string(options.decay_from) + " and must be from 0 to 1");
}

// An optimizer gets its learning rate back, also when an exception ends the training.
struct RateKeeper {
    explicit RateKeeper(Optimizer& of) : optimizer(of), rate(of.lr()) {}
    ~RateKeeper() { optimizer.set_lr(rate); }
    RateKeeper(const RateKeeper&) = delete;
    RateKeeper& operator=(const RateKeeper&) = delete;
    void scale(double share) { optimizer.set_lr(rate * share); }

    Optimizer& optimizer;
    const double rate;
};

static double share_of_rate(const TrainingOptions& options, Index step) {
    const double done = (step - 1.0) / options.steps;
    return done < options.decay_from ? 1 : (1 - done) / (1 - options.decay_from);
}

// Names are seen in the drawn graph, in a trace and in a debugger.
static Tensor named(const char* name, Tensor x) {
    x.set_name(name);
    return x;
}

TrainingState::TrainingState(const TrainingOptions& options, const Tensors& G_parameters)
    : data_rng(options.seed, data_stream),
      noise_rng(options.seed, noise_stream),
      penalty_rng(options.seed, penalty_stream),
      average(G_parameters, options.average) {}

void train(const Players& players, const TrainingOptions& options,
           const std::function<void(const StepReport&)>& after_step, const Checkpoint* from) {
    check(options);
    failure.clear();
    Module& G = players.generator;
    Module& D = players.discriminator;
    const Tensors G_parameters = G.parameters();
    const Tensors D_parameters = D.parameters();
    RateKeeper G_rate(players.generator_optimizer);
    RateKeeper D_rate(players.discriminator_optimizer);
    TrainingState state(options, G_parameters);
    if (from) from->restore(players, state);

    for (Index step = state.step + 1; step <= options.steps; ++step) {
        G_rate.scale(share_of_rate(options, step));
        D_rate.scale(share_of_rate(options, step));
        const bool first = step == 1;
        Tensor fake;
        Turn of_D;
        for (Index k = 0; k < options.critic_steps; ++k) {
            // 1. sample real data
            const Tensor real = named("real", players.real_data(options.batch, state.data_rng));

            // 2. generate fake data
            const Tensor z = named("z", state.noise_rng.normal(Shape{options.batch, options.latent}));
            fake = named("fake", G(z));

            // 3. discriminator predictions
            const Tensor fake_alone = named("fake, detached", fake.detach());
            const Tensor real_logits = named("D(real)", D(real));
            const Tensor fake_logits = named("D(fake)", D(fake_alone));

            // 4. loss calculation
            Tensor loss = players.loss.discriminator(real_logits, fake_logits);
            Tensor penalty;
            if (options.lipschitz == Lipschitz::penalty) {
                penalty = named("penalty", gradient_penalty(options.penalty, std::cref(D), real, fake_alone,
                                                            options.lambda, state.penalty_rng));
                loss += penalty;
            }
            check_finite(loss, "discriminator", step, first && k == 0);

            // 5. backpropagation and update
            const Tensors gradients = grad(loss, D_parameters);
            players.discriminator_optimizer.step(gradients);
            if (options.lipschitz == Lipschitz::clip) clip_weights(D_parameters, options.clip);

            of_D = {.loss = loss.item(),
                    .penalty = penalty.defined() ? penalty.item() : 0,
                    .real = real,
                    .fake = fake_alone,
                    .real_logits = real_logits.detach(),
                    .fake_logits = fake_logits.detach(),
                    .gradients = gradients,
                    .objective = first ? loss : Tensor()};
        }

        // The generator's turn: steps 3 to 5 on the last fakes, which this time are not detached. D judges the real
        // samples again only for a loss that compares with them.
        const Tensor fake_logits = named("D(fake)", D(fake));
        Tensor real_logits;
        if (players.loss.generator_needs_real()) real_logits = named("D(real)", D(of_D.real));
        const Tensor loss = players.loss.generator(real_logits, fake_logits);
        check_finite(loss, "generator", step);
        const Tensors gradients = grad(loss, G_parameters);
        if (step > options.frozen_steps) players.generator_optimizer.step(gradients);
        state.average.update();
        state.step = step;

        const Turn of_G = {.loss = loss.item(),
                           .fake = of_D.fake,
                           .fake_logits = fake_logits.detach(),
                           .gradients = gradients,
                           .objective = first ? loss : Tensor()};
        const bool last = step == options.steps || stop_signal() != 0;
        if (after_step)
            after_step({.step = step, .D = of_D, .G = of_G, .average = state.average, .state = state, .last = last});
        if (last) break;
    }
    state.average.store();
}

}  // namespace gantry::kit
