#include "examples/kit/show/health.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <sstream>

#include "examples/kit/measure/metrics.hpp"

namespace gantry::kit {

static std::string text_of(const char* format, double x) {
    char text[60];
    std::snprintf(text, sizeof text, format, x);
    return text;
}

// ---------------------------------------------------------------------------------------- reading one step

template <typename Function>
static double mean_of(const Tensor& x, const Function& f) {
    double sum = 0;
    for (const double value : x.values()) sum += f(value);
    return sum / x.size();
}

static double mean_of(const Tensor& x) {
    return mean_of(x, [](double value) { return value; });
}

static double mean_probability(const Tensor& logits) {
    return mean_of(logits, [](double logit) { return 1 / (1 + std::exp(-logit)); });
}

static double share_above(const Tensor& x, double threshold) {
    return mean_of(x, [=](double value) { return value > threshold; });
}

// sqrt of the variance over the batch, averaged over the coordinates. x is [batch, ...].
static double standard_deviation(const Tensor& x) {
    const Index n = x.shape()[0], d = x.size() / n;
    double variance = 0;
    for (Index j = 0; j < d; ++j) {
        double sum = 0, squares = 0;
        for (Index i = 0; i < n; ++i) {
            const double value = x.data()[i * d + j];
            sum += value;
            squares += value * value;
        }
        const double average = sum / n;
        variance += std::max(squares / n - average * average, 0.0);
    }
    return std::sqrt(variance / d);
}

// Centres that are the nearest one to at least a quarter of the samples that an even spread would give them. Unlike
// mode_metrics() it does not ask for quality: a generator that is late is not one that has collapsed.
static Index covered_centres(const Tensor& samples, const Points& points) {
    std::vector<Index> counts(points.centres.size(), 0);
    for (const Nearest& nearest : nearest_centres(samples, points)) ++counts[nearest.centre];
    const double fair = 1.0 * samples.shape()[0] / counts.size();
    return std::count_if(counts.begin(), counts.end(), [=](Index count) { return count >= fair / 4; });
}

static double share_at(double bound, const Tensors& weights) {
    Index all = 0, at = 0;
    for (const Tensor& w : weights) {
        all += w.size();
        for (Index i = 0; i < w.size(); ++i) at += std::fabs(w.data()[i]) >= 0.99 * bound;
    }
    return 1.0 * at / all;
}

Vitals look(const StepReport& step, const Recipe& recipe, const Tensors& D_weights, const Points* points) {
    Vitals v;
    v.step = step.step;
    v.discriminator_loss = step.D.loss;
    v.generator_loss = step.G.loss;
    v.penalty = step.D.penalty;
    v.real_output = mean_of(step.D.real_logits);
    v.fake_output = mean_of(step.D.fake_logits);
    v.real_score = recipe.is_logistic() ? mean_probability(step.D.real_logits) : v.real_output;
    v.fake_score = recipe.is_logistic() ? mean_probability(step.D.fake_logits) : v.fake_output;
    // A critic's outputs have no fixed middle: halfway between both means.
    const double middle = recipe.undecided().value_or((v.real_output + v.fake_output) / 2);
    v.real_accuracy = share_above(step.D.real_logits, middle);
    v.fake_accuracy = 1 - share_above(step.D.fake_logits, middle);
    v.discriminator_gradient = norm(step.D.gradients);
    v.generator_gradient = norm(step.G.gradients);
    v.spread = standard_deviation(step.D.fake) / standard_deviation(step.D.real);
    if (recipe.training.lipschitz == Lipschitz::clip) v.at_clip = share_at(recipe.training.clip, D_weights);
    if (points != nullptr && !points->centres.empty()) {
        v.centres = points->centres.size();
        v.modes = covered_centres(points->from_network(step.D.fake), *points);
    }
    return v;
}

// ---------------------------------------------------------------------------------------- known failures
//
//   discriminator won     right on all, by nearly the whole distance between its targets for fake and real: minimax
//                         gives the generator no gradient any more (Arjovsky and Bottou 2017); not for a critic, which
//                         is meant to be that good
//   generator collapsed   the fakes' standard deviation is below a tenth of the data's
//   modes missing         at most half of the data's centres have their share of the fakes
//   weights at the clip   more than half of D's weights sit on the bound (Gulrajani 2017, figure 1)
//   critic unbounded      Wasserstein without clipping or penalty: its outputs grow without end
//   critic behind         Wasserstein whose critic is wrong more often than a coin: its loss is no distance
//
// In the first tenth of the training nothing is said about the generator: it starts on one spot.

std::vector<Diagnosis> diagnose(const Recipe& recipe, const Vitals& recent) {
    std::vector<Diagnosis> found;
    const bool wasserstein = recipe.loss == "wasserstein";
    const bool least_squares = recipe.loss == "least-squares";
    const bool early = recent.step < 0.1 * recipe.training.steps;

    const double distance = least_squares ? std::fabs(recipe.labels.b - recipe.labels.a) : 1;
    const bool right = std::min(recent.real_accuracy, recent.fake_accuracy) > 0.99;
    if (recipe.undecided() && right && std::fabs(recent.real_score - recent.fake_score) > 0.9 * distance) {
        const std::string says = recipe.is_logistic() ? "s(r) " : "r ",
                          of_fakes = recipe.is_logistic() ? "s(f) " : "f ";
        std::string text = "it is right on nearly all, " + says + text_of("%.3g", recent.real_score) + ", " + of_fakes +
                           text_of("%.3g", recent.fake_score);
        if (recipe.is_logistic())
            text += ": of the slope dL_G/df minimax keeps " + text_of("%.2g", 100 * recent.fake_score) +
                    " %, non-saturating " + text_of("%.4g", 100 * (1 - recent.fake_score)) + " %";
        found.push_back({"discriminator won", text, least_squares ? "least_squares_gradients" : "vanishing_gradient"});
    }
    if (!early && recent.spread < 0.1) {
        found.push_back({"generator collapsed",
                         "its samples spread " + text_of("%.2g", 100 * recent.spread) +
                             " % as far as the data: nearly one and the same for every z",
                         "mode_collapse"});
    } else if (!early && recent.centres > 1 && recent.modes <= 0.5 * recent.centres) {
        found.push_back({"modes missing",
                         "the generator serves " + text_of("%.0f", recent.modes) + " of " +
                             text_of("%.0f", recent.centres) + " modes",
                         "mode_collapse"});
    }
    if (recent.at_clip > 0.5) {
        found.push_back({"weights at the clip",
                         text_of("%.0f", 100 * recent.at_clip) + " % of the critic's weights sit at +-" +
                             to_text(recipe.training.clip) + ": it can form little more than a bang-bang function",
                         "lipschitz"});
    }
    const double furthest = std::max(std::fabs(recent.real_output), std::fabs(recent.fake_output));
    if (wasserstein && recipe.training.lipschitz == Lipschitz::none && furthest > 100) {
        found.push_back({"critic unbounded",
                         "nothing bounds its slope, and its outputs have grown to " + text_of("%.3g", furthest),
                         "lipschitz"});
    }
    if (wasserstein && !early && recent.real_accuracy + recent.fake_accuracy < 0.9) {
        found.push_back({"critic behind",
                         "it rates fakes above data, so its loss is no distance; more --critic-steps help",
                         "wasserstein_value"});
    }
    return found;
}

static constexpr double Vitals::*all_fields[] = {&Vitals::step,
                                                 &Vitals::discriminator_loss,
                                                 &Vitals::generator_loss,
                                                 &Vitals::penalty,
                                                 &Vitals::real_output,
                                                 &Vitals::fake_output,
                                                 &Vitals::real_score,
                                                 &Vitals::fake_score,
                                                 &Vitals::real_accuracy,
                                                 &Vitals::fake_accuracy,
                                                 &Vitals::discriminator_gradient,
                                                 &Vitals::generator_gradient,
                                                 &Vitals::spread,
                                                 &Vitals::at_clip,
                                                 &Vitals::modes,
                                                 &Vitals::centres};

Vitals mean_of_last(const std::vector<Vitals>& rows, std::size_t count) {
    Vitals recent;
    for (double Vitals::*field : all_fields) {
        double sum = 0;
        for (std::size_t i = rows.size() - count; i < rows.size(); ++i) sum += rows[i].*field;
        recent.*field = sum / count;
    }
    recent.step = rows.back().step;
    return recent;
}

void Health::look_for_trouble() {
    const std::size_t enough = 20;  // rows: a twentieth of the training
    if (rows_.size() < enough) return;
    const auto step = static_cast<Index>(rows_.back().step);
    for (const Diagnosis& diagnosis : diagnose(recipe_, mean_of_last(rows_, enough))) {
        const auto known = std::find_if(episodes_.begin(), episodes_.end(),
                                        [&](const Episode& e) { return e.diagnosis.name == diagnosis.name; });
        if (known != episodes_.end()) {
            known->last = step;
            continue;
        }
        episodes_.push_back({diagnosis, step, step});
        progress_.say("step " + std::to_string(step) + ": " + diagnosis.name + ": " + diagnosis.text +
                      ". See it alone: make run-claim-" + diagnosis.card);
    }
}

// ---------------------------------------------------------------------------------------- telling

std::string in_words(const Recipe& recipe) {
    const TrainingOptions& training = recipe.training;
    const auto& [a, b, c] = recipe.labels;
    std::string text = recipe.loss;
    if (recipe.loss == "least-squares")
        text += " (a, b, c = " + to_text(a) + ", " + to_text(b) + ", " + to_text(c) + ")";
    if (training.lipschitz == Lipschitz::penalty) {
        const std::string& kind = penalty_names()[static_cast<std::size_t>(training.penalty)];
        text += ", gradient penalty " + (training.penalty == Penalty::gulrajani ? "" : kind + " ") +
                to_text(training.lambda);
    }
    if (training.lipschitz == Lipschitz::clip) text += ", weights clipped to " + to_text(training.clip);
    if (recipe.smoothing > 0) text += ", real target " + to_text(1 - recipe.smoothing);
    text += "; " + recipe.optimizer + " " + to_text(recipe.lr);
    if (recipe.optimizer == "adam") text += ", betas " + to_text(recipe.beta1) + " and " + to_text(recipe.beta2);
    if (recipe.optimizer == "rmsprop") text += ", alpha " + to_text(recipe.beta2);
    if (recipe.optimizer == "sgd") text += ", momentum " + to_text(recipe.momentum);
    return text;
}

Health::Health(const std::filesystem::path& csv, const Recipe& recipe, const Players& players, const Points* points)
    : recipe_(recipe),
      points_(points),
      weights_(players.discriminator.parameters()),
      spacing_(std::max<Index>(1, (recipe.training.steps + 200) / 400)),
      csv_(csv,
           {"step", "discriminator", "generator", "penalty", "real_logit", "fake_logit", "real_score", "fake_score",
            "real_accuracy", "fake_accuracy", "discriminator_gradient", "generator_gradient", "spread"}),
      progress_(recipe.training.steps),
      start_(std::chrono::steady_clock::now()) {}

void Health::after_step(const StepReport& step) {
    if (step.step % spacing_ == 0 || step.last || rows_.empty()) {
        add_row(look(step, recipe_, weights_, points_));
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start_;
        milliseconds_ = elapsed.count() / (step.step - resumed_at_);
    }
    if (progress_.due(step.step)) progress_.update(step.step, line());
}

void Health::add_row(const Vitals& v) {
    csv_.row({v.step, v.discriminator_loss, v.generator_loss, v.penalty, v.real_output, v.fake_output, v.real_score,
              v.fake_score, v.real_accuracy, v.fake_accuracy, v.discriminator_gradient, v.generator_gradient,
              v.spread});
    rows_.push_back(v);
    look_for_trouble();
}

std::string Health::state() const {
    std::string text;
    for (const Vitals& v : rows_) {
        for (double Vitals::*field : all_fields) text += to_text(v.*field) + " ";
    }
    return text;
}

bool Health::load_state(const std::string& text) {
    std::istringstream words(text);
    std::vector<double> numbers;
    for (std::string word; words >> word;) {
        const std::optional<double> x = parse_number(word);
        if (!x) return false;
        numbers.push_back(*x);
    }
    if (numbers.size() % std::size(all_fields) != 0) return false;
    for (std::size_t i = 0; i < numbers.size();) {
        Vitals v;
        for (double Vitals::*field : all_fields) v.*field = numbers[i++];
        add_row(v);
    }
    resumed_at_ = rows_.empty() ? 0 : rows_.back().step;
    return true;
}

std::vector<double> Health::column(double Vitals::*field) const {
    std::vector<double> values;
    for (const Vitals& v : rows_) values.push_back(v.*field);
    return values;
}

std::string Health::line() const {
    if (rows_.empty()) return "";
    const Vitals& v = rows_.back();
    char text[200];
    const char* format = recipe_.is_logistic() ? "s(r) %.3g  s(f) %.3g  right %.0f/%.0f %%  grad D %.2g G %.2g  %.2g ms"
                                               : "r %.3g  f %.3g  right %.0f/%.0f %%  grad D %.2g G %.2g  %.2g ms";
    std::snprintf(text, sizeof text, format, v.real_score, v.fake_score, 100 * v.real_accuracy, 100 * v.fake_accuracy,
                  v.discriminator_gradient, v.generator_gradient, milliseconds_);
    return text;
}

void Health::print() {
    progress_.clear();
    std::cout << folded("health  " + line() + " a step", 8) << "\n";
    for (const Episode& e : episodes_) {
        const bool to_the_end = !rows_.empty() && e.last == rows_.back().step;
        const std::string first = std::to_string(e.first), last = std::to_string(e.last);
        const std::string when =
            to_the_end ? "from step " + first + " to the end" : "between steps " + first + " and " + last;
        std::cout << folded("  " + e.diagnosis.name + ", " + when + ": " + e.diagnosis.text +
                                ". See it alone: make run-claim-" + e.diagnosis.card,
                            4)
                  << "\n";
    }
}

}  // namespace gantry::kit
