// The front page: every loss on the same data, with the same seeds, networks and number of steps; all numbers of the
// kit in one table, and one picture.
//
// Weights, data and noise come from the same streams; what differs is the loss, and what it needs: its learning rate,
// and for Wasserstein a gradient penalty and more critic steps. The table's last column is what fresh real data score
// against real data: no distance is 0 between two samples (metrics.hpp, distances.hpp).
//
// Writes compare.txt (the table, after each training), compare.png (for each of the first five seeds a row with points,
// and D's surface after the training; below, the losses of the first), LOSS.csv for each training, and report.html: the
// first seed's trainings side by side on one slider. One seed on one data set is an anecdote, not a ranking:
// `make compare` takes five, on the ring and on the grid.
#include <iostream>

#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/measure/statistics.hpp"
#include "examples/kit/run/settings.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/show/observer.hpp"

using namespace gantry;

// 2,500 points, as many as VEEGAN's rule for modes takes.
static Tensor real_data(const kit::Points& points, std::uint64_t seed, std::uint64_t stream) {
    Random rng(seed, stream);
    return points.sample(2500, rng);
}

static void judge(kit::SampleTable& table, const std::string& column, const Tensor& samples, const kit::Points& points,
                  const Tensor& real) {
    const kit::ModeMetrics m = kit::mode_metrics(samples, points);
    table.add(column, "modes of " + std::to_string(m.centres), m.modes);
    table.add(column, "high quality, %", 100 * m.high_quality);
    table.add(column, "reverse KL, nats", m.reverse_kl);
    table.add(column, "spread ratio", m.spread_ratio);
    table.add(column, "sliced Wasserstein", kit::sliced_wasserstein(samples, real));
    table.add(column, "MMD^2", kit::mmd2(samples, real));
}

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.training = {.steps = 3000, .batch = 256, .latent = 2, .decay_from = 0.3};
    settings.hidden = 128;
    std::string data = "ring";
    Index seeds = 1;
    options.choice("--data", data, {"ring", "grid"}, "data with known modes in the plane");
    options.integer("--seeds", seeds, kit::between(1, 1000), "trainings of each loss, with seeds from --seed on");
    options.integer("--steps", settings.training.steps, kit::between(1, 1e9),
                    "updates of the generator, for each loss");
    options.integer("--batch", settings.training.batch, kit::between(1, 1e6), "samples of a batch, real and fake each");
    options.integer("--hidden", settings.hidden, kit::between(1, 1e5), "size of the hidden layers");
    options.flag("--no-report", settings.no_report, "do not write report.html");
    options.parse();
    const kit::Points points = kit::make_points(data);
    const std::string networks = "G 2-h-h-2, D 2-h-h-1 with h = " + std::to_string(settings.hidden);
    const kit::RunInfo run = options.begin_run({{"data", points.about}, {"networks", networks}});
    kit::Observer observer(run, {.report = !settings.no_report, .frames = 32});
    const int pictured = static_cast<int>(std::min<Index>(seeds, 5)), losses = static_cast<int>(loss_names().size());
    kit::Figure figure(pictured + 1, losses, 300, 280);
    figure.title = "the losses on " + points.name + ", " + std::to_string(settings.training.steps) + " steps";
    kit::SampleTable table;
    const std::string each = "modes of " + std::to_string(points.centres.size());
    for (int column = 0; column < losses; ++column) {
        for (int i = 0; i < seeds && !kit::stop_signal(); ++i) {
            kit::Settings own = settings;
            own.loss = loss_names()[column];
            own.use_defaults_of_loss();
            const std::uint64_t seed = own.training.seed = run.seed + i;
            std::cout << own.loss << ", seed " << seed << "\n";
            kit::Gan gan(own, 2, [&](Index n, Random& rng) { return points.sample_for_network(n, rng); });
            const kit::Players players = gan.players();
            const std::string of_seed = i == 0 ? "" : "_seed_" + std::to_string(seed);
            observer.begin(own, players, points,
                           {.table = own.loss + of_seed + ".csv", .pictures = false, .report = i == 0});
            kit::train(players, own.training, [&](const kit::StepReport& step) { observer.after_step(step); });
            observer.end();
            if (kit::stop_signal()) break;  // half a training is none to compare

            Random noise(seed, 7);
            const Tensor generated = points.from_network(kit::generate(gan.G, 2500, 2, noise));
            const Tensor real = real_data(points, seed, 5);
            judge(table, own.loss, generated, points, real);
            table.add(own.loss, "loss of D at the end", observer.rows().back().discriminator_loss);
            table.add(own.loss, "loss of G at the end", observer.rows().back().generator_loss);
            table.add(own.loss, "seconds", observer.seconds());
            observer.write(table.str(each), "compare.txt");
            if (i == 0) observer.draw_losses(figure.panel(pictured, column));
            if (i >= pictured) continue;
            kit::Panel& picture = figure.panel(i, column);
            picture.title = own.loss + ", seed " + std::to_string(seed);
            kit::draw_frame(picture, own, points, slice(real, 0, 0, 1000), slice(generated, 0, 0, 1000), gan.D);
        }
    }
    for (int i = 0; i < seeds; ++i)
        judge(table, "real data", real_data(points, run.seed + i, 6), points, real_data(points, run.seed + i, 5));
    std::cout << "\n" << table.str(each);
    observer.write(table.str(each), "compare.txt");
    observer.write(figure, "compare.png");
    observer.finish();
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains the same networks with each of the losses", body);
}
