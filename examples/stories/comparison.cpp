#include "examples/stories/comparison.hpp"

#include <algorithm>
#include <iostream>

#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/train/stop.hpp"

namespace gantry {

// Streams of a training's seed, beside those of the training itself.
enum Stream : std::uint64_t { real_stream = 5, fresh_stream = 6, judged_noise_stream = 7 };

static constexpr Index judged = 2500, shown = 1000;  // samples

Comparison::Comparison(const kit::Points& data, const kit::RunInfo& run, int rows,
                       const kit::Observer::Options& watched)
    : points(data),
      real_data([&data](Index n, Random& rng) { return data.sample_for_network(n, rng); }),
      figure(rows, loss_names().size(), 300, 280),
      observer(run, watched),
      rows_(rows) {}

kit::Panel& Comparison::panel(int row, const std::string& loss) {
    const auto& names = loss_names();
    return figure.panel(row, std::ranges::find(names, loss) - names.begin());
}

Tensor Comparison::real(std::uint64_t seed, std::uint64_t stream) const {
    Random rng(seed, stream);
    return points.sample(judged, rng);
}

Tensor Comparison::noise(std::uint64_t seed) const {
    Random rng(seed, judged_noise_stream);
    return rng.normal({judged, 2});
}

bool Comparison::train(const kit::Recipe& recipe, kit::Gan& gan, const Entry& entry,
                       const std::function<void(Index)>& look) {
    if (kit::stop_signal()) return false;
    std::cout << recipe.loss << ", " << entry.about << "\n";
    const kit::Players players = gan.players();
    observer.begin(recipe, players, points,
                   {.table = recipe.loss + entry.file + ".csv", .pictures = false, .report = entry.in_report});
    kit::train(players, recipe.training, [&](const kit::StepReport& step) {
        observer.after_step(step);
        if (look) look(step.step);
    });
    observer.end();
    if (kit::stop_signal()) return false;

    NoRecording guard;
    const Tensor samples = points.from_network(gan.G(noise(recipe.training.seed)));
    judge(recipe.loss, entry, samples, recipe.training.seed);
    if (entry.when.empty()) {
        table.add(recipe.loss, "loss of D at the end", observer.rows().back().discriminator_loss);
        table.add(recipe.loss, "loss of G at the end", observer.rows().back().generator_loss);
        table.add(recipe.loss, "seconds", observer.seconds());
    }
    write_table();
    if (entry.row == 0) observer.draw_losses(panel(rows_ - 1, recipe.loss));
    if (entry.row < rows_ - 1) draw(entry.row, recipe, entry.about, slice(samples, 0, 0, shown), gan.D);
    return true;
}

void Comparison::judge(const std::string& column, const Entry& entry, const Tensor& samples, std::uint64_t seed) {
    const kit::ModeMetrics m = kit::mode_metrics(samples, points);
    table.add(column, entry.when + "modes of " + std::to_string(m.centres), m.modes);
    table.add(column, entry.when + "high quality, %", 100 * m.high_quality);
    if (!entry.when.empty()) return;
    const Tensor compared_with = real(seed, real_stream);
    table.add(column, "reverse KL, nats", m.reverse_kl);
    table.add(column, "spread ratio", m.spread_ratio);
    table.add(column, "sliced Wasserstein", kit::sliced_wasserstein(samples, compared_with));
    table.add(column, "MMD^2", kit::mmd2(samples, compared_with));
}

void Comparison::add_real_data(std::uint64_t seed) { judge("real data", {}, real(seed, fresh_stream), seed); }

void Comparison::draw(int row, const kit::Recipe& recipe, const std::string& about, const Tensor& generated,
                      const Module& D) {
    kit::Panel& one = panel(row, recipe.loss);
    one.title = recipe.loss + ", " + about;
    kit::draw_frame(one, recipe, points, slice(real(recipe.training.seed, real_stream), 0, 0, shown), generated, D);
}

void Comparison::write_table() {
    observer.write(table.str("modes of " + std::to_string(points.centres.size())), "compare.txt");
}

void Comparison::finish() {
    std::cout << "\n";
    write_table();
    observer.write(figure, "compare.png");
    observer.finish({{"results", table.str("modes of " + std::to_string(points.centres.size()))}});
}

}  // namespace gantry
