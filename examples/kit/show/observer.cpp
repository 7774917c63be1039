#include "examples/kit/show/observer.hpp"

#include <zlib.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include "core/kernels/blas.hpp"
#include "examples/kit/data/csv.hpp"
#include "examples/kit/data/npy.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/frames.hpp"

namespace gantry::kit {

static constexpr std::uint64_t picture_stream = 4, sample_stream = 5;  // of the run's seed

Observer::Observer(const RunInfo& run, const Options& options)
    : run_(run), options_(options), sample_rng_(run.seed, sample_stream) {
    if (options.report) report_ = std::make_unique<Report>(run, options.frames);
}

// ---------------------------------------------------------------------------------------- what a run is
//
// Every option that decides a number of the training, by its name on the command line, and the lines of the banner. A
// checkpoint goes on only where all of them agree; a network that is saved carries them.

static Metadata identity_of(const Recipe& recipe, const RunInfo& run) {
    const TrainingOptions& t = recipe.training;
    const auto& [a, b, c] = recipe.labels;
    Metadata all = {{"program", run.program},
                    {"--loss", recipe.loss},
                    {"--labels", to_text(a) + "," + to_text(b) + "," + to_text(c)},
                    {"--smoothing", to_text(recipe.smoothing)},
                    {"--hidden", std::to_string(recipe.hidden)},
                    {"layers", std::to_string(recipe.layers)},
                    {"--optimizer", recipe.optimizer},
                    {"--lr", to_text(recipe.lr)},
                    {"D_rate", to_text(recipe.D_rate)},
                    {"--beta1", to_text(recipe.beta1)},
                    {"--beta2", to_text(recipe.beta2)},
                    {"--momentum", to_text(recipe.momentum)},
                    {"--steps", std::to_string(t.steps)},
                    {"--batch", std::to_string(t.batch)},
                    {"--latent", std::to_string(t.latent)},
                    {"--critic-steps", std::to_string(t.critic_steps)},
                    {"--lipschitz", std::array{"none", "clip", "penalty"}[static_cast<std::size_t>(t.lipschitz)]},
                    {"--lambda", to_text(t.lambda)},
                    {"--clip", to_text(t.clip)},
                    {"--decay-from", to_text(t.decay_from)},
                    {"--average", to_text(t.average)},
                    {"frozen_steps", std::to_string(t.frozen_steps)},
                    {"--seed", std::to_string(t.seed)},
                    {"real", sizeof(Real) == 4 ? "float" : "double"}};
    for (const auto& [label, text] : run.about) all[label] = text;
    return all;
}

static std::string checksum(const void* bytes, std::size_t n) {
    return std::to_string(crc32_z(0, static_cast<const Bytef*>(bytes), n));
}

// ---------------------------------------------------------------------------------------- one training

void Observer::begin_watching(const Recipe& recipe, const Players& players, const Watched& watched,
                              const Points* points) {
    recipe_ = recipe;
    watched_ = watched;
    players_ = &players;
    points_ = points;
    images_ = nullptr;
    health_ = std::make_unique<Health>(run_.folder / watched.table, recipe, players, points);
    written_.push_back(watched.table);
    identity_ = identity_of(recipe, run_);
    identity_["with report"] = report_ && watched.report ? "yes" : "no";
    resumed_.reset();
    seen_.clear();
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
    if (keeps_state())
        identity_["checksum of the data"] = checksum(points.rows.data(), points.rows.size() * sizeof(Point));
    go_on();
}

void Observer::begin(const Recipe& recipe, const Players& players, const Images& images) {
    begin_watching(recipe, players, {}, nullptr);
    images_ = &images;
    if (report_) report_->begin(recipe, players, images, *health_);
    const Index steps = recipe.training.steps, between = std::max<Index>(1, steps / 5);
    for (Index step = between; step < steps; step += between) moments_.push_back(step);
    moments_.push_back(steps);
    Random rng(run_.seed, picture_stream);
    noise_ = rng.normal(Shape{64, recipe.training.latent});
    if (keeps_state()) identity_["checksum of the data"] = checksum(images.bytes.data(), images.bytes.size());
    go_on();
}

void Observer::draw_moment(Index step) {
    NoRecording guard;
    draw(step, players_->generator(noise_));
}

void Observer::draw(Index step, const Tensor& generated) {
    NoRecording guard;
    const std::string name = std::to_string(step);
    if (options_.checkpoint > 0) {
        NamedTensors D = points_ ? players_->discriminator.named_parameters() : NamedTensors();
        for (auto& [parameter, x] : D) x = tensor(x.shape(), x.values());
        seen_.push_back({step, generated, D});
    }
    const int place = static_cast<int>(next_++);
    if (images_)
        return write_image_grid(run_.folder / ("digits_" + name + ".png"), generated, 8, 8, 3, images_->rows,
                                images_->columns);
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
    if (options_.checkpoint > 0 && step.step % options_.checkpoint == 0) write_checkpoint(step);
}

void Observer::end() {
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    health_->print();
    while (next_ < moments_.size()) draw_moment(recipe_.training.steps);
    if (!watched_.pictures) return;
    save_networks();
    if (images_) return written_.push_back("digits_*.png");
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

// ---------------------------------------------------------------------------------------- what is kept
//
// A checkpoint holds the training (train/checkpoint), the table, the report's frames, and what each picture was drawn
// from, so that a run that goes on from it leaves the same files as one that was not interrupted.

static std::filesystem::path checkpoint_path(const std::filesystem::path& folder, Index step) {
    return folder / ("checkpoint_" + std::to_string(step) + ".safetensors");
}

// The steps of the checkpoints in a folder, from the first.
static std::vector<Index> checkpoints_in(const std::filesystem::path& folder) {
    std::vector<Index> steps;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        Index step = 0;
        const bool numbered = std::sscanf(name.c_str(), "checkpoint_%" SCNd64, &step) == 1;
        if (numbered && checkpoint_path(folder, step) == entry.path()) steps.push_back(step);
    }
    std::sort(steps.begin(), steps.end());
    return steps;
}

void Observer::write_checkpoint(const StepReport& step) {
    Checkpoint checkpoint{.texts = identity_};
    checkpoint.add(*players_, step.state);
    checkpoint.texts["kernel"] = blas_kernel();
    checkpoint.texts["table"] = health_->state();
    if (report_ && watched_.report) checkpoint.texts["report"] = report_->state();
    for (std::size_t i = 0; i < seen_.size(); ++i) {
        const std::string moment = "moment " + std::to_string(i);
        checkpoint.texts[moment] = std::to_string(seen_[i].step);
        checkpoint.add(moment, {{"generated", seen_[i].generated}});
        checkpoint.add(moment + ".D", seen_[i].D);
    }
    save(checkpoint_path(run_.folder, step.step).string(), checkpoint);
    std::error_code error;
    std::vector<Index> steps = checkpoints_in(run_.folder);
    std::erase_if(steps, [&](Index other) { return other > step.step; });
    for (std::size_t i = 0; i + 2 < steps.size(); ++i)
        std::filesystem::remove(checkpoint_path(run_.folder, steps[i]), error);
}

void Observer::go_on() {
    std::error_code error;
    if (options_.resume.empty()) {  // checkpoints of an earlier run are not this one's
        for (Index step : options_.checkpoint > 0 ? checkpoints_in(run_.folder) : std::vector<Index>())
            std::filesystem::remove(checkpoint_path(run_.folder, step), error);
        return;
    }
    resumed_ = load_checkpoint(options_.resume);
    const Checkpoint& from = *resumed_;
    std::string others;
    for (const auto& [what, here] : identity_) {
        if (from.text(what) != here)
            others += (others.empty() ? "" : "; ") + what + " was " + from.text(what) + " and is " + here;
    }
    if (!others.empty()) throw std::runtime_error(from.file + ": holds another training: " + others);
    if (from.text("kernel") != blas_kernel()) {
        std::cerr << "note: " << from.file << " was written with the kernel " << from.text("kernel") << ", this is "
                  << blas_kernel() << ": the last digits may differ\n";
    }
    bool whole = health_->load_state(from.text("table"));
    if (report_ && watched_.report) whole = report_->load_state(from.text("report")) && whole;
    if (!whole) throw std::runtime_error(from.file + ": its table or its report is damaged");
    try {
        for (Index i = 0; from.texts.contains("moment " + std::to_string(i)); ++i) {
            const std::string moment = "moment " + std::to_string(i);
            const NamedTensors seen = from.part(moment);
            if (seen.empty() || next_ >= moments_.size()) fail("picture", std::to_string(i) + " is too many");
            if (points_) players_->discriminator.load(from.part(moment + ".D"));
            draw(from.number(moment), seen[0].second);
        }
    } catch (const std::invalid_argument& broken) {
        throw std::runtime_error(from.file + ": does not fit: " + broken.what());
    }
}

void Observer::save_networks() {
    Metadata about = identity_;
    about["command"] = run_.command;
    if (points_) {
        const auto pair = [](const Point& x) { return to_text(x[0]) + " " + to_text(x[1]); };
        about["origin"] = pair(points_->origin);  // a point is origin + offset + scale G(z)
        about["offset"] = pair(points_->offset);
        about["scale"] = to_text(points_->scale);
    }
    save((run_.folder / "G.safetensors").string(), players_->generator.named_parameters(), about);
    save((run_.folder / "D.safetensors").string(), players_->discriminator.named_parameters(), about);
    written_.insert(written_.end(), {"G.safetensors", "D.safetensors"});
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
    write_npy(run_.folder / "samples.npy", samples(n), points_ ? points_->origin : Point{});
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
