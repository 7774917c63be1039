// A GAN on points in the plane: small enough to train in seconds, and everything can be seen.
//
//     z [batch, latent]  --G-->  fake [batch, 2]  --D-->  logits [batch, 1]
//
// Writes losses.csv, training.png (real and generated points over the training, before the discriminator's surface),
// losses.png, samples.npy and report.html, in which all of the training can be looked at in a browser; prints how many
// of the data's modes the generator found.
#include <iostream>

#include "examples/kit/data/npy.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/show/report.hpp"

using namespace gantry;

// The moments that the picture shows, as shares of the training.
static const std::vector<double> moments = {0.01, 0.05, 0.15, 0.4, 0.7, 1};

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.steps = 8000;
    settings.batch = 256;
    settings.hidden = 128;
    settings.latent = 2;
    settings.decay_from = 0.5;
    std::string data = "ring";
    std::optional<double> radius, std_deviation;
    options.text("--data", data, "ring, grid, moons, ... or a CSV file of points", kit::check_point_set);
    options.number("--radius", radius, kit::above(0), "size of the data (default: the set's own)");
    options.number("--std", std_deviation, kit::at_least(0), "standard deviation of a mode (default: the set's own)");
    settings.declare(options);
    kit::Report report(options);
    options.parse();
    settings.complete(options);
    const kit::Points points = kit::make_points(data, radius, std_deviation);

    Random weights(static_cast<std::uint64_t>(options.seed()));
    const Index h = settings.hidden;
    Mlp G({settings.latent, h, h, points.dimensions}, Activation::relu(), Activation::identity(), weights);
    Mlp D({points.dimensions, h, h, 1}, Activation::relu(), Activation::identity(), weights);
    const auto loss = settings.make_loss();
    const auto G_optimizer = settings.make_optimizer(G.parameters());
    const auto D_optimizer = settings.make_optimizer(D.parameters());
    const kit::Lines about{{"data", points.about}, {"G", G.str()}, {"D", D.str()}, {"training", settings.str()}};
    options.print_banner(about);
    report.note(about);

    Random picture_rng(static_cast<std::uint64_t>(options.seed()), 4);
    const Tensor picture_noise = picture_rng.normal(Shape{1000, settings.latent});
    const Tensor picture_real = points.sample(1000, picture_rng);
    kit::Figure training(2, 3, 300, 300);
    training.title = settings.loss + " on " + points.name;
    std::size_t moment = 0;
    auto draw_moment = [&](Index step) {
        NoRecording guard;
        kit::Panel& panel = training.panel(static_cast<int>(moment / 3), static_cast<int>(moment % 3));
        panel.title = "step " + std::to_string(step);
        kit::draw_frame(panel, points, picture_real, points.from_network(G(picture_noise)), D);
        ++moment;
    };

    const kit::Players players{G, D, *loss, *G_optimizer, *D_optimizer, [&](Index n, Random& rng) {
                                   return points.to_network(points.sample(n, rng));
                               }};
    kit::Health health(options.out("losses.csv"), settings, players, &points);
    report.begin(settings, players, points, health);
    kit::train(players, settings.training(options), [&](const kit::StepReport& step) {
        health.after_step(step);
        report.after_step(step);
        while (step.step < settings.steps && moment + 1 < moments.size() &&
               step.step >= moments[moment] * static_cast<double>(settings.steps)) {
            step.average.exchange();
            draw_moment(step.step);
            step.average.exchange();
        }
    });
    health.print();
    while (moment < moments.size()) draw_moment(settings.steps);
    training.write(options.out("training.png"));

    kit::Figure curves(1, 1, 700, 320);
    curves.panel(0, 0).title = settings.loss + " losses (both are minimised)";
    curves.panel(0, 0).x_label = "step";
    curves.panel(0, 0).line("discriminator", health.column(&kit::Vitals::step),
                            health.column(&kit::Vitals::discriminator_loss));
    curves.panel(0, 0).line("generator", health.column(&kit::Vitals::step),
                            health.column(&kit::Vitals::generator_loss));
    curves.write(options.out("losses.png"));

    NoRecording guard;
    Random sample_rng(static_cast<std::uint64_t>(options.seed()), 5);
    const Tensor judged = points.from_network(G(sample_rng.normal(Shape{2500, settings.latent})));
    if (!points.centres.empty() && points.std > 0) {
        const std::string modes = kit::mode_metrics(judged, points).str();
        std::cout << modes << "\n";
        report.note("result", modes);
    }
    kit::write_npy(options.out("samples.npy"),
                   points.from_network(G(sample_rng.normal(Shape{settings.samples, settings.latent}))));
    report.write();
    std::cout << "wrote losses.csv, losses.png, training.png and samples.npy in " << options.out("").string() << "\n";
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains a generator of points against a discriminator", body);
}
