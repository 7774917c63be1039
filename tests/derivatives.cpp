// Every row of the table of operations: its values against the plain loop, its rule against differences, and
// what every rule must hold to.
#include <cmath>
#include <cstdio>
#include <limits>

#include "tests/catch.hpp"
#include "tests/operations.hpp"

using namespace gantry;
using namespace table;

namespace {

// A reference in double and a result in Real may differ by the rounding of the result and of the operations
// before it. No operation of the table, on its inputs, takes more than a few; without cancellation each costs
// half an eps.
constexpr double eps_allowed = 8;

Tensors leaves(const Arrays& inputs) {
    Tensors x = to_tensors(inputs);
    for (Tensor& input : x) input.set_requires_grad(true);
    return x;
}

// sum(dy y): its gradient is what the rule makes of dy.
Tensors pulled_back(const Compute& compute, const Tensors& x, const Array& dy) {
    const Tensor y = compute(x);
    return gradient_or_zero(sum(to_tensor(dy) * y), x, false);
}

std::vector<double> flat(const Tensors& tensors) {
    std::vector<double> all;
    for (const Tensor& x : tensors) {
        for (Real value : x.values()) all.push_back(value);
    }
    return all;
}

// All first derivatives of output entry k, and the second derivatives of each of them.
std::vector<double> two_orders(const Compute& compute, const Tensors& x, Index k) {
    const Tensor y = compute(x);
    const Tensors first = gradient_or_zero(slice(reshape(y, Shape{y.size()}), 0, k, k + 1), x, true);
    std::vector<double> all = flat(first);
    for (const Tensor& gradient : first) {
        const Tensor row = reshape(gradient, Shape{gradient.size()});
        for (Index entry = 0; entry < row.size(); ++entry) {
            const std::vector<double> second = flat(gradient_or_zero(slice(row, 0, entry, entry + 1), x, false));
            all.insert(all.end(), second.begin(), second.end());
        }
    }
    return all;
}

}  // namespace

TEST_CASE("every operation computes what its plain loop computes", "[table]") {
    double worst = 0;
    Index cases = 0;
    for (const Row& row : rows()) {
        for (const Case& c : row.cases) {
            const Array found = to_array(row.compute(to_tensors(c.inputs)));
            const Array expected = row.reference(c.inputs);
            const double off = distance(found, expected);
            INFO(row.name() << ", case " << &c - row.cases.data() << ": shape " << found.shape.str() << ", expected "
                            << expected.shape.str());
            CHECK(off <= eps_allowed);
            worst = std::max(worst, off);
            ++cases;
        }
    }
    std::printf("table: %zu rows, %td cases against plain loops, worst %.2f eps\n", rows().size(), cases, worst);
}

TEST_CASE("every operation gives the same without recording and leaves its inputs alone", "[table]") {
    for (const Row& row : rows()) {
        if (row.operation.starts_with("gradient_penalty")) continue;  // differentiates inside, so it has to record
        INFO(row.name());
        for (const Case& c : row.cases) {
            const Tensors x = leaves(c.inputs);
            const Tensor recorded = row.compute(x);
            NoRecording guard;
            const Tensor not_recorded = row.compute(x);
            CHECK(distance(to_array(recorded), to_array(not_recorded)) == 0);
            for (std::size_t i = 0; i < x.size(); ++i) CHECK(distance(to_array(x[i]), c.inputs[i]) == 0);
            const bool recordable = row.differentiable && recorded.body() != x[0].body();
            CHECK((recorded.maker() != nullptr) == recordable);
            if (not_recorded.body() != x[0].body()) CHECK_FALSE(not_recorded.requires_grad());
        }
    }
}

// In both builds: the reference loop, in double, is differenced; this is how the float build's derivatives
// are compared with double ones. Entries that are pinned have an exact value elsewhere.
TEST_CASE("every rule agrees with differences of the plain loop", "[table]") {
    const double h = 0x1p-10;
    const double eps = std::numeric_limits<double>::epsilon();
    const double tolerance = sizeof(Real) == sizeof(double) ? 1e-7 : 32 * std::numeric_limits<Real>::epsilon();
    for (const Row& row : rows()) {
        if (!row.differentiable) continue;
        for (const Case& c : row.cases) {
            if (!c.differences) continue;
            INFO(row.name() << ", case " << &c - row.cases.data());
            const Tensors x = leaves(c.inputs);
            Array dy = to_array(row.compute(x));
            for (std::size_t k = 0; k < dy.values.size(); ++k) {
                std::fill(dy.values.begin(), dy.values.end(), 0);
                dy.values[k] = 1;
                const Tensors gradients = pulled_back(row.compute, x, dy);
                for (std::size_t input = 0; input < c.inputs.size(); ++input) {
                    REQUIRE(gradients[input].shape() == x[input].shape());
                    for (std::size_t entry = 0; entry < c.inputs[input].values.size(); ++entry) {
                        auto at = [&](double by) {
                            Arrays moved = c.inputs;
                            moved[input].values[entry] += by;
                            return row.reference(moved).values[k];
                        };
                        const double f0 = at(-2 * h), f1 = at(-h), f2 = at(h), f3 = at(2 * h);
                        const double difference = (8 * (f2 - f1) - (f3 - f0)) / (12 * h);
                        const double round_off = 1.5 * eps * std::max(std::fabs(f0), std::fabs(f3)) / h;
                        const double found = gradients[input].data()[entry];
                        INFO("d y[" << k << "] / d input " << input << " [" << entry << "]: " << found
                                    << ", difference " << difference);
                        CHECK(std::fabs(found - difference) <= tolerance * std::fabs(difference) + round_off);
                    }
                }
            }
        }
    }
}

TEST_CASE("every rule: shapes match, zero in gives zero out, twice gives the same, linear in dy", "[table]") {
    for (const Row& row : rows()) {
        if (!row.differentiable) continue;
        for (const Case& c : row.cases) {
            if (!c.differences) continue;
            INFO(row.name() << ", case " << &c - row.cases.data());
            const Tensors x = leaves(c.inputs);
            const Tensor y = row.compute(x);
            const Array dy = ordinary(y.shape(), 9);
            const Tensor loss = sum(to_tensor(dy) * y);
            const Tensors once = gradient_or_zero(loss, x, false);
            const Tensors twice = gradient_or_zero(loss, x, false);
            const Tensors nothing = pulled_back(row.compute, x, to_array(zeros(y.shape())));

            // The sum over k of dy[k] times the gradient of y[k] alone.
            std::vector<double> superposed(flat(once).size()), magnitude(superposed.size());
            for (std::size_t k = 0; k < dy.values.size(); ++k) {
                Array unit = to_array(zeros(y.shape()));
                unit.values[k] = 1;
                const std::vector<double> part = flat(pulled_back(row.compute, x, unit));
                for (std::size_t e = 0; e < part.size(); ++e) {
                    superposed[e] += dy.values[k] * part[e];
                    magnitude[e] += std::fabs(dy.values[k] * part[e]);
                }
            }
            const std::vector<double> all = flat(once);
            for (std::size_t e = 0; e < all.size(); ++e) {
                const double allowed = eps_allowed * std::numeric_limits<Real>::epsilon() * magnitude[e];
                CHECK(std::fabs(all[e] - superposed[e]) <= allowed);
            }
            CHECK(all == flat(twice));
            for (double value : flat(nothing)) CHECK(value == 0);
            for (std::size_t i = 0; i < x.size(); ++i) CHECK(once[i].shape() == x[i].shape());
        }
    }
}

// Where the plain composition has all its digits: at ordinary numbers. That it loses them in the tails is why
// the fused operations exist.
TEST_CASE("fused operations and their plain twins agree: value, gradient, second gradient", "[table]") {
    const double allowed = 256 * std::numeric_limits<Real>::epsilon();
    Index twins = 0;
    for (const Row& row : rows()) {
        if (!row.twin) continue;
        ++twins;
        for (const Case& c : row.cases) {
            bool is_ordinary = c.differences;
            for (const Array& input : c.inputs) {
                for (double value : input.values) is_ordinary = is_ordinary && std::fabs(value) < 2;
            }
            if (!is_ordinary) continue;
            INFO(row.name() << " and " << row.twin_of << ", case " << &c - row.cases.data());
            const Tensors x = leaves(c.inputs);
            const Tensor fused = row.compute(x), plain = row.twin(x);
            REQUIRE(fused.shape() == plain.shape());
            for (Index k = 0; k < fused.size(); ++k) {
                CHECK(fused.data()[k] == Approx(plain.data()[k]).epsilon(allowed).margin(allowed));
                const std::vector<double> a = two_orders(row.compute, x, k), b = two_orders(row.twin, x, k);
                REQUIRE(a.size() == b.size());
                for (std::size_t e = 0; e < a.size(); ++e) CHECK(a[e] == Approx(b[e]).epsilon(allowed).margin(allowed));
            }
        }
    }
    CHECK(twins > 0);
}

#ifdef GANTRY_DOUBLE

TEST_CASE("every rule, first and second order, entry by entry against differences", "[table]") {
    Figures figures;
    Index operations = 0;
    for (const Row& row : rows()) {
        if (!row.differentiable) continue;
        ++operations;
        for (const Case& c : row.cases) {
            INFO(row.name() << ", case " << &c - row.cases.data());
            CHECK(check_derivatives(row.compute, c, &figures) == "");
        }
    }
    std::printf(
        "derivatives: %td rows, %td cases, %td entries certified to 1e-7 (worst relative error %.1e first "
        "order, "
        "%.1e second), %td zero, %td abstained and covered by exact values\n",
        operations, figures.cases, figures.certified, figures.worst[0], figures.worst[1], figures.zero,
        figures.abstained);
}

TEST_CASE("check_grads: a wrong zero where the truth is 2e-9 fails", "[gradcheck]") {
    auto dead = [](const Tensors& x) { return sum(relu(x[0] + 20) * 0 + exp(x[0]).detach()); };  // says 0
    const GradReport report = check_grads(dead, {scalar(-20)}, 1);                               // e^-20 is 2.06e-9
    CHECK_FALSE(report.passed());
    REQUIRE(report.failed.size() == 1);
    CHECK(report.failed[0].analytic == 0);
    CHECK(report.failed[0].difference == Approx(2.061153622438558e-9));
    CHECK(report.str().find("1 failed\n  d f / d input 0 [0]: analytic 0, difference 2.06") != std::string::npos);
}

TEST_CASE("check_grads: abstains below the round-off of the difference, and only there", "[gradcheck]") {
    auto beside = [](Real value) { return [value](const Tensors& x) { return x[0] * Real(1e-13) + value; }; };
    const GradReport hidden = check_grads(beside(1), {scalar(1)}, 1);  // 1.5 eps / h is 3.4e-13
    CHECK(hidden.certified == 0);
    REQUIRE(hidden.abstained.size() == 1);
    CHECK(hidden.abstained[0].analytic == 1e-13);
    CHECK(hidden.abstained[0].round_off == Approx(1.5 * 0x1p-52 / 0x1p-10));
    CHECK(hidden.passed());
    const GradReport seen = check_grads(beside(0), {scalar(1)}, 1);
    CHECK(seen.certified == 1);
    CHECK(seen.abstained.empty());
}

TEST_CASE("check_grads: NaN fails, and what is no scalar function is refused", "[gradcheck]") {
    auto root = [](const Tensors& x) { return sum(sqrt(x[0])); };
    CHECK_FALSE(check_grads(root, {scalar(-1)}, 1).passed());
    auto many = [](const Tensors& x) { return x[0] * 2; };
    CHECK_THROWS_WITH(check_grads(many, {zeros({2})}, 1), "check_grads: f returns [2] and must return a single number");
    CHECK_THROWS_WITH(check_grads(root, {scalar(1)}, 3), "check_grads: order is 3 and must be 1 or 2");
    auto total = [](const Tensors& x) { return sum(x[0]); };
    CHECK_FALSE(check_grads(total, {zeros({0})}, 1).passed());  // nothing was checked
}

#else

TEST_CASE("check_grads refuses the float build", "[gradcheck]") {
    auto f = [](const Tensors& x) { return sum(x[0]); };
    CHECK_THROWS_WITH(check_grads(f, {scalar(1)}, 1),
                      "check_grads: a finite difference in float has too few digits to certify a derivative: use the "
                      "double build (make double, -DGANTRY_DOUBLE)");
}

#endif
