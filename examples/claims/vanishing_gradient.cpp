// Claim: the minimax loss gives the generator no gradient once the discriminator wins, the non-saturating loss does.
//
// Three times the same question, each time less idealised: how much reaches the generator? 1. at given logits; 2. at
// the best possible D; 3. at a trained D. The other losses stand beside them.
#include <cmath>
#include <map>

#include "examples/claims/frozen_generator.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "Early in learning the discriminator rejects fakes with confidence, and log(1 - D(G(z))) saturates: the "
        "generator gets no gradient. Maximising log D(G(z)) instead gives much stronger gradients.",
    .source = "Goodfellow et al. 2014, section 3; Arjovsky and Bottou 2017, theorem 2.4",
    .experiment =
        "The gradient at the generator for each loss:\n"
        "1. at given logits;\n"
        "2. at the optimal discriminator of two Gaussians a distance t apart, by quadrature;\n"
        "3. at a discriminator (2-64-64-1, Adam 0.001, batch 128) trained against a frozen, untrained generator.",
    .too_short_for = "fine differences in part 3: 3 seeds, 1000 steps of D",
};

// These columns, then one for each loss.
static std::vector<std::string> header(std::vector<std::string> names) {
    names.insert(names.end(), loss_names().begin(), loss_names().end());
    return names;
}

static Tensor slopes(const std::string& name, const Tensor& logits) {
    return frozen::slopes([&](const Tensor& f) { return make_loss(name)->generator(f); }, logits);
}

// ---------------------------------------------------------------------------------------- 1. at a logit

static void at_logits(kit::Card& card, kit::Panel& panel) {
    card.table("1. |dG/df| at the logit f of a fake", header({"f"}));
    for (double logit : {0, -2, -5, -10, -20, -100}) {
        std::vector<kit::Cell> cells = {kit::digits(logit)};
        for (const std::string& name : loss_names()) {
            const double slope = slopes(name, full({1}, logit)).item();
            cells.push_back(std::fabs(slope));
            if (logit == -10 && name == "minimax")
                card.observe("1. minimax is below 1e-4 at f = -10", std::fabs(slope) < 1e-4);
            if (logit == -100 && name == "non-saturating")
                card.observe("1. non-saturating is 1 at f = -100", std::fabs(slope) == 1);
        }
        card.row(cells);
    }
    std::vector<double> logits;
    for (double f = -20; f <= 5; f += 0.25) logits.push_back(f);
    for (const std::string& name : loss_names()) {
        std::vector<double> sizes;
        for (double f : logits) sizes.push_back(std::fabs(slopes(name, full({1}, f)).item()));
        panel.line(name, logits, sizes);
    }
}

// ---------------------------------------------------------------------------------------- 2. at the optimum
//
//   The best D of each loss for two Gaussians (frozen_generator.hpp), and its slope along x:
//
//     logistic        f = log p/q = t^2/2 - t x                              f' = -t
//     least squares   f = p / (p + q) = s(t^2/2 - t x)                       f' = -t f (1 - f)
//     Wasserstein     f = -x, the steepest one that falls from p to q        f' = -1
//
//   (of another loss D* is not known here: "-")
//
//   dL/dt = E_z [dG/df(f(x)) f'(x)],  x = t + z

static bool has_known_optimum(const std::string& name) {
    return name == "minimax" || name == "non-saturating" || name == "wasserstein" || name == "least-squares";
}

static double slope_at_optimum(const std::string& name, double distance) {
    const frozen::TwoGaussians at(distance);
    const Tensor log_ratio = at.log_ratio();
    Tensor f = log_ratio;
    Tensor f_slope = full(at.x.shape(), -at.t);
    if (name == "least-squares") {
        f = sigmoid(log_ratio);
        f_slope = -at.t * f * sigmoid(-log_ratio);
    }
    if (name == "wasserstein") {
        f = -at.x;
        f_slope = full(at.x.shape(), -1);
    }
    return sum(at.weights * slopes(name, f) * f_slope).item();
}

static void at_the_optimum(kit::Card& card, kit::Panel& panel) {
    card.table("2. dL/dt at the optimal discriminator of p = N(0, 1) and q = N(t, 1)", header({"distance t"}));
    for (double t : {0.5, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0}) {
        std::vector<kit::Cell> cells = {kit::digits(t)};
        for (const std::string& name : loss_names())
            cells.push_back(has_known_optimum(name) ? kit::Cell(slope_at_optimum(name, t)) : kit::Cell("-"));
        card.row(cells);
    }
    card.observe("2. from distance 1 to 10 minimax falls to less than 1/1000",
                 slope_at_optimum("minimax", 10) < slope_at_optimum("minimax", 1) / 1000);
    card.observe("2. non-saturating grows with the distance",
                 slope_at_optimum("non-saturating", 10) > slope_at_optimum("non-saturating", 1));
    for (const std::string& name : loss_names()) {
        if (!has_known_optimum(name)) continue;
        std::vector<double> distances, sizes;
        for (double t = 0.1; t <= 10; t += 0.1) {
            distances.push_back(t);
            sizes.push_back(slope_at_optimum(name, t));
        }
        panel.line(name, distances, sizes);
    }
}

// ---------------------------------------------------------------------------------------- 3. trained

struct Moment {
    kit::Sample accuracy, gradient;  // of D; the norm over G's parameters. Over seeds
};
using Course = std::map<Index, Moment>;  // by the step of D

static Course train_discriminator(const kit::Card& card, const std::string& loss, const std::vector<Index>& moments) {
    Course course;
    for (std::uint64_t seed : card.seeds(3, 10)) {
        Random test(seed, 5);
        const Tensor test_real = kit::make_points("ring").sample(1000, test);
        const Tensor test_noise = test.normal({1000, 2});
        frozen::train(loss, Activation::identity(), seed, moments, [&](std::size_t i, const kit::Gan& gan) {
            double right = 0;
            for (Real r : gan.D(test_real).values()) right += r > 0;
            for (Real f : gan.D(gan.G(test_noise)).values()) right += f < 0;
            Moment& moment = course[moments[i]];
            moment.accuracy.add(100 * right / 2000);
            moment.gradient.add(frozen::gradient_of_generator(gan, test_noise));
        });
    }
    return course;
}

static void trained(kit::Card& card, kit::Panel& panel) {
    const auto all = frozen::all_moments.begin();
    const std::vector<Index> moments(all, all + card.pick(5, 7));
    std::map<std::string, Course> of;
    for (const std::string& name : loss_names()) {
        of[name] = train_discriminator(card, name, moments);
        std::vector<double> median, least, most;
        for (const auto& [step, moment] : of[name]) {
            median.push_back(moment.gradient.median());
            least.push_back(moment.gradient.min());
            most.push_back(moment.gradient.max());
        }
        panel.band({moments.begin(), moments.end()}, least, most, static_cast<int>(of.size()) - 1);
        panel.line(name, {moments.begin(), moments.end()}, median);
    }
    card.table("3. |dL/d(parameters of G)| after so many steps of D against a frozen G: median [min, max] over seeds",
               header({"steps", "logistic D right %"}));
    for (Index step : moments) {
        std::vector<kit::Cell> cells = {kit::Cell(step), kit::fixed(of["minimax"][step].accuracy.mean(), 1)};
        for (const std::string& name : loss_names()) cells.push_back(kit::range(of[name][step].gradient));
        card.row(cells);
    }
    const auto after = [&](const std::string& loss, Index step) -> const kit::Sample& {
        return of[loss][step].gradient;
    };
    const Index end = moments.back();
    card.observe(
        "3. with the same D, after 1000 steps, minimax has less than a tenth of the non-saturating gradient in every "
        "seed",
        after("minimax", 1000).max() < after("non-saturating", 1000).min() / 10);
    card.observe("3. at the end minimax has less than half of the gradient it had after 100 steps (median over seeds)",
                 after("minimax", end).median() < after("minimax", 100).median() / 2);
    card.observe("3. the non-saturating gradient is larger at the end than before the training, in every seed",
                 after("non-saturating", end).min() > after("non-saturating", 0).max());
    card.key_numbers("length of G's gradient after 1000 steps of D alone, median [min, max]: minimax " +
                     after("minimax", 1000).range() + ", non-saturating " + after("non-saturating", 1000).range());
}

static void body(kit::Card& card) {
    kit::Figure figure = frozen::figure("What reaches the generator when the discriminator wins", "at a logit");
    figure.panel(0, 2).title = "|gradient of G|, trained D: median, range";
    at_logits(card, figure.panel(0, 0));
    at_the_optimum(card, figure.panel(0, 1));
    trained(card, figure.panel(0, 2));
    card.picture(figure, "gradients.png");
    card.remark(
        "The few fakes that a trained D still misjudges carry what is left of the minimax gradient in part 3, which is "
        "why seeds differ so much. Least squares is another claim: least_squares_gradients.");
    card.verdict(
        kit::is_true,
        "When the discriminator rejects the fakes with confidence, the minimax loss gives the generator almost no "
        "gradient, and the non-saturating loss a strong one. This is seen at given logits, at the best possible "
        "discriminator, and at a trained one. There it is true of most seeds, not of all: where D still takes some "
        "fakes for real, these few keep a gradient of minimax alive.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
