#include "examples/kit/show/observer.hpp"

#include <algorithm>
#include <iostream>

#include "examples/kit/data/npy.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/frames.hpp"

namespace gantry::kit {

static constexpr std::uint64_t picture_stream = 4, sample_stream = 5;  // of the run's seed

Observer::Observer(const RunInfo& run, const Options& options) : run_(run), sample_rng_(run.seed, sample_stream) {
    if (options.report) report_ = std::make_unique<Report>(run, options.frames);
}

// ---------------------------------------------------------------------------------------- one training

void Observer::begin_watching(const Recipe& recipe, const Players& players, const Watched& watched,
                              const Points* points) {
    recipe_ = recipe;
    watched_ = watched;
    players_ = &players;
    points_ = points;
    health_ = std::make_unique<Health>(run_.folder / watched.table, recipe, players, points);
    written_.push_back(watched.table);
    moments_.clear();
    next_ = 0;
    start_ = std::chrono::steady_clock::now();
}

void Observer::begin(const Recipe& recipe, const Players& players, const Points& points, const Watched& watched) {
    begin_watching(recipe, players, watched, &points);
    if (report_ && watched.report) report_->begin(recipe, players, points, *health_);
    if (!watched.pictures) return;
    figure_.title = recipe.loss + " on " + points.name;
    for (double share : {0.01, 0.05, 0.15, 0.4, 0.7, 1.0}) moments_.push_back(share * recipe.training.steps);
    Random rng(run_.seed, picture_stream);
    noise_ = rng.normal(Shape{1000, recipe.training.latent});
    real_ = points.sample(1000, rng);
}

void Observer::begin(const Recipe& recipe, const Players& players, const Images& images) {
    begin_watching(recipe, players, {}, nullptr);
    if (report_) report_->begin(recipe, players, images, *health_);
    const Index steps = recipe.training.steps, between = std::max<Index>(1, steps / 5);
    for (Index step = between; step < steps; step += between) moments_.push_back(step);
    moments_.push_back(steps);
    Random rng(run_.seed, picture_stream);
    noise_ = rng.normal(Shape{64, recipe.training.latent});
}

void Observer::draw_moment(Index step) {
    NoRecording guard;
    const std::string name = std::to_string(step);
    const Tensor generated = players_->generator(noise_);
    const int place = static_cast<int>(next_++);
    if (points_ == nullptr) return write_image_grid(run_.folder / ("digits_" + name + ".png"), generated, 8, 8);
    Panel& panel = figure_.panel(place / 3, place % 3);
    panel.title = "step " + name;
    draw_frame(panel, *points_, real_, points_->from_network(generated), players_->discriminator);
}

void Observer::after_step(const StepReport& step) {
    health_->after_step(step);
    if (report_ && watched_.report) report_->after_step(step);
    const bool last = step.step == recipe_.training.steps;  // end() draws it
    while (!last && next_ < moments_.size() && step.step >= moments_[next_]) {
        step.average.exchange();
        draw_moment(step.step);
        step.average.exchange();
    }
}

void Observer::end() {
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    health_->print();
    while (next_ < moments_.size()) draw_moment(recipe_.training.steps);
    if (!watched_.pictures) return;
    if (points_ == nullptr) return written_.push_back("digits_*.png");
    write(figure_, "training.png");
    Figure curves(1, 1, 700, 320);
    curves.panel(0, 0).title = recipe_.loss + " losses (both are minimised)";
    draw_losses(curves.panel(0, 0));
    write(curves, "losses.png");
}

void Observer::draw_losses(Panel& panel) const {
    panel.x_label = "step";
    panel.line("discriminator", health_->column(&Vitals::step), health_->column(&Vitals::discriminator_loss));
    panel.line("generator", health_->column(&Vitals::step), health_->column(&Vitals::generator_loss));
}

// ---------------------------------------------------------------------------------------- the run

Tensor Observer::samples(Index n) {
    NoRecording guard;
    const Tensor x = players_->generator(sample_rng_.normal(Shape{n, recipe_.training.latent}));
    return points_ ? points_->from_network(x) : (x + 1) / 2;
}

void Observer::finish(Index n, const Lines& results) {
    Lines all = results;
    const Tensor judged = points_ ? samples(2500) : Tensor();
    if (points_ && !points_->centres.empty() && points_->std > 0)
        all.emplace_back("result", mode_metrics(judged, *points_).str());
    write_npy(run_.folder / "samples.npy", samples(n));
    written_.push_back("samples.npy");
    finish(all);
}

void Observer::finish(const Lines& results) {
    for (const auto& [label, text] : results) {
        std::cout << text << "\n";
        if (report_) report_->note(label, text);
    }
    if (report_) report_->write();
    std::string names;
    for (std::size_t i = 0; i < written_.size(); ++i)
        names += (i == 0 ? "" : i + 1 < written_.size() ? ", " : " and ") + written_[i];
    std::cout << "wrote " << names << " in " << run_.folder.string() << "\n";
}

void Observer::write(const Figure& figure, const std::string& file) {
    figure.write(run_.folder / file);
    written_.push_back(file);
}

}  // namespace gantry::kit
