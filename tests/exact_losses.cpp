// The losses against exact numbers. tests/reference/ holds what they should be, computed with up to 5000 digits and
// rounded once:
//
//     loss_reference.json          every term of every loss for logits from -10,000 to 10,000: value, first and second
//                                  derivative; pairs of logits; soft targets; the gradient penalty
//     golden_losses.json           whole batches, two of them from the tests of well-known GAN libraries
//     optimal_discriminator.json   what theory says of each loss when the discriminator is optimal
//
// An ulp is the distance from one Real to the next. "Within 4 ulp" leaves a loss no room for a lost tail: where the
// answer is 2e-9 it must be 2e-9 to seven (in double sixteen) digits, and 0 only where it rounds to 0.
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "losses/losses.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;
using Json = nlohmann::json;

namespace {

constexpr bool in_double = sizeof(Real) == 8;
const char* const build = in_double ? "double" : "float";

// One part of a file of tests/reference.
Json read_reference(const std::string& name, const std::string& part) {
    const std::filesystem::path path = std::filesystem::path(__FILE__).parent_path() / "reference" / name;
    std::ifstream file(path);
    INFO(path.string() << ": the tests are run from Gantry's own folder");
    REQUIRE(file.good());
    return Json::parse(file).at(part);
}

// A number of the reference, rounded to Real once. A few are plain numbers.
Real exact(const Json& number) {
    if (number.is_number()) return number.get<Real>();
    const std::string digits = number[in_double ? "f64" : "f32"];
    return static_cast<Real>(std::strtod(digits.c_str(), nullptr));
}

// How many steps from one Real to the next lead from a to b.
std::uint64_t ulps(Real a, Real b) {
    if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<std::uint64_t>::max();
    using Bits = std::conditional_t<in_double, std::uint64_t, std::uint32_t>;
    const std::uint64_t a_steps = std::bit_cast<Bits>(std::fabs(a)),
                        b_steps = std::bit_cast<Bits>(std::fabs(b));  // from 0
    if (std::signbit(a) != std::signbit(b)) return a_steps + b_steps;
    return a_steps > b_steps ? a_steps - b_steps : b_steps - a_steps;
}

// The worst of many comparisons. Each is a check of its own: at most 4 ulp, and 0 exactly where the truth is 0.
struct Worst {
    std::uint64_t ulp = 0;
    void compare(Real got, Real wanted) {
        const std::uint64_t distance = ulps(got, wanted);
        INFO("got " << std::setprecision(17) << got << ", wanted " << wanted);
        CHECK(distance <= 4);
        CHECK((got == 0) == (wanted == 0));
        ulp = std::max(ulp, distance);
    }
};

struct Tally {
    Index rows = 0;
    Worst value, first, second;
    void print(const char* what) const {
        std::cout << "exact losses, " << build << ": " << rows << " " << what << "; worst ulp: value " << value.ulp
                  << ", first derivative " << first.ulp << ", second derivative " << second.ulp << "\n";
    }
};

Tensor leaf(const Shape& shape, const std::vector<Real>& values) {
    Tensor x = tensor(shape, values);
    x.set_requires_grad(true);
    return x;
}

Tensor logit(double value) { return leaf(Shape{1}, {static_cast<Real>(value)}); }

Tensor constant(double value) { return tensor(Shape{1}, {static_cast<Real>(value)}); }

// ------------------------------------------------------------------------------------- terms of a loss
//
// A discriminator's loss is a term of real logits plus a term of fake ones. One of them is made to vanish by a logit of
// which the discriminator is sure, or by the label itself: what is left, value and derivatives, is the other.

struct Alone {
    double real, fake;  // logits whose terms are exactly 0
};
constexpr Alone sure = {1e4, -1e4};  // softplus(-10,000) rounds to 0, in double too
constexpr Alone none = {0, 0};

Tensor real_term(const GanLoss& loss, const Tensor& r, Alone zero) {
    return loss.discriminator(r, constant(zero.fake));
}

Tensor fake_term(const GanLoss& loss, const Tensor& f, Alone zero) {
    return loss.discriminator(constant(zero.real), f);
}

using Term = std::function<Tensor(const Tensor& logit)>;

std::map<std::string, Term> all_terms() {
    static const Minimax minimax;
    static const NonSaturating non_saturating;
    static const Wasserstein wasserstein;
    static const LeastSquares coded_0_1({.a = 0, .b = 1, .c = 1});
    static const LeastSquares coded_1_1({.a = -1, .b = 1, .c = 0});
    return {{"bce_D_real", [](const Tensor& r) { return real_term(minimax, r, sure); }},
            {"bce_D_fake", [](const Tensor& f) { return fake_term(minimax, f, sure); }},
            {"minimax_G_saturating", [](const Tensor& f) { return minimax.generator(f); }},
            {"nonsaturating_G", [](const Tensor& f) { return non_saturating.generator(f); }},
            {"wasserstein_D_real", [](const Tensor& r) { return real_term(wasserstein, r, none); }},
            {"wasserstein_D_fake", [](const Tensor& f) { return fake_term(wasserstein, f, none); }},
            {"wasserstein_G", [](const Tensor& f) { return wasserstein.generator(f); }},
            {"lsgan_D_real[a=0,b=1,c=1]",
             [](const Tensor& r) {
                 return real_term(coded_0_1, r, {1, 0});
             }},
            {"lsgan_D_fake[a=0,b=1,c=1]",
             [](const Tensor& f) {
                 return fake_term(coded_0_1, f, {1, 0});
             }},
            {"lsgan_G[a=0,b=1,c=1]", [](const Tensor& f) { return coded_0_1.generator(f); }},
            {"lsgan_D_real[a=-1,b=1,c=0]",
             [](const Tensor& r) {
                 return real_term(coded_1_1, r, {1, -1});
             }},
            {"lsgan_D_fake[a=-1,b=1,c=0]",
             [](const Tensor& f) {
                 return fake_term(coded_1_1, f, {1, -1});
             }},
            {"lsgan_G[a=-1,b=1,c=0]", [](const Tensor& f) { return coded_1_1.generator(f); }}};
}

// The derivative of a number that may not depend on x: a linear loss has a constant slope, and grad() refuses that.
Real derivative(const Tensor& y, const Tensor& x) { return y.requires_grad() ? grad(sum(y), {x})[0].item() : Real(0); }

}  // namespace

TEST_CASE("ulps are counted across zero and at both ends", "[exact]") {
    const Real tiny = std::numeric_limits<Real>::denorm_min(), eps = std::numeric_limits<Real>::epsilon();
    CHECK(ulps(1, 1) == 0);
    CHECK(ulps(1, 1 + eps) == 1);
    CHECK(ulps(-1 - 3 * eps, -1) == 3);
    CHECK(ulps(0, Real(-0.0)) == 0);
    CHECK(ulps(tiny, -2 * tiny) == 3);
    CHECK(ulps(NAN, 1) > 4);
}

TEST_CASE("every term of every loss is exact within 4 ulp, twice differentiated", "[exact]") {
    const Json reference = read_reference("loss_reference.json", "terms");
    const auto terms = all_terms();
    CHECK(reference.size() == terms.size());
    Tally tally;
    for (const auto& [name, term] : reference.items()) {
        REQUIRE(terms.count(name) == 1);
        for (const Json& row : term["rows"]) {
            INFO(name << " at logit " << row["logit"]);
            const Tensor x = logit(row["logit"]);
            const Tensor loss = terms.at(name)(x);
            const Tensor slope = grad(loss, {x}, true)[0];
            tally.value.compare(loss.item(), exact(row["loss"]));
            tally.first.compare(slope.item(), exact(row["dloss_dlogit"]));
            tally.second.compare(derivative(slope, x), exact(row["d2loss_dlogit2"]));
            ++tally.rows;
        }
    }
    CHECK(tally.rows == 13 * 9);
    tally.print("rows of single terms");
}

TEST_CASE("every pair of real and fake logits is exact within 4 ulp", "[exact]") {
    const Json reference = read_reference("loss_reference.json", "joint_discriminator");
    std::map<std::string, std::unique_ptr<GanLoss>> losses;
    losses["bce_D"] = make_loss("non-saturating");
    losses["wasserstein_D"] = make_loss("wasserstein");
    losses["lsgan_D[a=0,b=1,c=1]"] = make_loss("least-squares");
    losses["lsgan_D[a=-1,b=1,c=0]"] = std::make_unique<LeastSquares>(LeastSquaresOptions{.a = -1, .b = 1, .c = 0});
    CHECK(reference.size() == losses.size());
    Tally tally;
    for (const auto& [name, loss] : losses) {
        for (const Json& row : reference.at(name)["rows"]) {
            INFO(name << " at real logit " << row["x"] << ", fake logit " << row["y"]);
            const Tensor r = logit(row["x"]), f = logit(row["y"]);
            const Tensor value = loss->discriminator(r, f);
            const Tensors slopes = grad(value, {r, f});
            tally.value.compare(value.item(), exact(row["loss"]));
            tally.first.compare(slopes[0].item(), exact(row["dloss_dx"]));
            tally.first.compare(slopes[1].item(), exact(row["dloss_dy"]));
            ++tally.rows;
        }
    }
    CHECK(tally.rows == 4 * 81);
    tally.print("rows of pairs (no second derivatives in the table)");
}

// ------------------------------------------------------------------------------------- hinge
//
// The exact value of max(0, 1 - x) is a difference of two floats, which long double holds.

TEST_CASE("the hinge loss is exact within 4 ulp, and its slope on both sides of the kink", "[exact]") {
    const Hinge hinge;
    const Real near_1 = 1 - std::numeric_limits<Real>::epsilon() / 2;
    Tally tally;
    for (const Real x : {Real(-1e4), Real(-30), -near_1, Real(-0.3), Real(0), Real(1e-6), near_1, Real(1), Real(1.5),
                         Real(18), Real(1e4)}) {
        INFO("logit " << x);
        const Tensor r = logit(x), f = logit(-x);
        const Tensor real = real_term(hinge, r, {1, -1}), fake = fake_term(hinge, f, {1, -1});
        const long double value = std::fmax(0.0L, 1 - static_cast<long double>(x));
        const Tensor real_slope = grad(real, {r}, true)[0], fake_slope = grad(fake, {f}, true)[0];
        for (const Tensor& loss : {real, fake}) tally.value.compare(loss.item(), static_cast<Real>(value));
        tally.first.compare(real_slope.item(), x < 1 ? -1 : 0);
        tally.first.compare(fake_slope.item(), x < 1 ? 1 : 0);
        tally.second.compare(derivative(real_slope, r), 0);
        tally.second.compare(derivative(fake_slope, f), 0);
        tally.first.compare(grad(hinge.generator(r), {r})[0].item(), -1);
        ++tally.rows;
    }
    CHECK(tally.rows == 11);
    tally.print("logits of the hinge loss");
}

// ------------------------------------------------------------------------------------- soft targets
//
//     t sp(-x) + (1-t) sp(x)          derivative (1-t) s(x) - t s(-x)
//
// The loss is given the smoothing 1 - t, so the target that it uses is not quite the table's: 1 - (1 - 0.1) is not 0.1,
// and no float is. Its result is therefore compared with the formula in long double at the target that it uses, and the
// formula with the table at the table's.

namespace {

long double long_softplus(long double x) { return std::fmax(x, 0.0L) + std::log1p(std::exp(-std::fabs(x))); }

long double long_sigmoid(long double x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }

long double soft_loss(long double x, long double t) { return t * long_softplus(-x) + (1 - t) * long_softplus(x); }

long double soft_slope(long double x, long double t) { return (1 - t) * long_sigmoid(x) - t * long_sigmoid(-x); }

long double soft_bend(long double x) { return long_sigmoid(x) * long_sigmoid(-x); }

}  // namespace

TEST_CASE("soft targets are exact within 4 ulp", "[exact]") {
    constexpr bool longer = std::numeric_limits<long double>::digits > 53;  // not on macOS for arm64
    if (in_double && !longer) std::puts("the checker of soft targets: SKIPPED, long double is double here");
    Tally tally;
    for (const Json& row : read_reference("loss_reference.json", "bce_with_logits")) {
        const double x = row["logit"], target = row["target"];
        INFO("logit " << x << ", target " << target);
        const double smoothing = 1 - target;
        const Real t = static_cast<Real>(1 - smoothing);
        if (in_double && longer) {
            CHECK(ulps(static_cast<Real>(soft_loss(x, target)), exact(row["loss"])) <= 1);
            CHECK(ulps(static_cast<Real>(soft_slope(x, target)), exact(row["dloss_dlogit"])) <= 1);
        }
        const Tensor r = logit(x);
        const Tensor loss = logistic_discriminator(r, constant(sure.fake), {.smoothing = smoothing});
        const Tensor slope = grad(loss, {r}, true)[0];
        tally.value.compare(loss.item(), static_cast<Real>(soft_loss(x, t)));
        tally.first.compare(slope.item(), static_cast<Real>(soft_slope(x, t)));
        tally.second.compare(derivative(slope, r), static_cast<Real>(soft_bend(x)));
        ++tally.rows;
    }
    CHECK(tally.rows == 45);
    tally.print("rows of soft targets");
}

// ------------------------------------------------------------------------------------- gradient penalty

namespace {

// D(x) = w . x, all axes of x but the first taken together.
Tensor linear_critic(const Tensor& x, const Tensor& w) {
    const Tensor rows = reshape(x, Shape{x.shape()[0], w.size()});
    return matmul(rows, reshape(w, Shape{w.size(), 1}));
}

Tensor penalty_of(const Tensor& w, const Shape& points, double lambda) {
    return gradient_penalty_at([&w](const Tensor& x) { return linear_critic(x, w); }, ones(points), lambda);
}

const Json& case_named(const Json& cases, const char* start) {
    for (const Json& one : cases) {
        if (one["name"].get<std::string>().rfind(start, 0) == 0) return one;
    }
    FAIL("no case " << start);
    return cases[0];
}

}  // namespace

TEST_CASE("the gradient penalty as a function of the norm is exact within 4 ulp", "[exact]") {
    Tally tally;
    for (const Json& row : read_reference("loss_reference.json", "gradient_penalty_norm")) {
        INFO("norm " << row["norm"]);
        const double lambda = row["lambda"];
        const Tensor w = leaf(Shape{1}, {row["norm"].get<Real>()});  // D(x) = w x has the slope w everywhere
        const Tensor penalty = penalty_of(w, Shape{1, 1}, lambda);
        const Real slope = grad(penalty, {w})[0].item();
        tally.value.compare(penalty.item(), exact(row["penalty"]));
        // At norm 0 the penalty goes down by -20 whichever way w goes: a kink, where its derivative is taken as 0.
        tally.first.compare(slope, w.item() == 0 ? Real(0) : exact(row["dpenalty_dnorm"]));
        ++tally.rows;
    }
    CHECK(tally.rows == 9);
    tally.print("norms under the gradient penalty");
}

TEST_CASE("the gradient penalty survives slopes near the smallest number", "[exact]") {
    const Real tiny = std::numeric_limits<Real>::denorm_min();
    for (const Real slope : {tiny, 16 * tiny, std::numeric_limits<Real>::min()}) {
        if (in_double && slope * slope == 0) continue;  // the norm of such doubles is 0
        const Tensor w = leaf(Shape{2}, {0, slope});
        const Tensors gradients = grad(penalty_of(w, Shape{1, 2}, 10), {w});
        CHECK(gradients[0].values() == std::vector<Real>{0, -20});
    }
}

TEST_CASE("the gradient penalty of critics with a known slope", "[exact]") {
    const Json cases = read_reference("loss_reference.json", "gradient_penalty_cases");
    CHECK(cases.size() == 6);

    SECTION("linear critic: the second order is there") {
        const Json& known = case_named(cases, "linear critic");
        const Tensor w = leaf(Shape{2}, {3, 4});
        const Tensor penalty = penalty_of(w, Shape{1, 2}, 10);
        Worst worst;
        worst.compare(penalty.item(), exact(known["penalty"]));
        const Tensors gradients = grad(penalty, {w});
        worst.compare(gradients[0].at({0}), exact(known["dpenalty_dw"][0]));
        worst.compare(gradients[0].at({1}), exact(known["dpenalty_dw"][1]));
    }
    SECTION("the norm is each sample's, and each sample's gradient is whole") {
        // (0.6, 0.8) is of length 1 up to rounding, (0, 1) exactly. A norm over the batch would give 0.17, the gradient
        // of a mean 0.25.
        const Real eps = std::numeric_limits<Real>::epsilon();
        CHECK(case_named(cases, "per-sample norm")["penalty"] == 0);
        CHECK(penalty_of(leaf(Shape{2}, {Real(0.6), Real(0.8)}), Shape{2, 2}, 1).item() <= eps * eps);
        CHECK(case_named(cases, "grad of sum")["penalty"] == 0);
        CHECK(penalty_of(leaf(Shape{2}, {0, 1}), Shape{2, 2}, 1).item() == 0);
    }
    SECTION("images: the norm is over all axes but the first") {
        CHECK(case_named(cases, "image axes")["penalty"] == 0);
        const Tensor w = leaf(Shape{4}, {0.5, 0.5, 0.5, 0.5});
        CHECK(penalty_of(w, Shape{1, 1, 2, 2}, 1).item() == 0);
        CHECK(penalty_of(w, Shape{1, 2, 2}, 1).item() == 0);
    }
    SECTION("a dead critic: the value is lambda, the derivative 0") {
        const Json& known = case_named(cases, "zero gradient");
        const Tensor w = leaf(Shape{2}, {0, 0});
        const Tensor penalty = penalty_of(w, Shape{3, 2}, 10);
        CHECK(penalty.item() == exact(known["penalty"]));
        CHECK(help::differences(grad(penalty, {w})[0].values(), known["dpenalty_dw"].get<std::vector<Real>>()) == "");
    }
    SECTION("tanh critic, value and gradient") {
        // D(x) = a tanh(w x) has the slope g = a w / cosh^2(w x). P = 10 (g - 1)^2 magnifies the rounding of g, which
        // is near 1, so g may be wrong by 4 ulp and P by what follows from that.
        const Json& known = case_named(cases, "tanh critic");
        const Tensor a = leaf(Shape{1}, {Real(1.5)}), w = leaf(Shape{1}, {Real(0.7)});
        const Real x = Real(0.3);
        const Tensor penalty =
            gradient_penalty_at([&](const Tensor& point) { return a * tanh(w * point); }, full(Shape{1, 1}, x), 10);
        const Tensors gradients = grad(penalty, {a, w});

        const double h = double(w.item()) * x;
        const double bend = 1 / (std::cosh(h) * std::cosh(h));
        const double g = a.item() * double(w.item()) * bend;
        const double dg_da = w.item() * bend, dg_dw = a.item() * bend * (1 - 2 * h * std::tanh(h));
        const double error_of_g = 4 * std::numeric_limits<Real>::epsilon();
        CHECK(std::fabs(penalty.item() - 10 * (g - 1) * (g - 1)) <= 20 * (g - 1) * error_of_g);
        CHECK(std::fabs(gradients[0].item() - 20 * (g - 1) * dg_da) <= 20 * error_of_g);
        CHECK(std::fabs(gradients[1].item() - 20 * (g - 1) * dg_dw) <= 20 * error_of_g);
        if (in_double) {  // these formulas, at the doubles nearest to 1.5, 0.7 and 0.3
            CHECK(g == Approx(exact(known["g"])).epsilon(1e-15));
            CHECK(10 * (g - 1) * (g - 1) == Approx(exact(known["penalty"])).epsilon(1e-12));
            CHECK(20 * (g - 1) * dg_da == Approx(exact(known["dpenalty_da"])).epsilon(1e-12));
            CHECK(20 * (g - 1) * dg_dw == Approx(exact(known["dpenalty_dw"])).epsilon(1e-12));
        }
    }
}

// The slope of D(x) = |x|^2 / 2 is x itself, so a penalty shows at which points it was taken.
TEST_CASE("each kind of penalty asks for its length at its points", "[exact]") {
    const auto critic = [](const Tensor& x) { return sum(square(x), 1) / 2; };
    const Tensor real = tensor({2, 2}, {3, 4, 0, 0}), fake = tensor({2, 2}, {0, 2, 6, 8});
    const auto penalty = [&](Penalty kind, const Tensor& x) {
        Random rng(5);
        return double(gradient_penalty(kind, critic, x, fake, 8, rng).item());
    };
    CHECK(penalty(Penalty::r1, real) == 4 * (25.0 + 0) / 2);
    CHECK(penalty(Penalty::r2, real) == 4 * (4.0 + 100) / 2);
    CHECK(penalty(Penalty::r1_r2, real) == penalty(Penalty::r1, real) + penalty(Penalty::r2, real));
    CHECK(penalty(Penalty::dragan, full({2, 1}, 3)) == 8 * 4);  // equal samples have no deviation, so there is no noise
    CHECK_THROWS(penalty(Penalty::dragan, zeros({0, 2})));
    Random rng(5), same(5);
    CHECK(penalty(Penalty::gulrajani, real) == gradient_penalty(critic, real, fake, 8, rng).item());

    const Tensor noise = same.normal({2, 2}) * std::sqrt(Real(3.1875)) / 2;  // the variance of 3, 4, 0, 0
    const Tensor excess = norm_per_sample(real + noise) - 1;
    CHECK(penalty(Penalty::dragan, real) == Approx(8 * mean(square(excess)).item()).epsilon(1e-5));
}

TEST_CASE("R1 has no kink where the slope is 0", "[exact]") {
    const Tensor w = leaf(Shape{1, 2}, {0, 0});
    const auto critic = [&w](const Tensor& x) { return matmul_nt(x, w); };
    const Tensor penalty = gradient_penalty_at(critic, ones({3, 2}), 5, 0);  // 5 |w|^2
    const Tensor slope = grad(penalty, {w}, true)[0];
    CHECK(penalty.item() == 0);
    CHECK(slope.values() == std::vector<Real>{0, 0});
    CHECK(grad(sum(slope), {w})[0].values() == std::vector<Real>{10, 10});
}

// ------------------------------------------------------------------------------------- whole batches

TEST_CASE("golden losses of whole batches", "[exact]") {
    const double tolerance = in_double ? 1e-13 : 1e-6;
    std::map<std::string, std::unique_ptr<GanLoss>> losses;
    for (const char* name : {"minimax", "non-saturating", "wasserstein"}) losses[name] = make_loss(name);
    losses["least-squares a=0 b=1 c=1"] = make_loss("least-squares");
    losses["least-squares a=-1 b=1 c=0"] = std::make_unique<LeastSquares>(LeastSquaresOptions{.a = -1, .b = 1, .c = 0});
    for (const Json& batch : read_reference("golden_losses.json", "cases")) {
        const auto real = batch["real_logits"].get<std::vector<Real>>(),
                   fake = batch["fake_logits"].get<std::vector<Real>>();
        for (const Shape& shape : {Shape{4}, Shape{4, 1}}) {
            const Tensor r = tensor(shape, real), f = tensor(shape, fake);
            for (const auto& [name, loss] : losses) {
                INFO(name << ", logits of " << batch["source"]);
                CHECK(loss->discriminator(r, f).item() == Approx(batch[name]["D"].get<double>()).epsilon(tolerance));
                CHECK(loss->generator(f).item() == Approx(batch[name]["G"].get<double>()).epsilon(tolerance));
            }
        }
    }
}

// ------------------------------------------------------------------------------------- the optimal discriminator
//
// Data p = N(0, 1) and fakes q = N(mean, std) are known, so the best discriminator is too; a loss becomes an integral:
//
//     loss             D*(x)                    D's loss there
//     logistic         log p(x) - log q(x)      2 ln 2 - 2 JS(p, q)
//     least squares    (b p + a q) / (p + q)    (b-a)^2/4 (1 - T/2)        T = int (p-q)^2 / (p+q)
//     Wasserstein      falls where mass moves   -W1(p, q)
//                      up, rises where down
//
// Each integral is taken twice: with the loss written out in tensor operations, and with the loss's own node, asked for
// one sample at a time. Double build only: 1e-8 is asked of them.

#ifdef GANTRY_DOUBLE

namespace {

// sum(weights * f(x)) is the integral of f from low to high by Simpson's rule.
struct Grid {
    Tensor x, weights;
    Grid(double low, double high, double step) {
        std::vector<Real> points, simpson;
        const Index intervals = std::lround((high - low) / step);  // an even number
        for (Index i = 0; i <= intervals; ++i) {
            const bool end = i == 0 || i == intervals;
            points.push_back(low + static_cast<double>(i) * step);
            simpson.push_back(step / 3 * (end ? 1 : i % 2 == 1 ? 4 : 2));
        }
        x = tensor(Shape{intervals + 1}, points);
        weights = tensor(x.shape(), simpson);
    }
    double integral(const Tensor& f) const { return sum(weights * f).item(); }
};

struct Normal {
    double mean, std;
    Tensor log_density(const Tensor& x) const {
        const Tensor standard = (x - mean) / std;
        return square(standard) / -2 - std::log(std * std::sqrt(2 * std::numbers::pi));
    }
    Tensor density(const Tensor& x) const { return exp(log_density(x)); }
};
const Normal data = {0, 1};

Tensor optimal_logit(const Tensor& x, const Normal& q) { return data.log_density(x) - q.log_density(x); }

Tensor optimal_least_squares(const Tensor& x, const Normal& q, double a, double b) {
    const Tensor p_x = data.density(x), q_x = q.density(x);
    return (b * p_x + a * q_x) / (p_x + q_x);
}

// The steepest 1-Lipschitz critic. From p to q = N(mean, std) every point moves from x to mean + std x: upwards right
// of the point that stays (if std = 1, all move alike), and D falls where mass moves up.
Tensor optimal_critic(const Tensor& x, const Normal& q) {
    if (q.std == 1) return -x;
    const double stays = q.mean / (1 - q.std);
    return -abs(x - stays);
}

// E_p [term of real] + E_q [term of fake], each from the loss's own node, one sample at a time.
double through_the_node(const GanLoss& loss, Alone zero, const Grid& grid, const Normal& q, const Tensor& D) {
    const Tensor p_x = data.density(grid.x), q_x = q.density(grid.x);
    std::vector<Real> sum_of_terms;
    for (Index i = 0; i < D.size(); ++i) {
        const Tensor one = slice(D, 0, i, i + 1);
        const Real real = real_term(loss, one, zero).item(), fake = fake_term(loss, one, zero).item();
        sum_of_terms.push_back(p_x.at({i}) * real + q_x.at({i}) * fake);
    }
    return grid.integral(tensor(D.shape(), sum_of_terms));
}

}  // namespace

TEST_CASE("with the optimal discriminator each loss is the divergence that theory says", "[exact][optimal]") {
    const Grid grid(-24, 26, 1.0 / 64);  // twelve standard deviations; a critic's kink, at -1, lies on a grid point
    for (const Json& pair : read_reference("optimal_discriminator.json", "pairs")) {
        const Normal q = {pair["q"]["mean"], pair["q"]["std"]};
        INFO("q = N(" << q.mean << ", " << q.std << "^2)");
        const Tensor p_x = data.density(grid.x), q_x = q.density(grid.x);
        const double JS = pair["JS"], T = pair["chi2 = int (p-q)^2/(p+q)"], W1 = pair["W1"];

        const Tensor r = optimal_logit(grid.x, q);
        const double logistic = 2 * std::numbers::ln2 - 2 * JS;
        const double stored = pair["discriminator loss at D*, logistic = 2 ln 2 - 2 JS"];
        CHECK(logistic == Approx(stored).epsilon(1e-14));
        CHECK(grid.integral(p_x * softplus(-r) + q_x * softplus(r)) == Approx(logistic).epsilon(1e-8));
        CHECK(through_the_node(Minimax(), sure, grid, q, r) == Approx(logistic).epsilon(1e-8));
        CHECK(through_the_node(NonSaturating(), sure, grid, q, r) == Approx(logistic).epsilon(1e-8));

        for (const auto& [a, b] : {std::pair{-1.0, 1.0}, {0.0, 1.0}, {-0.5, 2.0}}) {
            INFO("a = " << a << ", b = " << b);
            const double least_squares = (b - a) * (b - a) / 4 * (1 - T / 2);
            const Tensor D = optimal_least_squares(grid.x, q, a, b);
            const Tensor terms = p_x * square(D - b) + q_x * square(D - a);
            CHECK(grid.integral(terms / 2) == Approx(least_squares).epsilon(1e-8));
            const LeastSquares loss({.a = a, .b = b});
            CHECK(through_the_node(loss, {b, a}, grid, q, D) == Approx(least_squares).epsilon(1e-8));
        }
        CHECK(1 - T / 2 == Approx(pair["discriminator loss at D*, least squares a=-1 b=1 = 1 - chi2/2"].get<double>()));
        CHECK((1 - T / 2) / 4 ==
              Approx(pair["discriminator loss at D*, least squares a=0 b=1 = (1 - chi2/2)/4"].get<double>()));

        const Tensor critic = optimal_critic(grid.x, q);
        CHECK(grid.integral(q_x * critic - p_x * critic) == Approx(-W1).epsilon(1e-8));
        CHECK(through_the_node(Wasserstein(), none, grid, q, critic) == Approx(-W1).epsilon(1e-8));
    }
}

// The labels (-1, 1, 0) make G's loss with the real term added equal T, as losses/least_squares.hpp says.
TEST_CASE("least squares with labels -1, 1, 0: E_p D^2 + E_q D^2 is the chi-square", "[exact][optimal]") {
    const Grid grid(-24, 26, 1.0 / 64);
    for (const Json& pair : read_reference("optimal_discriminator.json", "pairs")) {
        const Normal q = {pair["q"]["mean"], pair["q"]["std"]};
        const Tensor D = optimal_least_squares(grid.x, q, -1, 1);
        const double T = grid.integral((data.density(grid.x) + q.density(grid.x)) * square(D));
        CHECK(T == Approx(pair["chi2 = int (p-q)^2/(p+q)"].get<double>()).epsilon(1e-8));
    }
}

TEST_CASE("at the frozen optimal discriminator each generator has the gradient that theory says", "[exact][optimal]") {
    // Fakes are theta + z, z normal; D* is the best for this theta and is not differentiated with respect to it.
    const Grid z(-12, 12, 1.0 / 16);
    const Tensor weights = z.weights * data.density(z.x);
    const LeastSquares coded_0_1({.a = 0, .b = 1, .c = 1}), coded_1_1({.a = -1, .b = 1, .c = 0});
    using Discriminator = std::function<Tensor(const Tensor& x, const Normal& q)>;
    struct Row {
        std::string name;
        const GanLoss& loss;
        Discriminator D;
        std::function<Tensor(const Tensor& f)> formula;
    };
    const Discriminator D_0_1 = [](const Tensor& x, const Normal& q) { return optimal_least_squares(x, q, 0, 1); };
    const Discriminator D_1_1 = [](const Tensor& x, const Normal& q) { return optimal_least_squares(x, q, -1, 1); };
    const Minimax minimax;
    const NonSaturating non_saturating;
    const Wasserstein wasserstein;
    const std::vector<Row> rows = {
        {"minimax", minimax, optimal_logit, [](const Tensor& f) { return -softplus(f); }},
        {"non-saturating", non_saturating, optimal_logit, [](const Tensor& f) { return softplus(-f); }},
        {"least-squares a=-1 b=1 c=0", coded_1_1, D_1_1, [](const Tensor& f) { return square(f) / 2; }},
        {"least-squares a=0 b=1 c=1", coded_0_1, D_0_1, [](const Tensor& f) { return square(f - 1) / 2; }},
        {"W1", wasserstein, optimal_critic, [](const Tensor& f) { return -f; }},
    };
    for (const Json& known :
         read_reference("optimal_discriminator.json", "generator gradients at frozen D*, q = N(theta,1)")) {
        const Normal q = {known["theta"], 1};
        for (const Row& row : rows) {
            INFO(row.name << ", theta = " << q.mean);
            const double wanted = known[row.name + " dG/dtheta"];
            const Tensor theta = leaf(Shape{1}, {q.mean});
            const Tensor f = row.D(theta + z.x, q);

            const Tensor written_out = sum(weights * row.formula(f));
            CHECK(grad(written_out, {theta})[0].item() == Approx(wanted).epsilon(1e-8));

            Tensor from_nodes = scalar(0);
            for (Index i = 0; i < f.size(); ++i) {
                const Tensor one = row.loss.generator(slice(f, 0, i, i + 1));
                from_nodes += one * weights.at({i});
            }
            CHECK(grad(from_nodes, {theta})[0].item() == Approx(wanted).epsilon(1e-8));
        }
    }
}

#endif

TEST_CASE("a loss is known by the name it is made with", "[losses]") {
    for (const std::string& name : all_loss_names()) CHECK(make_loss(name)->name() == name);
    const std::vector<std::string> first(loss_names().begin(), loss_names().begin() + 4);  // a student may add a fifth
    CHECK(first == std::vector<std::string>{"minimax", "non-saturating", "wasserstein", "least-squares"});
}
