// A GAN on points in the plane: small enough to train in seconds, and everything can be seen.
//
//     z [batch, latent]  --G-->  fake [batch, 2]  --D-->  logits [batch, 1]
//
// Writes losses.csv, training.png (real and generated points over the training, before the discriminator's surface),
// losses.png, samples.npy and report.html, in which all of the training can be looked at in a browser; prints how many
// of the data's modes the generator found.
#include "examples/kit/run/settings.hpp"

using namespace gantry;

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.training = {.steps = 8000, .batch = 256, .latent = 2, .decay_from = 0.5};
    settings.hidden = 128;
    std::string data = "ring";
    std::optional<double> radius, std_deviation;
    options.text("--data", data, "ring, grid, moons, ... or a CSV file of points", kit::check_point_set);
    options.number("--radius", radius, kit::above(0), "size of the data (default: the set's own)");
    options.number("--std", std_deviation, kit::at_least(0), "standard deviation of a mode (default: the set's own)");
    settings.declare(options);
    settings.declare_checkpoints(options);
    options.parse();
    settings.complete(options);

    const kit::Points points = kit::make_points(data, radius, std_deviation);
    kit::Gan gan(settings, points.dimensions, [&](Index n, Random& rng) {  // the players
        return points.sample_for_network(n, rng);
    });
    const kit::Players players = gan.players();
    const kit::RunInfo run = options.begin_run(
        {{"data", points.about}, {"G", gan.G.str()}, {"D", gan.D.str()}, {"training", kit::in_words(settings)}});
    kit::Observer observer(run, settings.watching());

    observer.begin(settings, players, points);
    const auto after_step = [&](const kit::StepReport& step) { observer.after_step(step); };
    kit::train(players, settings.training, after_step, observer.resumed());
    observer.end();
    observer.finish(settings.samples);
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains a generator of points against a discriminator", body);
}
