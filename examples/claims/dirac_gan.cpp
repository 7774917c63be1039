// Claim: GANs do not converge, the players circle around the equilibrium; a gradient penalty makes them converge.
//
// The smallest GAN (Mescheder et al. 2018, "Which training methods for GANs do actually converge?", definition 2.1):
// the data are the number 0, the generator is a number theta, the discriminator a line:
//
//     D(x) = psi x + bias      real logit r = bias,  fake logit f = psi theta + bias      equilibrium: theta = psi = 0
//
//     1. how each game ends after 6000 steps
//     2. what is known in closed form
//     3. what 6000 steps on a line do not show: many more steps, and the plane
//
// (The bias is for least squares alone, whose labels a line through 0 cannot reach; elsewhere it stays 0.) Each
// trajectory is computed twice: with Gantry's losses, grad() and Sgd, and as a recursion of plain doubles written by
// hand.
#include <cmath>
#include <map>

#include "examples/kit/run/card.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "GANs do not converge: the players chase each other in circles around the equilibrium. Penalising the "
        "discriminator's gradient makes them converge.",
    .source =
        "Mescheder et al. 2018, sections 2 and 3; order of the updates: Gidel et al. 2019, \"Negative Momentum for "
        "Improved Game Dynamics\"",
    .experiment =
        "Dirac-GAN: data 0, generator theta, D(x) = psi x (with a bias for least squares, whose labels it cannot "
        "reach without). 6000 steps of SGD, step size h = 0.1, from theta = psi = 1: simultaneous, or alternating "
        "with D first. The equilibrium is theta = psi = 0. Nothing is random. Part 3: more steps, and the same game in "
        "the plane.",
};

enum Order { simultaneous, alternating };  // at once, or D first
enum Regulariser { none, penalty, r1 };    // WGAN-GP's weight (|psi| - 1)^2; weight/2 psi^2, at the data alone

struct Game {
    std::string loss;
    Order order;
    Regulariser regulariser;
    LeastSquaresOptions labels = {};
    bool bias = false;
    double weight = 1;

    std::string name() const {
        std::string text = loss;
        if (loss == "least-squares") text += labels.a == 0 ? " (0, 1, 1)" : " (-1, 1, 0)";
        if (loss == "least-squares") text += bias ? "" : ", no bias";
        if (regulariser == penalty) text += " + penalty " + kit::digits(weight);
        return text + (regulariser == r1 ? " + R1" : "");
    }
};

static const double h = 0.1;  // step size
static const Index steps = 6000;

struct Track {
    std::vector<double> theta, psi;
    double radius(std::size_t i) const { return std::hypot(theta[i], psi[i]); }
    void add(double t, double p) {
        theta.push_back(t);
        psi.push_back(p);
    }
};

// ---------------------------------------------------------------------------------------- with the engine

static Track with_engine(const Game& game) {
    Tensor theta = ones({1, 1});
    Tensor psi = ones({1, 1});
    Tensor bias = zeros({1});
    for (Tensor* parameter : {&theta, &psi, &bias}) parameter->set_requires_grad(true);
    const auto D = [&](const Tensor& x) { return linear(x, psi, bias); };
    const Tensors D_parameters = game.bias ? Tensors{psi, bias} : Tensors{psi};
    const auto loss = game.loss == "least-squares" ? std::make_unique<LeastSquares>(game.labels) : make_loss(game.loss);
    Sgd D_optimizer(D_parameters, {.lr = h});
    Sgd G_optimizer({theta}, {.lr = h});
    Track track;
    track.add(1, 1);
    for (Index step = 0; step < steps; ++step) {
        Tensor real = zeros({1, 1});
        real.set_requires_grad(true);
        const Tensor real_logits = D(real);
        const Tensor fake_logits = D(theta.detach());
        Tensor D_loss = loss->discriminator(real_logits, fake_logits);
        if (game.regulariser == penalty) D_loss += gradient_penalty_at(D, real, game.weight);
        if (game.regulariser == r1) {
            const Tensor slope = grad(real_logits, {real}, true)[0];
            D_loss += sum(square(slope)) * (game.weight / 2);
        }
        const Tensors D_gradients = grad(D_loss, D_parameters);
        if (game.order == alternating) D_optimizer.step(D_gradients);
        const Tensors G_gradients = grad(loss->generator(D(theta)), {theta});
        if (game.order == simultaneous) D_optimizer.step(D_gradients);
        G_optimizer.step(G_gradients);
        track.add(theta.item(), psi.item());
    }
    return track;
}

// ---------------------------------------------------------------------------------------- by hand
//
//                       dD/dr              dD/df         dG/df               dr = d bias,  df = theta d psi + d bias
//     minimax           -s(-r)             s(f)          -s(f)                  = psi d theta
//     non-saturating    -s(-r)             s(f)          -s(-f)
//     Wasserstein       -1                 1             -1
//     least squares     r - b              f - a         f - c

static double s(double x) { return 1 / (1 + std::exp(-x)); }

static Track by_hand(const Game& game, Index length = steps) {
    double theta = 1, psi = 1, bias = 0;
    Track track;
    track.add(1, 1);
    for (Index step = 0; step < length; ++step) {
        const auto [a, b, c] = game.labels;
        const double r = bias, f = psi * theta + bias;
        double dr = -s(-r), df = s(f);
        if (game.loss == "wasserstein") dr = -1, df = 1;
        if (game.loss == "least-squares") dr = r - b, df = f - a;
        double dpsi = df * theta;
        if (game.regulariser == penalty) dpsi += game.weight * 2 * (std::fabs(psi) - 1) * (psi > 0 ? 1 : -1);
        if (game.regulariser == r1) dpsi += game.weight * psi;
        const double psi_after = psi - h * dpsi;
        const double bias_after = game.bias ? bias - h * (dr + df) : 0;

        const double psi_seen = game.order == alternating ? psi_after : psi;
        const double f_seen = psi_seen * theta + (game.order == alternating ? bias_after : bias);
        double dG = game.loss == "minimax" ? -s(f_seen) : -s(-f_seen);
        if (game.loss == "wasserstein") dG = -1;
        if (game.loss == "least-squares") dG = f_seen - c;
        theta -= h * dG * psi_seen;
        psi = psi_after;
        bias = bias_after;
        track.add(theta, psi);
    }
    return track;
}

// ---------------------------------------------------------------------------------------- how it ends

static std::string ending(const Track& track) {
    const std::size_t turn = 300, end = track.theta.size(), half = end / 2;
    double theta = 0, movement = 0, now = 0, before = 0;
    for (std::size_t i = 0; i < turn; ++i) {
        theta = std::max(theta, std::fabs(track.theta[end - 1 - i]));
        movement = std::max(movement, std::fabs(track.psi[end - 1 - i] - track.psi[end - 1]));
        now = std::max(now, track.radius(end - 1 - i));
        before = std::max(before, track.radius(half - i));
    }
    if (theta < 1e-6) return std::fabs(track.psi.back()) < 1e-6 ? "converges" : "converges, D not flat";
    if (movement < 1e-6) return "stops elsewhere";
    if (now > 1.05 * before) return "grows";
    return now < 0.95 * before ? "creeps inward" : "circles";
}

static const LeastSquaresOptions one = {0, 1, 1}, other = {-1, 1, 0};

// The games by name, in the order of the table, and how each ends.
struct Play {
    Game game;
    std::string ends;
};
static const Play wasserstein_at_once{{"wasserstein", simultaneous, none}, "grows"};
static const Play wasserstein{{"wasserstein", alternating, none}, "circles"};
static const Play light_penalty{{"wasserstein", alternating, penalty, {}, false, 0.1}, "circles"};
static const Play heavy_penalty{{"wasserstein", alternating, penalty, {}, false, 1}, "stops elsewhere"};
static const Play wasserstein_r1{{"wasserstein", alternating, r1}, "converges"};
static const Play minimax_at_once{{"minimax", simultaneous, none}, "grows"};
static const Play minimax{{"minimax", alternating, none}, "circles"};
static const Play minimax_r1{{"minimax", alternating, r1}, "converges"};
static const Play non_saturating_at_once{{"non-saturating", simultaneous, none}, "circles"};
static const Play non_saturating{{"non-saturating", alternating, none}, "creeps inward"};
static const Play non_saturating_r1{{"non-saturating", alternating, r1}, "converges"};
static const Play without_bias{{"least-squares", alternating, none, one}, "stops elsewhere"};
static const Play least_squares_at_once{{"least-squares", simultaneous, none, one, true}, "circles"};
static const Play least_squares{{"least-squares", alternating, none, one, true}, "creeps inward"};
static const Play least_squares_r1{{"least-squares", alternating, r1, one, true}, "converges"};
static const Play other_labels{{"least-squares", alternating, none, other, true}, "converges, D not flat"};
static const Play other_labels_r1{{"least-squares", alternating, r1, other, true}, "creeps inward"};

static const std::vector<const Play*> plays = {
    &wasserstein_at_once,    &wasserstein,     &light_penalty,     &heavy_penalty,
    &wasserstein_r1,         &minimax_at_once, &minimax,           &minimax_r1,
    &non_saturating_at_once, &non_saturating,  &non_saturating_r1, &without_bias,
    &least_squares_at_once,  &least_squares,   &least_squares_r1,  &other_labels,
    &other_labels_r1};

static const char* const order_names[] = {"simultaneous", "alternating"};

// What the key numbers are taken from.
struct Outcome {
    std::map<const Play*, double> radius, theta;  // at the end
    double difference = 0;                        // engine against recursion, the largest
    double growth = 0;                            // a step, of Wasserstein's radius with simultaneous updates
    double slow_growth = 0;                       // minimax's radius after 350,000 alternating steps
};

static Outcome trajectories(kit::Card& card) {
    card.table(
        "1. From theta = psi = 1. Radius = sqrt(theta^2 + psi^2). Difference: engine against the same updates written "
        "out by hand (a recursion: each step's formula takes the numbers of the step before), 1000 steps",
        {"game", "updates", "radius at 100", "1000", "6000", "theta at the end", "ends", "difference"});
    Outcome outcome;
    for (const Play* play : plays) {
        const auto& [game, expected] = *play;
        const Track engine = with_engine(game);
        const Track track = by_hand(game);
        double difference = 0;
        for (std::size_t i = 0; i <= 1000; ++i) {
            const double gap = std::hypot(engine.theta[i] - track.theta[i], engine.psi[i] - track.psi[i]);
            difference = std::max(difference, gap / std::max(track.radius(i), 1.0));
        }
        outcome.difference = std::max(outcome.difference, difference);
        outcome.radius[play] = engine.radius(steps);
        outcome.theta[play] = engine.theta.back();
        card.row({game.name(), order_names[game.order], engine.radius(100), engine.radius(1000), engine.radius(6000),
                  engine.theta.back(), ending(engine), difference});
        card.observe(game.name() + ", " + order_names[game.order] + ": " + expected,
                     ending(engine) == expected && ending(track) == expected);
    }
    card.observe("the engine agrees with the recursion within 2e-4 of the radius", outcome.difference < 2e-4);
    card.observe("least squares (-1, 1, 0), alternating: theta is farther from 0 with R1 than without",
                 std::fabs(outcome.theta[&other_labels_r1]) > 1000 * std::fabs(outcome.theta[&other_labels]));
    return outcome;
}

// ---------------------------------------------------------------------------------------- in closed form

static void closed_forms(kit::Card& card, Outcome& outcome) {
    card.table(
        "2. What can be said in closed form, and what the engine did. The radius grows or shrinks by this factor a "
        "step; "
        "theta^2 + psi^2 - h theta psi stays as it was (measured: its farthest value). Step 100 of minimax: "
        "sqrt(1 + h^2 s(f)^2). For small h the circle has the radius sqrt(2 h), and step n sqrt(8 / (h n))",
        {"game", "updates", "quantity", "exact", "measured"});
    const auto row = [&](const Game& game, const std::string& quantity, double exact, double measured,
                         double tolerance) {
        card.row({game.name(), order_names[game.order], quantity, kit::digits(exact, 7), kit::digits(measured, 7)});
        card.observe("2. " + game.name() + ", " + order_names[game.order] + ": " + quantity,
                     std::fabs(measured / exact - 1) < tolerance);
    };
    const auto growth = [](const Track& t) { return std::pow(t.radius(500) / t.radius(0), 1.0 / 500); };
    outcome.growth = growth(with_engine(wasserstein_at_once.game));
    row(wasserstein_at_once.game, "radius grows by sqrt(1 + h^2)", std::sqrt(1 + h * h), outcome.growth, 1e-6);
    const Track orbit = with_engine(wasserstein.game);
    double lost = 2 - h;
    for (std::size_t i = 0; i < orbit.theta.size(); ++i) {
        const double kept = std::pow(orbit.radius(i), 2) - h * orbit.theta[i] * orbit.psi[i];
        if (std::fabs(kept - 2 + h) > std::fabs(lost - 2 + h)) lost = kept;
    }
    row(wasserstein.game, "theta^2 + psi^2 - h theta psi", 2 - h, lost, 1e-4);
    row(wasserstein_r1.game, "radius shrinks to sqrt(1 - h)", std::sqrt(1 - h),
        growth(with_engine(wasserstein_r1.game)), 1e-3);
    const Track outward = with_engine(minimax_at_once.game);
    const double f = outward.theta[99] * outward.psi[99];
    row(minimax_at_once.game, "radius grows, step 100", std::sqrt(1 + h * h * s(f) * s(f)),
        outward.radius(100) / outward.radius(99), 1e-6);
    row(non_saturating_at_once.game, "radius of the circle, small h", std::sqrt(2 * h),
        with_engine(non_saturating_at_once.game).radius(6000), 0.02);
    row(non_saturating.game, "radius at step 6000, small h", std::sqrt(8 / (h * 6000)),
        with_engine(non_saturating.game).radius(6000), 0.02);
}

// ---------------------------------------------------------------------------------------- longer, and wider
//
// In the plane theta and psi are vectors: D(x) = psi . x. On the line psi changes its sign only at psi = 0, where the
// penalty is largest, and there the game can get stuck. In the plane psi turns around instead.

struct Ends {
    double least, most;  // of |theta|, in the last 300 steps
};

static Ends in_the_plane(Regulariser regulariser) {
    Tensor theta = tensor({1, 2}, {1, 0});
    Tensor psi = tensor({1, 2}, {1, Real(0.01)});  // not quite parallel to theta
    theta.set_requires_grad(true);
    psi.set_requires_grad(true);
    const auto D = [&](const Tensor& x) { return matmul_nt(x, psi); };
    Sgd D_optimizer({psi}, {.lr = h});
    Sgd G_optimizer({theta}, {.lr = h});
    Ends ends{INFINITY, 0};
    for (Index step = 0; step < steps; ++step) {
        const Tensor real_logits = D(zeros({1, 2}));
        const Tensor fake_logits = D(theta.detach());
        Tensor D_loss = Wasserstein().discriminator(real_logits, fake_logits);
        const Tensor slope = sum(square(psi));  // |dD/dx|^2
        if (regulariser == penalty) D_loss += square(sqrt(slope) - 1);
        if (regulariser == r1) D_loss += slope / 2;
        D_optimizer.step(grad(D_loss, {psi}));
        G_optimizer.step(grad(Wasserstein().generator(D(theta)), {theta}));
        const double length = std::hypot(theta.at({0, 0}), theta.at({0, 1}));
        if (step < steps - 300) continue;
        ends.least = std::min(ends.least, length);
        ends.most = std::max(ends.most, length);
    }
    return ends;
}

static void longer_and_wider(kit::Card& card, Outcome& outcome) {
    const Track track = by_hand(minimax.game, 350000);
    double first = 0, last = 0;  // the largest radius in 300 steps, about one turn
    for (std::size_t i = 0; i < 300; ++i) {
        first = std::max(first, track.radius(i));
        last = std::max(last, track.radius(track.theta.size() - 1 - i));
    }
    outcome.slow_growth = last;
    card.table("3. What 6000 steps on a line do not show", {"game", "quantity", "value"});
    card.row({"minimax, alternating", "largest radius, first 300 steps", kit::digits(first, 5)});
    card.row({"minimax, alternating", "last 300 of 350,000 steps", kit::digits(last, 5)});
    card.observe("3. minimax, alternating: the radius grows by more than 1 % and less than 5 % in 350,000 steps",
                 last > 1.01 * first && last < 1.05 * first);
    const Ends free = in_the_plane(none), penalised = in_the_plane(penalty), with_r1 = in_the_plane(r1);
    const auto both = [](Ends ends) { return kit::digits(ends.least) + " to " + kit::digits(ends.most); };
    card.row({"wasserstein in the plane", "|theta|, last 300 of 6000", both(free)});
    card.row({"the same with penalty 1", "|theta|, last 300 of 6000", both(penalised)});
    card.row({"the same with R1", "|theta|, last 300 of 6000", both(with_r1)});
    card.observe("3. in the plane, with the penalty, theta circles at distance 1 instead of stopping",
                 std::fabs(penalised.least - 1) < 1e-3 && std::fabs(penalised.most - 1) < 1e-3);
    card.observe("3. in the plane R1 converges too", with_r1.most < 1e-6);
}

static void body(kit::Card& card) {
    Outcome outcome = trajectories(card);
    closed_forms(card, outcome);
    longer_and_wider(card, outcome);
    kit::Figure figure(2, 3, 380, 330);
    figure.title = "Dirac-GAN: 1000 steps from (1, 1), the dot, around the equilibrium (0, 0), the ring; arrows: time";
    static const std::vector<std::pair<std::string, std::vector<const Play*>>> panels = {
        {"wasserstein", {&wasserstein_at_once, &wasserstein, &wasserstein_r1}},
        {"wasserstein, penalty", {&heavy_penalty, &light_penalty}},
        {"minimax", {&minimax_at_once, &minimax, &minimax_r1}},
        {"non-saturating", {&non_saturating_at_once, &non_saturating, &non_saturating_r1}},
        {"least squares (0, 1, 1)", {&least_squares_at_once, &least_squares, &least_squares_r1}},
        {"least squares (-1, 1, 0)", {&other_labels, &other_labels_r1}}};
    for (std::size_t i = 0; i < panels.size(); ++i) {
        kit::Panel& panel = figure.panel(i / 3, i % 3);
        panel.title = panels[i].first;
        panel.x_label = "theta, where G puts its point";
        panel.y_label = "psi, slope of D";
        panel.square = true;
        panel.limits = kit::Box{-2.6, 2.6, -2.2, 2.2};
        for (const Play* play : panels[i].second) {
            const Game& game = play->game;
            Track track = with_engine(game);
            track.theta.resize(1001);
            track.psi.resize(1001);
            const std::string label = game.regulariser == r1        ? "alternating, R1"
                                      : game.regulariser == penalty ? "weight " + kit::digits(game.weight)
                                                                    : order_names[game.order];
            panel.line(label, track.theta, track.psi);
            for (std::size_t step : {10, 40}) {
                const double across = track.theta[step + 1] - track.theta[step];
                const double up = track.psi[step + 1] - track.psi[step], length = std::hypot(across, up);
                const auto point = [](double x, double y) { return tensor({1, 2}, {Real(x), Real(y)}); };
                panel.arrows(point(track.theta[step], track.psi[step]), point(0.2 * across / length, 0.2 * up / length),
                             kit::black);
            }
        }
        panel.scatter("", tensor({1, 2}, {1, 1}), kit::black, 9);
        panel.scatter("", tensor({1, 2}, {0, 0}), kit::black, 9);
        panel.scatter("", tensor({1, 2}, {0, 0}), {1, 1, 1}, 5);
    }
    card.picture(figure, "trajectories.png");
    card.key_numbers(
        "step size 0.1: Wasserstein, simultaneous, grows by " + kit::digits(outcome.growth, 6) +
        " a step; radius after 6000 steps: non-saturating " + kit::digits(outcome.radius[&non_saturating_at_once], 3) +
        " (simultaneous), " + kit::digits(outcome.radius[&non_saturating], 3) + " (alternating), minimax " +
        kit::digits(outcome.radius[&minimax], 3) + " (alternating; " + kit::digits(outcome.slow_growth, 4) +
        " after 350,000); engine and recursion differ by " + kit::digits(outcome.difference, 1) + " at most");
    card.verdict(
        kit::partly,
        "Wasserstein and minimax do circle around the equilibrium, and R1, a penalty on D's slope at the data, makes "
        "them converge. They circle when the players move in turn, and spiral outward when they move at once; minimax "
        "spirals outward in turn as well, but too slowly to be seen in 6000 steps. Non-saturating and least squares "
        "with the labels 0, 1, 1 creep inward by themselves, and converge with R1. Least squares with -1, 1, 0 reaches "
        "the data without R1, with a D that is not flat, and only creeps with it. The gradient penalty of WGAN-GP is "
        "no "
        "cure: it goes on circling, in the plane too, or stops elsewhere, which happens only on a line.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
