#include "tests/operations.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

using namespace gantry;

namespace table {

// ----------------------------------------------------------------------------------------- plain loops

Place place(Index k, const Shape& shape) {
    Place p{};
    for (int back = 1; back <= shape.rank(); ++back) {
        p[4 - back] = k % shape[-back];
        k /= shape[-back];
    }
    return p;
}

static std::size_t offset(const Array& x, const Place& p) {
    Index at = 0;
    for (int axis = 0; axis < x.shape.rank(); ++axis) {
        const Index size = x.shape[axis];
        at = at * size + (size == 1 ? 0 : p[4 - x.shape.rank() + axis]);
    }
    return static_cast<std::size_t>(at);
}

double& element(Array& x, const Place& p) { return x.values[offset(x, p)]; }

double element(const Array& x, const Place& p) { return x.values[offset(x, p)]; }

static Array blank(const Shape& shape) { return {shape, std::vector<double>(static_cast<std::size_t>(shape.size()))}; }

Reference elementwise(std::function<double(double)> f) {
    return [f](const Arrays& x) {
        Array y = x[0];
        for (double& value : y.values) value = f(value);
        return y;
    };
}

static Index joint_size(const Shape& a, const Shape& b, int back) {
    const Index in_a = back <= a.rank() ? a[-back] : 1;
    const Index in_b = back <= b.rank() ? b[-back] : 1;
    return in_a == 1 ? in_b : in_a;
}

Reference elementwise2(std::function<double(double, double)> f) {
    return [f](const Arrays& x) {
        const Shape &a = x[0].shape, &b = x[1].shape;
        Shape shape = a.rank() > b.rank() ? a : b;
        for (int back = 1; back <= shape.rank(); ++back) shape = shape.with(-back, joint_size(a, b, back));
        Array y = blank(shape);
        for (Index k = 0; k < shape.size(); ++k) {
            const Place p = place(k, shape);
            y.values[k] = f(element(x[0], p), element(x[1], p));
        }
        return y;
    };
}

// ----------------------------------------------------------------------------------------- sample numbers

Array array(const Shape& shape, const std::vector<double>& values) { return {shape, values}; }

// 0.25 + m/64 with m = 0 .. 96: 37 and 97 have no common divisor, so up to 97 numbers are distinct.
Array positive(const Shape& shape, int seed) {
    Array x = blank(shape);
    for (Index k = 0; k < shape.size(); ++k)
        x.values[k] = 0.25 + static_cast<double>((37 * k + 11 * seed + 5) % 97) / 64;
    return x;
}

Array ordinary(const Shape& shape, int seed) {
    Array x = positive(shape, seed);
    for (Index k = 0; k < shape.size(); ++k) {
        if ((k * k + k / 2 + seed) % 3 == 1) x.values[k] = -x.values[k];
    }
    return x;
}

Tensor to_tensor(const Array& x) { return tensor(x.shape, std::vector<Real>(x.values.begin(), x.values.end())); }

Tensors to_tensors(const Arrays& inputs) {
    Tensors tensors;
    for (const Array& x : inputs) tensors.push_back(to_tensor(x));
    return tensors;
}

Array to_array(const Tensor& x) {
    const std::vector<Real> values = x.values();
    return {x.shape(), std::vector<double>(values.begin(), values.end())};
}

// -------------------------------------------------------------------------------------- derivatives of a row

double distance(const Array& a, const Array& b) {
    const double infinity = std::numeric_limits<double>::infinity();
    if (a.shape != b.shape) return infinity;
    double worst = 0;
    for (std::size_t k = 0; k < a.values.size(); ++k) {
        const double x = a.values[k], y = b.values[k];
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        const double relative = std::fabs(x - y) / std::fabs(y);
        worst = std::isnan(relative) ? infinity : std::max(worst, relative / std::numeric_limits<Real>::epsilon());
    }
    return worst;
}

Tensors gradient_or_zero(const Tensor& y, const Tensors& x, bool create_graph) {
    Tensor reaching = y;
    for (const Tensor& input : x) reaching = reaching + 0 * sum(input);
    return grad(reaching, x, create_graph);
}

Tensor weighted_entry(const Compute& compute, const Tensors& x, Index k) {
    const Tensor weight = x.back();
    const Tensor y = compute(Tensors(x.begin(), x.end() - 1));
    return slice(reshape(y, Shape{y.size()}), 0, k, k + 1) * weight;
}

// Not 1, so that dy and dy^2 differ; a power of two, so that multiplying by it rounds nothing.
constexpr double weight = 0.5;

// Does the entry that abstained stand at this pin? A pin of first order, d y / d x, is met in two places: as
// d f / d x = weight d y / d x, and as d2 f / d weight d x.
static bool stands_at(const Pin& pin, const GradReport::Entry& e, int weight_input) {
    const bool by_first = e.input == pin.input && e.entry == pin.entry;
    if (pin.input2 < 0) return by_first && (e.order == 1 || e.of_input == weight_input);
    const bool of_first = e.of_input == pin.input && e.of_entry == pin.entry;
    const bool by_second = e.input == pin.input2 && e.entry == pin.entry2;
    const bool of_second = e.of_input == pin.input2 && e.of_entry == pin.entry2;
    return (of_first && by_second) || (of_second && by_first);
}

static std::string check_pin(const Compute& compute, const Tensors& inputs, const Pin& pin) {
    Tensors x;
    for (const Tensor& input : inputs) {
        x.push_back(tensor(input.shape(), input.values()));
        x.back().set_requires_grad(true);
    }
    auto entry_of = [](const Tensor& t, Index k) { return slice(reshape(t, Shape{t.size()}), 0, k, k + 1); };
    Tensor derivative = gradient_or_zero(weighted_entry(compute, x, pin.output), x, true)[pin.input];
    derivative = entry_of(derivative, pin.entry);
    if (pin.input2 >= 0) {
        derivative = entry_of(gradient_or_zero(derivative, x, false)[pin.input2], pin.entry2);
    }
    const double found = derivative.item(), exact = weight * pin.exact;
    const bool close = std::fabs(found - exact) <= 8 * std::numeric_limits<Real>::epsilon() * std::fabs(exact);
    if (found == exact || close) return "";
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, "is %.17g, the exact one %.17g", found, exact);
    return "pinned derivative by input " + std::to_string(pin.input) + " [" + std::to_string(pin.entry) +
           "], where it is " + std::to_string(inputs[pin.input].data()[pin.entry]) + ", " + numbers + "\n";
}

static std::string check_entry(const Compute& compute, const Case& c, const Tensors& x, Index k, Figures* figures) {
    std::string complaints;
    for (const Pin& pin : c.pins) {
        if (pin.output == k) complaints += check_pin(compute, x, pin);
    }
    if (!c.differences) return complaints;

    auto f = [&](const Tensors& at) { return weighted_entry(compute, at, k); };
    const GradReport report = check_grads(f, x, 2);
    if (!report.passed()) complaints += report.str() + "\n";
    const int weight_input = static_cast<int>(c.inputs.size());
    std::vector<bool> used(c.pins.size());
    for (const GradReport::Entry& e : report.abstained) {
        bool pinned = false;
        for (std::size_t i = 0; i < c.pins.size(); ++i) {
            if (c.pins[i].output == k && stands_at(c.pins[i], e, weight_input)) pinned = used[i] = true;
        }
        if (!pinned) complaints += "abstains without an exact value: " + e.str() + "\n";
    }
    for (std::size_t i = 0; i < c.pins.size(); ++i) {
        if (c.pins[i].output == k && !used[i])
            complaints += "pin " + std::to_string(i) + " is not needed: no entry abstains\n";
    }
    if (figures) {
        figures->certified += report.certified;
        figures->zero += report.zero;
        figures->abstained += static_cast<Index>(report.abstained.size());
        for (int order : {0, 1}) figures->worst[order] = std::max(figures->worst[order], report.worst_relative[order]);
    }
    return complaints;
}

// No entry to difference, but grad() still checks the shapes that the rule returns, and throws.
static void run_rule_without_entries(const Compute& compute, Tensors x) {
    for (Tensor& input : x) input.set_requires_grad(true);
    gradient_or_zero(sum(compute(x)), x, false);
}

std::string check_derivatives(const Compute& compute, const Case& c, Figures* figures) {
    Tensors x = to_tensors(c.inputs);
    const Index outputs = compute(x).size();
    if (outputs == 0) run_rule_without_entries(compute, x);
    x.push_back(scalar(weight));
    if (figures) ++figures->cases;
    for (Index k = 0; k < outputs; ++k) {
        const std::string complaints = check_entry(compute, c, x, k, figures);
        if (!complaints.empty()) return "output entry " + std::to_string(k) + ": " + complaints;
    }
    return "";
}

// -------------------------------------------------------------------------------- cases that many rows share

// Tables are laid out by hand.
// clang-format off

// Shapes that two tensors meet in: equal, broadcast from either side or both, of every rank, size 1, no
// elements.
static std::vector<Case> meetings() {
    const std::vector<std::pair<Shape, Shape>> shapes = {
        {{}, {}},         {{2, 3}, {2, 3}}, {{2, 3}, {3}},  {{3}, {}},           {{}, {2, 2}},
        {{2, 1}, {1, 3}}, {{1}, {1, 1}},    {{0, 3}, {3}},  {{2, 1, 3}, {2, 1}}, {{2, 1, 2, 1}, {3, 1, 2}},
        {{2, 1}, {0}},
    };
    std::vector<Case> cases;
    for (const auto& [a, b] : shapes) cases.push_back({{ordinary(a, 1), ordinary(b, 2)}});
    return cases;
}

static std::vector<Case> every_rank(Array (*numbers)(const Shape&, int)) {
    return {{{numbers({}, 1)}},        {{numbers({1}, 2)}},          {{numbers({2, 3}, 3)}},
            {{numbers({2, 1, 3}, 4)}}, {{numbers({1, 2, 1, 3}, 5)}}, {{numbers({0}, 6)}},
            {{numbers({2, 0}, 7)}}};
}

static std::vector<Case> ordinary_of(const std::vector<Shape>& shapes) {
    std::vector<Case> cases;
    for (const Shape& shape : shapes) cases.push_back({{ordinary(shape)}});
    return cases;
}

// Where nothing can be differenced: d y[k] / d x[k], x the first of the inputs, must be slopes[k].
static std::vector<Case> kink(const Arrays& inputs, const std::vector<double>& slopes) {
    Case c{.inputs = inputs, .differences = false};
    for (Index k = 0; k < static_cast<Index>(slopes.size()); ++k) c.pins.push_back({k, 0, k, slopes[k]});
    return {c};
}

// dy and x of the fused gradients.
static std::vector<Case> gradients_and_inputs() {
    return {{{ordinary({}), ordinary({}, 1)}},
            {{ordinary({2, 3}), ordinary({2, 3}, 1)}},
            {{ordinary({0}), ordinary({0})}}};
}

static std::vector<Case> operator+(std::vector<Case> cases, const std::vector<Case>& more) {
    cases.insert(cases.end(), more.begin(), more.end());
    return cases;
}

static const std::string does_not_broadcast = ": a is [2, 3], b is [2, 4]: sizes 3 and 4 do not broadcast";

// The far ends of the sigmoid's and the hyperbolic tangent's range, where gradients die in careless
// implementations.
static Array tails() {
    return array({4}, {-30, -18, 18, 30});
}

// e^-18 / (1 + e^-18)^2 and e^-30 / (1 + e^-30)^2: the sigmoid's derivative at +-18 and +-30.
constexpr double sigmoid_slope_18 = 1.5229979280808073e-08;
constexpr double sigmoid_slope_30 = 9.357622968838423e-14;

// ----------------------------------------------------------------------------------------- ops_arithmetic

static std::vector<Row> arithmetic() {
    return {
        {.operation = "operator+(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return x[0] + x[1]; },
         .reference = elementwise2([](double a, double b) { return a + b; }),
         .cases = meetings(),
         .wrong = {{[] { return zeros({2, 3}) + zeros({2, 4}); }, "add" + does_not_broadcast}}},
        {.operation = "operator-(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return x[0] - x[1]; },
         .reference = elementwise2([](double a, double b) { return a - b; }),
         .cases = meetings(),
         .wrong = {{[] { return zeros({2, 3}) - zeros({2, 4}); }, "subtract" + does_not_broadcast}}},
        {.operation = "operator*(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return x[0] * x[1]; },
         .reference = elementwise2([](double a, double b) { return a * b; }),
         .cases = meetings(),
         .wrong = {{[] { return zeros({2, 3}) * zeros({2, 4}); }, "multiply" + does_not_broadcast}}},
        {.operation = "operator/(Tensor, Tensor)",
         .domain = "b is not 0",
         .compute = [](const Tensors& x) { return x[0] / x[1]; },
         .reference = elementwise2([](double a, double b) { return a / b; }),
         .cases = meetings(),
         .wrong = {{[] { return zeros({2, 3}) / zeros({2, 4}); }, "divide" + does_not_broadcast}}},
        {.operation = "operator*(Tensor, Tensor)",
         .variant = "x with itself",
         .compute = [](const Tensors& x) { return x[0] * x[0]; },
         .reference = elementwise([](double x) { return x * x; }),
         .cases = ordinary_of({{2, 3}})},
        {.operation = "operator+=(Tensor, Tensor)",
         .compute = [](const Tensors& x) { Tensor a = x[0] * 1; return a += x[1]; },
         .reference = elementwise2([](double a, double b) { return a + b; }),
         .cases = {{{ordinary({2, 3}), ordinary({3}, 1)}}},
         .wrong = {{[] { Tensor a = zeros({3}); return a += zeros({2}); },
                    "add: a is [3], b is [2]: sizes 3 and 2 do not broadcast"}}},
        {.operation = "operator-=(Tensor, Tensor)",
         .compute = [](const Tensors& x) { Tensor a = x[0] * 1; return a -= x[1]; },
         .reference = elementwise2([](double a, double b) { return a - b; }),
         .cases = {{{ordinary({2, 3}), ordinary({3}, 1)}}}},
        {.operation = "operator*=(Tensor, Tensor)",
         .compute = [](const Tensors& x) { Tensor a = x[0] * 1; return a *= x[1]; },
         .reference = elementwise2([](double a, double b) { return a * b; }),
         .cases = {{{ordinary({2, 3}), ordinary({3}, 1)}}}},
        {.operation = "operator/=(Tensor, Tensor)",
         .compute = [](const Tensors& x) { Tensor a = x[0] * 1; return a /= x[1]; },
         .reference = elementwise2([](double a, double b) { return a / b; }),
         .cases = {{{ordinary({2, 3}), ordinary({3}, 1)}}}},
        {.operation = "operator-(Tensor)",
         .compute = [](const Tensors& x) { return -x[0]; },
         .reference = elementwise([](double x) { return -x; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator+(Tensor, Real)",
         .compute = [](const Tensors& x) { return x[0] + 2.5; },
         .reference = elementwise([](double x) { return x + 2.5; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator-(Tensor, Real)",
         .compute = [](const Tensors& x) { return x[0] - 2.5; },
         .reference = elementwise([](double x) { return x - 2.5; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator*(Tensor, Real)",
         .compute = [](const Tensors& x) { return x[0] * 2.5; },
         .reference = elementwise([](double x) { return x * 2.5; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator/(Tensor, Real)",
         .domain = "c is not 0",
         .compute = [](const Tensors& x) { return x[0] / 2.5; },
         .reference = elementwise([](double x) { return x / 2.5; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator+(Real, Tensor)",
         .compute = [](const Tensors& x) { return 2.5 + x[0]; },
         .reference = elementwise([](double x) { return 2.5 + x; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator-(Real, Tensor)",
         .compute = [](const Tensors& x) { return 2.5 - x[0]; },
         .reference = elementwise([](double x) { return 2.5 - x; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator*(Real, Tensor)",
         .compute = [](const Tensors& x) { return 2.5 * x[0]; },
         .reference = elementwise([](double x) { return 2.5 * x; }),
         .cases = every_rank(ordinary)},
        {.operation = "operator/(Real, Tensor)",
         .domain = "x is not 0",
         .compute = [](const Tensors& x) { return 2.5 / x[0]; },
         .reference = elementwise([](double x) { return 2.5 / x; }),
         .cases = every_rank(ordinary)},
    };
}

// ----------------------------------------------------------------------------------------- ops_unary

static double sigmoid_of(double x) {
    return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x));
}

static double softplus_of(double x) {
    return x < 0 ? std::log1p(std::exp(x)) : x + std::log1p(std::exp(-x));
}

static Row power(double exponent, std::vector<Case> cases, const std::string& domain = "") {
    return {.operation = "pow(Tensor, Real)",
            .variant = "exponent " + std::to_string(exponent).substr(0, 4),
            .domain = domain,
            .compute = [exponent](const Tensors& x) { return pow(x[0], static_cast<Real>(exponent)); },
            .reference = elementwise([exponent](double x) { return std::pow(x, exponent); }),
            .cases = std::move(cases)};
}

// y[i, j] = x[i, j] - log sum_k e^x[i, k], shifted by the largest x of the row.
static Array log_softmax_of(const Arrays& inputs) {
    const Array& x = inputs[0];
    Array y = x;
    const std::size_t columns = static_cast<std::size_t>(x.shape[-1]);
    for (std::size_t row = 0; row < x.values.size(); row += columns) {
        std::size_t top = row;
        for (std::size_t j = row; j < row + columns; ++j) top = x.values[j] > x.values[top] ? j : top;
        double others = 0;
        for (std::size_t j = row; j < row + columns; ++j) {
            if (j != top) others += std::exp(x.values[j] - x.values[top]);
        }
        for (std::size_t j = row; j < row + columns; ++j) {
            y.values[j] = x.values[j] - x.values[top] - std::log1p(others);
        }
    }
    return y;
}

static std::vector<Row> unary() {
    const Array around_zero = array({3}, {-1, 0, 2});
    return {
        {.operation = "exp(Tensor)",
         .compute = [](const Tensors& x) { return exp(x[0]); },
         .reference = elementwise([](double x) { return std::exp(x); }),
         .cases = every_rank(ordinary) + std::vector<Case>{{{tails()}}}},
        {.operation = "log(Tensor)",
         .domain = "x > 0",
         .compute = [](const Tensors& x) { return log(x[0]); },
         .reference = elementwise([](double x) { return std::log(x); }),
         .cases = every_rank(positive) + std::vector<Case>{{{array({2}, {100, 1000})}}}},
        {.operation = "sqrt(Tensor)",
         .domain = "x >= 0; the derivative at 0 is infinite",
         .compute = [](const Tensors& x) { return sqrt(x[0]); },
         .reference = elementwise([](double x) { return std::sqrt(x); }),
         .cases = every_rank(positive) + kink({array({1}, {0})}, {INFINITY})},
        {.operation = "square(Tensor)",
         .compute = [](const Tensors& x) { return square(x[0]); },
         .reference = elementwise([](double x) { return x * x; }),
         .cases = every_rank(ordinary) + std::vector<Case>{{{around_zero}}}},
        power(3, every_rank(ordinary)),
        power(2, {{{around_zero}}}),
        power(1, {{{around_zero}}}),
        power(0, {{{around_zero}}}),
        power(-2, ordinary_of({{2, 3}}), "x is not 0"),
        power(2.5, {{{positive({2, 3})}}}, "x > 0"),
        {.operation = "abs(Tensor)",
         .domain = "derivative 0 at the kink x = 0",
         .compute = [](const Tensors& x) { return abs(x[0]); },
         .reference = elementwise([](double x) { return x < 0 ? -x : x; }),
         .cases = every_rank(ordinary) + kink({around_zero}, {-1, 0, 1})},
        {.operation = "tanh(Tensor)",
         .compute = [](const Tensors& x) { return tanh(x[0]); },
         .reference = elementwise([](double x) { return std::tanh(x); }),
         // 1 / cosh^2 at 18 and at 30, where tanh x rounds to 1
         .cases = every_rank(ordinary) + std::vector<Case>{
             {.inputs = {tails()},
              .pins = {{0, 0, 0, 3.502604305078608e-26}, {1, 0, 1, 9.278091320974273e-16},
                       {2, 0, 2, 9.278091320974273e-16}, {3, 0, 3, 3.502604305078608e-26}}}}},
        {.operation = "sigmoid(Tensor)",
         .compute = [](const Tensors& x) { return sigmoid(x[0]); },
         .reference = elementwise(sigmoid_of),
         .cases = every_rank(ordinary) + std::vector<Case>{
             {.inputs = {tails()}, .pins = {{2, 0, 2, sigmoid_slope_18}, {3, 0, 3, sigmoid_slope_30}}}}},
        {.operation = "softplus(Tensor)",
         .compute = [](const Tensors& x) { return softplus(x[0]); },
         .reference = elementwise(softplus_of),
         .cases = every_rank(ordinary) + std::vector<Case>{
             {.inputs = {tails()},
              .pins = {{2, 0, 2, sigmoid_slope_18, 0, 2}, {3, 0, 3, sigmoid_slope_30, 0, 3}}}},
         .twin_of = "plain::softplus(Tensor)",
         .twin = [](const Tensors& x) { return plain::softplus(x[0]); }},
        {.operation = "relu(Tensor)",
         .domain = "derivative 0 at the kink x = 0",
         .compute = [](const Tensors& x) { return relu(x[0]); },
         .reference = elementwise([](double x) { return x > 0 ? x : 0; }),
         .cases = every_rank(ordinary) + kink({around_zero}, {0, 0, 1})},
        {.operation = "leaky_relu(Tensor, Real)",
         .domain = "derivative `slope` at the kink x = 0",
         .compute = [](const Tensors& x) { return leaky_relu(x[0], 0.25); },
         .reference = elementwise([](double x) { return x > 0 ? x : 0.25 * x; }),
         .cases = every_rank(ordinary) + kink({around_zero}, {0.25, 0.25, 1})},
        {.operation = "log_softmax(Tensor)",
         .domain = "rank 1 or more",
         .compute = [](const Tensors& x) { return log_softmax(x[0]); },
         .reference = log_softmax_of,
         .cases = ordinary_of({{3}, {2, 3}, {2, 1, 2}, {1, 2, 1, 3}, {0, 3}, {2, 1}}) + std::vector<Case>{
                   // nearly certain: 1 - p is e^-30, and for the other class p (1 - p) stands beside a slope
                   // of 1
                   {.inputs = {array({2}, {30, 0})},
                    .pins = {{1, 0, 0, -sigmoid_slope_30, 0, 0},
                             {1, 0, 0, sigmoid_slope_30, 0, 1},
                             {1, 0, 1, -sigmoid_slope_30, 0, 1}}}},
         .wrong = {{[] { return log_softmax(zeros({2, 0})); },
                    "log_softmax: [2, 0] has no classes on its last axis"},
                   {[] { return log_softmax(scalar(1)); }, "log_softmax: axis -1 does not exist in []"}},
         .twin_of = "plain::log_softmax(Tensor)",
         .twin = [](const Tensors& x) { return plain::log_softmax(x[0]); }},

        {.operation = "tanh_grad(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return tanh_grad(x[0], x[1]); },
         .reference = elementwise2([](double dy, double x) { return dy / (std::cosh(x) * std::cosh(x)); }),
         .cases = gradients_and_inputs() + std::vector<Case>{{{ordinary({4}), tails()}}},
         .wrong = {{[] { return tanh_grad(zeros({2}), zeros({3})); },
                    "tanh_grad: dy is [2], x is [3]: they must be equal"}}},
        {.operation = "sigmoid_grad(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return sigmoid_grad(x[0], x[1]); },
         .reference = elementwise2([](double dy, double x) { return dy * sigmoid_of(x) * sigmoid_of(-x); }),
         .cases = gradients_and_inputs() + std::vector<Case>{{{ordinary({4}), tails()}}},
         .wrong = {{[] { return sigmoid_grad(zeros({2}), zeros({3})); },
                    "sigmoid_grad: dy is [2], x is [3]: they must be equal"}},
         .twin_of = "plain::sigmoid_grad(Tensor, Tensor)",
         .twin = [](const Tensors& x) { return plain::sigmoid_grad(x[0], x[1]); }},
        {.operation = "relu_grad(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return relu_grad(x[0], x[1]); },
         .reference = elementwise2([](double dy, double x) { return x > 0 ? dy : 0; }),
         .cases = gradients_and_inputs() + kink({ordinary({3}), around_zero}, {0, 0, 1}),
         .wrong = {{[] { return relu_grad(zeros({2}), zeros({3})); },
                    "relu_grad: dy is [2], x is [3]: they must be equal"}},
         .twin_of = "plain::relu_grad(Tensor, Tensor)",
         .twin = [](const Tensors& x) { return plain::relu_grad(x[0], x[1]); }},
        {.operation = "leaky_relu_grad(Tensor, Tensor, Real)",
         .compute = [](const Tensors& x) { return leaky_relu_grad(x[0], x[1], 0.25); },
         .reference = elementwise2([](double dy, double x) { return x > 0 ? dy : 0.25 * dy; }),
         .cases = gradients_and_inputs() + kink({ordinary({3}), around_zero}, {0.25, 0.25, 1}),
         .wrong = {{[] { return leaky_relu_grad(zeros({2}), zeros({3}), 0); },
                    "leaky_relu_grad: dy is [2], x is [3]: they must be equal"}},
         .twin_of = "plain::leaky_relu_grad(Tensor, Tensor, Real)",
         .twin = [](const Tensors& x) { return plain::leaky_relu_grad(x[0], x[1], 0.25); }},
    };
}

// ----------------------------------------------------------------------------------------- ops_shape

// Adds every element of x to the place of y that would be broadcast there.
static Array sum_to_of(const Array& x, const Shape& shape) {
    Array y = blank(shape);
    for (Index k = 0; k < x.shape.size(); ++k) element(y, place(k, x.shape)) += x.values[k];
    return y;
}

static Array scaled(Array x, double factor) {
    for (double& value : x.values) value *= factor;
    return x;
}

static Row broadcast_row(const Shape& to, std::vector<Case> cases) {
    return {.operation = "broadcast_to(Tensor, Shape)",
            .variant = "to " + to.str(),
            .compute = [to](const Tensors& x) { return broadcast_to(x[0], to); },
            .reference = [to](const Arrays& x) {
                Array y = blank(to);
                for (Index k = 0; k < to.size(); ++k) y.values[k] = element(x[0], place(k, to));
                return y;
            },
            .cases = std::move(cases),
            .wrong = {{[] { return broadcast_to(zeros({2}), {3}); },
                       "broadcast_to: [2] does not broadcast to [3]"},
                      {[] { return broadcast_to(zeros({1, 3}), {3}); },
                       "broadcast_to: [1, 3] does not broadcast to [3]"}}};
}

static Row sum_to_row(const Shape& to, std::vector<Case> cases) {
    return {.operation = "sum_to(Tensor, Shape)",
            .variant = "to " + to.str(),
            .compute = [to](const Tensors& x) { return sum_to(x[0], to); },
            .reference = [to](const Arrays& x) { return sum_to_of(x[0], to); },
            .cases = std::move(cases),
            .wrong = {{[] { return sum_to(zeros({2}), {3}); }, "sum_to: [3] does not broadcast to [2]"}}};
}

// sum and mean over one axis: `axis` as it is given, `at` the same counted from the front.
static Row axis_row(bool is_mean, int axis, int at, bool keep, std::vector<Case> cases) {
    const std::string op = is_mean ? "mean" : "sum";
    return {.operation = is_mean ? "mean(Tensor, int, bool)" : "sum(Tensor, int, bool)",
            .variant = "axis " + std::to_string(axis) + (keep ? ", kept" : ""),
            .compute = [=](const Tensors& x) {
                return is_mean ? mean(x[0], axis, keep) : sum(x[0], axis, keep);
            },
            .reference = [=](const Arrays& x) {
                const Array total = sum_to_of(x[0], x[0].shape.with(at, 1));
                const double factor = is_mean ? 1.0 / static_cast<double>(x[0].shape[at]) : 1;
                const Array y = scaled(total, factor);
                return keep ? y : Array{x[0].shape.without(at), y.values};
            },
            .cases = std::move(cases),
            .wrong = {{[=] { return is_mean ? mean(zeros({2, 3}), 2) : sum(zeros({2, 3}), 2); },
                       op + ": axis 2 does not exist in [2, 3]"},
                      {[=] { return is_mean ? mean(zeros({2, 3}), -3) : sum(zeros({2, 3}), -3); },
                       op + ": axis -3 does not exist in [2, 3]"}}};
}

static Array max_of(const Array& x, int axis, bool keep, bool positions) {
    Array best = blank(x.shape.with(axis, 1)), where = best;
    const std::size_t p_axis = static_cast<std::size_t>(4 - x.shape.rank() + axis);
    for (Index k = 0; k < x.shape.size(); ++k) {
        const Place p = place(k, x.shape);
        if (p[p_axis] > 0 && x.values[k] <= element(best, p)) continue;
        element(best, p) = x.values[k];
        element(where, p) = static_cast<double>(p[p_axis]);
    }
    Array y = positions ? where : best;
    if (!keep) y.shape = x.shape.without(axis);
    return y;
}

static Row max_row(int axis, int at, bool keep, std::vector<Case> cases) {
    return {.operation = "max(Tensor, int, bool)",
            .variant = "axis " + std::to_string(axis) + (keep ? ", kept" : ""),
            .domain = "the gradient goes to the first largest",
            .compute = [=](const Tensors& x) { return max(x[0], axis, keep); },
            .reference = [=](const Arrays& x) { return max_of(x[0], at, keep, false); },
            .cases = std::move(cases),
            .wrong = {{[] { return max(zeros({0, 2}), 0); }, "max: axis 0 of [0, 2] has no elements"},
                      {[] { return max(zeros({2}), 1); }, "max: axis 1 does not exist in [2]"}}};
}

static Row reshape_row(const Shape& to, std::vector<Case> cases) {
    return {.operation = "reshape(Tensor, Shape)",
            .variant = "to " + to.str(),
            .compute = [to](const Tensors& x) { return reshape(x[0], to); },
            .reference = [to](const Arrays& x) { return Array{to, x[0].values}; },
            .cases = std::move(cases),
            .wrong = {{[] { return reshape(zeros({2, 3}), {4}); },
                       "reshape: [2, 3] has 6 elements, [4] has 4"}}};
}

// Both copy part of an array: y has `size` places on `axis`, and x's place i lands on place i + shift of y.
static Array moved(const Array& x, int axis, Index shift, Index size, Array y) {
    const std::size_t p_axis = static_cast<std::size_t>(4 - x.shape.rank() + axis);
    for (Index k = 0; k < x.shape.size(); ++k) {
        Place p = place(k, x.shape);
        p[p_axis] += shift;
        if (p[p_axis] >= 0 && p[p_axis] < size) element(y, p) = x.values[k];
    }
    return y;
}

static Row slice_row(int axis, int at, Index begin, Index end, std::vector<Case> cases) {
    return {.operation = "slice(Tensor, int, Index, Index)",
            .variant = "axis " + std::to_string(axis) + ", from " + std::to_string(begin),
            .compute = [=](const Tensors& x) { return slice(x[0], axis, begin, end); },
            .reference = [=](const Arrays& x) {
                return moved(x[0], at, -begin, end - begin, blank(x[0].shape.with(at, end - begin)));
            },
            .cases = std::move(cases),
            .wrong = {{[] { return slice(zeros({3}), 0, 1, 5); },
                       "slice: [1, 5) does not lie within axis 0 of [3]"},
                      {[] { return slice(zeros({3}), 0, 2, 1); },
                       "slice: [2, 1) does not lie within axis 0 of [3]"},
                      {[] { return slice(zeros({3}), 0, -1, 1); },
                       "slice: [-1, 1) does not lie within axis 0 of [3]"},
                      {[] { return slice(zeros({3}), 1, 0, 1); }, "slice: axis 1 does not exist in [3]"}}};
}

static Row pad_row(int axis, int at, Index begin, Index size, std::vector<Case> cases) {
    return {.operation = "pad(Tensor, int, Index, Index)",
            .variant = "axis " + std::to_string(axis) + ", from " + std::to_string(begin),
            .compute = [=](const Tensors& x) { return pad(x[0], axis, begin, size); },
            .reference = [=](const Arrays& x) {
                return moved(x[0], at, begin, size, blank(x[0].shape.with(at, size)));
            },
            .cases = std::move(cases),
            .wrong = {{[] { return pad(zeros({3}), 0, 2, 4); },
                       "pad: [2, 5) does not lie within axis 0 of [4]"},
                      {[] { return pad(zeros({3}), 1, 0, 4); }, "pad: axis 1 does not exist in [3]"}}};
}

static Row concat_row(int axis, int at, std::vector<Case> cases) {
    return {.operation = "concat(Tensors, int)",
            .variant = "axis " + std::to_string(axis),
            .compute = [=](const Tensors& x) { return concat(x, axis); },
            .reference = [=](const Arrays& x) {
                Index total = 0, begin = 0;
                for (const Array& part : x) total += part.shape[at];
                Array y = blank(x[0].shape.with(at, total));
                for (const Array& part : x) {
                    y = moved(part, at, begin, total, y);
                    begin += part.shape[at];
                }
                return y;
            },
            .cases = std::move(cases),
            .wrong = {{[] { return concat({}, 0); }, "concat: no tensors given"},
                      {[] { return concat({zeros({2, 3}), zeros({3, 3})}, 1); },
                       "concat: a is [2, 3], b is [3, 3]: they may differ only in axis 1"},
                      {[] { return concat({zeros({2}), zeros({2, 1})}, 0); },
                       "concat: a is [2], b is [2, 1]: they may differ only in axis 0"},
                      {[] { return concat({zeros({2})}, 1); }, "concat: axis 1 does not exist in [2]"}}};
}

static std::vector<Row> shapes() {
    return {
        broadcast_row({2, 3}, ordinary_of({{}, {3}, {2, 1}, {1, 3}, {2, 3}})),
        broadcast_row({2, 2, 1, 3}, ordinary_of({{1}, {2, 1, 3}, {2, 1, 1, 3}})),
        broadcast_row({0, 3}, ordinary_of({{3}, {1, 1}})),
        sum_to_row({}, ordinary_of({{}, {2, 3}, {1, 2, 2, 2}, {0, 3}})),
        sum_to_row({3}, ordinary_of({{3}, {2, 3}, {2, 2, 3}, {0, 3}})),
        sum_to_row({2, 1}, ordinary_of({{2, 3}, {3, 2, 2}, {2, 1, 2, 3}, {2, 0}})),
        sum_to_row({2, 1, 3, 1}, ordinary_of({{2, 2, 3, 2}})),
        {.operation = "sum(Tensor)",
         .compute = [](const Tensors& x) { return sum(x[0]); },
         .reference = [](const Arrays& x) { return sum_to_of(x[0], {}); },
         .cases = every_rank(ordinary)},
        axis_row(false, 0, 0, false, ordinary_of({{3}, {2, 3}, {0, 3}})),
        axis_row(false, 1, 1, true, ordinary_of({{2, 3}, {2, 2, 3}, {2, 1, 2, 2}, {2, 0}})),
        axis_row(false, -1, 1, false, ordinary_of({{2, 3}, {3, 1}})),
        axis_row(false, -2, 1, false, ordinary_of({{2, 2, 3}})),
        {.operation = "mean(Tensor)",
         .domain = "not empty",
         .compute = [](const Tensors& x) { return mean(x[0]); },
         .reference = [](const Arrays& x) {
             return scaled(sum_to_of(x[0], {}), 1.0 / static_cast<double>(x[0].values.size()));
         },
         .cases = ordinary_of({{}, {2, 3}, {1, 2, 1, 3}}),
         .wrong = {{[] { return mean(zeros({0, 2})); }, "mean: [0, 2] has no elements"},
                   {[] { return mean(zeros({0, 2}), -2); }, "mean: axis 0 of [0, 2] has no elements"}}},
        axis_row(true, 0, 0, false, ordinary_of({{3}, {2, 3}, {2, 0}})),
        axis_row(true, 1, 1, true, ordinary_of({{2, 3}, {2, 2, 3}, {2, 1, 2, 2}})),
        axis_row(true, -1, 1, false, ordinary_of({{2, 3}, {3, 1}})),
        max_row(0, 0, false, {{{ordinary({3})}}, {{ordinary({3, 2})}}, {{ordinary({2, 0})}},
                              {.inputs = {array({3}, {1, 2, 2})},
                               .pins = {{0, 0, 1, 1}, {0, 0, 2, 0}},
                               .differences = false}}),
        max_row(1, 1, true, ordinary_of({{2, 3}, {2, 2, 2}, {2, 1, 2, 2}})),
        max_row(-1, 1, false, ordinary_of({{2, 3}, {3, 1}})),
        {.operation = "argmax(Tensor, int)",
         .compute = [](const Tensors& x) { return argmax(x[0], 1); },
         .reference = [](const Arrays& x) { return max_of(x[0], 1, false, true); },
         .cases = ordinary_of({{2, 3}, {2, 3, 2}, {0, 3}}) + std::vector<Case>{{{array({1, 3}, {1, 2, 2})}}},
         .wrong = {{[] { return argmax(zeros({2, 0}), 1); }, "argmax: axis 1 of [2, 0] has no elements"},
                   {[] { return argmax(zeros({2}), 1); }, "argmax: axis 1 does not exist in [2]"}},
         .differentiable = false},
        reshape_row({6}, ordinary_of({{2, 3}, {6}, {1, 3, 2}})),
        reshape_row({2, 1, 3, 1}, ordinary_of({{6}, {3, 2}})),
        reshape_row({}, ordinary_of({{1, 1}})),
        reshape_row({0, 5}, ordinary_of({{3, 0}})),
        {.operation = "transpose(Tensor)",
         .compute = [](const Tensors& x) { return transpose(x[0]); },
         .reference = [](const Arrays& x) {
             Array y = blank({x[0].shape[1], x[0].shape[0]});
             for (Index k = 0; k < y.shape.size(); ++k) {
                 const Place p = place(k, y.shape);
                 y.values[k] = element(x[0], {0, 0, p[3], p[2]});
             }
             return y;
         },
         .cases = ordinary_of({{2, 3}, {2, 2}, {1, 3}, {0, 3}}),
         .wrong = {{[] { return transpose(zeros({2})); }, "transpose: x is [2] and must have rank 2"}}},
        concat_row(0, 0, {{{ordinary({2}), ordinary({3}, 1)}},
                          {{ordinary({1, 3}), ordinary({2, 3}, 1), ordinary({1, 3}, 2)}},
                          {{ordinary({3})}}, {{ordinary({0, 2}), ordinary({1, 2}, 1)}}}),
        concat_row(1, 1, {{{ordinary({2, 1}), ordinary({2, 3}, 1)}},
                          {{ordinary({2, 1, 2}), ordinary({2, 2, 2}, 1)}}}),
        concat_row(-1, 2, {{{ordinary({2, 1, 2}), ordinary({2, 1, 1}, 1)}}}),
        slice_row(0, 0, 1, 3, ordinary_of({{4}, {3, 2}})),
        slice_row(1, 1, 0, 2, ordinary_of({{2, 3}, {2, 3, 2}, {1, 2, 1, 2}})),
        slice_row(-1, 1, 1, 1, ordinary_of({{2, 3}})),
        pad_row(0, 0, 1, 4, ordinary_of({{2}, {3, 2}})),
        pad_row(1, 1, 0, 3, ordinary_of({{2, 2}, {2, 1, 2}, {1, 2, 1, 2}})),
        pad_row(-1, 1, 2, 3, ordinary_of({{2, 0}})),
    };
}

// ----------------------------------------------------------------------------------------- ops_matmul

static Array product_of(const Array& a, bool transpose_a, const Array& b, bool transpose_b) {
    const Index m = a.shape[transpose_a ? 1 : 0], k = a.shape[transpose_a ? 0 : 1];
    const Index n = b.shape[transpose_b ? 0 : 1];
    Array y = blank({m, n});
    for (Index r = 0; r < m; ++r) {
        for (Index c = 0; c < n; ++c) {
            for (Index i = 0; i < k; ++i) {
                const double left = transpose_a ? a.values[i * m + r] : a.values[r * k + i];
                const double right = transpose_b ? b.values[c * k + i] : b.values[i * n + c];
                y.values[r * n + c] += left * right;
            }
        }
    }
    return y;
}

static Case factors(const Shape& a, const Shape& b) {
    return {{positive(a, 1), positive(b, 2)}};
}

static std::vector<Row> products() {
    const std::string both = "a is [64, 3], b is [2, 128]";
    return {
        {.operation = "matmul(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return matmul(x[0], x[1]); },
         .reference = [](const Arrays& x) { return product_of(x[0], false, x[1], false); },
         .cases = {factors({2, 3}, {3, 2}), factors({1, 3}, {3, 1}), factors({3, 1}, {1, 2}),
                   factors({2, 2}, {2, 1}), factors({1, 2}, {2, 3}), factors({0, 2}, {2, 2}),
                   factors({2, 0}, {0, 2})},
         .wrong = {{[] { return matmul(zeros({64, 3}), zeros({2, 128})); },
                    "matmul: " + both + ": inner sizes 3 and 2 differ"},
                   {[] { return matmul(zeros({3}), zeros({3, 2})); },
                    "matmul: a is [3], b is [3, 2]: both must have rank 2"}}},
        {.operation = "matmul_nt(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return matmul_nt(x[0], x[1]); },
         .reference = [](const Arrays& x) { return product_of(x[0], false, x[1], true); },
         .cases = {factors({2, 3}, {2, 3}), factors({1, 3}, {1, 3}), factors({3, 1}, {2, 1}),
                   factors({2, 2}, {1, 2}), factors({1, 2}, {3, 2}), factors({0, 2}, {2, 2}),
                   factors({2, 0}, {2, 0})},
         .wrong = {{[] { return matmul_nt(zeros({64, 3}), zeros({2, 128})); },
                    "matmul_nt: " + both + ": inner sizes 3 and 128 differ"},
                   {[] { return matmul_nt(zeros({3}), zeros({2, 3})); },
                    "matmul_nt: a is [3], b is [2, 3]: both must have rank 2"}}},
        {.operation = "matmul_tn(Tensor, Tensor)",
         .compute = [](const Tensors& x) { return matmul_tn(x[0], x[1]); },
         .reference = [](const Arrays& x) { return product_of(x[0], true, x[1], false); },
         .cases = {factors({3, 2}, {3, 2}), factors({3, 1}, {3, 1}), factors({1, 3}, {1, 2}),
                   factors({2, 2}, {2, 1}), factors({2, 1}, {2, 3}), factors({2, 0}, {2, 2}),
                   factors({0, 2}, {0, 2})},
         .wrong = {{[] { return matmul_tn(zeros({64, 3}), zeros({2, 128})); },
                    "matmul_tn: " + both + ": inner sizes 64 and 2 differ"},
                   {[] { return matmul_tn(zeros({3}), zeros({3, 2})); },
                    "matmul_tn: a is [3], b is [3, 2]: both must have rank 2"}}},
        {.operation = "linear(Tensor, Tensor, Tensor)",
         .compute = [](const Tensors& x) { return linear(x[0], x[1], x[2]); },
         .reference = [](const Arrays& x) {
             Array y = product_of(x[0], false, x[1], true);
             for (Index k = 0; k < y.shape.size(); ++k) y.values[k] += element(x[2], place(k, y.shape));
             return y;
         },
         .cases = {{{positive({2, 3}, 1), positive({2, 3}, 2), positive({2}, 3)}},
                   {{positive({3, 2}, 1), positive({1, 2}, 2), positive({1}, 3)}},
                   {{positive({1, 1}, 1), positive({3, 1}, 2), positive({3}, 3)}},
                   {{positive({0, 2}, 1), positive({2, 2}, 2), positive({2}, 3)}}},
         .wrong = {{[] { return linear(zeros({64, 3}), zeros({5, 2}), zeros({5})); },
                    "linear: x is [64, 3], W is [5, 2]: inner sizes 3 and 2 differ"},
                   {[] { return linear(zeros({64, 3}), zeros({5, 3}), zeros({4})); },
                    "linear: W is [5, 3], b is [4] and must be [5]"},
                   {[] { return linear(zeros({3}), zeros({5, 3}), zeros({5})); },
                    "linear: x is [3], W is [5, 3]: both must have rank 2"}},
         .twin_of = "plain::linear(Tensor, Tensor, Tensor)",
         .twin = [](const Tensors& x) { return plain::linear(x[0], x[1], x[2]); }},
    };
}

// clang-format on

std::vector<Row> rows_of_core() {
    std::vector<Row> all = arithmetic();
    for (const auto& room : {unary(), shapes(), products()}) all.insert(all.end(), room.begin(), room.end());
    return all;
}

const std::vector<Row>& rows() {
    static const std::vector<Row> all = [] {
        std::vector<Row> both = rows_of_core();
        const std::vector<Row> losses = rows_of_losses();
        both.insert(both.end(), losses.begin(), losses.end());
        return both;
    }();
    return all;
}

}  // namespace table
