#include "examples/playground/game.hpp"

#include <algorithm>

namespace gantry::playground {

// ---------------------------------------------------------------------------------------- players

// The smallest GAN (Mescheder et al. 2018): G(z) = theta, whatever z is, and D(x) = psi x, each from 1.
class OneNumber : public Module {
  public:
    explicit OneNumber(const char* name) : number_(ones({1, 1})) {
        number_.set_requires_grad(true);
        number_.set_name(name);
    }
    NamedTensors named_parameters() const override { return {{number_.name(), number_}}; }

  protected:
    Tensor number_;
};

struct Theta : OneNumber {
    Theta() : OneNumber("theta") {}
    Tensor forward(const Tensor& z) const override { return broadcast_to(number_, Shape{z.shape()[0], 1}); }
};

struct Psi : OneNumber {
    Psi() : OneNumber("psi") {}
    Tensor forward(const Tensor& x) const override { return matmul(x, number_); }
};

// The optimizer of a player that stays where it is.
class Rest : public Optimizer {
  public:
    explicit Rest(const Module& net) : Optimizer("Rest", net.parameters(), 1) {}

  private:
    void update(std::size_t, const Tensor&) override {}
};

// ---------------------------------------------------------------------------------------- a game

static bool is_dirac(const Settings& settings) { return settings.data == "dirac"; }

static std::vector<Index> sizes(const kit::Recipe& recipe, Index in, Index out) {
    std::vector<Index> all(recipe.layers + 2, recipe.hidden);
    all.front() = in;
    all.back() = out;
    return all;
}

static std::unique_ptr<Module> make_G(const Settings& settings, Index dimensions, Random& rng) {
    if (is_dirac(settings)) return std::make_unique<Theta>();
    return std::make_unique<Mlp>(sizes(settings.recipe, settings.recipe.training.latent, dimensions),
                                 Activation::relu(), Activation::identity(), rng);
}

static std::unique_ptr<Module> make_D(const Settings& settings, Index dimensions, Random& rng) {
    if (is_dirac(settings)) return std::make_unique<Psi>();
    return std::make_unique<Mlp>(sizes(settings.recipe, dimensions, 1), Activation::relu(), settings.recipe.output,
                                 rng);
}

// As kit::Gan makes them: weights from stream 0 of the seed, first G's, then D's.
static std::pair<std::unique_ptr<Module>, std::unique_ptr<Module>> make_players(const Settings& settings,
                                                                                Index dimensions) {
    Random weights(settings.recipe.training.seed);
    auto G = make_G(settings, dimensions, weights);
    auto D = make_D(settings, dimensions, weights);
    return {std::move(G), std::move(D)};
}

Game::Game(const Settings& settings)
    : settings_(settings), points_(settings.points()), state_(settings.recipe.training, {}) {
    std::tie(G_, D_) = make_players(settings, points_.dimensions);
    loss_ = settings.recipe.make_loss();
    make_optimizers();
}

void Game::make_optimizers() {
    G_optimizer_ = settings_.recipe.make_optimizer(G_->parameters());
    D_optimizer_ = settings_.recipe.make_optimizer(D_->parameters(), settings_.recipe.D_rate);
}

std::string Game::describe(const Module& net) const {
    if (const auto* mlp = dynamic_cast<const Mlp*>(&net)) return mlp->str();
    return net.named_parameters()[0].first;
}

bool Game::change(const Settings& settings, std::vector<std::string>& notes) {
    const kit::Recipe &before = settings_.recipe, &now = settings.recipe;
    const kit::Points points = settings.points();
    const bool same_players = before.hidden == now.hidden && before.layers == now.layers &&
                              before.training.latent == now.training.latent &&
                              before.training.seed == now.training.seed && is_dirac(settings_) == is_dirac(settings) &&
                              points_.dimensions == points.dimensions;
    if (!same_players) return false;
    const bool same_optimizer = before.optimizer == now.optimizer && before.beta1 == now.beta1 &&
                                before.beta2 == now.beta2 && before.momentum == now.momentum;
    if (before.loss != now.loss) notes.push_back("D goes on with another loss: what its output means has changed");
    if (settings_.data != settings.data) notes.push_back("the networks go on with other data");
    std::unique_ptr<GanLoss> loss = now.make_loss();  // may refuse its options: before anything is changed
    settings_ = settings;
    points_ = points;
    loss_ = std::move(loss);
    recent_.clear();
    findings_.clear();
    if (same_optimizer) {
        G_optimizer_->set_lr(now.lr);
        D_optimizer_->set_lr(now.lr * now.D_rate);
    } else {
        make_optimizers();
        notes.push_back("the optimizers start anew: what they remembered of earlier gradients is gone");
    }
    return true;
}

// ---------------------------------------------------------------------------------------- training

// As kit::Health: of each tenth iteration, over the last twenty of these.
void Game::look_for_trouble() {
    const std::size_t enough = 20;
    const auto step = static_cast<Index>(history.back().step);
    if (step % 10 != 0 || is_dirac(settings_)) return;
    recent_.push_back(history.back());
    if (recent_.size() > enough) recent_.erase(recent_.begin());
    if (recent_.size() < enough) return;
    std::vector<kit::Health::Episode> now;
    for (const kit::Diagnosis& seen : kit::diagnose(settings_.recipe, kit::mean_of_last(recent_, enough))) {
        const auto before = std::find_if(findings_.begin(), findings_.end(),
                                         [&](const auto& each) { return each.diagnosis.name == seen.name; });
        now.push_back(before != findings_.end() ? *before : kit::Health::Episode{seen, step, step});
    }
    findings_ = now;
}

std::vector<std::string> Game::findings() const {
    std::vector<std::string> texts;
    for (const auto& [found, first, last] : findings_)
        texts.push_back("since step " + std::to_string(first) + ": " + found.name + ": " + found.text);
    return texts;
}

void Game::train(Index n, Mover mover) {
    Rest G_rests(*G_), D_rests(*D_);
    Optimizer& G_optimizer = mover == Mover::D ? G_rests : *G_optimizer_;
    Optimizer& D_optimizer = mover == Mover::G ? D_rests : *D_optimizer_;
    const kit::Players players{
        *G_,         *D_,         *loss_,
        G_optimizer, D_optimizer, [this](Index size, Random& rng) { return points_.sample_for_network(size, rng); }};
    kit::Checkpoint from;
    from.add(players, state_);
    kit::TrainingOptions options = settings_.recipe.training;
    options.steps = state_.step + n;
    if (mover == Mover::G) {  // D's turn is looked at and changes nothing
        options.critic_steps = 1;
        if (options.lipschitz == kit::Lipschitz::clip) options.lipschitz = kit::Lipschitz::none;
    }
    history.clear();
    const auto remember = [&](const kit::StepReport& report) {
        history.push_back(kit::look(report, settings_.recipe, D_->parameters(), &points_));
        if (mover == Mover::both) look_for_trouble();
        if (!report.last) return;
        Random::State noise = report.state.noise_rng.state();
        noise.next_block -= (options.batch * options.latent + 1) / 2;  // one block makes two numbers
        last_noise = Random(noise).normal({options.batch, options.latent});
        D_turn = report.D;
        G_turn = report.G;
        state_ = report.state;
        if (mover == Mover::D) --state_.step;  // D's turn and G's make one iteration
    };
    kit::train(players, options, remember, &from);
}

// ---------------------------------------------------------------------------------------- looking

// Streams of their own: whoever looks changes nothing.
static const std::uint64_t shown_data = 101, shown_noise = 102;

static Tensor latent_lattice(Index latent) {
    const Index columns = Game::lattice_columns, rows = latent > 1 ? columns : 1;
    const auto coordinate = [=](Index i) { return static_cast<Real>(-2 + 4.0 * i / (columns - 1)); };
    Tensor z = zeros({rows * columns, latent});
    Real* node = z.mutable_data();
    for (Index i = 0; i < rows * columns; ++i) {
        node[i * latent] = coordinate(i % columns);
        if (latent > 1) node[i * latent + 1] = coordinate(i / columns);
    }
    return z;
}

Game::Samples Game::samples(Index n) const {
    const std::uint64_t seed = settings_.recipe.training.seed;
    Random data_rng(seed, shown_data), noise_rng(seed, shown_noise);
    Samples shown;
    shown.real = points_.sample_for_network(n, data_rng);
    shown.fake = kit::generate(*G_, n, settings_.recipe.training.latent, noise_rng);
    Tensor x = slice(shown.fake, 0, 0, std::min<Index>(n, 100)).detach();
    x.set_requires_grad(true);
    shown.f = (*D_)(x);
    shown.slopes = grad(sum(shown.f), {x})[0];
    NoRecording guard;
    shown.lattice = (*G_)(latent_lattice(settings_.recipe.training.latent));
    return shown;
}

Tensor Game::judge(const Tensor& x) const {
    NoRecording guard;
    return (*D_)(x);
}

Tensor Game::arrows(const Tensor& fake) const {
    Tensor x = fake.detach();
    x.set_requires_grad(true);
    const Tensor loss = loss_->generator((*D_)(x));
    const Tensor slope = grad(loss, {x})[0];
    return slope * static_cast<Real>(-x.shape()[0]);
}

}  // namespace gantry::playground
