// The front page: the four losses on the same data, with the same seeds, networks and number of steps; all figures of
// the kit in one table, and one picture.
//
// The weights start the same, and data and noise are drawn from the same streams; what differs is the loss, and what it
// needs: its learning rate, and for Wasserstein a gradient penalty and more critic steps. The table's last column is
// what fresh real data score against real data: no distance is 0 between two samples (metrics.hpp, distances.hpp).
//
// Writes compare.png (for each of the first five seeds a row with points, and D's surface after the training; below,
// the losses of the first), LOSS.csv for each training, and report.html: the first seed's trainings side by side on
// one slider. One seed on one data set is an anecdote, not a ranking: `make compare` takes five, on the ring and on
// the grid.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>

#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/measure/statistics.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/show/report.hpp"

using namespace gantry;

// 2,500 points, as many as VEEGAN's rule for modes takes.
static Tensor real_data(const kit::Points& points, std::uint64_t seed, std::uint64_t stream) {
    Random rng(seed, stream);
    return points.sample(2500, rng);
}

static void judge(kit::SampleTable& table, const std::string& column, const Tensor& samples, const kit::Points& points,
                  std::uint64_t seed) {
    const kit::ModeMetrics m = kit::mode_metrics(samples, points);
    const Tensor real = real_data(points, seed, 5);
    table.add(column, "modes of " + std::to_string(m.centres), static_cast<double>(m.modes));
    table.add(column, "high quality, %", 100 * m.high_quality);
    table.add(column, "reverse KL, nats", m.reverse_kl);
    table.add(column, "spread ratio", m.spread_ratio);
    table.add(column, "sliced Wasserstein", kit::sliced_wasserstein(samples, real));
    table.add(column, "MMD^2", kit::mmd2(samples, real));
}

// Pictures and report are for some seeds only: null for the others.
static void train_one(const kit::Options& options, const kit::Settings& settings, const kit::Points& points,
                      std::uint64_t seed, kit::SampleTable& table, kit::Panel* picture, kit::Panel* curves,
                      kit::Report* report) {
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
    kit::TrainingOptions training = settings.training(options);
    training.seed = seed;

    std::cout << settings.loss << ", seed " << seed << "\n";
    const std::string csv = settings.loss + (report ? "" : "_seed_" + std::to_string(seed)) + ".csv";
    kit::Health health(options.out(csv), settings, players, &points);
    if (report) report->begin(settings, players, points, health);
    const auto start = std::chrono::steady_clock::now();
    kit::train(players, training, [&](const kit::StepReport& step) {
        health.after_step(step);
        if (report) report->after_step(step);
    });
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    health.print();

    NoRecording guard;
    Random noise(seed, 7);
    const Tensor generated = points.from_network(G(noise.normal(Shape{2500, settings.latent})));
    judge(table, settings.loss, generated, points, seed);
    table.add(settings.loss, "loss of D at the end", health.rows().back().discriminator_loss);
    table.add(settings.loss, "loss of G at the end", health.rows().back().generator_loss);
    table.add(settings.loss, "seconds", seconds.count());
    if (picture) {
        picture->title = settings.loss + ", seed " + std::to_string(seed);
        const Tensor real = slice(real_data(points, seed, 5), 0, 0, 1000);
        kit::draw_frame(*picture, points, real, slice(generated, 0, 0, 1000), D);
    }
    if (!curves) return;
    curves->x_label = "step";
    curves->line("discriminator", health.column(&kit::Vitals::step), health.column(&kit::Vitals::discriminator_loss));
    curves->line("generator", health.column(&kit::Vitals::step), health.column(&kit::Vitals::generator_loss));
}

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.steps = 3000;
    settings.batch = 256;
    settings.hidden = 128;
    settings.latent = 2;
    settings.decay_from = 0.3;
    std::string data = "ring";
    Index seeds = 1;
    options.choice("--data", data, {"ring", "grid"}, "data with known modes in the plane");
    options.integer("--seeds", seeds, kit::between(1, 1000), "trainings of each loss, with seeds from --seed on");
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

    const int pictured = static_cast<int>(std::min<Index>(seeds, 5));
    kit::Figure figure(pictured + 1, 4, 300, 280);
    figure.title = "four losses on " + points.name + ", " + std::to_string(settings.steps) + " steps";
    kit::SampleTable table;
    for (const std::string& name : loss_names()) {
        kit::Settings own = settings;
        own.loss = name;
        own.use_defaults_of_loss();
        const int column = static_cast<int>(table.columns().size());
        for (int i = 0; i < seeds; ++i) {
            kit::Panel* picture = i < pictured ? &figure.panel(i, column) : nullptr;
            kit::Panel* curves = i == 0 ? &figure.panel(pictured, column) : nullptr;
            const auto seed = static_cast<std::uint64_t>(options.seed() + i);
            train_one(options, own, points, seed, table, picture, curves, i == 0 ? &report : nullptr);
        }
    }
    for (int i = 0; i < seeds; ++i) {
        const auto seed = static_cast<std::uint64_t>(options.seed() + i);
        judge(table, "real data", real_data(points, seed, 6), points, seed);
    }
    std::cout << "\n" << table.str("modes of " + std::to_string(points.centres.size()));
    figure.write(options.out("compare.png"));
    report.write();
    std::cout << "wrote compare.png and LOSS.csv in " << options.out("").string() << "\n";
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains the same networks with each of the four losses", body);
}
