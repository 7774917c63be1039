// Random graphs against finite differences, first and second order: rules that are right alone and wrong together, in
// shapes that no row of the table has. Each graph follows from its seed, which a failure prints.
#ifdef GANTRY_DOUBLE  // a float's differences have too few digits
#include <algorithm>
#include <array>
#include <cmath>

#include "core/core.hpp"
#include "tests/catch.hpp"

using namespace gantry;

namespace {

using Values = std::vector<Real>;

constexpr Index operations = 29;
constexpr double near = 0.02;  // to a kink; differences reach 1/512

/// b, if its shape fits to a's, else a number made of it.
Tensor fitting(const Tensor& a, const Tensor& b) {
    if (b.shape().rank() > a.shape().rank()) return mean(b);
    for (int axis = 1; axis <= b.shape().rank(); ++axis) {
        const Index of_b = b.shape()[b.shape().rank() - axis];
        if (of_b != 1 && of_b != a.shape()[a.shape().rank() - axis]) return mean(b);
    }
    return b;
}

/// How near to 0 the numbers come: a difference across a kink is no derivative.
double nearest(const Tensor& x) {
    double least = 1;
    for (const Real value : x.values()) least = std::min(least, std::fabs(value));
    return least;
}

bool has_tie(const Tensor& x, int axis) {
    const Values below = (max(x, axis, true) - x).values();
    const auto near_the_largest = std::ranges::count_if(below, [](Real gap) { return gap < near; });
    return near_the_largest > x.size() / x.shape()[axis];
}

/// Arguments stay where the operation is defined and its values are of size 1. `random` chooses the axis;
/// `kink` becomes the distance to a kink, if that is less.
Tensor apply(Index operation, const Tensor& a, const Tensor& b, Random& random, double& kink) {
    const int axis = static_cast<int>(random.indices(1, 2)[0]);
    const Index rows = a.shape()[0], columns = a.shape()[1];
    const Tensor positive = square(a) + 1;
    switch (operation) {
        case 0:
            return a + fitting(a, b);
        case 1:
            return fitting(a, b) - a;
        case 2:
            return a * fitting(a, b);
        case 3:
            return fitting(a, b) / positive;
        case 4:
            return exp(tanh(a));
        case 5:
            return log(positive);
        case 6:
            return sqrt(positive);
        case 7:
            return pow(positive, Real(-1.5));
        case 8:
            kink = std::min(kink, nearest(a));
            return -abs(a);
        case 9:
            return tanh(a);
        case 10:
            return sigmoid(3 * a);
        case 11:
            return softplus(a);
        case 12:
            kink = std::min(kink, nearest(a + Real(0.1)));
            return relu(a + Real(0.1));
        case 13:
            kink = std::min(kink, nearest(a));
            return leaky_relu(a, Real(0.2));
        case 14:
            return log_softmax(a);
        case 15:
            return a - sum(a, axis, true);
        case 16:
            return a * mean(a, axis, true);
        case 17:
            if (has_tie(a, axis)) kink = 0;
            return a + max(a, axis, true);
        case 18:
            return reshape(a, Shape{columns, rows});
        case 19:
            return transpose(a) / 2;
        case 20:
            return concat({a, tanh(a)}, axis);
        case 21:
            return concat({slice(a, axis, a.shape()[axis] - 1, a.shape()[axis]), a}, axis);
        case 22:
            return pad(a, axis, 1, a.shape()[axis] + 1);
        case 23:
            return matmul(a, transpose(tanh(a)));
        case 24:
            return matmul_nt(a, sigmoid(a));
        case 25:
            return matmul_tn(a, a) / 2;
        case 26:
            return linear(a, tanh(a), mean(a, 1));
        case 27:
            return sum_to(broadcast_to(a, Shape{3, rows, columns}), Shape{1, columns}) / 3;
        default:
            return grad(sum(softplus(a) * fitting(a, b)), {a}, true)[0] + a;  // a gradient is part of the graph
    }
}

/// Six operations, each on what one of those before it gave.
struct Graph {
    std::uint64_t seed;
    std::array<int, operations>* used = nullptr;
    double* kink = nullptr;

    Tensor operator()(const Tensors& inputs) const {
        Random random(seed);
        Tensors made = inputs;
        double nearest_kink = 1;
        for (int i = 0; i < 6; ++i) {
            const std::vector<Index> from = random.indices(2, static_cast<Index>(made.size()));
            const Tensor &a = i % 2 ? made.back() : made[from[0]], &b = made[from[1]];
            const Index operation = random.indices(1, operations)[0];
            const Tensor as_matrix = a.shape().rank() == 2 ? a : reshape(a, Shape{1, a.size()});
            if (used) ++(*used)[operation];
            const Tensor y = apply(operation, as_matrix, b, random, nearest_kink);
            made.push_back(y.size() > 12 ? mean(y, 0, true) : y);
        }
        if (kink) *kink = nearest_kink;
        Tensor result = scalar(0);
        for (const Tensor& x : made) result = result + mean(tanh(x) * x);
        return result;
    }
};

/// Values are of size 1: an exact zero whose difference is 1e-13 is one.
bool rounding(const GradReport::Entry& e) { return std::fabs(e.analytic - e.difference) < 1e-11; }

}  // namespace

TEST_CASE("random graphs have the derivatives that finite differences find", "[second_order]") {
    constexpr std::uint64_t graphs = 400;
    std::array<int, operations> used{};
    Index certified = 0, abstained = 0, skipped = 0;
    for (std::uint64_t seed = 1; seed <= graphs; ++seed) {
        INFO("graph of seed " << seed);
        Random random(seed, 1);
        Tensors inputs = {random.normal({2, 2}), random.normal({2})};
        for (Tensor& x : inputs) x.set_requires_grad(true);
        double kink = 1;
        Graph{seed, &used, &kink}(inputs);
        if (kink < near) {
            ++skipped;
            continue;
        }
        const GradReport report = check_grads(Graph{seed}, inputs, 2);
        INFO(report);
        CHECK(std::ranges::all_of(report.failed, rounding));
        CHECK(report.certified + report.zero > 0);
        certified += report.certified + report.zero;
        abstained += static_cast<Index>(report.abstained.size());
    }
    CHECK(skipped < 100);
    for (Index operation = 0; operation < operations; ++operation) {
        INFO("operation " << operation);
        CHECK(used[operation] >= 30);
    }
    CHECK(abstained * 50 < certified);
}
#endif
