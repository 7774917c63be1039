// What a training is watched with: a table, a line on the terminal, pictures, a report.
//
//     kit::Observer observer(options.begin_run(about), {.report = true});
//     observer.begin(recipe, players, points);
//     kit::train(players, recipe.training, [&](const kit::StepReport& step) { observer.after_step(step); });
//     observer.end();
//     observer.finish(2500);                         // samples.npy, report.html, and what was written
//
// Of one training it leaves losses.csv, G.safetensors and D.safetensors (the networks, with the run's settings), and of
// points also training.png (real and generated points at six moments, before the discriminator's surface) and
// losses.png; of images digits_STEP.png (64 from the same noise, at some five moments). Several trainings of a run, one
// after another, share its report: see Watched.
//
// With Options::checkpoint it writes checkpoint_STEP.safetensors every so many steps, of which the last two stay. A run
// with the same options and Options::resume goes on from one, and leaves the same files as if it had not been
// interrupted; train() then takes resumed(). Other options or other data are refused.
//
// Rules: it only looks, and draws from streams of its own (4 and 5 of the run's seed), so training computes the same
// bits with it and without. What is seen of the generator is its running average where there is one.
#pragma once

#include "examples/kit/show/figure.hpp"
#include "examples/kit/show/report.hpp"
#include "examples/kit/train/checkpoint.hpp"

namespace gantry::kit {

class Observer {
  public:
    struct Options {
        bool report = true;
        Index frames = 48;        // moments in the report
        Index checkpoint = 0;     // steps between two checkpoints; 0: none
        std::string resume = "";  // the checkpoint to go on from
    };
    Observer(const RunInfo& run, const Options& options);

    /// How one of several trainings is watched.
    struct Watched {
        std::string table = "losses.csv";
        bool pictures = true;
        bool report = true;
    };

    /// A training begins. All that is given must live until end().
    void begin(const Recipe& recipe, const Players& players, const Points& points, const Watched& watched);
    void begin(const Recipe& recipe, const Players& players, const Points& points) {
        begin(recipe, players, points, {});
    }
    void begin(const Recipe& recipe, const Players& players, const Images& images);
    void after_step(const StepReport& step);

    /// Where train() goes on; null without Options::resume.
    const Checkpoint* resumed() const { return resumed_ ? &*resumed_ : nullptr; }

    /// It has ended: the last pictures, the networks, and what was found.
    void end();

    const std::vector<Vitals>& rows() const { return health_->rows(); }  // of the last training
    double seconds() const { return seconds_; }                          // that it took
    void draw_losses(Panel& panel) const;                                // its two losses

    /// n samples of the generator, in the data's units or as pixels in [0, 1]; the next call gives others.
    Tensor samples(Index n);

    /// For a training on points with known modes: prints which of them 2,500 samples find. For all: `samples` more are
    /// written to samples.npy; then comes finish().
    void finish(Index samples, const Lines& results = {});

    /// Prints the results, writes the report, and names all that was written. Throws at the end if report or samples
    /// could not be written.
    void finish(const Lines& results = {});

    /// A picture of the run, in its folder. One that cannot be written is a warning: the numbers are what matters.
    void write(const Figure& figure, const std::string& file);

    /// A text, which replaces an older one.
    void write(const std::string& text, const std::string& file);

  private:
    void begin_watching(const Recipe& recipe, const Players& players, const Watched& watched, const Points* points);
    void draw_moment(Index step);
    void draw(Index step, const Tensor& generated);
    bool keeps_state() const { return options_.checkpoint > 0 || !options_.resume.empty(); }
    void go_on();
    void save_networks();
    void write_checkpoint(const StepReport& step);
    void finish(Lines results, Index samples_wanted);
    bool attempt(const std::string& file, const std::function<void()>& write);  // false, and a warning, if it throws

    RunInfo run_;
    Options options_;
    std::unique_ptr<Report> report_;  // null without
    std::vector<std::string> written_;
    bool whole_ = true;  // the networks are saved

    // Of the training that is running, or was the last.
    Recipe recipe_;
    Watched watched_;
    const Players* players_ = nullptr;
    const Points* points_ = nullptr;  // one of the two
    const Images* images_ = nullptr;
    std::unique_ptr<Health> health_;
    std::vector<double> moments_;  // steps at which a picture is due
    std::size_t next_ = 0;         // of them
    Index last_step_ = 0;          // that was done
    Figure figure_{2, 3, 300, 300};

    /// What a picture was drawn from, so that a resumed training can draw it again.
    struct Moment {
        Index step;
        Tensor generated;
        NamedTensors D;  // of points: before its surface
    };
    std::vector<Moment> seen_;  // for checkpoints
    Metadata identity_;         // what must be the same in a training that goes on
    std::optional<Checkpoint> resumed_;
    Tensor noise_, real_;  // for the pictures
    Random sample_rng_;
    std::chrono::steady_clock::time_point start_;
    double seconds_ = 0;
};

}  // namespace gantry::kit
