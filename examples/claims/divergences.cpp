// Claim: a GAN's loss decides which divergence the generator descends, and least squares descends Pearson's chi-square.
//
// Theory speaks of the optimal discriminator D*, which no training has. Here it is known, because data and generator
// are Gaussians on a line, p = N(0, 1) and q = N(m, s^2). Nothing is trained: what is taken through the engine stands
// beside what theory names, in plain doubles.
//
//     1. what D's loss measures at the optimal D
//     2. what the generator descends, at the optimal D, frozen
//
// What least squares descends is one line of theory. A generator that minimises E_q l(D*), with D* a function of
// u = q/p, descends
//
//     the integral of p g(q/p),  g'(u) = l(D*(u))
//
// This is least at q = p for every q if g has a supporting line at u = 1, that is, if the straight line through
// (1, g(1)) with the slope g'(1) stays below g; for the integral of p (q/p - 1) is 0. A convex g has one, and g is
// convex where l(D*(u)) rises with u. With the labels (-1, 1, 0) g has none: g'(u) = ((1 - u) / (1 + u))^2 / 2 is 0 at
// u = 1 and positive on both sides, so q = p is a saddle.
#include <cmath>
#include <map>

#include "examples/kit/run/card.hpp"
#include "losses/losses.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "The loss decides which divergence the generator minimises: minimax the Jensen-Shannon divergence, "
        "Wasserstein the distance W1, least squares Pearson's chi-square.",
    .source =
        "Goodfellow et al. 2014, theorem 1; Arjovsky and Bottou 2017, theorem 2.5; Arjovsky et al. 2017, theorem 3; "
        "Mao et al. 2017, section 3.2",
    .experiment =
        "Data p = N(0, 1), generator q = N(m, s^2), D* known in closed form, u = q/p. T = integral of (p-q)^2/(p+q) "
        "is the chi-square that Mao et al. mean.\n"
        "1. D's loss at D* against the exact divergence.\n"
        "2. D* frozen: G's gradient by (m, s), through the loss and D*, against the divergence's own, at random "
        "places with m in [-3, 3] and s in [0.4, 2.5].",
};

struct Vector {
    double m, s;  // the data are p = N(0, 1), the generator is m + s z, so q = N(m, s^2). Also a gradient by both
};

// ---------------------------------------------------------------------------------------- divergences

using Integrand = double (*)(double p, double q);

static double js2(double p, double q) { return p * std::log(2 * p / (p + q)) + q * std::log(2 * q / (p + q)); }
static double kl_less_js2(double p, double q) { return q * std::log(q / p) - js2(p, q); }
static double t(double p, double q) { return (p - q) * (p - q) / (p + q); }
// Least squares: D* = (b + a u) / (1 + u) and l = (D* - c)^2 / 2, integrated over u.
static double g_0_1_1(double p, double q) { return (q - p * p / (p + q)) / 2 - p * std::log1p(q / p); }
static double g_1_1_0(double p, double q) { return q / 2 - 2 * p * p / (p + q) - 2 * p * std::log1p(q / p); }

static double integral(Integrand h, Vector at) {
    double total = 0;
    for (double x = -16; x <= 16; x += 0.01) {
        const double u = (x - at.m) / at.s;
        const double unit = 1 / std::sqrt(2 * M_PI);
        total += 0.01 * h(unit * std::exp(-x * x / 2), unit * std::exp(-u * u / 2) / at.s);
    }
    return total;
}

// On a line the best transport keeps the order, z to m + s z, so W1 = E |m + (s - 1) z|: a folded normal's mean.
static double w1(Vector at) {
    const double d = std::fabs(at.s - 1);
    if (d == 0) return std::fabs(at.m);
    return d * std::sqrt(2 / M_PI) * std::exp(-at.m * at.m / (2 * d * d)) + at.m * std::erf(at.m / d / std::sqrt(2));
}

static double value(Integrand h, Vector at) { return h ? integral(h, at) : w1(at); }

static Vector slope(Integrand h, Vector at) {
    const double e = 1e-4;
    return {(value(h, {at.m + e, at.s}) - value(h, {at.m - e, at.s})) / (2 * e),
            (value(h, {at.m, at.s + e}) - value(h, {at.m, at.s - e})) / (2 * e)};
}

// ---------------------------------------------------------------------------------------- losses at D*

struct Game {
    std::string name;
    LeastSquaresOptions labels;
    double sign;          // -1: the generator minimises minus D's loss, whose fake term is G's with the label c = a
    std::string follows;  // what theory says
    Integrand divergence;

    std::unique_ptr<GanLoss> loss() const {
        if (name == "minimax" || name == "non-saturating" || name == "wasserstein") return make_loss(name);
        return std::make_unique<LeastSquares>(labels);
    }
    Tensor best(const Tensor& x, Vector at) const {  // the logits of D* for q = N(m, s^2)
        const Real m = at.m;
        const Real s = at.s;
        if (name == "wasserstein") return s == 1 ? (m > 0 ? -x : x) : abs(x * (1 - s) - m) / (1 - s);
        const Tensor log_ratio = square((x - m) / s) / 2 - square(x) / 2 + std::log(s);  // log p/q
        if (name == "minimax" || name == "non-saturating") return log_ratio;
        const Real a = labels.a;
        return a + (labels.b - a) * sigmoid(log_ratio);  // (b p + a q) / (p + q)
    }
};

static const Game minimax{"minimax", {}, 1, "2 JS", js2};
static const Game non_saturating{"non-saturating", {}, 1, "KL(q||p) - 2 JS", kl_less_js2};
static const Game wasserstein{"wasserstein", {}, 1, "W1", nullptr};
static const Game zero_sum{
    "least squares (0, 1), zero-sum", {0, 1, 0}, -1, "T/8", [](double p, double q) { return t(p, q) / 8; }};
static const Game zero_one{"least squares (0, 1, 1)", {0, 1, 1}, 1, "another, see below", g_0_1_1};
static const Game minus_one{"least squares (-1, 1, 0)", {-1, 1, 0}, 1, "none, see below", g_1_1_0};
static const std::vector<Game> games = {minimax, non_saturating, wasserstein, zero_sum, zero_one, minus_one};

// E over z ~ N(0, 1) as a sum over a grid: z itself are the data, m + s z the fakes.
static const Index points = 12001;

static Tensor grid() {
    std::vector<Real> z;
    for (Index i = 0; i < points; ++i) z.push_back(-12 + 0.002 * i);
    return tensor({points}, z);
}

static Tensor weights() { return exp(-square(grid()) / 2) * (0.002 / std::sqrt(2 * M_PI)); }

// A loss is a mean over the batch, so each pair of samples is asked alone and its answer weighted.
static double value_of_d(const Game& game, Vector at) {
    const Tensor r = game.best(grid(), at);
    const Tensor f = game.best(at.m + at.s * grid(), at);
    const std::vector<Real> w = weights().values();
    double total = 0;
    for (Index i = 0; i < points; ++i)
        total += w[i] * game.loss()->discriminator(slice(r, 0, i, i + 1), slice(f, 0, i, i + 1)).item();
    return total;
}

// d/dm and d/ds of E_z l(D*(m + s z)), D* frozen. A sample's share of a mean's gradient is dG/df / n: w replaces 1/n.
static Vector update(const Game& game, Vector at) {
    Tensor m = scalar(at.m);
    Tensor s = scalar(at.s);
    m.set_requires_grad(true);
    s.set_requires_grad(true);
    const Tensor logits = game.best(m + s * grid(), at);
    Tensor f = logits.detach();
    f.set_requires_grad(true);
    const Tensor slopes = grad(game.loss()->generator(f), {f})[0] * (game.sign * points);
    const Tensors gradients = grad(sum(weights() * slopes * logits), {m, s});
    return {gradients[0].item(), gradients[1].item()};
}

// ---------------------------------------------------------------------------------------- 1. what D measures

static void values_of_d(kit::Card& card, const std::vector<Vector>& places) {
    card.table("1. The divergence computed from D's loss at its optimum, and the exact one",
               {"q", "logistic", "2 JS", "wasserstein", "W1", "least squares (0, 1)", "(-1, 1)", "(3, -2)", "T"});
    double worst = 0;
    for (Vector at : places) {
        const double two_js = 2 * std::log(2) - value_of_d(minimax, at);
        const double distance = -value_of_d(wasserstein, at);
        std::vector<double> ts;
        for (LeastSquaresOptions l : {LeastSquaresOptions{0, 1, 1}, {-1, 1, 0}, {3, -2, 7}})
            ts.push_back(2 - 8 / (l.b - l.a) / (l.b - l.a) * value_of_d({"least squares", l, 1, "", t}, at));
        const double exact[] = {integral(js2, at), w1(at), integral(t, at)};
        card.row({"N(" + kit::digits(at.m) + ", " + kit::digits(at.s) + "^2)", two_js, exact[0], distance, exact[1],
                  ts[0], ts[1], ts[2], exact[2]});
        for (double error :
             {two_js - exact[0], distance - exact[1], ts[0] - exact[2], ts[1] - exact[2], ts[2] - exact[2]})
            worst = std::max(worst, std::fabs(error));
    }
    card.observe("1. D's value measures 2 JS, W1, and T under all three pairs of labels, within 1e-4", worst < 1e-4);
}

// ---------------------------------------------------------------------------------------- 2. what G descends

struct Outcome {
    kit::Sample error, cosine;  // of G's gradient: relative difference from its divergence's; cosine with T's
    Index uphill = 0;           // places where following G's gradient makes T larger
};

static Outcome compare(const Game& game, const std::vector<Vector>& places, kit::Panel& panel) {
    Outcome outcome;
    for (Vector at : places) {
        const Vector got = update(game, at);
        const Vector wanted = slope(game.divergence, at);
        const Vector of_t = slope(t, at);
        const double length = std::hypot(wanted.m, wanted.s);
        outcome.error.add(std::hypot(got.m - wanted.m, got.s - wanted.s) / length);
        outcome.cosine.add((got.m * of_t.m + got.s * of_t.s) / std::hypot(got.m, got.s) / std::hypot(of_t.m, of_t.s));
        outcome.uphill += outcome.cosine.values().back() < 0;
    }
    std::vector<Real> from, direction;
    for (double m = -2.4; m < 2.5; m += 0.4) {
        for (double s = 0.5; s < 2.4; s += 0.2) {
            const Vector gradient = update(game, {m, s});
            const double scale = -0.17 / (std::hypot(gradient.m, gradient.s) + 1e-6);
            for (double x : {m, s}) from.push_back(x);
            for (double x : {gradient.m, gradient.s}) direction.push_back(scale * x);
        }
    }
    const Index arrows = from.size() / 2;
    panel.title = game.name;
    panel.arrows(tensor({arrows, 2}, from), tensor({arrows, 2}, direction), kit::blue);
    panel.scatter("data", tensor({1, 2}, {0, 1}), kit::vermilion, 9);
    return outcome;
}

static void body(kit::Card& card) {
    values_of_d(card, {{0.5, 1}, {1, 1}, {3, 1}, {0, 0.5}, {0, 2}, {1, 0.5}, {-2, 1.5}});
    std::vector<Vector> places;  // m uniform in [-3, 3], s in [0.4, 2.5]
    Random rng(card.seed());
    const Index n = card.pick(100, 1000);
    const Tensor means = rng.uniform({n}, -3, 3);
    const Tensor deviations = rng.uniform({n}, 0.4, 2.5);
    for (Index i = 0; i < n; ++i) places.push_back({means.at({i}), deviations.at({i})});

    kit::Figure figure(2, 3, 380, 300);
    figure.title = "Where the generator N(m, s^2) goes at the optimal discriminator (directions only)";
    std::map<std::string, Outcome> of;
    card.table("2. G's gradient by (m, s) at the frozen D*, at " + std::to_string(n) + " random places",
               {"update", "follows", "relative difference, worst", "cosine with T's gradient", "T grows at"});
    for (std::size_t i = 0; i < games.size(); ++i) {
        kit::Panel& panel = figure.panel(i / 3, i % 3);
        panel.x_label = "m";
        panel.y_label = "s";
        const Outcome o = compare(games[i], places, panel);
        const double share = 100.0 * o.uphill / n;
        card.row({games[i].name, games[i].follows, o.error.max(), kit::range(o.cosine), kit::fixed(share, 0) + " %"});
        of[games[i].name] = o;
    }
    card.remark(
        "(0, 1, 1): integral of p g(q/p) with g'(u) = (u / (1 + u))^2 / 2, which rises with u: a divergence. "
        "(-1, 1, 0): g'(u) = ((1 - u) / (1 + u))^2 / 2 is 0 at u = 1 and positive on both sides, so no straight line "
        "stays below g there: q = p is a saddle, and what G descends is no divergence.");
    card.picture(figure, "directions.png");
    for (const Game& game : games)  // W1's critic has a kink, which a grid blurs
        card.observe("2. " + game.name + ": G's gradient is that of what the table says",
                     of[game.name].error.max() < (game.divergence ? 1e-3 : 5e-3));
    const auto cosine = [&](const Game& game) { return of[game.name].cosine; };
    card.observe(
        "2. neither coding of least squares has T's direction, the zero-sum form has it; minimax is closer to it "
        "than both codings",
        cosine(zero_sum).min() > 0.9999 && cosine(minimax).min() > 0.99 && cosine(zero_one).min() < 0.95 &&
            cosine(minus_one).min() < 0);
    Index uphill_elsewhere = 0;
    for (const Game& game : games) uphill_elsewhere += game.name == minus_one.name ? 0 : of[game.name].uphill;
    card.observe("2. with (-1, 1, 0) T grows at 2 % of the places or more, with all others nowhere",
                 of[minus_one.name].uphill >= n / 50 && uphill_elsewhere == 0);
    card.observe("2. with (-1, 1, 0) a generator at the right mean, but too narrow, is made narrower",
                 update(minus_one, {0, 0.5}).s > 0 && update(minus_one, {0, 0.9}).s > 0);
    card.key_numbers("cosine of the angle between G's gradient and that of T, median: minimax " +
                     kit::digits(cosine(minimax).median()) + ", least squares (0, 1, 1) " +
                     kit::digits(cosine(zero_one).median(), 2) + ", (-1, 1, 0) " +
                     kit::digits(cosine(minus_one).median(), 2));
    card.verdict(
        kit::partly,
        "At the optimal discriminator minimax and Wasserstein descend what is said of them, 2 JS and W1; least squares "
        "does not descend chi-square. (Non-saturating, of which nothing is said, descends KL(q||p) - 2 JS.) With least "
        "squares, D's loss measures T, but G descends T only if it minimises the negative "
        "of D's loss. With the labels 0, 1, 1 it descends another divergence; with -1, 1, 0 none at all, and a "
        "generator that is too narrow is made narrower.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
