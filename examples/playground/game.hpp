// The playground's training: a GAN that is changed while it trains, or whose players move one at a time.
//
// Every update is made by kit::train(), the loop of all examples (examples/kit/train/training.cpp). Between two calls
// the training waits as a checkpoint in memory. A player that should stay where it is plays with an optimizer that does
// nothing.
#pragma once

#include "examples/kit/show/health.hpp"
#include "examples/kit/train/checkpoint.hpp"
#include "examples/playground/settings.hpp"

namespace gantry::playground {

enum class Mover { both, D, G };

class Game {
  public:
    explicit Game(const Settings& settings);

    /// Applies what can be changed while it trains, and says in `notes` what that means. False if only a new Game can
    /// do it: other networks, another seed, another number of dimensions.
    bool change(const Settings& settings, std::vector<std::string>& notes);

    /// n iterations, in which one player may stay as it is. Throws as kit::train().
    void train(Index n, Mover mover = Mover::both);

    /// n samples of the data and of G, [n, d]; the same noise at every call, so that points move. At the first 100
    /// fakes D's output f and its slope grad_x f. And G at the nodes of a grid over [-2, 2]^2 of the first two latent
    /// coordinates, the others 0, which has as many rows as columns, or one row.
    struct Samples {
        Tensor real, fake, f, slopes, lattice;
    };
    Samples samples(Index n) const;

    /// D's output at points [n, d].
    Tensor judge(const Tensor& x) const;

    /// -dL_G/dx of each sample times n: where D pulls the fakes.
    Tensor arrows(const Tensor& fake) const;

    const Settings& settings() const { return settings_; }
    const kit::Points& points() const { return points_; }
    const GanLoss& loss() const { return *loss_; }
    const Module& G() const { return *G_; }
    const Module& D() const { return *D_; }
    std::string describe(const Module& net) const;  // "2-32-32-1, relu, identity"
    Index step() const { return state_.step; }

    kit::Turn D_turn, G_turn;  // of the last iteration; G's batch of noise is last_noise
    Tensor last_noise;         // [batch, latent]
    static constexpr Index lattice_columns = 25;

    std::vector<kit::Vitals> history;  // of each iteration of the last train()

    /// The known failures that are seen now, as the programs print them: with the first step and the numbers of then.
    /// None of a Dirac-GAN, whose data are one point.
    std::vector<std::string> findings() const;

  private:
    void make_optimizers();
    void look_for_trouble();

    Settings settings_;
    kit::Points points_;
    std::unique_ptr<Module> G_, D_;
    std::unique_ptr<GanLoss> loss_;
    std::unique_ptr<Optimizer> G_optimizer_, D_optimizer_;
    kit::TrainingState state_;
    std::vector<kit::Vitals> recent_;  // some of the last rows, of which kit::diagnose() takes the mean
    std::vector<kit::Health::Episode> findings_;
};

}  // namespace gantry::playground
