// What a training is watched with: a table, a line on the terminal, pictures, a report.
//
//     kit::Observer observer(options.begin_run(about), {.report = true});
//     observer.begin(recipe, players, points);
//     kit::train(players, recipe.training, [&](const kit::StepReport& step) { observer.after_step(step); });
//     observer.end();
//     observer.finish(2500);                         // samples.npy, report.html, and what was written
//
// Of one training it leaves losses.csv, and of points also training.png (real and generated points at six moments,
// before the discriminator's surface) and losses.png; of images digits_STEP.png (64 from the same noise, at some five
// moments). Several trainings of a run, one after another, share its report: see Watched.
//
// Rules: it only looks, and draws from streams of its own (4 and 5 of the run's seed), so training computes the same
// bits with it and without. What is seen of the generator is its running average where there is one.
#pragma once

#include "examples/kit/show/figure.hpp"
#include "examples/kit/show/report.hpp"

namespace gantry::kit {

class Observer {
  public:
    struct Options {
        bool report = true;
        Index frames = 48;  // moments in the report
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

    /// It has ended: the last pictures, and what was found.
    void end();

    const std::vector<Vitals>& rows() const { return health_->rows(); }  // of the last training
    double seconds() const { return seconds_; }                          // that it took
    void draw_losses(Panel& panel) const;                                // its two losses

    /// n samples of the generator, in the data's units or as pixels in [0, 1]; the next call gives others.
    Tensor samples(Index n);

    /// For a training on points with known modes: prints which of them 2,500 samples find. For all: `samples` more are
    /// written to samples.npy; then comes finish().
    void finish(Index samples, const Lines& results = {});

    /// Prints the results, writes the report, and names all that was written.
    void finish(const Lines& results = {});

    /// A picture of the run, in its folder.
    void write(const Figure& figure, const std::string& file);

  private:
    void begin_watching(const Recipe& recipe, const Players& players, const Watched& watched, const Points* points);
    void draw_moment(Index step);

    RunInfo run_;
    std::unique_ptr<Report> report_;  // null without
    std::vector<std::string> written_;

    // Of the training that is running, or was the last.
    Recipe recipe_;
    Watched watched_;
    const Players* players_ = nullptr;
    const Points* points_ = nullptr;  // null: images
    std::unique_ptr<Health> health_;
    std::vector<double> moments_;  // steps at which a picture is due
    std::size_t next_ = 0;         // of them
    Figure figure_{2, 3, 300, 300};
    Tensor noise_, real_;  // for the pictures
    Random sample_rng_;
    std::chrono::steady_clock::time_point start_;
    double seconds_ = 0;
};

}  // namespace gantry::kit
