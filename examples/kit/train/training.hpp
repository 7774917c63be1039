// The training loop, for every loss: the five steps that explanations of GANs name, under those names.
//
//     repeat:
//       critic_steps times    1  sample real data             x from the data
//                             2  generate fake data           G(z), z normal
//                             3  discriminator predictions    r = D(x), f = D(G(z))
//                             4  loss calculation             + gradient penalty
//                             5  backpropagation and update   of D; then its weights are clipped, if wanted
//       once                  3, 4, 5 for G, on the last fakes and the updated D
//
// Rules: data, noise and penalty draw from different streams of the same seed, so that another loss sees the same data.
// D's update sees detached fakes. With grad(), which computes for the parameters it is asked for and for nothing else,
// that changes no bit; it is the habit that backward() needs, where D's loss would leave its gradients in G
// (examples/bugs/missing_detach.cpp shows it).
#pragma once

#include <functional>

#include "examples/kit/train/average.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

namespace gantry::kit {

enum class Lipschitz { none, clip, penalty };  // what bounds the critic's slope

struct TrainingOptions {
    Index steps = 0;         // updates of the generator
    Index batch = 0;         // samples, of real and of fake data each
    Index latent = 0;        // size of z
    Index critic_steps = 1;  // updates of the discriminator for each of the generator
    Lipschitz lipschitz = Lipschitz::none;
    Penalty penalty = Penalty::gulrajani;
    double lambda = 10;      // weight of the penalty
    double clip = 0.01;      // bound of the weights
    double decay_from = 1;   // from this share of the steps on, both learning rates fall linearly to 0; 1: never
    double average = 0;      // each step keeps this share of the averaged generator; 0: no average
    Index frozen_steps = 0;  // in the first steps the generator is not updated: D learns alone
    std::uint64_t seed = 1;
};

/// Draws n real samples, [n, ...], in network coordinates.
using RealData = std::function<Tensor(Index n, Random& rng)>;

/// The players and what they play with. All are the caller's and must outlive the training.
struct Players {
    Module& generator;
    Module& discriminator;
    const GanLoss& loss;
    Optimizer& generator_optimizer;
    Optimizer& discriminator_optimizer;
    RealData real_data;
    std::vector<Random*> own_random = {};  // what the networks draw from themselves, such as dropout
};

/// What one player's turn computed; of D's turns the last.
struct Turn {
    double loss = 0;
    double penalty = 0;                   // part of D's loss
    Tensor real{}, fake{};                // the batches, [batch, ...]; G's turn has no real one
    Tensor real_logits{}, fake_logits{};  // [batch, 1] each, before the player's update
    Tensors gradients{};                  // as the optimizer got them, one for each parameter
    Tensor objective{};  // what was minimised, with its graph; in the first step only: a graph holds memory
};

/// What a training is between two steps, besides its players: together they decide all steps that follow.
struct TrainingState {
    TrainingState(const TrainingOptions& options, const Tensors& G_parameters);

    Index step = 0;  // how many are done
    Random data_rng, noise_rng, penalty_rng;
    WeightAverage average;
};

/// What one iteration computed.
struct StepReport {
    Index step;  // 1 .. steps
    Turn D, G;
    WeightAverage& average;  // of the generator: exchange() before and after looking at its samples
    const TrainingState& state;
    bool last;  // of the training: all steps are done, or a signal asks to stop (stop.hpp)
};

struct Checkpoint;

/// What the last training said when it failed; "" if it did not.
const std::string& why_it_failed();

/// Length of all numbers together, sqrt(sum of squares): the norm of a gradient.
double norm(const Tensors& tensors);

/// Trains. `after_step` is called at the end of each iteration, when both networks were updated. With `average`, the
/// averaged weights are in the generator when it returns. Throws std::invalid_argument, before anything is drawn, if
/// an option does not fit; std::runtime_error when a loss is no longer finite. The learning rates are always put back.
/// With `from`, a training with the same players and options goes on where it was (train/checkpoint.hpp). A signal that
/// StopOnSignal caught ends it after the running step.
void train(const Players& players, const TrainingOptions& options,
           const std::function<void(const StepReport&)>& after_step = nullptr, const Checkpoint* from = nullptr);

}  // namespace gantry::kit
