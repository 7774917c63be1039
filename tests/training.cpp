// The training loop of examples/kit/, with networks of a few dozen weights: it repeats itself bit for bit, draws the
// same data for every loss, keeps its promises about memory, and notices when numbers go wrong.
#include "examples/kit/train/training.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;
using kit::Lipschitz;

namespace {

using Batches = std::vector<std::vector<Real>>;

// A generator that notes the noise it is given.
struct Recorded : Module {
    explicit Recorded(Random& rng) : net({3, 8, 2}, Activation::tanh(), Activation::identity(), rng) {}
    Tensor forward(const Tensor& z) const override {
        noise.push_back(z.values());
        return net(z);
    }
    NamedTensors named_parameters() const override { return net.named_parameters(); }
    Mlp net;
    mutable Batches noise;
};

// A small game, and what a run of it left behind.
struct Game {
    explicit Game(const std::string& loss_name, std::uint64_t seed = 1) : weights(seed), loss(make_loss(loss_name)) {
        options.steps = 30;
        options.batch = 16;
        options.latent = 3;
        options.seed = seed;
    }

    void train(const std::function<void(const kit::StepReport&)>& look = nullptr) {
        const auto draw = [this](Index n, Random& rng) {
            const Tensor x = rng.normal(Shape{n, 2}) + 1;
            real.push_back(x.values());
            return x;
        };
        kit::train({G, D, *loss, G_optimizer, D_optimizer, draw}, options, look);
    }

    std::vector<Real> all_weights() const {
        std::vector<Real> all;
        for (const Module* net : {static_cast<const Module*>(&G), static_cast<const Module*>(&D)}) {
            for (const Tensor& parameter : net->parameters()) {
                for (Real value : parameter.values()) all.push_back(value);
            }
        }
        return all;
    }

    Random weights;
    std::unique_ptr<GanLoss> loss;
    kit::TrainingOptions options;
    Recorded G{weights};
    Mlp D{{2, 8, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights};
    Adam G_optimizer{G.parameters(), {.lr = 1e-3, .beta1 = 0.5}};
    Adam D_optimizer{D.parameters(), {.lr = 1e-3, .beta1 = 0.5}};
    Batches real;
};

// Every loss with every bound on the critic's slope.
struct Variant {
    std::string loss;
    Lipschitz lipschitz;
};

std::vector<Variant> variants() {
    std::vector<Variant> all;
    for (const std::string& loss : loss_names()) {
        for (const Lipschitz bound : {Lipschitz::none, Lipschitz::clip, Lipschitz::penalty})
            all.push_back({loss, bound});
    }
    return all;
}

// Whether the critic's loss changes when all logits grow by the same amount. Wasserstein's does not, for it compares
// logits with each other; the hinge loss does not where all samples are within its margin.
bool notices_shift(const std::string& loss) {
    Tensor shift = zeros(Shape{1});
    shift.set_requires_grad(true);
    const Tensor real_logits = shift + Real(0.25);
    const Tensor fake_logits = shift - Real(0.125);
    return grad(make_loss(loss)->discriminator(real_logits, fake_logits), {shift})[0].item() != 0;
}

}  // namespace

TEST_CASE("every kind of penalty trains, and changes neither data nor noise", "[training]") {
    Game bare("non-saturating");
    bare.train();
    for (std::size_t kind = 0; kind < penalty_names().size(); ++kind) {
        INFO(penalty_names()[kind]);
        Game game("non-saturating");
        game.options.lipschitz = Lipschitz::penalty;
        game.options.penalty = static_cast<Penalty>(kind);
        game.train([](const kit::StepReport& report) { CHECK(report.D.penalty > 0); });
        CHECK((game.real == bare.real));
        CHECK(help::differences(game.all_weights(), bare.all_weights()) != "");
    }
}

// G wants its fakes to be judged higher than the real samples. The logits that it is given are kept.
struct Comparing : NonSaturating {
    using NonSaturating::generator;
    mutable Tensor real_logits, fake_logits;
    bool generator_needs_real() const override { return true; }
    Tensor generator(const Tensor& r, const Tensor& f) const override {
        real_logits = r.detach();
        fake_logits = f.detach();
        return mean(softplus(r - f));
    }
};

TEST_CASE("a generator that compares gets the last real samples, judged by the updated D", "[training]") {
    Game bare("non-saturating"), game("non-saturating");
    auto comparing = std::make_unique<Comparing>();
    const Comparing& seen = *comparing;
    game.loss = std::move(comparing);
    for (Game* each : {&bare, &game}) each->options.critic_steps = 2;
    bare.train();
    Index reports = 0;
    game.train([&](const kit::StepReport& report) {
        ++reports;
        CHECK(help::differences(seen.real_logits.values(), game.D(report.D.real).values()) == "");
        CHECK(help::differences(seen.fake_logits.values(), game.D(report.D.fake).values()) == "");
    });
    CHECK(reports == 30);
    CHECK((game.real == bare.real));  // no batch more was drawn
}

TEST_CASE("a generator that does not compare takes no notice of real logits", "[training]") {
    const Tensor f = tensor({2}, {Real(0.5), -1});
    for (const std::string& name : all_loss_names()) {
        const std::unique_ptr<GanLoss> loss = make_loss(name);
        CHECK_FALSE(loss->generator_needs_real());
        CHECK(loss->generator(Tensor(), f).item() == loss->generator(f).item());
        CHECK(loss->generator(ones({7}), f).item() == loss->generator(f).item());
    }
}

TEST_CASE("the same run gives the same bits, another seed others", "[training]") {
    for (const Variant& variant : variants()) {
        INFO(variant.loss << ", bound " << static_cast<int>(variant.lipschitz));
        Game first(variant.loss), second(variant.loss), other(variant.loss, 2);
        for (Game* game : {&first, &second, &other}) {
            game->options.lipschitz = variant.lipschitz;
            game->train();
        }
        CHECK(help::differences(first.all_weights(), second.all_weights()) == "");
        CHECK(help::differences(first.all_weights(), other.all_weights()) != "");
    }
}

TEST_CASE("every loss, bare, clipped and penalised, trains with finite numbers", "[training]") {
    for (const Variant& variant : variants()) {
        INFO(variant.loss << ", bound " << static_cast<int>(variant.lipschitz));
        Game game(variant.loss);
        game.options.lipschitz = variant.lipschitz;
        const std::vector<Real> before = game.all_weights();
        Index reports = 0;
        game.train([&](const kit::StepReport& report) {
            CHECK(report.step == ++reports);
            CHECK(std::isfinite(report.D.loss));
            CHECK(std::isfinite(report.G.loss));
            CHECK((report.D.penalty > 0) == (variant.lipschitz == Lipschitz::penalty));
            CHECK(report.D.real_logits.shape() == Shape{16, 1});
            CHECK(report.D.fake_logits.shape() == Shape{16, 1});
        });
        CHECK(reports == 30);
        const std::vector<Real> after = game.all_weights();
        CHECK(std::all_of(after.begin(), after.end(), [](Real w) { return std::isfinite(w); }));
        for (std::size_t i = 0; i < after.size(); ++i) {
            // The last number is the critic's output bias, which shifts all logits: not every loss takes notice.
            const bool idle = i + 1 == after.size() && !notices_shift(variant.loss);
            if (!idle) CHECK(after[i] != before[i]);
        }
    }
}

TEST_CASE("changing the loss changes neither the data nor the noise", "[training]") {
    Game reference("minimax");
    reference.options.critic_steps = 2;
    reference.train();
    REQUIRE(reference.real.size() == 60);
    REQUIRE(reference.G.noise.size() == 60);
    CHECK(help::differences(reference.real[0], reference.real[1]) != "");
    CHECK(help::differences(reference.G.noise[0], reference.G.noise[1]) != "");
    for (const Variant& variant : variants()) {
        INFO(variant.loss << ", bound " << static_cast<int>(variant.lipschitz));
        Game game(variant.loss);
        game.options.critic_steps = 2;
        game.options.lipschitz = variant.lipschitz;
        game.train();
        REQUIRE(game.real.size() == 60);
        REQUIRE(game.G.noise.size() == 60);
        for (std::size_t i = 0; i < 60; ++i) {
            CHECK(help::differences(game.real[i], reference.real[i]) == "");
            CHECK(help::differences(game.G.noise[i], reference.G.noise[i]) == "");
        }
    }
}

// ------------------------------------------------------------------------------------- memory

TEST_CASE("after the second step training makes no block, and what it made is given back", "[training][memory]") {
    for (const Variant& variant : variants()) {
        INFO(variant.loss << ", bound " << static_cast<int>(variant.lipschitz));
        Storage::release_free_blocks();  // or blocks of earlier tests would serve this one
        Game game(variant.loss);
        game.options.lipschitz = variant.lipschitz;
        game.options.average = 0.9;
        const Index tensors = live_tensors(), used = Storage::used_blocks();
        Index made_by_step_2 = 0, live_at_step_2 = 0;
        game.train([&](const kit::StepReport& report) {
            if (report.step == 2) {
                made_by_step_2 = Storage::made_blocks();
                live_at_step_2 = live_tensors();
            }
            if (report.step > 2) {
                CHECK(Storage::made_blocks() == made_by_step_2);
                CHECK(live_tensors() == live_at_step_2);
            }
        });
        CHECK(live_tensors() == tensors);
        CHECK(Storage::used_blocks() == used);
    }
}

// ------------------------------------------------------------------------------------- options

TEST_CASE("clipping keeps every weight of the critic within the box, the generator's are free", "[training]") {
    Game game("wasserstein");
    game.options.lipschitz = Lipschitz::clip;
    game.options.clip = 0.02;
    Index outside = 0;
    game.train([&](const kit::StepReport&) {
        for (const Tensor& parameter : game.D.parameters()) {
            for (Real w : parameter.values()) outside += !(std::fabs(w) <= Real(0.02));
        }
    });
    CHECK(outside == 0);
    Real largest = 0;
    for (const Tensor& parameter : game.G.parameters()) {
        for (Real w : parameter.values()) largest = std::max(largest, std::fabs(w));
    }
    CHECK(largest > Real(0.1));
}

TEST_CASE("the averaged generator is the recursion over the weights of each step", "[training]") {
    const double keep = 0.8, tolerance = sizeof(Real) == 8 ? 1e-14 : 1e-5;
    Game game("non-saturating");
    game.options.average = keep;
    std::vector<double> average;
    game.train([&](const kit::StepReport& report) {
        // The plain mean of what there was, until a memory of 1 / (1 - keep) steps is full.
        const double kept = std::min(keep, 1 - 1 / static_cast<double>(report.step));
        std::size_t k = 0;
        for (const Tensor& parameter : game.G.parameters()) {
            for (Real weight : parameter.values()) {
                if (report.step == 1) average.push_back(0);
                average[k] = kept * average[k] + (1 - kept) * weight;
                ++k;
            }
        }
        const std::vector<Real> before = game.all_weights();
        report.average.exchange();  // to look at the averaged generator, and back
        CHECK(game.G.parameters()[0].values()[0] == Approx(average[0]).epsilon(tolerance));
        report.average.exchange();
        CHECK(help::differences(game.all_weights(), before) == "");
    });
    const std::vector<Real> after = game.all_weights();
    for (std::size_t k = 0; k < average.size(); ++k) {
        CHECK(after[k] == Approx(average[k]).epsilon(tolerance).margin(tolerance));
    }
}

TEST_CASE("the learning rate falls linearly to its end and is restored", "[training]") {
    Game game("minimax");
    game.options.steps = 10;
    game.options.decay_from = 0.5;
    std::vector<double> rates;
    game.train([&](const kit::StepReport&) { rates.push_back(game.G_optimizer.lr() / 1e-3); });
    const std::vector<double> wanted = {1, 1, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2};
    REQUIRE(rates.size() == wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(rates[i] == Approx(wanted[i]));
    CHECK(game.G_optimizer.lr() == 1e-3);
    CHECK(game.D_optimizer.lr() == 1e-3);
}

TEST_CASE("the learning rate is restored, too, when an exception ends the training", "[training][errors]") {
    Game game("minimax");
    game.options.steps = 10;
    game.options.decay_from = 0.5;
    const auto stop = [&](const kit::StepReport& report) {
        if (report.step < 9) return;
        CHECK(game.G_optimizer.lr() == Approx(0.4e-3));
        throw std::runtime_error("the disk is full");
    };
    CHECK_THROWS_WITH(game.train(stop), "the disk is full");
    CHECK(game.G_optimizer.lr() == 1e-3);
    CHECK(game.D_optimizer.lr() == 1e-3);
}

TEST_CASE("while the generator is frozen only D learns, and G's gradient is reported all the same", "[training]") {
    Game game("minimax");
    game.options.steps = 6;
    game.options.frozen_steps = 4;
    const auto weights_of = [](const Module& net) { return net.parameters()[0].values(); };
    std::vector<Real> G = weights_of(game.G), D = weights_of(game.D);
    game.train([&](const kit::StepReport& report) {
        CHECK((weights_of(game.G) == G) == (report.step <= 4));
        CHECK(help::differences(weights_of(game.D), D) != "");
        CHECK(kit::norm(report.G.gradients) > 0);
        G = weights_of(game.G);
        D = weights_of(game.D);
    });
}

TEST_CASE("options that do not fit are named, before anything is drawn", "[training][errors]") {
    const auto refused = [](const std::function<void(kit::TrainingOptions&)>& change, const std::string& message) {
        Game game("wasserstein");
        change(game.options);
        const std::vector<Real> before = game.all_weights();
        CHECK_THROWS_AS(game.train(), std::invalid_argument);
        CHECK_THROWS_WITH(game.train(), "train: " + message);
        CHECK(help::differences(game.all_weights(), before) == "");
        CHECK(game.real.empty());
    };
    using Options = kit::TrainingOptions;
    refused([](Options& o) { o.critic_steps = 0; }, "critic_steps is 0 and must be at least 1");
    refused([](Options& o) { o.steps = -3; }, "steps is -3 and must be at least 1");
    refused([](Options& o) { o.batch = 0; }, "batch is 0 and must be at least 1");
    refused([](Options& o) { o.latent = 0; }, "latent is 0 and must be at least 1");
    refused([](Options& o) { o.decay_from = 1.5; }, "decay_from is 1.500000 and must be from 0 to 1");
    refused([](Options& o) { o.decay_from = NAN; }, "decay_from is nan and must be from 0 to 1");
}

// ------------------------------------------------------------------------------------- when numbers go wrong

TEST_CASE("NaN in the data ends the training, with the step and whose loss it was", "[training][errors]") {
    for (const Variant& variant : variants()) {
        INFO(variant.loss << ", bound " << static_cast<int>(variant.lipschitz));
        Game game(variant.loss);
        game.options.lipschitz = variant.lipschitz;
        Index draws = 0;
        const auto draw = [&draws](Index n, Random& rng) {
            Tensor x = rng.normal(Shape{n, 2});
            if (++draws == 7) x.mutable_data()[5] = NAN;
            return x;
        };
        const kit::Players players = {game.G, game.D, *game.loss, game.G_optimizer, game.D_optimizer, draw};
        const auto train = [&] { kit::train(players, game.options); };
        std::string message;
        try {
            train();
        } catch (const std::runtime_error& error) {
            message = error.what();
        }
        CHECK_THAT(message, ContainsSubstring("step 7: the discriminator's loss is not finite any more"));
        CHECK_THAT(message, ContainsSubstring("GANTRY_TRAP=1 stops where it began"));
        const std::vector<Real> weights = game.all_weights();  // the bad step was not taken
        CHECK(std::all_of(weights.begin(), weights.end(), [](Real w) { return std::isfinite(w); }));
    }
}
