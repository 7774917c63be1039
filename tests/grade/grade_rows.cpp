// Rules, graded by the rows of the table of operations. Whether a rule is right, check_derivatives() decides, entry by
// entry and of both orders. If it is not, the gradient is computed once more from the row's plain loop, and changed as
// rules go wrong in practice, until it gives the student's numbers.
//
//     t = d(sum dy y)/dx of the plain loop, by differences          -t: the sign     n t: 1/n is missing     ...
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <stdexcept>

#include "losses/losses.hpp"
#include "tests/grade/grade.hpp"
#include "tests/operations.hpp"

using namespace gantry;
using namespace table;

namespace grade {

using Numbers = std::vector<double>;

// ----------------------------------------------------------------------------------------- the truth, by differences

// Central differences of fourth order (core/tools/gradcheck.hpp), of a function of one number.
static double difference(const std::function<double(double)>& f) {
    const double h = 1.0 / 256;
    return (8 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12 * h);
}

static double weighted_sum(const Array& y, const Array& dy) {
    double sum = 0;
    for (std::size_t k = 0; k < y.values.size(); ++k) sum += y.values[k] * dy.values[k];
    return sum;
}

// d(sum dy y)/dx[input].
static Numbers gradient(const Reference& f, const Arrays& x, std::size_t input, const Array& dy) {
    Numbers g;
    for (std::size_t k = 0; k < x[input].values.size(); ++k) {
        g.push_back(difference([&](double h) {
            Arrays moved = x;
            moved[input].values[k] += h;
            return weighted_sum(f(moved), dy);
        }));
    }
    return g;
}

// The derivative of sum dy y along v, a direction in all inputs: what a second derivative is taken of.
static double along(const Reference& f, const Arrays& x, const Array& dy, const Arrays& v) {
    return difference([&](double h) {
        Arrays moved = x;
        for (std::size_t i = 0; i < x.size(); ++i) {
            for (std::size_t k = 0; k < x[i].values.size(); ++k) moved[i].values[k] += h * v[i].values[k];
        }
        return weighted_sum(f(moved), dy);
    });
}

// ----------------------------------------------------------------------------------------- what a rule gave

struct Given {
    Array dy, y;
    Arrays x;
    std::vector<Numbers> truth;  // for each input
    std::vector<Array> came;     // as the rule returned it; an undefined Tensor has no numbers
    std::vector<bool> defined;
};

static Arrays directions(const Arrays& x) {
    Arrays v;
    for (std::size_t i = 0; i < x.size(); ++i) v.push_back(ordinary(x[i].shape, static_cast<int>(20 + i)));
    return v;
}

static Tensors leaves(const Arrays& x) {
    Tensors t = to_tensors(x);
    for (Tensor& input : t) input.set_requires_grad(true);
    return t;
}

// Where the inputs of the node are the row's inputs the rule is called directly, and shapes come as they are.
static Tensors call_rule(const Tensor& y, const Tensors& x, const Tensor& dy) {
    const Function* maker = y.maker();
    bool direct = maker && maker->inputs.size() == x.size();
    for (std::size_t i = 0; direct && i < x.size(); ++i) direct = maker->inputs[i].body() == x[i].body();
    if (!direct) return gradient_or_zero(sum(dy * y), x, false);
    Needs need;
    for (std::size_t i = 0; i < x.size(); ++i) need.set(i);
    const NoRecording guard;
    return maker->backward(dy, need);
}

// A rule must return as many gradients as the operation has inputs.
static Verdict wrong_number(const Row& row, const Case& c) {
    const Tensors x = leaves(c.inputs);
    const Tensor y = row.compute(x);
    const Function* maker = y.maker();
    if (!maker) return {.passed = true};
    Needs need;
    for (std::size_t i = 0; i < maker->inputs.size(); ++i) need.set(i);
    const std::size_t came = maker->backward(ones(y.shape()), need).size();
    const auto count = [](std::size_t n) { return std::to_string(n) + (n == 1 ? " gradient" : " gradients"); };
    return {.passed = came == maker->inputs.size(),
            .checked = row.name() + ", what the rule returns",
            .expected = count(maker->inputs.size()) + ", one for each input",
            .came = count(came),
            .mistake = "A rule returns a list with one gradient for each input, in their order: return {dx};"};
}

static Given first_order(const Row& row, const Case& c) {
    Given g;
    g.x = c.inputs;
    const Tensors x = leaves(c.inputs);
    const Tensor y = row.compute(x);
    g.y = row.reference(c.inputs);
    g.dy = ordinary(g.y.shape, 9);
    const Tensors came = call_rule(y, x, to_tensor(g.dy));
    for (std::size_t i = 0; i < x.size(); ++i) {
        g.truth.push_back(gradient(row.reference, c.inputs, i, g.dy));
        g.defined.push_back(came.at(i).defined());
        g.came.push_back(came[i].defined() ? to_array(came[i]) : Array{c.inputs[i].shape, Numbers(g.truth[i].size())});
    }
    return g;
}

// ----------------------------------------------------------------------------------------- mistakes

// What a mistake makes of the gradient by one input. None: this case cannot tell.
using Wrong = std::function<std::optional<Numbers>(const Given& g, std::size_t input)>;

struct Mistake {
    std::string says;
    Wrong gives;
    bool whole = false;  // of another function: the gradients by all inputs must fit
};

static Numbers times(Numbers x, double factor) {
    for (double& value : x) value *= factor;
    return x;
}

static Index batch(const Given& g, std::size_t i) { return g.x[i].shape.rank() > 0 ? g.x[i].shape[0] : 1; }

// Entry by entry from x, y, dy and the slope, where all have the same shape.
static Wrong entrywise(std::function<double(double x, double y, double dy, double slope)> f) {
    return [f](const Given& g, std::size_t i) -> std::optional<Numbers> {
        if (g.x[i].shape != g.y.shape) return std::nullopt;
        Numbers wrong;
        for (std::size_t k = 0; k < g.y.values.size(); ++k)
            wrong.push_back(f(g.x[i].values[k], g.y.values[k], g.dy.values[k], g.truth[i][k] / g.dy.values[k]));
        return wrong;
    };
}

// The gradient of another function, or at another point, or of another dy.
static Wrong instead(const Reference& f, std::function<Given(Given, std::size_t)> changed = nullptr) {
    return [=](const Given& given, std::size_t i) -> std::optional<Numbers> {
        const Given g = changed ? changed(given, i) : given;
        for (const Array& x : g.x) {
            if (x.values.empty()) return Numbers();
        }
        return gradient(f, g.x, i, g.dy);
    };
}

static Wrong transposed_truth() {
    return [](const Given& g, std::size_t i) -> std::optional<Numbers> {
        const Shape& shape = g.x[i].shape;
        if (shape.rank() != 2) return g.truth[i];
        Numbers wrong;
        for (Index column = 0; column < shape[1]; ++column) {
            for (Index line = 0; line < shape[0]; ++line) wrong.push_back(g.truth[i][line * shape[1] + column]);
        }
        return wrong;
    };
}

// The truth, if only the first place of dy's first axis counted; or if dy were its mean.
static Given only_first(Given g, std::size_t) {
    const std::size_t row = g.dy.shape.rank() > 0 && g.dy.shape[0] > 0 ? g.dy.values.size() / g.dy.shape[0] : 1;
    for (std::size_t k = row; k < g.dy.values.size(); ++k) g.dy.values[k] = 0;
    return g;
}

static Wrong every_entry(bool all) {  // dy goes to every entry of its row, or to all but the right one
    return [all](const Given& g, std::size_t i) -> std::optional<Numbers> {
        Shape shape = g.y.shape;
        if (shape.rank() < g.x[i].shape.rank()) {
            for (int axis = 0; axis < g.x[i].shape.rank(); ++axis) {
                const Shape with_one = g.x[i].shape.with(axis, 1);
                if (with_one.size() == shape.size() && g.x[i].shape.without(axis) == g.y.shape) {
                    shape = with_one;
                    break;
                }
            }
        }
        Numbers wrong;
        for (std::size_t k = 0; k < g.truth[i].size(); ++k) {
            const double dy = element(Array{shape, g.dy.values}, place(static_cast<Index>(k), g.x[i].shape));
            wrong.push_back(all ? dy : dy - g.truth[i][k]);
        }
        return wrong;
    };
}

static double softplus_of(double x) { return std::fmax(x, 0) + std::log1p(std::exp(-std::fabs(x))); }

static Reference mean_of(std::function<double(double)> f) {
    return [f](const Arrays& x) {
        double sum = 0;
        for (double value : x[0].values) sum += f(value);
        return Array{{}, {sum / static_cast<double>(x[0].values.size())}};
    };
}

// The penalty of the critic V tanh(W x + b) of the table, with the norm of each sample or one of the whole batch.
static Reference penalty_of(const std::function<double(const std::vector<double>& squares)>& from_squares) {
    return [=](const Arrays& weights) {
        const Array &W = weights[0], &b = weights[1], &V = weights[2];
        Random rng(5);
        const Tensor points = interpolate(to_tensor(ordinary({2, 2}, 1)), to_tensor(ordinary({2, 2}, 2)), rng);
        const Numbers x = to_array(points).values;
        Numbers squares(2);
        for (std::size_t i = 0; i < 2; ++i) {
            double slope[2] = {0, 0};
            for (std::size_t h = 0; h < 3; ++h) {
                const double sum = b.values[h] + W.values[2 * h] * x[2 * i] + W.values[2 * h + 1] * x[2 * i + 1];
                const double bent = V.values[h] / (std::cosh(sum) * std::cosh(sum));
                for (std::size_t j = 0; j < 2; ++j) slope[j] += bent * W.values[2 * h + j];
            }
            squares[i] = slope[0] * slope[0] + slope[1] * slope[1];
        }
        return Array{{}, {from_squares(squares)}};
    };
}

static Reference penalty_of_norms(const std::function<double(double norm)>& of_one, double lambda = 10) {
    return penalty_of(
        [=](const Numbers& s) { return lambda * (of_one(std::sqrt(s[0])) + of_one(std::sqrt(s[1]))) / 2; });
}

static double mean_over(const Numbers& squares, const std::function<double(double)>& f) {
    return (f(squares[0]) + f(squares[1])) / 2;
}

// What is confused with what: for an operation, functions whose value or gradient came instead. Each is a plain loop.
static std::multimap<std::string, std::pair<std::string, Reference>> confusions() {
    const auto sum_of_both = [](double real_sign, double fake_sign) {
        return [=](const Arrays& x) {
            double total = 0;
            for (double r : x[0].values) total += real_sign * r / static_cast<double>(x[0].values.size());
            for (double f : x[1].values) total += fake_sign * f / static_cast<double>(x[1].values.size());
            return Array{{}, {total}};
        };
    };
    const auto squares_to = [](double b, double a) {
        return [=](const Arrays& x) {
            double total = 0;
            for (double r : x[0].values) total += (r - b) * (r - b) / 2 / static_cast<double>(x[0].values.size());
            for (double f : x[1].values) total += (f - a) * (f - a) / 2 / static_cast<double>(x[1].values.size());
            return Array{{}, {total}};
        };
    };
    const auto without_smoothing = [](double t) {
        return [=](const Arrays& x) {
            double total = 0;
            for (double r : x[0].values) total += t * softplus_of(-r) / static_cast<double>(x[0].values.size());
            for (double f : x[1].values) total += softplus_of(f) / static_cast<double>(x[1].values.size());
            return Array{{}, {total}};
        };
    };
    const std::string no_smoothing =
        "The part (1-t) s(r) is missing: with smoothing a real sample is also a little of a fake.";
    return {
        {"Minimax::discriminator", {no_smoothing, without_smoothing(0.75)}},
        {"NonSaturating::discriminator", {no_smoothing, without_smoothing(0.9)}},
        {"Minimax::generator",
         {"This is the slope of the non-saturating loss, sp(-f): the two are often taken for each other.",
          mean_of([](double f) { return softplus_of(-f); })}},
        {"NonSaturating::generator",
         {"This is the slope of the minimax loss, -sp(f): the two are often taken for each other.",
          mean_of([](double f) { return -softplus_of(f); })}},
        {"Wasserstein::discriminator",
         {"The signs of both terms are turned: that is what the critic maximises. mean f - mean r is minimised.",
          sum_of_both(1, -1)}},
        {"LeastSquares::discriminator",
         {"The labels a and b are exchanged: r is compared with b = 1, f with a = 0.", squares_to(0, 1)}},
        {"LeastSquares::discriminator",
         {"The label is missing: r is compared with b, which is 1, and not with 0.", squares_to(0, 0)}},
        {"tanh", {"x in place of tanh x: the slope is 1 - tanh^2 x, and this is 1 - x^2.", elementwise([](double x) {
                      return x - x * x * x / 3;
                  })}},
        {"gradient_penalty",
         {"One norm is taken over the whole batch; each sample has a norm of its own (norm_per_sample).",
          penalty_of([](const Numbers& s) { return 10 * std::pow(std::sqrt(s[0] + s[1]) - 1, 2); })}},
        {"gradient_penalty", {"lambda is missing.", penalty_of([](const Numbers& s) {
                                  return mean_over(s, [](double q) { return std::pow(std::sqrt(q) - 1, 2); });
                              })}},
        {"gradient_penalty",
         {"The - 1 is missing: the penalty asks for slopes of length 1, not 0.",
          penalty_of([](const Numbers& s) { return 10 * mean_over(s, [](double q) { return q; }); })}},
        {"gradient_penalty",
         {"1/n is missing: 2 times too large in a batch of 2. It is a mean over the samples, not a sum.",
          penalty_of([](const Numbers& s) {
              return 20 * mean_over(s, [](double q) { return std::pow(std::sqrt(q) - 1, 2); });
          })}},
        {"gradient_penalty",
         {"The slope is n times too small: differentiate sum(logits), not their mean. Each logit depends on its own "
          "sample, so the sum keeps the slopes apart.",
          penalty_of_norms([](double norm) { return std::pow(norm / 2 - 1, 2); })}},
        {"gradient_penalty",
         {"The root is missing: the squared length is compared with 1, not the length.",
          penalty_of_norms([](double norm) { return std::pow(norm * norm - 1, 2); })}},
        {"gradient_penalty",
         {"The mean is squared; each sample's (norm - 1) is to be squared before the mean.",
          penalty_of([](const Numbers& s) { return 10 * std::pow((std::sqrt(s[0]) + std::sqrt(s[1])) / 2 - 1, 2); })}},
        {"gradient_penalty",
         {"One-sided: slopes below 1 cost nothing. Here they are punished as well.",
          penalty_of_norms([](double norm) { return norm > 1 ? std::pow(norm - 1, 2) : 0; })}},
        {"gradient_penalty",
         {"It is half of the expected number: lambda/2 belongs to R1 and R2, not to this penalty.",
          penalty_of_norms([](double norm) { return std::pow(norm - 1, 2); }, 5)}},
        {"gradient_penalty",
         {"The square is missing: (norm - 1)^2 punishes slopes above and below 1.",
          penalty_of([](const Numbers& s) { return 10 * mean_over(s, [](double q) { return std::sqrt(q) - 1; }); })}},
    };
}

static std::vector<Mistake> mistakes_of(const std::string& operation, const Reference& f, const Given& example,
                                        std::size_t input) {
    const std::string dy = operation.ends_with("_grad")                ? "dz"
                           : operation.find("::") != std::string::npos ? "dL"
                                                                       : "dy";
    std::vector<Mistake> all = {
        {"The sign is turned: every number is -1 times the expected one.",
         [](const Given& g, std::size_t i) { return times(g.truth[i], -1); }},
        {"The gradient is zero: this input has an influence, but the rule gives it none.",
         [](const Given& g, std::size_t i) { return Numbers(g.truth[i].size()); }},
        {dy + " is missing: these are the slopes alone. By the chain rule each is multiplied by " + dy + ".",
         instead(f,
                 [](Given g, std::size_t) {
                     std::fill(g.dy.values.begin(), g.dy.values.end(), 1);
                     return g;
                 })},
    };
    const auto add = [&](const std::string& says, const Wrong& gives) { all.push_back({says, gives}); };
    for (const auto& [of, confusion] : confusions()) {
        if (of == operation) all.insert(all.begin(), {confusion.first, instead(confusion.second), true});
    }
    if (operation.ends_with("_grad") && input == 1) {
        add("dy is missing: z = dy h(x), so its slope by x is dy h'(x).", instead(f, [](Given g, std::size_t) {
                std::fill(g.x[0].values.begin(), g.x[0].values.end(), 1);
                return g;
            }));
    }
    for (const auto& [says, factor] :
         {std::pair{"2 times too large in every number.", 2.0},
          {"4 times too large in every number.", 4.0},
          {"It is half of the expected number, everywhere: a factor 2 is missing.", 0.5}}) {
        add(says, [factor = factor](const Given& g, std::size_t i) -> std::optional<Numbers> {
            return times(g.truth[i], factor);
        });
    }
    add("1/n is missing: n times too large in a batch of n.",
        [](const Given& g, std::size_t i) -> std::optional<Numbers> {
            return times(g.truth[i], static_cast<double>(batch(g, i)));
        });
    add("It is divided by n once too often: n times too small in a batch of n.",
        [](const Given& g, std::size_t i) -> std::optional<Numbers> {
            return times(g.truth[i], 1.0 / static_cast<double>(batch(g, i)));
        });
    add("It is divided by the size of the other batch.", [](const Given& g, std::size_t i) -> std::optional<Numbers> {
        if (g.x.size() != 2) return std::nullopt;
        return times(g.truth[i], double(g.x[i].values.size()) / double(g.x[1 - i].values.size()));
    });
    add("It is the mean over the batch; every sample used this input, so the shares are added: a sum.",
        [](const Given& g, std::size_t i) -> std::optional<Numbers> {
            if (g.dy.shape.rank() == 0) return std::nullopt;
            return times(g.truth[i], 1.0 / static_cast<double>(g.dy.shape[0]));
        });
    add("Only the first sample of the batch counts; the sum over the others is missing.", instead(f, only_first));
    add("transposed: rows and columns are exchanged.", transposed_truth());
    if (example.x.size() > 1) {
        add("The gradients of two inputs are exchanged: they are returned in the order of the inputs.",
            [](const Given& g, std::size_t i) -> std::optional<Numbers> {
                const std::size_t other = (i + 1) % g.x.size();
                if (g.x[other].shape != g.x[i].shape) return std::nullopt;
                return g.truth[other];
            });
    }
    const auto entry = [&](const std::string& says, const auto& wrong) { add(says, entrywise(wrong)); };
    entry(dy + " alone: the slope is missing.", [](double, double, double d, double) { return d; });
    entry(dy + " times x: that is not the slope.", [](double x, double, double d, double) { return d * x; });
    entry(dy + " times y: that is not the slope.", [](double, double y, double d, double) { return d * y; });
    entry(dy + " divided by y: that is not the slope.", [](double, double y, double d, double) { return d / y; });
    entry(dy + " is added to the slope; the chain rule multiplies.",
          [](double, double, double d, double slope) { return d + slope; });
    entry("It is the inverse: " + dy + " is divided by the slope; the chain rule multiplies.",
          [](double, double, double d, double slope) { return d / slope; });
    if (operation == "operator/") {
        add("b is not squared: the slope of a/b by b is -a/b^2.",
            [](const Given& g, std::size_t i) -> std::optional<Numbers> {
                if (g.x.size() != 2 || g.x[0].shape != g.x[1].shape) return std::nullopt;
                Numbers wrong = g.truth[i];
                for (std::size_t k = 0; k < wrong.size(); ++k) wrong[k] *= g.x[i].values[k];
                return wrong;
            });
    }
    add("The slope is taken at y instead of x.", instead(f, [](Given g, std::size_t i) {
            if (g.y.shape == g.x[i].shape && g.x.size() == 1) g.x[i].values = g.y.values;
            return g;
        }));
    add("The slope is taken at -x instead of x.", instead(f, [](Given g, std::size_t i) {
            g.x[i].values = times(g.x[i].values, -1);
            return g;
        }));
    if (operation == "pow") {
        add("The factor p is missing: the slope of x^p is p x^(p-1).",
            [f](const Given& g, std::size_t) -> std::optional<Numbers> {
                Numbers wrong;
                for (std::size_t k = 0; k < g.y.values.size(); ++k)
                    wrong.push_back(g.dy.values[k] * g.y.values[k] / g.x[0].values[k]);
                return wrong;
            });
        add("The power p is not lowered by one: the slope of x^p is p x^(p-1).",
            [](const Given& g, std::size_t) -> std::optional<Numbers> {
                Numbers wrong;
                for (std::size_t k = 0; k < g.y.values.size(); ++k) wrong.push_back(g.truth[0][k] * g.x[0].values[k]);
                return wrong;
            });
    }
    if (operation == "sigmoid_grad") {
        add("The tanh is to be taken of half of x: s(-x) - s(x) = -tanh(x/2).",
            [](const Given& g, std::size_t i) -> std::optional<Numbers> {
                Numbers wrong = g.truth[i];
                for (std::size_t k = 0; k < wrong.size(); ++k)
                    wrong[k] *= std::tanh(g.x[1].values[k]) / std::tanh(g.x[1].values[k] / 2);
                return wrong;
            });
    }
    if (operation == "max") {
        add("dy goes to every entry; only the largest has an influence.", every_entry(true));
        add("dy goes to all the others, and not to the largest.", every_entry(false));
    }
    if (operation == "log_softmax") {
        add("The second part is missing: p_j times the sum of the other dy_k is to be subtracted.",
            [](const Given& g, std::size_t) -> std::optional<Numbers> {
                Numbers wrong;
                for (std::size_t k = 0; k < g.y.values.size(); ++k)
                    wrong.push_back(g.dy.values[k] * (1 - std::exp(g.y.values[k])));
                return wrong;
            });
    }
    if (operation == "log_softmax") {
        add("The sum of dy runs over the whole batch; each row has a sum of its own: sum(dy, -1, true).",
            [](const Given& g, std::size_t) -> std::optional<Numbers> {
                double sum = 0;
                for (double d : g.dy.values) sum += d;
                Numbers wrong;
                for (std::size_t k = 0; k < g.y.values.size(); ++k)
                    wrong.push_back(g.dy.values[k] - std::exp(g.y.values[k]) * sum);
                return wrong;
            });
    }
    if (operation == "norm_per_sample") {
        add("It is not normalised: x_i is to be divided by its length y_i.",
            [](const Given& g, std::size_t) -> std::optional<Numbers> {
                Numbers wrong = g.truth[0];
                const std::size_t width = wrong.size() / g.y.values.size();
                for (std::size_t k = 0; k < wrong.size(); ++k) wrong[k] *= g.y.values[k / width];
                return wrong;
            });
    }
    return all;
}

// ----------------------------------------------------------------------------------------- naming the mistake

static std::string at(const Shape& shape, std::size_t k) {
    if (shape.rank() == 0) return "";
    std::string text;
    const Place p = place(static_cast<Index>(k), shape);
    for (int axis = 0; axis < shape.rank(); ++axis)
        text += (axis ? ", " : "") + std::to_string(p[static_cast<std::size_t>(4 - shape.rank() + axis)]);
    return "[" + text + "]";
}

// "right where x > 0", if the wrong entries can be told by the sign of x.
static std::string where_wrong(const std::vector<Given>& all, std::size_t i) {
    bool negative = false, positive = false, right_positive = false, right_negative = false;
    for (const Given& g : all) {
        for (std::size_t k = 0; k < g.truth[i].size(); ++k) {
            const bool right = std::fabs(g.came[i].values[k] - g.truth[i][k]) <= close * std::fabs(g.truth[i][k]);
            const bool below = g.x[i].values[k] < 0;
            (right ? (below ? right_negative : right_positive) : (below ? negative : positive)) = true;
        }
    }
    if (negative && !positive && right_positive) return "It is right where x > 0, and wrong where x < 0.";
    if (positive && !negative && right_negative) return "It is right where x < 0, and wrong where x > 0.";
    return "";
}

static bool right(const Given& g, std::size_t i) {
    return g.came[i].shape == g.x[i].shape && same(g.came[i].values, g.truth[i]);
}

static std::string wrong_shape(const Given& g, std::size_t i) {
    const Array& came = g.came[i];
    Numbers total(g.truth[i].size());
    bool fits = came.values.size() > total.size() && !total.empty();
    if (fits) {
        Array sum{g.x[i].shape, total};
        for (std::size_t k = 0; k < came.values.size(); ++k)
            element(sum, place(static_cast<Index>(k), came.shape)) += came.values[k];
        fits = same(sum.values, g.truth[i]);
    }
    if (fits) return "not summed over the axis along which this input was repeated: sum_to(..., its shape).";
    double all = 0, expected = 0;
    for (double value : came.values) all += value;
    for (double value : g.truth[i]) expected += value;
    if (came.values.size() < total.size() && std::fabs(all - expected) <= close * std::fabs(expected))
        return "summed too far: the gradient has a number for each entry of the input. Only an axis along which the "
               "input was repeated is summed, and no mean is taken.";
    const std::optional<Numbers> exchanged = transposed_truth()(g, i);
    if (exchanged && same(came.values, *exchanged)) return "transposed: rows and columns are exchanged.";
    if (g.x.size() > 1 && same(came.values, g.truth[(i + 1) % g.x.size()]))
        return "The gradients of two inputs are exchanged: they are returned in the order of the inputs.";
    return "";
}

// Does the mistake explain every case, and is there one?
static bool fits_all(const Mistake& mistake, const std::vector<Given>& all, std::size_t i) {
    bool explains = mistake.whole;
    for (const Given& each : all) {
        const std::optional<Numbers> gives = mistake.gives(each, i);
        if (!gives) continue;
        if (each.came[i].shape != each.x[i].shape || !same(each.came[i].values, *gives)) return false;
        explains = explains || !right(each, i);
    }
    return explains;
}

static Verdict first_order_verdict(const Row& row, const std::string& operation, const std::vector<Given>& all,
                                   std::size_t i) {
    const auto wrong = std::find_if(all.begin(), all.end(), [i](const Given& g) { return !right(g, i); });
    const Given& g = *wrong;
    const std::string by = "by input " + std::to_string(i) + ": ";
    Verdict verdict;
    verdict.checked = row.name() + ", the gradient by input " + std::to_string(i) + " of shape " + g.x[i].shape.str();
    if (g.came[i].shape != g.x[i].shape) {
        verdict.expected = "the shape " + g.x[i].shape.str();
        verdict.came = "the shape " + g.came[i].shape.str();
        const std::string says = wrong_shape(g, i);
        if (!says.empty()) verdict.mistake = by + says;
        return verdict;
    }
    std::size_t k = 0;
    while (std::fabs(g.came[i].values[k] - g.truth[i][k]) <= close * std::fabs(g.truth[i][k])) ++k;
    verdict.checked += (g.x[i].shape.rank() > 0 ? ", entry " + at(g.x[i].shape, k) : "") + ", where the input is " +
                       number(g.x[i].values[k]) +
                       (g.dy.shape == g.x[i].shape || g.dy.shape.rank() == 0
                            ? " and dy is " + number(g.dy.values[g.dy.shape.rank() == 0 ? 0 : k])
                            : "");
    verdict.expected = number(g.truth[i][k]);
    verdict.came = number(g.came[i].values[k]);
    for (const Mistake& mistake : mistakes_of(operation, row.reference, g, i)) {
        bool fits = fits_all(mistake, all, i);
        for (std::size_t j = 0; mistake.whole && j < g.x.size(); ++j)
            fits = fits && (j == i || fits_all(mistake, all, j));
        if (!fits) continue;
        verdict.mistake = by + mistake.says;
        return verdict;
    }
    const std::string where = where_wrong(all, i), factor = multiple(g.came[i].values, g.truth[i]);
    if (!where.empty()) {
        verdict.mistake = by + where;
    } else if (g.truth[i].size() > 1) {
        verdict.mistake = factor;
    }
    return verdict;
}

// The derivative of the gradient along v, by dy and by every input: the student's, and by differences.
static std::string second_order_mistake(const Row& row, const std::vector<Given>& all) {
    for (const Given& g : all) {
        const Tensors x = leaves(g.x);
        const Tensor dy = leaves({g.dy})[0];
        const Arrays v = directions(g.x);
        Tensors seconds;
        try {
            const Tensors first = gradient_or_zero(sum(dy * row.compute(x)), x, true);
            Tensor total = scalar(0);
            for (std::size_t i = 0; i < x.size(); ++i) total = total + sum(first[i] * to_tensor(v[i]));
            seconds = gradient_or_zero(total, x, false);
            Numbers by_dy;
            for (std::size_t k = 0; k < g.dy.values.size(); ++k) {
                Array one = g.dy;
                for (std::size_t j = 0; j < one.values.size(); ++j) one.values[j] = j == k;
                by_dy.push_back(along(row.reference, g.x, one, v));
            }
            if (!same(to_array(gradient_or_zero(total, {dy}, false)[0]).values, by_dy)) {
                return "second order: the first derivative is right, but what arrives, dy or dL, was detached or read "
                       "as a "
                       "number (.item()): use it as a Tensor, or the rule cannot be differentiated again.";
            }
        } catch (const std::invalid_argument& error) {
            return std::string("second order: the first derivative is right, the second throws: ") + error.what();
        }
        for (std::size_t i = 0; i < x.size(); ++i) {
            Numbers truth;
            for (std::size_t k = 0; k < g.x[i].values.size(); ++k) {
                truth.push_back(difference([&](double h) {
                    Arrays moved = g.x;
                    moved[i].values[k] += h;
                    return along(row.reference, moved, g.dy, v);
                }));
            }
            if (same(to_array(seconds[i]).values, truth)) continue;
            return "second order: the first derivative is right, the second wrong. Something in the rule was detached, "
                   "or is a number and not an operation on x: the rule cannot be differentiated again.";
        }
    }
    return "";
}

static std::string tail_mistake(const std::string& complaint, bool kink) {
    if (complaint.find("analytic nan") != std::string::npos || complaint.find("analytic -nan") != std::string::npos)
        return "Not a number: somewhere 0 was multiplied by an infinite slope, as at x = 0.";
    if (complaint.find("pinned derivative") == std::string::npos) return "";
    if (kink) {
        return "Right, but for the kink: at the point where no difference can be taken the derivative is fixed by "
               "convention (x = 0, or y_i = 0), and yours is another number or not finite.";
    }
    return "dead tail: right where |x| is small, but for large |x| digits are lost or the gradient is 0. A difference "
           "such as 1 - y of nearly equal numbers does that; take a form without it.";
}

static Verdict wrong_value(const Row& row, const std::string& operation, const Case& c) {
    Verdict verdict;
    const Array expected = row.reference(c.inputs), came = to_array(row.compute(to_tensors(c.inputs)));
    verdict.checked = row.name() + ", its value";
    verdict.expected = number(expected.values.at(0));
    verdict.came = came.values.empty() ? "no numbers" : number(came.values[0]);
    for (const auto& [of, confusion] : confusions()) {
        if (of == operation && same(came.values, confusion.second(c.inputs).values)) verdict.mistake = confusion.first;
    }
    if (verdict.mistake.empty()) verdict.mistake = multiple(came.values, expected.values);
    return verdict;
}

// The critic's weights get no gradient from the penalty.
static std::string penalty_mistake(const Row& row, const std::vector<Given>& all) {
    for (const Given& g : all) {
        try {
            const Tensors x = leaves(g.x);
            grad(row.compute(x), x);
        } catch (const std::invalid_argument&) {
            return "no weight can change the penalty: its history ends at the slope. grad needs create_graph, or the "
                   "slope is a plain number.";
        }
    }
    return "";
}

// The rule itself threw, most often because two shapes do not fit.
static Verdict rule_threw(const Row& row, const Case& c, const std::string& message) {
    std::string shapes = "dy is " + row.reference(c.inputs).shape.str();
    for (std::size_t i = 0; i < c.inputs.size(); ++i)
        shapes += ", input " + std::to_string(i) + " is " + c.inputs[i].shape.str();
    return {.checked = row.name() + ", the rule; " + shapes,
            .expected = "one gradient for each input, of that input's shape",
            .came = "an exception: " + message,
            .mistake = "The rule throws. Write the shapes beside your formula: which combination of them fits?"};
}

// "d f / d input 0 [1]: analytic A, difference B, ..." in words. f is sum dy y, and its last input is dy.
static std::string in_words(const std::string& line) {
    const std::size_t analytic = line.find(": analytic "), difference = line.find(", difference ");
    if (analytic == std::string::npos || difference == std::string::npos) return line;
    const std::size_t begin = line.find_first_not_of(' '), end = line.find(',', difference + 2);
    return line.substr(difference + 13, end - difference - 13) + " by differences, and yours is " +
           line.substr(analytic + 11, difference - analytic - 11) + " (" + line.substr(begin, analytic - begin) +
           ", where f = sum of dy y, and dy is the input behind the last)";
}

static Verdict grade_row(const Row& row, const std::string& operation, Figures& figures) {
    for (const Case& c : row.cases) {
        const Array expected = row.reference(c.inputs);
        if (expected.values.empty()) continue;
        if (distance(to_array(row.compute(to_tensors(c.inputs))), expected) > 8) return wrong_value(row, operation, c);
    }
    if (row.differentiable && operation != "gradient_penalty") {
        try {
            const Verdict verdict = wrong_number(row, row.cases.front());
            if (!verdict.passed) return verdict;
        } catch (const std::invalid_argument&) {
            // what a rule throws is told below
        }
    }
    std::string complaint;
    bool at_kink = false, thrown = false;
    for (const Case& c : row.cases) {
        try {
            complaint = check_derivatives(row.compute, c, &figures);
        } catch (const std::invalid_argument& error) {
            complaint = error.what();
            thrown = true;
        }
        at_kink = !c.differences;
        if (!complaint.empty()) break;
    }
    if (complaint.empty()) return {.passed = true};
    if (complaint.find("your turn") != std::string::npos) throw std::invalid_argument(complaint);

    if (thrown && complaint.find("gradient") == std::string::npos) return rule_threw(row, row.cases.front(), complaint);
    std::vector<Given> all;
    for (const Case& c : row.cases) {
        const bool empty =
            std::any_of(c.inputs.begin(), c.inputs.end(), [](const Array& x) { return x.values.empty(); });
        const bool far = std::any_of(c.inputs.begin(), c.inputs.end(), [](const Array& x) {
            return std::any_of(x.values.begin(), x.values.end(), [](double value) { return std::fabs(value) > 15; });
        });
        if (!c.differences || empty || far) continue;
        try {
            all.push_back(first_order(row, c));
        } catch (const std::invalid_argument& error) {
            return rule_threw(row, c, error.what());
        }
    }
    if (operation == "gradient_penalty") {
        const std::string says = penalty_mistake(row, all);
        if (!says.empty())
            return {.checked = row.name(),
                    .expected = "a gradient by the critic's weights",
                    .came = "none",
                    .mistake = says};
    }
    for (std::size_t i = 0; !all.empty() && i < all[0].x.size(); ++i) {
        const bool every = std::all_of(all.begin(), all.end(), [i](const Given& g) { return right(g, i); });
        if (!every) return first_order_verdict(row, operation, all, i);
    }
    const std::size_t analytic = complaint.find("analytic");
    const std::size_t begin = analytic == std::string::npos ? 0 : complaint.rfind('\n', analytic) + 1;
    Verdict verdict{.checked = row.name() + ", at an input far out or at second order",
                    .expected = "agreement with differences and exact values",
                    .came = complaint.substr(begin, complaint.find('\n', begin) - begin)};
    verdict.mistake = tail_mistake(complaint, at_kink);
    if (verdict.mistake.empty()) verdict.mistake = second_order_mistake(row, all);
    if (verdict.mistake.empty() && !thrown) verdict.mistake = tail_mistake("pinned derivative", false);
    verdict.came = in_words(verdict.came);
    return verdict;
}

// What the header of the penalty promises, and no difference shows.
static Verdict penalty_promises() {
    Tensor w = zeros({1, 2});
    w.set_requires_grad(true);
    const Tensor points = ones({3, 2});
    const auto flat = [&w](const Tensor& x) { return matmul_nt(x, w); };
    const double slope = grad(gradient_penalty_at(flat, points, 10), {w})[0].data()[0];
    if (!std::isfinite(slope)) {
        return {.checked = "the penalty of a critic whose slope is 0 everywhere, its gradient by a weight",
                .expected = "0",
                .came = number(slope),
                .mistake =
                    "The slope of a root is infinite at 0, and 0 times infinity is not a number. "
                    "norm_per_sample has a rule of its own for that point."};
    }
    if (points.requires_grad()) {
        return {
            .checked = "the points after the call",
            .expected = "points that need no gradient, as before",
            .came = "points that require one",
            .mistake = "A Tensor is a handle: set_requires_grad changes the caller's points. Take points.detach()."};
    }
    try {
        gradient_penalty_at([](const Tensor& x) { return sum(x); }, points, 10);
    } catch (const std::invalid_argument&) {
        return {.passed = true};
    }
    return {.checked = "a critic that returns one number for the whole batch",
            .expected = "std::invalid_argument",
            .came = "no exception",
            .mistake = "The critic's result must be checked: one logit for each point (check_logits, and its length)."};
}

Verdict grade_rows(const std::vector<std::string>& operations) {
    Figures figures;
    std::size_t graded = 0;
    for (const Row& row : rows()) {
        const std::string operation = row.operation.substr(0, row.operation.find('('));
        if (std::find(operations.begin(), operations.end(), operation) == operations.end()) continue;
        ++graded;
        const Verdict verdict = grade_row(row, operation, figures);
        if (!verdict.passed) return verdict;
        if (operation != "gradient_penalty") continue;
        const Verdict promises = penalty_promises();
        if (!promises.passed) return promises;
    }
    if (graded == 0) throw std::invalid_argument("no row of the table is called " + operations.at(0));
    char text[160];
    std::snprintf(text, sizeof text,
                  "%td derivatives certified (worst relative errors %.1e and %.1e), %td checked exactly",
                  figures.certified, figures.worst[0], figures.worst[1], figures.abstained + figures.zero);
    return {.passed = true, .figures = text};
}

}  // namespace grade
