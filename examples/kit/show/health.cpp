#include "examples/kit/show/health.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

namespace gantry::kit {

static std::string text_of(const char* format, double x) {
    char text[60];
    std::snprintf(text, sizeof text, format, x);
    return text;
}

// ---------------------------------------------------------------------------------------- reading one step

static double mean_of(const Tensor& x) {
    double sum = 0;
    for (Index i = 0; i < x.size(); ++i) sum += x.data()[i];
    return sum / static_cast<double>(x.size());
}

static double mean_probability(const Tensor& logits) {
    double sum = 0;
    for (Index i = 0; i < logits.size(); ++i) sum += 1 / (1 + std::exp(-static_cast<double>(logits.data()[i])));
    return sum / static_cast<double>(logits.size());
}

static double share_above(const Tensor& x, double threshold) {
    Index above = 0;
    for (Index i = 0; i < x.size(); ++i) above += x.data()[i] > threshold;
    return static_cast<double>(above) / static_cast<double>(x.size());
}

// sqrt of the variance over the batch, averaged over the coordinates. x is [batch, ...].
static double standard_deviation(const Tensor& x) {
    const Index n = x.shape()[0];
    const Index d = x.size() / n;
    double variance = 0;
    for (Index j = 0; j < d; ++j) {
        double sum = 0, squares = 0;
        for (Index i = 0; i < n; ++i) {
            const double value = x.data()[i * d + j];
            sum += value;
            squares += value * value;
        }
        const double average = sum / static_cast<double>(n);
        variance += std::max(squares / static_cast<double>(n) - average * average, 0.0);
    }
    return std::sqrt(variance / static_cast<double>(d));
}

// Centres that are the nearest one to at least a quarter of the samples that an even spread would give them. Unlike
// mode_metrics() it does not ask for quality: a generator that is late is not one that has collapsed.
static Index covered_centres(const Tensor& samples, const Points& points) {
    const Index n = samples.shape()[0];
    const Index d = points.dimensions;
    std::vector<Index> counts(points.centres.size(), 0);
    for (Index i = 0; i < n; ++i) {
        std::size_t nearest = 0;
        double distance = INFINITY;
        for (std::size_t k = 0; k < points.centres.size(); ++k) {
            double square = 0;
            for (Index axis = 0; axis < d; ++axis) {
                const double difference =
                    samples.data()[i * d + axis] - points.centres[k][static_cast<std::size_t>(axis)];
                square += difference * difference;
            }
            if (square < distance) {
                distance = square;
                nearest = k;
            }
        }
        ++counts[nearest];
    }
    const double fair = static_cast<double>(n) / static_cast<double>(counts.size());
    return std::count_if(counts.begin(), counts.end(),
                         [&](Index count) { return static_cast<double>(count) >= fair / 4; });
}

static double share_at(double bound, const Tensors& weights) {
    Index all = 0, at = 0;
    for (const Tensor& w : weights) {
        all += w.size();
        for (Index i = 0; i < w.size(); ++i) at += std::fabs(w.data()[i]) >= 0.99 * bound;
    }
    return static_cast<double>(at) / static_cast<double>(all);
}

Vitals Health::look(const StepReport& step) const {
    Vitals v;
    v.step = static_cast<double>(step.step);
    v.discriminator_loss = step.discriminator_loss;
    v.generator_loss = step.generator_loss;
    v.penalty = step.penalty;
    v.real_output = mean_of(step.real_logits);
    v.fake_output = mean_of(step.fake_logits);
    v.real_score = settings_.is_logistic() ? mean_probability(step.real_logits) : v.real_output;
    v.fake_score = settings_.is_logistic() ? mean_probability(step.fake_logits) : v.fake_output;
    // A critic's outputs have no fixed middle: halfway between both means.
    const double middle = settings_.undecided().value_or((v.real_output + v.fake_output) / 2);
    v.real_accuracy = share_above(step.real_logits, middle);
    v.fake_accuracy = 1 - share_above(step.fake_logits, middle);
    v.discriminator_gradient = norm(step.discriminator_gradients);
    v.generator_gradient = norm(step.generator_gradients);
    v.spread = standard_deviation(step.fake) / standard_deviation(step.real);
    if (settings_.lipschitz == "clip") v.at_clip = share_at(settings_.clip, weights_);
    if (points_ != nullptr && !points_->centres.empty()) {
        v.centres = static_cast<double>(points_->centres.size());
        v.modes = static_cast<double>(covered_centres(points_->from_network(step.fake), *points_));
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

std::vector<Finding> diagnose(const Settings& settings, const Vitals& recent) {
    std::vector<Finding> found;
    const bool wasserstein = settings.loss == "wasserstein";
    const bool least_squares = settings.loss == "least-squares";
    const bool early = recent.step < 0.1 * static_cast<double>(settings.steps);

    const double distance = least_squares ? std::fabs(settings.labels[1] - settings.labels[0]) : 1;
    const bool right = std::min(recent.real_accuracy, recent.fake_accuracy) > 0.99;
    if (!wasserstein && right && std::fabs(recent.real_score - recent.fake_score) > 0.9 * distance) {
        found.push_back({"discriminator won",
                         "it is right on nearly all, D(x) " + text_of("%.3g", recent.real_score) + ", D(G(z)) " +
                             text_of("%.3g", recent.fake_score) + "; the generator's gradient has norm " +
                             text_of("%.2g", recent.generator_gradient) +
                             (settings.loss == "minimax" ? ", and with minimax it fades as D(G(z)) does" : ""),
                         least_squares ? "least_squares_gradients" : "vanishing_gradient"});
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
                             to_text(settings.clip) + ": it can form little more than a bang-bang function",
                         "lipschitz"});
    }
    const double furthest = std::max(std::fabs(recent.real_output), std::fabs(recent.fake_output));
    if (wasserstein && settings.lipschitz == "none" && furthest > 100) {
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

// Mean of the last `count` rows; the step is the last one's.
static Vitals mean_of_last(const std::vector<Vitals>& rows, std::size_t count) {
    Vitals recent;
    for (double Vitals::*field :
         {&Vitals::discriminator_loss, &Vitals::generator_loss, &Vitals::penalty, &Vitals::real_output,
          &Vitals::fake_output, &Vitals::real_score, &Vitals::fake_score, &Vitals::real_accuracy,
          &Vitals::fake_accuracy, &Vitals::discriminator_gradient, &Vitals::generator_gradient, &Vitals::spread,
          &Vitals::at_clip, &Vitals::modes, &Vitals::centres}) {
        double sum = 0;
        for (std::size_t i = rows.size() - count; i < rows.size(); ++i) sum += rows[i].*field;
        recent.*field = sum / static_cast<double>(count);
    }
    recent.step = rows.back().step;
    return recent;
}

void Health::look_for_trouble() {
    const std::size_t enough = 20;  // rows: a twentieth of the training
    if (rows_.size() < enough) return;
    const auto step = static_cast<Index>(rows_.back().step);
    for (const Finding& finding : diagnose(settings_, mean_of_last(rows_, enough))) {
        const auto known = std::find_if(episodes_.begin(), episodes_.end(),
                                        [&](const Episode& e) { return e.finding.name == finding.name; });
        if (known != episodes_.end()) {
            known->finding.text = finding.text;
            known->last = step;
            continue;
        }
        episodes_.push_back({finding, step, step});
        progress_.say("step " + std::to_string(step) + ": " + finding.name + ": " + finding.text +
                      ". See it alone: make run-claim-" + finding.card);
    }
}

// ---------------------------------------------------------------------------------------- telling

Health::Health(const std::filesystem::path& csv, const Settings& settings, const Players& players, const Points* points)
    : settings_(settings),
      points_(points),
      weights_(players.discriminator.parameters()),
      spacing_(std::clamp<Index>(settings.steps / 400, 1, 20)),
      csv_(csv,
           {"step", "discriminator", "generator", "penalty", "real_logit", "fake_logit", "real_score", "fake_score",
            "real_accuracy", "fake_accuracy", "discriminator_gradient", "generator_gradient", "spread"}),
      progress_(settings.steps),
      start_(std::chrono::steady_clock::now()) {}

void Health::after_step(const StepReport& step) {
    const bool last = step.step == settings_.steps;
    if (step.step % spacing_ == 0 || last || rows_.empty()) {
        const Vitals v = look(step);
        csv_.row({v.step, v.discriminator_loss, v.generator_loss, v.penalty, v.real_output, v.fake_output, v.real_score,
                  v.fake_score, v.real_accuracy, v.fake_accuracy, v.discriminator_gradient, v.generator_gradient,
                  v.spread});
        rows_.push_back(v);
        const std::chrono::duration<double, std::milli> elapsed = std::chrono::steady_clock::now() - start_;
        milliseconds_ = elapsed.count() / v.step;
        look_for_trouble();
    }
    if (progress_.due()) progress_.update(step.step, line());
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
    std::snprintf(text, sizeof text, "D(x) %.3g  D(G(z)) %.3g  right %.0f/%.0f %%  grad D %.2g G %.2g  %.2g ms",
                  v.real_score, v.fake_score, 100 * v.real_accuracy, 100 * v.fake_accuracy, v.discriminator_gradient,
                  v.generator_gradient, milliseconds_);
    return text;
}

void Health::print() {
    progress_.clear();
    std::cout << "health  " << line() << " a step\n";
    for (const Episode& e : episodes_) {
        const bool to_the_end = e.last == settings_.steps;
        std::cout << "  " << e.finding.name << (to_the_end ? ", from step " : ", between steps ") << e.first
                  << (to_the_end ? " to the end: " : " and ") << (to_the_end ? "" : std::to_string(e.last) + ": ")
                  << e.finding.text << ". See it alone: make run-claim-" << e.finding.card << "\n";
    }
}

}  // namespace gantry::kit
