// The front page: every loss on the same data, with the same seeds, networks and number of steps; all numbers of the
// kit in one table, and one picture.
//
// Weights, data, noise and learning rate are the same; what differs is the loss, and for Wasserstein what it needs: a
// gradient penalty and more critic steps. (The other losses gain from a penalty too: claim mode_collapse.) The table's
// last column is what fresh real data score against real data: no distance is 0 between two samples (metrics.hpp,
// distances.hpp). One seed on one data set is an anecdote, not a ranking: `make compare` takes five, on the ring and on
// the grid.
//
// Writes compare.txt (the table, after each training), compare.png (for each of the first five seeds a row with points,
// and D's surface after the training; below, the losses of the first), LOSS.csv for each training, and report.html: the
// first seed's trainings side by side on one slider. With --story it compares the losses at something else: see
// examples/stories/stories.hpp.
#include "examples/stories/stories.hpp"

using namespace gantry;

static void compare(Comparison& comparison, const kit::Settings& settings, Index seeds) {
    for (const std::string& loss : loss_names()) {
        kit::Settings own = settings;
        own.loss = loss;
        own.use_defaults_of_loss();
        for (int i = 0; i < seeds; ++i, ++own.training.seed) {
            const std::string seed = std::to_string(own.training.seed);
            kit::Gan gan(own, 2, comparison.real_data);
            comparison.train(
                own, gan,
                {.about = "seed " + seed, .file = i == 0 ? "" : "_seed_" + seed, .row = i, .in_report = i == 0});
        }
    }
    for (Index i = 0; i < seeds; ++i) comparison.add_real_data(settings.training.seed + i);
}

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.training = {.steps = 3000, .batch = 256, .latent = 2, .decay_from = 0.3};
    settings.hidden = 128;
    settings.lr = 2e-3;  // with less, all losses find fewer modes of the grid in 3,000 steps
    std::string data = "ring", story = "none";
    Index seeds = 1;
    options.choice("--data", data, {"ring", "grid"}, "data with known modes in the plane");
    options.choice("--story", story, {"none", "saturation", "branches"},
                   "saturation: D alone until it wins; branches: 1, 5, 20 steps of D");
    options.integer("--seeds", seeds, kit::between(1, 1000), "trainings of each loss, with seeds from --seed on");
    options.integer("--steps", settings.training.steps, kit::between(1, 1e9),
                    "updates of the generator, for each loss (saturation: 1200, branches: 400)");
    options.integer("--batch", settings.training.batch, kit::between(1, 1e6), "samples of a batch, real and fake each");
    options.number("--lr", settings.lr, kit::above(0), "learning rate of both players, for each loss (stories: 0.001)");
    options.integer("--hidden", settings.hidden, kit::between(1, 1e5), "size of the hidden layers");
    options.flag("--no-report", settings.no_report, "do not write report.html");
    options.parse();
    const bool saturation = story == "saturation", branches = story == "branches", plain = story == "none";
    if (!plain && seeds > 1) options.refuse("--seeds", "a story has one seed");
    if (!plain && !options.given("--lr")) settings.lr = 1e-3;
    if (!plain && !options.given("--steps")) settings.training.steps = saturation ? 1200 : 400;
    if (saturation && settings.training.steps <= frozen_steps)
        options.refuse("--steps", "G is released after step " + std::to_string(frozen_steps) + ": more are needed");
    settings.training.seed = options.seed();

    const kit::Points points = kit::make_points(data);
    const std::string networks = "G 2-h-h-2, D 2-h-h-1 with h = " + std::to_string(settings.hidden);
    const kit::RunInfo run = options.begin_run({{"data", points.about}, {"networks", networks}});
    const int rows = saturation ? 3 : branches ? 4 : std::min<Index>(seeds, 5) + 1;  // of panels
    Comparison comparison(points, run, rows, settings.watching(branches ? 24 : 32));
    comparison.figure.title =
        "the losses on " + points.name + ", " + std::to_string(settings.training.steps) + " steps";
    if (saturation)
        comparison.figure.title += ": D alone wins, then G is released. Arrows: -dL_G/dx of the fakes, on one scale";
    if (saturation) tell_saturation(comparison, settings);
    if (branches) tell_branches(comparison, settings);
    if (plain) compare(comparison, settings, seeds);
    comparison.finish();
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains the same networks with each of the losses", body);
}
