// The report of a run: report.html, one file that a browser opens by double click, without server or network.
//
//     kit::Report report(run);
//     report.begin(recipe, players, points, health);
//     kit::train(players, ..., [&](const kit::StepReport& step) {
//         health.after_step(step);
//         report.after_step(step);                          // looks at some 48 moments of the training
//     });
//     report.write();                                       // report.html
//
// Each moment (frame) holds, for points: generated points from fixed noise, D's outputs f over the plane, f and its
// slope grad_x f at some of the fakes, from which the page makes the arrows -dL_G/df grad_x f of every loss, and a
// grid of the latent square as G maps it; for images: 64 pictures from fixed noise, and a walk between two points of
// the latent space. Moments are closer at the beginning, where more happens. Below stand the graphs of both losses as
// the first step recorded them, drawn by Graphviz; without its `dot` the page says why they are missing. The page is
// made of report.html, report.css and three scripts, which the Makefile puts into the program.
//
// Rules: it only looks. Its noise comes from a stream of its own, so training computes the same bits with it and
// without. It calls the discriminator on points, which must not change it (dropout would draw); on images it never
// does. With WeightAverage the averaged generator is shown, the one that is judged.
// What it does not do: a picture of a training that the program does not finish, unless it ends by an exception.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "examples/kit/data/idx.hpp"
#include "examples/kit/show/health.hpp"
#include "examples/kit/show/run_info.hpp"

namespace gantry::kit {

class Report {
  public:
    explicit Report(const RunInfo& run, Index frames = 48);

    /// Writes the report of a training that failed, as far as it got.
    ~Report();
    Report(const Report&) = delete;
    Report& operator=(const Report&) = delete;

    /// A training begins. When called again, that training will stand beside the ones before, on the same slider. All
    /// that is given must live as long as the training.
    void begin(const Recipe& recipe, const Players& players, const Points& points, const Health& health);
    void begin(const Recipe& recipe, const Players& players, const Images& images, const Health& health);

    /// After health.after_step().
    void after_step(const StepReport& step);

    /// What was seen of the running training, as text, and back: for one that is resumed. The second returns false
    /// where the text does not come from the first.
    std::string state() const;
    bool load_state(const std::string& text);

    /// A line below the pictures, beside those of RunInfo::about.
    void note(const std::string& label, const std::string& text) { run_info_.about.emplace_back(label, text); }

    /// Says on stdout where it wrote and what it took. Throws std::runtime_error naming a path that cannot be written.
    void write();

  private:
    struct Run;  // what was seen of one training
    Run& begin_run(const Recipe& recipe, const Players& players, const Health& health);
    bool is_due(Index step) const;
    void look(Index step);
    void look_at_points(nlohmann::json& frame, const Tensor& fakes) const;
    void look_at_slopes(nlohmann::json& frame, const Tensor& fakes) const;
    void look_at_graphs(const StepReport& first);
    std::string noted(const std::vector<std::string>& labels) const;
    std::string page(const std::string& cost) const;

    RunInfo run_info_;
    Index wanted_frames_;
    std::vector<Run> runs_;  // the last one is running
    bool written_ = false, graphs_failed_ = false;
    double seconds_ = 0, training_seconds_ = 0;  // spent here, and in all
};

}  // namespace gantry::kit
