// The four losses on the same data, with the same seed, networks and number of steps: one table, one picture.
//
// The weights start the same, and data and noise are drawn from the same streams; what differs is the loss, and
// what it needs: its learning rate, and for Wasserstein a gradient penalty and more critic steps.
//
// Writes compare.png (upper row: points and the discriminator's surface after the training; lower row: the losses), one
// LOSS.csv each, and report.html: the four trainings side by side on one slider. One seed on one data set is an anecdote, not a ranking: try others.
#include <chrono>
#include <cstdio>
#include <iostream>

#include "examples/kit/frames.hpp"
#include "examples/kit/metrics.hpp"
#include "examples/kit/report.hpp"

using namespace gantry;

// What one training leaves behind for the table.
struct Outcome {
    std::string loss;
    kit::ModeMetrics metrics;
    double D_loss, G_loss, seconds;
};

static Outcome train_one(const kit::Options& options, const kit::Settings& settings, const kit::Points& points,
                         kit::Report& report, kit::Panel& picture, kit::Panel& curves) {
    const auto seed = static_cast<std::uint64_t>(options.seed());
    Random weights(seed);
    const Index h = settings.hidden;
    Mlp G({settings.latent, h, h, 2}, Activation::relu(), Activation::identity(), weights);
    Mlp D({2, h, h, 1}, Activation::relu(), Activation::identity(), weights);
    const auto loss = settings.make_loss();
    const auto G_optimizer = settings.make_optimizer(G.parameters());
    const auto D_optimizer = settings.make_optimizer(D.parameters());

    const kit::Players players{G, D, *loss, *G_optimizer, *D_optimizer, [&](Index n, Random& rng) {
                                   return points.to_network(points.sample(n, rng));
                               }};
    kit::Health health(options.out(settings.loss + ".csv"), settings, players, &points);
    report.begin(settings, players, points, health);
    const auto start = std::chrono::steady_clock::now();
    kit::train(players, settings.training(options), [&](const kit::StepReport& step) {
        health.after_step(step);
        report.after_step(step);
    });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

    std::cout << settings.loss << "\n";
    health.print();

    NoRecording guard;
    Random sample_rng(seed, 5);
    const Tensor real = points.sample(1000, sample_rng);
    const Tensor generated = points.from_network(G(sample_rng.normal(Shape{2500, settings.latent})));
    picture.title = settings.loss;
    kit::draw_frame(picture, points, real, slice(generated, 0, 0, 1000), D);
    curves.x_label = "step";
    curves.line("discriminator", health.column(&kit::Vitals::step), health.column(&kit::Vitals::discriminator_loss));
    curves.line("generator", health.column(&kit::Vitals::step), health.column(&kit::Vitals::generator_loss));
    const kit::Vitals& last = health.rows().back();
    return {settings.loss, kit::mode_metrics(generated, points), last.discriminator_loss, last.generator_loss,
            seconds.count()};
}

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.steps = 3000;
    settings.batch = 256;
    settings.hidden = 128;
    settings.latent = 2;
    settings.decay_from = 0.3;
    std::string data = "ring";
    options.choice("--data", data, {"ring", "grid"}, "data with known modes in the plane");
    options.integer("--steps", settings.steps, kit::between(1, 1e9), "updates of the generator, for each loss");
    options.integer("--batch", settings.batch, kit::between(1, 1e6), "samples of a batch, real and fake each");
    options.integer("--hidden", settings.hidden, kit::between(1, 1e5), "size of the hidden layers");
    kit::Report report(options, 32);
    options.parse();
    const kit::Points points = kit::make_points(data);
    const kit::Lines about{{"data", points.about},
                           {"networks", "G 2-h-h-2, D 2-h-h-1 with h = " + std::to_string(settings.hidden)}};
    options.print_banner(about);
    report.note(about);

    kit::Figure figure(2, 4, 300, 280);
    figure.title = "four losses on " + points.name + ", " + std::to_string(settings.steps) + " steps";
    std::vector<Outcome> outcomes;
    for (const std::string& name : loss_names()) {
        kit::Settings own = settings;
        own.loss = name;
        own.use_defaults_of_loss();
        const int column = static_cast<int>(outcomes.size());
        outcomes.push_back(train_one(options, own, points, report, figure.panel(0, column), figure.panel(1, column)));
    }
    figure.write(options.out("compare.png"));

    std::printf("%-15s %8s %10s %12s %11s %8s %8s %8s\n", "loss", "modes", "quality", "reverse KL", "spread", "D loss",
                "G loss", "seconds");
    for (const Outcome& o : outcomes) {
        std::printf("%-15s %3d of %2d %8.1f %% %12.4f %11.2f %8.3f %8.3f %8.1f\n", o.loss.c_str(),
                    static_cast<int>(o.metrics.modes), static_cast<int>(o.metrics.centres),
                    100 * o.metrics.high_quality, o.metrics.reverse_kl, o.metrics.spread_ratio, o.D_loss, o.G_loss,
                    o.seconds);
    }
    report.write();
    std::cout << "wrote compare.png and LOSS.csv in " << options.out("").string() << "\n";
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains the same networks with each of the four losses", body);
}
