// Trainings on the same points, compared: one table, one figure and one report, with a column for each loss.
//
//     Comparison comparison(points, run, 3, {.report = true});    // three rows of panels
//     kit::Gan gan(recipe, 2, comparison.real_data);
//     comparison.train(recipe, gan, {.about = "seed 1", .row = 0});
//     comparison.finish();                                        // compare.txt, compare.png, report.html
//
// Each training is judged by 2,500 samples, as many as VEEGAN's rule for modes takes. Rules: after a signal (Ctrl-C)
// nothing is trained any more, and half a training is not judged.
#pragma once

#include <functional>

#include "examples/kit/data/points.hpp"
#include "examples/kit/measure/statistics.hpp"
#include "examples/kit/show/observer.hpp"

namespace gantry {

struct Comparison {
    /// The last row of panels is for curves. `points` must live as long as this.
    Comparison(const kit::Points& points, const kit::RunInfo& run, int rows, const kit::Observer::Options& watched);

    /// What one training is called, and where it appears.
    struct Entry {
        std::string about;      // "seed 1": on the terminal, and above its panel
        std::string file = "";  // its losses go to LOSS<file>.csv
        std::string when = "";  // "at the end: ": before its numbers in the table, which then are modes alone
        int row = 0;            // of its panel; where the figure has none, it is left out
        bool in_report = true;
    };

    /// Trains, judges and draws. Returns false if a signal came before the end. `look` is called after each step.
    bool train(const kit::Recipe& recipe, kit::Gan& gan, const Entry& entry,
               const std::function<void(Index step)>& look = nullptr);

    void add_real_data(std::uint64_t seed);  // a column of the table: fresh real data, judged as if generated
    void finish();

    kit::Panel& panel(int row, const std::string& loss);
    void draw(int row, const kit::Recipe& recipe, const std::string& about, const Tensor& generated, const Module& D);
    Tensor noise(std::uint64_t seed) const;  // what the judged samples are made from, [2500, 2]

    const kit::Points& points;
    const kit::RealData real_data;
    kit::SampleTable table;
    kit::Figure figure;
    kit::Observer observer;

  private:
    Tensor real(std::uint64_t seed, std::uint64_t stream) const;
    void judge(const std::string& column, const Entry& entry, const Tensor& samples, std::uint64_t seed);
    void write_table();
    const int rows_;
};

}  // namespace gantry
