// The front page: every loss on the same data, with the same seeds, networks and number of steps; all numbers of the
// kit in one table, and one picture.
//
// Weights, data, noise and learning rate are the same; what differs is the loss, and for Wasserstein what it needs: a
// gradient penalty and more critic steps. (The other losses gain from a penalty too: claim mode_collapse.) The table's
// last column is what fresh real data score against real data: no distance is 0 between two samples (metrics.hpp,
// distances.hpp).
//
// --story saturation shows why the choice matters. D trains alone until it wins, against a generator that stands still,
// then G is released, each loss from the same weights. G takes plain steps (SGD): Adam divides a gradient by its size,
// and so hides that it has vanished. compare.png and the report show it: where D is sure, minimax' arrows are gone.
// --story branches trains each loss with 1, 5 and 20 steps of D for one of G; the report switches between them.
//
// Writes compare.txt (the table, after each training), compare.png (for each of the first five seeds a row with points,
// and D's surface after the training; below, the losses of the first), LOSS.csv for each training, and report.html: the
// first seed's trainings side by side on one slider. One seed on one data set is an anecdote, not a ranking:
// `make compare` takes five, on the ring and on the grid.
#include <cmath>
#include <iostream>
#include <map>

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

static void judge(kit::SampleTable& table, const std::string& column, const std::string& when, const Tensor& samples,
                  const kit::Points& points, const Tensor& real) {
    const kit::ModeMetrics m = kit::mode_metrics(samples, points);
    table.add(column, when + "modes of " + std::to_string(m.centres), m.modes);
    table.add(column, when + "high quality, %", 100 * m.high_quality);
    if (!when.empty()) return;
    table.add(column, "reverse KL, nats", m.reverse_kl);
    table.add(column, "spread ratio", m.spread_ratio);
    table.add(column, "sliced Wasserstein", kit::sliced_wasserstein(samples, real));
    table.add(column, "MMD^2", kit::mmd2(samples, real));
}

// ---------------------------------------------------------------------------------------- the stories

static constexpr Index frozen_steps = 400;   // of D alone
static constexpr double plain_rate = 0.002;  // of G's plain steps

// What a fake wants: its move is -dL_G/dx, times the batch, for the loss is a mean.
struct Pull {
    Tensor fakes, moves;
    double probability, slope, length, gradient;  // means of s(f), |dL_G/df| and of the moves; norm of G's gradient
};

static Pull pull(const kit::Players& players, const Tensor& z) {
    const Tensor x = players.generator(z);
    Tensor leaf = x.detach();
    leaf.set_requires_grad(true);
    const Tensor f = players.discriminator(leaf);
    Tensor logits = f.detach();
    logits.set_requires_grad(true);
    const Real n = static_cast<Real>(z.shape()[0]);
    const Tensor slopes = grad(players.loss.generator(logits), {logits})[0] * n;
    const Tensor moves = grad(players.loss.generator(f), {leaf})[0] * -n;
    const Tensor loss = players.loss.generator(players.discriminator(x));
    return {.fakes = leaf.detach(),
            .moves = moves,
            .probability = mean(sigmoid(logits.detach())).item(),
            .slope = mean(abs(slopes)).item(),
            .length = mean(sqrt(sum(square(moves), 1))).item(),
            .gradient = kit::norm(grad(loss, players.generator.parameters()))};
}

static void add_rows(kit::SampleTable& table, const kit::Settings& own, const Pull& seen) {
    if (own.is_logistic()) table.add(own.loss, "D won: mean s(f)", seen.probability);
    table.add(own.loss, "D won: mean |dL_G/df|", seen.slope);
    table.add(own.loss, "D won: mean arrow", seen.length);
    table.add(own.loss, "D won: |gradient of G|", seen.gradient);
}

// The arrows of all losses, where D has won, on one scale: the longest has 0.8 of the data's radius.
static void draw_arrows(kit::Figure& figure, const std::vector<Pull>& released) {
    double longest = 0;
    for (const Pull& one : released)
        for (const double part : one.moves.values()) longest = std::max(longest, std::fabs(part));
    for (std::size_t i = 0; i < released.size(); ++i)
        figure.panel(0, int(i)).arrows(released[i].fakes, released[i].moves * Real(0.8 / longest), {0.48, 0.06, 0.24});
}

// The losses; of the story the norm of G's gradient, on one axis for all.
static void draw_curves(kit::Panel& panel, const kit::Observer& observer, bool saturation) {
    if (!saturation) return observer.draw_losses(panel);
    std::vector<double> steps, norms;
    for (const kit::Vitals& row : observer.rows()) {
        steps.push_back(row.step);
        norms.push_back(row.generator_gradient);
    }
    panel.line("norm of G's gradient", steps, norms);
    panel.x_label = "step; G is released after " + std::to_string(frozen_steps);
    panel.log_y = true;
    panel.limits = kit::Box{0, steps.back(), 1e-4, 100};
}

// What is trained: each loss with each seed, or with each number of steps of D.
static std::vector<kit::Settings> trainings(const kit::Settings& settings, const std::string& story, Index seeds) {
    std::vector<kit::Settings> all;
    for (const std::string& loss : loss_names()) {
        kit::Settings own = settings;
        own.loss = loss;
        own.use_defaults_of_loss();
        if (story == "saturation") {
            own.training.frozen_steps = frozen_steps;
            own.training.decay_from = 1;
        }
        for (Index i = 0; i < seeds; ++i, ++own.training.seed)
            if (story != "branches") all.push_back(own);
        own.training.seed = settings.training.seed;
        for (Index steps : {1, 5, 20}) {
            own.training.critic_steps = steps;
            if (story == "branches") all.push_back(own);
        }
    }
    return all;
}

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.training = {.steps = 3000, .batch = 256, .latent = 2, .decay_from = 0.3};
    settings.hidden = 128;
    std::string data = "ring", story = "none";
    Index seeds = 1;
    options.choice("--data", data, {"ring", "grid"}, "data with known modes in the plane");
    options.choice("--story", story, {"none", "saturation", "branches"},
                   "saturation: D alone until it wins; branches: 1, 5, 20 steps of D");
    options.integer("--seeds", seeds, kit::between(1, 1000), "trainings of each loss, with seeds from --seed on");
    options.integer("--steps", settings.training.steps, kit::between(1, 1e9),
                    "updates of the generator, for each loss (saturation: 1200, branches: 400)");
    options.integer("--batch", settings.training.batch, kit::between(1, 1e6), "samples of a batch, real and fake each");
    options.number("--lr", settings.lr, kit::above(0), "learning rate of both players, for each loss");
    options.integer("--hidden", settings.hidden, kit::between(1, 1e5), "size of the hidden layers");
    options.flag("--no-report", settings.no_report, "do not write report.html");
    options.parse();
    // For every loss: with less, all of them find fewer modes of the grid in 3,000 steps.
    if (story == "none" && !options.given("--lr")) settings.lr = 2e-3;
    const bool saturation = story == "saturation", branches = story == "branches";
    if (seeds > 1 && story != "none") options.refuse("--seeds", "a story has one seed");
    if (!options.given("--steps") && story != "none") settings.training.steps = saturation ? 1200 : 400;
    if (saturation && settings.training.steps <= frozen_steps)
        options.refuse("--steps", "G is released after step " + std::to_string(frozen_steps) + ": more are needed");
    settings.training.seed = options.seed();
    const kit::Points points = kit::make_points(data);
    const std::string networks = "G 2-h-h-2, D 2-h-h-1 with h = " + std::to_string(settings.hidden);
    const kit::RunInfo run = options.begin_run({{"data", points.about}, {"networks", networks}});
    kit::Observer observer(run, {.report = !settings.no_report, .frames = branches ? 24 : 32});
    const int losses = static_cast<int>(loss_names().size());
    const int pictured = saturation ? 2 : branches ? 3 : static_cast<int>(std::min<Index>(seeds, 5));
    kit::Figure figure(pictured + 1, losses, 300, 280);
    figure.title = "the losses on " + points.name + ", " + std::to_string(settings.training.steps) + " steps";
    if (saturation) figure.title += ": D alone wins, then G is released. Arrows: -dL_G/dx of the fakes, on one scale";
    kit::SampleTable table;
    std::vector<Pull> released;
    const std::string each = "modes of " + std::to_string(points.centres.size());
    std::map<std::string, int> count;  // trainings of a loss so far
    for (const kit::Settings& own : trainings(settings, story, seeds)) {
        if (kit::stop_signal()) break;
        const std::uint64_t seed = own.training.seed;
        const int i = count[own.loss]++, column = static_cast<int>(count.size()) - 1;
        const std::string steps_of_D = std::to_string(own.training.critic_steps);
        const std::string about = branches ? ", D steps " + steps_of_D : ", seed " + std::to_string(seed);
        const std::string file = branches ? "_D" + steps_of_D : i == 0 ? "" : "_seed_" + std::to_string(seed);
        std::cout << own.loss << about << "\n";
        kit::Gan gan(own, 2, [&](Index n, Random& rng) { return points.sample_for_network(n, rng); });
        Sgd plain_steps(gan.G.parameters(), {.lr = plain_rate});
        const kit::Players players{
            gan.G, gan.D, *gan.loss, saturation ? plain_steps : *gan.G_optimizer, *gan.D_optimizer, gan.real_data};
        const Tensor real = real_data(points, seed, 5), shown = slice(real, 0, 0, 1000);
        Random noise(seed, 7);
        const Tensor z = noise.normal(Shape{2500, 2});
        observer.begin(own, players, points,
                       {.table = own.loss + file + ".csv", .pictures = false, .report = i == 0 || branches});
        kit::train(players, own.training, [&](const kit::StepReport& step) {
            observer.after_step(step);
            if (!saturation || step.step != frozen_steps) return;
            released.push_back(pull(players, slice(z, 0, 0, 40)));
            add_rows(table, own, released.back());
            kit::Panel& panel = figure.panel(0, column);
            panel.title = own.loss + ", D has won";
            kit::draw_frame(panel, own, points, shown, points.from_network(released.back().fakes), gan.D);
        });
        observer.end();
        if (kit::stop_signal()) break;  // half a training is none to compare

        NoRecording guard;
        const Tensor generated = points.from_network(gan.G(z));
        const std::string row = branches ? "D steps " + steps_of_D + ": " : saturation ? "end: " : "";
        judge(table, own.loss, row, generated, points, real);
        if (story == "none") {
            table.add(own.loss, "loss of D at the end", observer.rows().back().discriminator_loss);
            table.add(own.loss, "loss of G at the end", observer.rows().back().generator_loss);
            table.add(own.loss, "seconds", observer.seconds());
        }
        observer.write(table.str(each), "compare.txt");
        if (i == 0) draw_curves(figure.panel(pictured, column), observer, saturation);
        if (i >= pictured) continue;
        kit::Panel& panel = figure.panel(saturation ? 1 : i, column);
        panel.title = own.loss + (saturation ? ", at the end" : about);
        kit::draw_frame(panel, own, points, shown, slice(generated, 0, 0, 1000), gan.D);
    }
    if (saturation) draw_arrows(figure, released);
    for (Index i = 0; i < seeds && story == "none"; ++i)
        judge(table, "real data", "", real_data(points, run.seed + i, 6), points, real_data(points, run.seed + i, 5));
    std::cout << "\n";
    observer.write(table.str(each), "compare.txt");
    observer.write(figure, "compare.png");
    observer.finish({{"results", table.str(each)}});
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains the same networks with each of the losses", body);
}
