// The rows of the losses. Logits far out (18, 30) stand in batches of one sample each: in a mean the ordinary
// samples would hide them.
#include <cmath>

#include "losses/losses.hpp"
#include "tests/operations.hpp"

using namespace gantry;

namespace table {

static double sp(double x) {  // softplus
    return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

// The mean of f over an array.
static double mean_of(const Array& x, const std::function<double(double)>& f) {
    double sum = 0;
    for (double value : x.values) sum += f(value);
    return sum / static_cast<double>(x.values.size());
}

static Array number(double value) { return {{}, {value}}; }

static Array logits(std::vector<double> values) {
    const Index n = static_cast<Index>(values.size());
    return array({n}, values);
}

// The second derivative of softplus at +-18 and +-30, times d2 y / d x2 of one sample.
constexpr double bend_18 = 1.5229979280808073e-08;
constexpr double bend_30 = 9.357622968838423e-14;

static Pin bend(int input, double exact) {
    return {.output = 0, .input = input, .entry = 0, .exact = exact, .input2 = input, .entry2 = 0};
}

// Real and fake batches of equal and of different sizes, [N] and [N, 1].
static std::vector<Case> batches() {
    return {{{ordinary({3}, 1), ordinary({2}, 2)}},
            {{ordinary({2, 1}, 3), ordinary({3, 1}, 4)}},
            {{ordinary({1}, 5), ordinary({1}, 6)}},
            {{ordinary({2}, 7), ordinary({2, 1}, 8)}}};
}

static std::vector<Case> fakes() { return {{{ordinary({3}, 1)}}, {{ordinary({2, 1}, 2)}}, {{ordinary({1}, 3)}}}; }

static std::vector<Case> operator+(std::vector<Case> cases, const std::vector<Case>& more) {
    cases.insert(cases.end(), more.begin(), more.end());
    return cases;
}

// Batches that every loss must refuse; `node` is the name in its messages.
static std::vector<Wrong> refused_pairs(const GanLoss& loss, const std::string& node) {
    auto call = [&loss](const Shape& real, const Shape& fake) {
        return [&loss, real, fake] { return loss.discriminator(zeros(real), zeros(fake)); };
    };
    const std::string one_logit = " and must be [N] or [N, 1], one logit for each sample";
    return {{call({4, 2}, {4}), node + ": real_logits is [4, 2]" + one_logit},
            {call({4}, {1, 4}), node + ": fake_logits is [1, 4]" + one_logit},
            {call({}, {4}), node + ": real_logits is []" + one_logit},
            {call({0}, {4}), node + ": real_logits is [0]: the mean of an empty batch does not exist"},
            {call({4}, {0, 1}), node + ": fake_logits is [0, 1]: the mean of an empty batch does not exist"}};
}

static std::vector<Wrong> refused_fakes(const GanLoss& loss, const std::string& node) {
    auto call = [&loss](const Shape& fake) { return [&loss, fake] { return loss.generator(zeros(fake)); }; };
    const std::string one_logit = " and must be [N] or [N, 1], one logit for each sample";
    return {{call({4, 2}), node + ": fake_logits is [4, 2]" + one_logit},
            {call({}), node + ": fake_logits is []" + one_logit},
            {call({0}), node + ": fake_logits is [0]: the mean of an empty batch does not exist"}};
}

// Tables are laid out by hand.
// clang-format off

// ----------------------------------------------------------------------------------------- the four families

// Both logistic families share their discriminator: t sp(-r) + (1-t) sp(r) for real, sp(f) for fake.
static Row logistic_row(const std::string& name, const GanLoss& loss, double smoothing,
                        const std::vector<Case>& tails) {
    return {.operation = name,
            .variant = smoothing > 0 ? "smoothing " + std::to_string(smoothing).substr(0, 4) : "",
            .compute = [&loss](const Tensors& x) { return loss.discriminator(x[0], x[1]); },
            .reference = [smoothing](const Arrays& x) {
                const double t = static_cast<Real>(1 - smoothing);  // the target as rounded to Real
                const double real = mean_of(x[0], [t](double r) { return t * sp(-r) + (1 - t) * sp(r); });
                return number(real + mean_of(x[1], sp));
            },
            .cases = batches() + tails,
            .wrong = refused_pairs(loss, "logistic_discriminator"),
            .twin_of = "plain::logistic_discriminator",
            .twin = [smoothing](const Tensors& x) {
                return plain::logistic_discriminator(x[0], x[1], {smoothing});
            }};
}

static std::vector<Case> sure_discriminator() {
    return {{{logits({18}), logits({-18})}},
            {{logits({30}), logits({-30})}},
            {.inputs = {logits({-18}), logits({18})}, .pins = {bend(0, bend_18), bend(1, bend_18)}},
            {.inputs = {logits({-30}), logits({30})}, .pins = {bend(0, bend_30), bend(1, bend_30)}}};
}

static std::vector<Row> families() {
    static const Minimax minimax, smooth_minimax({.smoothing = 0.25});
    static const NonSaturating non_saturating, smooth_non_saturating({.smoothing = 0.1});
    static const Wasserstein wasserstein;
    static const Hinge hinge;
    static const LeastSquares least_squares, other_labels({.a = -1, .b = 1, .c = 0});
    return {
        logistic_row("Minimax::discriminator", minimax, 0, sure_discriminator()),
        logistic_row("Minimax::discriminator", smooth_minimax, 0.25, {}),
        {.operation = "Minimax::generator",
         .compute = [](const Tensors& x) { return minimax.generator(x[0]); },
         .reference = [](const Arrays& x) { return number(-mean_of(x[0], sp)); },
         .cases = fakes() + std::vector<Case>{{{logits({-18})}},
                                              {{logits({-30})}},
                                              {.inputs = {logits({18})}, .pins = {bend(0, -bend_18)}},
                                              {.inputs = {logits({30})}, .pins = {bend(0, -bend_30)}}},
         .wrong = refused_fakes(minimax, "minimax"),
         .twin_of = "plain::minimax_generator",
         .twin = [](const Tensors& x) { return plain::minimax_generator(x[0]); }},

        logistic_row("NonSaturating::discriminator", non_saturating, 0, sure_discriminator()),
        logistic_row("NonSaturating::discriminator", smooth_non_saturating, 0.1, {}),
        {.operation = "NonSaturating::generator",
         .compute = [](const Tensors& x) { return non_saturating.generator(x[0]); },
         .reference = [](const Arrays& x) { return number(mean_of(x[0], [](double f) { return sp(-f); })); },
         .cases = fakes() + std::vector<Case>{{{logits({18})}},
                                              {{logits({30})}},
                                              {.inputs = {logits({-18})}, .pins = {bend(0, bend_18)}},
                                              {.inputs = {logits({-30})}, .pins = {bend(0, bend_30)}}},
         .wrong = refused_fakes(non_saturating, "non-saturating"),
         .twin_of = "plain::non_saturating_generator",
         .twin = [](const Tensors& x) { return plain::non_saturating_generator(x[0]); }},

        {.operation = "Wasserstein::discriminator",
         .compute = [](const Tensors& x) { return wasserstein.discriminator(x[0], x[1]); },
         .reference = [](const Arrays& x) {
             auto same = [](double logit) { return logit; };
             return number(mean_of(x[1], same) - mean_of(x[0], same));
         },
         .cases = batches() + std::vector<Case>{{{logits({-30}), logits({30})}}},
         .wrong = refused_pairs(wasserstein, "wasserstein"),
         .twin_of = "plain::wasserstein_critic",
         .twin = [](const Tensors& x) { return plain::wasserstein_critic(x[0], x[1]); }},
        {.operation = "Wasserstein::generator",
         .compute = [](const Tensors& x) { return wasserstein.generator(x[0]); },
         .reference = [](const Arrays& x) { return number(-mean_of(x[0], [](double f) { return f; })); },
         .cases = fakes() + std::vector<Case>{{{logits({30})}}},
         .wrong = refused_fakes(wasserstein, "wasserstein"),
         .twin_of = "plain::wasserstein_generator",
         .twin = [](const Tensors& x) { return plain::wasserstein_generator(x[0]); }},

        {.operation = "Hinge::discriminator",
         .domain = "derivative 0 at the kinks r = 1, f = -1",
         .compute = [](const Tensors& x) { return hinge.discriminator(x[0], x[1]); },
         .reference = [](const Arrays& x) {
             const double real = mean_of(x[0], [](double r) { return std::fmax(0, 1 - r); });
             return number(real + mean_of(x[1], [](double f) { return std::fmax(0, 1 + f); }));
         },
         .cases = batches() + std::vector<Case>{{{logits({-30}), logits({30})}}, {{logits({30}), logits({-30})}}},
         .wrong = refused_pairs(hinge, "hinge"),
         .twin_of = "plain::hinge_discriminator",
         .twin = [](const Tensors& x) { return plain::hinge_discriminator(x[0], x[1]); }},
        {.operation = "Hinge::generator",
         .compute = [](const Tensors& x) { return hinge.generator(x[0]); },
         .reference = [](const Arrays& x) { return number(-mean_of(x[0], [](double f) { return f; })); },
         .cases = fakes() + std::vector<Case>{{{logits({30})}}},
         .wrong = refused_fakes(hinge, "hinge")},

        {.operation = "LeastSquares::discriminator",
         .compute = [](const Tensors& x) { return least_squares.discriminator(x[0], x[1]); },
         .reference = [](const Arrays& x) {
             const double real = mean_of(x[0], [](double r) { return (r - 1) * (r - 1); });
             return number((real + mean_of(x[1], [](double f) { return f * f; })) / 2);
         },
         .cases = batches() + std::vector<Case>{{{logits({-30}), logits({30})}}},
         .wrong = refused_pairs(least_squares, "least-squares"),
         .twin_of = "plain::least_squares_discriminator",
         .twin = [](const Tensors& x) { return plain::least_squares_discriminator(x[0], x[1], {}); }},
        {.operation = "LeastSquares::discriminator",
         .variant = "a = -1, b = 1",
         .compute = [](const Tensors& x) { return other_labels.discriminator(x[0], x[1]); },
         .reference = [](const Arrays& x) {
             const double real = mean_of(x[0], [](double r) { return (r - 1) * (r - 1); });
             return number((real + mean_of(x[1], [](double f) { return (f + 1) * (f + 1); })) / 2);
         },
         .cases = batches(),
         .wrong = {{[] { return LeastSquares({.a = 1, .b = 1}).generator(zeros({1})); },
                    "least-squares: a and b are both 1.000000: D could not tell real from fake"},
                   {[] { return LeastSquares({.c = NAN}).generator(zeros({1})); },
                    "least-squares: labels must be finite"}},
         .twin_of = "plain::least_squares_discriminator",
         .twin = [](const Tensors& x) {
             return plain::least_squares_discriminator(x[0], x[1], {.a = -1, .b = 1});
         }},
        {.operation = "LeastSquares::generator",
         .compute = [](const Tensors& x) { return least_squares.generator(x[0]); },
         .reference = [](const Arrays& x) {
             return number(mean_of(x[0], [](double f) { return (f - 1) * (f - 1); }) / 2);
         },
         .cases = fakes() + std::vector<Case>{{{logits({30})}}},
         .wrong = refused_fakes(least_squares, "least-squares"),
         .twin_of = "plain::least_squares_generator",
         .twin = [](const Tensors& x) { return plain::least_squares_generator(x[0], {}); }},
        {.operation = "LeastSquares::generator",
         .variant = "c = 0",
         .compute = [](const Tensors& x) { return other_labels.generator(x[0]); },
         .reference = [](const Arrays& x) {
             return number(mean_of(x[0], [](double f) { return f * f; }) / 2);
         },
         .cases = fakes(),
         .twin_of = "plain::least_squares_generator",
         .twin = [](const Tensors& x) { return plain::least_squares_generator(x[0], {.c = 0}); }},
    };
}

// -------------------------------------------------------------------------------------- the gradient penalty

// A critic of two layers, D(x) = V tanh(W x + b), as a function of its weights; its slope at x is sum_h V_h
// (1 - tanh^2 h) W_h. The penalty's first derivative is thus a second derivative of D, its second a third.
struct Critic {
    Tensor W, b, V;
    Tensor operator()(const Tensor& x) const {
        const Tensor hidden = tanh(linear(x, W, b));
        return matmul_nt(hidden, V);
    }
};

static Array critic_penalty(const Array& points, const Arrays& weights, double lambda, double target = 1) {
    const Array &W = weights[0], &b = weights[1], &V = weights[2];
    const Index samples = points.shape[0], in = points.shape[1], hidden = W.shape[0];
    double total = 0;
    for (Index i = 0; i < samples; ++i) {
        std::vector<double> slope(static_cast<std::size_t>(in));
        for (Index h = 0; h < hidden; ++h) {
            double sum = b.values[h];
            for (Index j = 0; j < in; ++j) sum += W.values[h * in + j] * points.values[i * in + j];
            const double bent = V.values[h] / (std::cosh(sum) * std::cosh(sum));
            for (Index j = 0; j < in; ++j) slope[j] += bent * W.values[h * in + j];
        }
        double squares = 0;
        for (double s : slope) squares += s * s;
        total += (std::sqrt(squares) - target) * (std::sqrt(squares) - target);
    }
    return number(lambda * total / static_cast<double>(samples));
}

// e x + (1 - e) y with the random numbers e of seed 5.
static Array mixed(const Array& x, const Array& y) {
    Array result = x;
    const std::vector<Real> e = Random(5).uniform({x.shape[0], 1}, 0, 1).values();
    const std::size_t width = x.values.size() / e.size();
    for (std::size_t k = 0; k < x.values.size(); ++k) {
        result.values[k] = e[k / width] * x.values[k] + (1 - e[k / width]) * y.values[k];
    }
    return result;
}

static std::vector<Row> penalties() {
    const Array real = ordinary({2, 2}, 1), fake = ordinary({2, 2}, 2);
    const Arrays weights = {ordinary({3, 2}, 3), ordinary({3}, 4), ordinary({1, 3}, 5)};
    auto penalty = [](const Shape& real_shape, const Shape& fake_shape, double lambda) {
        return [=] {
            Random rng(5);
            auto first_column = [](const Tensor& x) { return slice(x, 1, 0, 1); };
            return gradient_penalty(first_column, zeros(real_shape), zeros(fake_shape), lambda, rng);
        };
    };
    return {
        {.operation = "gradient_penalty",
         .domain = "no critic slope of exactly 0; real and fake count as constants",
         .compute = [=](const Tensors& x) {
             Random rng(5);
             return gradient_penalty(Critic{x[0], x[1], x[2]}, to_tensor(real), to_tensor(fake), 10, rng);
         },
         .reference = [=](const Arrays& x) { return critic_penalty(mixed(real, fake), x, 10); },
         .cases = {{weights}},
         .wrong = {{penalty({4, 2}, {3, 2}, 10),
                    "gradient_penalty: real is [4, 2], fake is [3, 2]: they must be equal"},
                   {penalty({0, 2}, {0, 2}, 10),
                    "gradient_penalty: the batch is [0, 2]: empty"},
                   {penalty({4, 2}, {4, 2}, -1),
                    "gradient_penalty: lambda is -1 and must be finite and not negative"}}},
        {.operation = "gradient_penalty_at",
         .compute = [=](const Tensors& x) {
             return gradient_penalty_at(Critic{x[0], x[1], x[2]}, to_tensor(real), 1);
         },
         .reference = [=](const Arrays& x) { return critic_penalty(real, x, 1); },
         .cases = {{weights}},
         .wrong = {{[] { return gradient_penalty_at([](const Tensor& x) { return x; }, zeros({4, 2}), 1); },
                    "gradient_penalty: the critic's result is [4, 2] and must be [N] or [N, 1], "
                    "one logit for each sample"}}},
        {.operation = "gradient_penalty_at",
         .variant = "target 0",
         .compute = [=](const Tensors& x) {
             return gradient_penalty_at(Critic{x[0], x[1], x[2]}, to_tensor(real), 1, 0);
         },
         .reference = [=](const Arrays& x) { return critic_penalty(real, x, 1, 0); },
         .cases = {{weights}}},
        {.operation = "gradient_penalty",
         .variant = "r1+r2",
         .compute = [=](const Tensors& x) {
             Random rng(5);
             const Critic critic{x[0], x[1], x[2]};
             return gradient_penalty(Penalty::r1_r2, critic, to_tensor(real), to_tensor(fake), 3, rng);
         },
         .reference = [=](const Arrays& x) {
             const double r1 = critic_penalty(real, x, 1.5, 0).values[0];
             return number(r1 + critic_penalty(fake, x, 1.5, 0).values[0]);
         },
         .cases = {{weights}}},
        {.operation = "interpolate",
         .compute = [](const Tensors& x) {
             Random rng(5);
             return interpolate(x[0], x[1], rng);
         },
         .reference = [](const Arrays& x) { return mixed(x[0], x[1]); },
         .cases = {{{positive({3, 2}, 1), positive({3, 2}, 2)}}},
         .differentiable = false},
        {.operation = "norm_per_sample",
         .domain = "derivative 0 at the kink x = 0",
         .compute = [](const Tensors& x) { return norm_per_sample(x[0]); },
         .reference = [](const Arrays& x) {
             Array y = array({x[0].shape[0]}, std::vector<double>(static_cast<std::size_t>(x[0].shape[0])));
             const std::size_t width = x[0].values.size() / y.values.size();
             for (std::size_t k = 0; k < x[0].values.size(); ++k) {
                 y.values[k / width] += x[0].values[k] * x[0].values[k];
             }
             for (double& value : y.values) value = std::sqrt(value);
             return y;
         },
         .cases = {{{ordinary({2, 3})}}, {{ordinary({2, 1, 2})}}, {{ordinary({1, 2, 1, 2})}},
                   {.inputs = {array({2}, {-3, 4})},
                    .pins = {{0, 0, 0, -1}, {1, 0, 1, 1}},
                    .differences = false},
                   {.inputs = {array({2, 2}, {0, 0, 3, 4})},
                    .pins = {{0, 0, 0, 0}, {1, 0, 2, 0.6}},
                    .differences = false}},
         .wrong = {{[] { return norm_per_sample(scalar(1)); },
                    "norm_per_sample: x is [] and has no batch axis"}}},
    };
}

// ----------------------------------------------------------------------------------------- cross-entropy

static Array cross_entropy_of(const Array& x, const std::vector<Index>& labels) {
    const Index classes = x.shape[1];
    double total = 0;
    for (Index i = 0; i < x.shape[0]; ++i) {
        const double label_logit = x.values[i * classes + labels[i]];
        double others = 0;  // relative to the label's e^x
        for (Index j = 0; j < classes; ++j) {
            if (j != labels[i]) others += std::exp(x.values[i * classes + j] - label_logit);
        }
        total += std::log1p(others);
    }
    return number(total / static_cast<double>(x.shape[0]));
}

static std::vector<Row> classification() {
    const std::vector<Index> labels = {2, 0};
    return {
        {.operation = "cross_entropy",
         .variant = "labels as integers",
         .compute = [=](const Tensors& x) { return cross_entropy(x[0], labels); },
         .reference = [=](const Arrays& x) { return cross_entropy_of(x[0], labels); },
         .cases = {{{ordinary({2, 3})}}},
         .wrong = {{[] { return cross_entropy(zeros({2, 3}), std::vector<Index>{0}); },
                    "cross_entropy: logits are [2, 3], but there are 1 labels"},
                   {[] { return cross_entropy(zeros({2, 3}), std::vector<Index>{0, 3}); },
                    "cross_entropy: label 3 of sample 1 is outside 0 .. 2"},
                   {[] { return cross_entropy(zeros({0, 3}), std::vector<Index>{}); },
                    "cross_entropy: logits are [0, 3] and must be [N, K], not empty"}}},
        {.operation = "cross_entropy",
         .variant = "one sample, nearly certain, right",
         .compute = [](const Tensors& x) { return cross_entropy(x[0], std::vector<Index>{0}); },
         .reference = [](const Arrays& x) { return cross_entropy_of(x[0], {0}); },
         .cases = {{{array({1, 2}, {18, 0})}}, {{array({1, 2}, {30, 0})}}, {{array({1, 2}, {30, -30})}}}},
        {.operation = "cross_entropy",
         .variant = "labels as a tensor",
         .compute = [](const Tensors& x) { return cross_entropy(x[0], tensor({2}, {2, 0})); },
         .reference = [=](const Arrays& x) { return cross_entropy_of(x[0], labels); },
         .cases = {{{ordinary({2, 3})}}},
         .wrong = {{[] { return cross_entropy(zeros({2, 3}), tensor({2}, {0, 0.5})); },
                    "cross_entropy: label 0.500000 is no whole number"}}},
    };
}

// clang-format on

std::vector<Row> rows_of_losses() {
    std::vector<Row> all = families();
    for (const auto& more : {penalties(), classification()}) all.insert(all.end(), more.begin(), more.end());
    return all;
}

}  // namespace table
