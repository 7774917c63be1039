#include "examples/kit/show/observer.hpp"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cinttypes>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <new>
#include <stdexcept>

#include "core/kernels/blas.hpp"
#include "examples/kit/data/csv.hpp"
#include "examples/kit/data/npy.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/show/index.hpp"
#include "examples/kit/train/stop.hpp"
#include "nn/file.hpp"

namespace gantry::kit {

static constexpr std::uint64_t picture_stream = 4, sample_stream = 5;  // of the run's seed

std::string in_words(const std::exception& error) {
    if (dynamic_cast<const std::bad_alloc*>(&error) || dynamic_cast<const std::length_error*>(&error))
        return "no memory is left";
    if (const auto* of_files = dynamic_cast<const std::filesystem::filesystem_error*>(&error))
        return of_files->path1().string() + ": " + of_files->code().message();
    return error.what();
}

// What an earlier run left would be taken for this one's. Tables are replaced when their trainings begin.
static void remove_old_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> old;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_directory()) continue;
        const std::string name = entry.path().filename().string();
        const bool ours = name == "training.png" || name == "losses.png" || name == "losses.csv" ||
                          name == "samples.npy" || name == "report.html" || name.starts_with("compare.") ||
                          name == "G.safetensors" || name == "D.safetensors" ||
                          (name.starts_with("digits_") && name.ends_with(".png"));
        const auto is_table = [&](const std::string& loss) {
            const bool is_one_of_many = name.starts_with(loss + "_seed_") || name.starts_with(loss + "_D");
            return name == loss + ".csv" || (is_one_of_many && name.ends_with(".csv"));
        };
        if (ours || std::ranges::any_of(all_loss_names(), is_table)) old.push_back(entry.path());
    }
    for (const std::filesystem::path& path : old) std::filesystem::remove(path);
}

Observer::Observer(const RunInfo& run, const Options& options)
    : run_(run), options_(options), sample_rng_(run.seed, sample_stream) {
    if (options.resume.empty()) remove_old_files(run.folder);
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
                    {"--penalty", penalty_names()[static_cast<std::size_t>(t.penalty)]},
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
    last_step_ = recipe.training.steps;  // if a resumed training has none left
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
    if (images_) {
        const std::filesystem::path path = run_.folder / ("digits_" + name + ".png");
        attempt("digits_*.png", [&] { write_image_grid(path, generated, 8, 8, 3, images_->rows, images_->columns); });
        return;
    }
    Panel& panel = figure_.panel(place / 3, place % 3);
    panel.title = "step " + name;
    draw_frame(panel, recipe_, *points_, real_, points_->from_network(generated), players_->discriminator);
}

void Observer::after_step(const StepReport& step) {
    health_->after_step(step);
    if (report_ && watched_.report) report_->after_step(step);
    last_step_ = step.step;
    while (!step.last && next_ < moments_.size() && step.step >= moments_[next_]) {
        step.average.exchange();
        draw_moment(step.step);
        step.average.exchange();
    }
    // Where a signal ends it, table and report have a last row and frame that a training that goes on has not.
    const bool interrupted = step.last && step.step < recipe_.training.steps;
    if (options_.checkpoint > 0 && step.step % options_.checkpoint == 0 && !interrupted) write_checkpoint(step);
}

void Observer::end() {
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    health_->print();
    while (next_ + 1 < moments_.size() && moments_[next_] <= last_step_) draw_moment(last_step_);
    if (next_ < moments_.size()) draw_moment(last_step_);
    if (!watched_.pictures) return;
    save_networks();
    if (images_) return;
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
        for (const auto& [axis, i] : {std::pair(" x", 0), std::pair(" y", 1)}) {
            about["origin" + std::string(axis)] = to_text(points_->origin[i]);  // a point: origin + offset + scale G(z)
            about["offset" + std::string(axis)] = to_text(points_->offset[i]);
        }
        about["scale"] = to_text(points_->scale);
    } else {
        about["rows"] = std::to_string(images_->rows);  // of a picture
        about["columns"] = std::to_string(images_->columns);
    }
    const auto save_net = [&](const char* file, const auto& net) {
        whole_ = attempt(file, [&] { save((run_.folder / file).string(), net.named_parameters(), about); }) && whole_;
    };
    save_net("G.safetensors", players_->generator);
    save_net("D.safetensors", players_->discriminator);
}

// ---------------------------------------------------------------------------------------- the run

// A part at a time: hidden layers of all n would need many times the memory of the result.
Tensor Observer::samples(Index n) {
    constexpr Index part = 10000;
    NoRecording guard;
    const Tensor z = sample_rng_.normal(Shape{n, recipe_.training.latent});
    Tensor all;
    for (Index begin = 0; begin < n; begin += part) {
        const Index end = std::min(begin + part, n);
        Tensor x = players_->generator(slice(z, 0, begin, end));
        x = points_ ? points_->from_network(x) : (x + 1) / 2;
        if (n <= part) return x;
        // Systems promise memory that they do not have, and end the program that uses it: result, and a copy to write.
        const double needed = 2.0 * n * x.shape()[1] * sizeof(Real);
        if (needed > 1.0 * sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE))
            throw std::runtime_error("no memory for " + std::to_string(n) + " samples: --samples takes fewer");
        if (!all.defined()) all = empty({n, x.shape()[1]});
        std::copy(x.data(), x.data() + x.size(), all.mutable_data() + begin * x.shape()[1]);
    }
    return all;
}

bool Observer::attempt(const std::string& file, const std::function<void()>& write) {
    try {
        write();
        if (file != "report.html" && std::ranges::count(written_, file) == 0) written_.push_back(file);  // it says so
        return true;
    } catch (const std::exception& error) {
        const std::string words = in_words(error);
        const bool named = words.find(file) != std::string::npos;
        std::cerr << run_.program << ": warning: " << (named ? "" : file + ": not written: ") << words << std::endl;
        return false;
    }
}

void Observer::finish(Index n, const Lines& results) {
    Lines all = results;
    const Tensor judged = points_ ? samples(2500) : Tensor();
    if (points_ && !points_->centres.empty() && points_->std > 0)
        all.emplace_back("result", mode_metrics(judged, *points_).str());
    finish(all, n);
}

void Observer::finish(const Lines& results) { finish(results, 0); }

void Observer::finish(Lines results, Index samples_wanted) {
    if (stop_signal()) {
        const int signal = stop_signal();
        const std::string name = signal == SIGINT ? "SIGINT" : signal == SIGTERM ? "SIGTERM" : "SIGHUP";
        results.push_back({"interrupted", "interrupted by " + name + " after step " + std::to_string(last_step_) +
                                              " of " + std::to_string(recipe_.training.steps)});
    }
    for (const auto& [label, text] : results) {
        std::cout << folded(text, 4) << "\n";
        if (report_) report_->note(label, text);
    }
    bool whole = (!report_ || attempt("report.html", [&] { report_->write(); })) && whole_;
    if (samples_wanted > 0) {  // last: it may ask for much memory
        const auto write = [&] {
            write_npy(run_.folder / "samples.npy", samples(samples_wanted), points_ ? points_->origin : Point{});
        };
        whole = attempt("samples.npy", write) && whole;
    }
    std::string names;
    for (std::size_t i = 0; i < written_.size(); ++i)
        names += (i == 0 ? "" : i + 1 < written_.size() ? ", " : " and ") + written_[i];
    std::cout << folded("wrote " + names + " in " + run_.folder.string(), 6) << "\n";
    if (report_ && whole) std::cout << "look at it: file://" << address(run_.folder / "report.html") << "\n";
    if (!whole) throw std::runtime_error("not everything could be written: see the warnings");
}

void Observer::write(const Figure& figure, const std::string& file) {
    attempt(file, [&] { figure.write(run_.folder / file); });
}

void Observer::write(const std::string& text, const std::string& file) {
    write_file(run_.folder / file, {text});
    if (std::ranges::count(written_, file) == 0) written_.push_back(file);
}

}  // namespace gantry::kit
