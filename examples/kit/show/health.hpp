// A training's health, while it runs: a table, a line, and a plain word when it fails in a way that has a name.
//
//     1200 of 4000 [====      ] 30 %, 14 s left  s(r) 0.93  s(f) 0.08  right 96/97 %  grad D 0.11 G 0.4  1.1 ms
//
//     kit::Health health("losses.csv", recipe, players);
//     kit::train(players, recipe.training, [&](const kit::StepReport& step) { health.after_step(step); });
//     health.print();
//
// Rules: it only looks, so training computes the same bits with it and without. The line is drawn on a terminal only
// (progress.hpp); the table is always written, and holds no times, so that the same run writes the same file. r and f
// are D's outputs on real data and fakes; with minimax and non-saturating these are logits, and their probabilities
// s(r) and s(f) are shown. A diagnosis names the claim card (`make run-claim-NAME`) on which the failure can be
// studied. It is a rule of thumb over the last twentieth of the training, not a proof.
#pragma once

#include "examples/kit/data/csv.hpp"
#include "examples/kit/data/points.hpp"
#include "examples/kit/show/progress.hpp"
#include "examples/kit/train/gan.hpp"

namespace gantry::kit {

/// What can be read off one step: a row of the table. Means are over the batch.
struct Vitals {
    double step = 0;
    double discriminator_loss = 0, generator_loss = 0, penalty = 0;
    double real_output = 0, fake_output = 0;                    // mean of D's bare outputs
    double real_score = 0, fake_score = 0;                      // s(r), s(f), or r, f: see above
    double real_accuracy = 0, fake_accuracy = 0;                // share that D puts on the right side
    double discriminator_gradient = 0, generator_gradient = 0;  // norms
    double spread = 1;                                          // standard deviation of the fakes over the data's
    double at_clip = 0;                                         // share of D's weights at the bound of clipping
    double modes = 0;                                           // centres with a fair share of fakes
    double centres = 0;                                         // 0: the data have none
};

/// Reads one step. `D_weights` tells how many sit at the bound of clipping, `points` how many modes are served.
Vitals look(const StepReport& step, const Recipe& recipe, const Tensors& D_weights, const Points* points);

/// Mean of the last `count` rows; the step is the last one's.
Vitals mean_of_last(const std::vector<Vitals>& rows, std::size_t count);

/// A known failure.
struct Diagnosis {
    std::string name;  // "discriminator won"
    std::string text;  // what was seen, and what it means
    std::string card;  // claim card
};

/// What a mean of recent rows shows. The rules stand in health.cpp.
std::vector<Diagnosis> diagnose(const Recipe& recipe, const Vitals& recent);

/// "non-saturating; adam 0.001, betas 0 and 0.99": a recipe as a line of the banner.
std::string in_words(const Recipe& recipe);

class Health {
  public:
    /// `points` lets it count modes, and must outlive the training. Throws std::runtime_error naming the
    /// path if it cannot be written.
    Health(const std::filesystem::path& csv, const Recipe& recipe, const Players& players,
           const Points* points = nullptr);

    void after_step(const StepReport& step);

    /// The rows so far as text, and back: a training that is resumed goes on with a whole table and all that was found.
    /// The second returns false where the text does not come from the first.
    std::string state() const;
    bool load_state(const std::string& text);

    /// The last line once more, and what was found; also where no terminal showed it.
    void print();

    const std::vector<Vitals>& rows() const { return rows_; }  // some 400, or one a step in short trainings
    std::vector<double> column(double Vitals::*field) const;   // one number of each row
    std::string line() const;                                  // of the last row

    struct Episode {
        Diagnosis diagnosis;
        Index first, last;  // steps
    };
    const std::vector<Episode>& episodes() const { return episodes_; }

  private:
    void add_row(const Vitals& v);
    void look_for_trouble();

    Recipe recipe_;
    const Points* points_;
    Tensors weights_;  // of the discriminator
    Index spacing_;    // steps between rows
    CsvWriter csv_;
    Progress progress_;
    std::vector<Vitals> rows_;
    std::vector<Episode> episodes_;
    std::chrono::steady_clock::time_point start_;
    double milliseconds_ = 0;  // per step, since the start
    double resumed_at_ = 0;    // step at which the clock started
};

}  // namespace gantry::kit
