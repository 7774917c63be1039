// The optimizers against their papers: each parameter is followed by a recursion on plain doubles that knows nothing of
// tensors, for fifty steps of random gradients.
#include "optim/optim.hpp"

#include <cmath>
#include <functional>
#include <limits>

#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;

namespace {

constexpr int steps = 50;
// Fifty steps, each rounded a few times; in float the recursion in double is the truth.
constexpr double tolerance = sizeof(Real) == 8 ? 1e-13 : 2e-5;

Tensors start() {
    Random rng(4);
    Tensors parameters = {rng.normal(Shape{3, 2}), rng.normal(Shape{5}), rng.normal(Shape{})};
    for (Tensor& parameter : parameters) parameter.set_requires_grad(true);
    return parameters;
}

// Gradients of very different size: what a step does with the size is the point of RMSProp and Adam.
Tensors gradients_of(const Tensors& parameters, Random& rng) {
    Tensors gradients;
    Real size = 1;
    for (const Tensor& parameter : parameters) {
        gradients.push_back(rng.normal(parameter.shape()) * size);
        size /= 100;
    }
    return gradients;
}

std::vector<Real> numbers_of(const Tensors& tensors) {
    std::vector<Real> all;
    for (const Tensor& x : tensors) {
        for (Real value : x.values()) all.push_back(value);
    }
    return all;
}

// One parameter, one number, by hand.
struct Scalar {
    double p = 0, first = 0, second = 0;  // the parameter, its velocity or mean gradient, its mean square
};
using Recursion = std::function<void(Scalar& s, double g, int t)>;

void check_against(Optimizer& optimizer, const Tensors& parameters, const Recursion& recursion) {
    std::vector<Scalar> scalars;
    for (Real p : numbers_of(parameters)) scalars.push_back({p});
    Random rng(5);
    for (int t = 1; t <= steps; ++t) {
        const Tensors gradients = gradients_of(parameters, rng);
        const std::vector<Real> g = numbers_of(gradients);
        optimizer.step(gradients);
        for (std::size_t k = 0; k < scalars.size(); ++k) recursion(scalars[k], g[k], t);
    }
    CHECK(optimizer.steps() == steps);
    const std::vector<Real> p = numbers_of(parameters);
    for (std::size_t k = 0; k < scalars.size(); ++k) {
        INFO("number " << k);
        CHECK(p[k] == Approx(scalars[k].p).epsilon(tolerance).margin(tolerance));
    }
}

}  // namespace

TEST_CASE("the defaults are PyTorch's", "[optim]") {
    CHECK(SgdOptions().lr == 1e-3);
    CHECK(SgdOptions().momentum == 0);
    CHECK(RmsPropOptions().lr == 1e-2);
    CHECK(RmsPropOptions().alpha == 0.99);
    CHECK(RmsPropOptions().eps == 1e-8);
    CHECK(AdamOptions().lr == 1e-3);
    CHECK(AdamOptions().beta1 == 0.9);
    CHECK(AdamOptions().beta2 == 0.999);
    CHECK(AdamOptions().eps == 1e-8);
    CHECK(Sgd(start()).lr() == 1e-3);
    CHECK(RmsProp(start()).lr() == 1e-2);
    CHECK(Adam(start()).lr() == 1e-3);
}

TEST_CASE("Sgd follows its recursion", "[optim]") {
    const double lr = 0.1;
    const Tensors parameters = start();
    SECTION("plain") {
        Sgd sgd(parameters, {.lr = lr});
        check_against(sgd, parameters, [=](Scalar& s, double g, int) { s.p -= lr * g; });
    }
    SECTION("with momentum") {
        Sgd sgd(parameters, {.lr = lr, .momentum = 0.9});
        check_against(sgd, parameters, [=](Scalar& s, double g, int) {
            s.first = 0.9 * s.first + g;
            s.p -= lr * s.first;
        });
    }
}

TEST_CASE("RmsProp follows its recursion", "[optim]") {
    const Tensors parameters = start();
    RmsProp rmsprop(parameters, {.lr = 0.02, .alpha = 0.95, .eps = 1e-6});
    check_against(rmsprop, parameters, [](Scalar& s, double g, int) {
        s.second = 0.95 * s.second + 0.05 * g * g;
        s.p -= 0.02 * g / (std::sqrt(s.second) + 1e-6);
    });
}

TEST_CASE("Adam follows its recursion", "[optim]") {
    for (const auto& [beta1, beta2] : {std::pair{0.9, 0.999}, {0.5, 0.9}, {0.0, 0.99}}) {
        INFO("betas " << beta1 << " and " << beta2);
        const double b1 = beta1, b2 = beta2;
        const Tensors parameters = start();
        Adam adam(parameters, {.lr = 0.01, .beta1 = beta1, .beta2 = beta2, .eps = 1e-7});
        check_against(adam, parameters, [=](Scalar& s, double g, int t) {
            s.first = b1 * s.first + (1 - b1) * g;
            s.second = b2 * s.second + (1 - b2) * g * g;
            const double mean = s.first / (1 - std::pow(b1, t)), square = s.second / (1 - std::pow(b2, t));
            s.p -= 0.01 * mean / (std::sqrt(square) + 1e-7);
        });
    }
}

TEST_CASE("Adam's fused step is the step composed of tensor operations", "[optim]") {
    const AdamOptions options = {.lr = 0.01, .beta1 = 0.5};
    const Tensors parameters = start();
    Adam adam(parameters, options);
    Tensors p, m, v;
    for (const Tensor& parameter : parameters) {
        p.push_back(tensor(parameter.shape(), parameter.values()));
        m.push_back(zeros_like(parameter));
        v.push_back(zeros_like(parameter));
    }
    Random rng(5);
    for (Index t = 1; t <= steps; ++t) {
        const Tensors gradients = gradients_of(parameters, rng);
        adam.step(gradients);
        for (std::size_t i = 0; i < p.size(); ++i) plain::adam_step(p[i], m[i], v[i], gradients[i], t, options);
    }
    const std::vector<Real> fused = numbers_of(parameters), composed = numbers_of(p);
    for (std::size_t k = 0; k < fused.size(); ++k) {
        CHECK(fused[k] == Approx(composed[k]).epsilon(tolerance).margin(tolerance));
    }
}

TEST_CASE("the learning rate may change on the way", "[optim]") {
    const Tensors parameters = start();
    const std::vector<Real> before = numbers_of(parameters);
    Sgd sgd(parameters, {.lr = 1});
    sgd.set_lr(0.25);
    CHECK(sgd.lr() == 0.25);
    sgd.step({ones(Shape{3, 2}), ones(Shape{5}), ones(Shape{})});
    const std::vector<Real> after = numbers_of(parameters);
    for (std::size_t k = 0; k < before.size(); ++k) CHECK(after[k] == before[k] - Real(0.25));
    CHECK_THROWS_WITH(sgd.set_lr(0), "Sgd: lr is 0 and must be above 0");
    CHECK(sgd.lr() == 0.25);
}

TEST_CASE("without arguments step() takes what backward() left", "[optim]") {
    const Tensors parameters = start();
    Sgd sgd(parameters, {.lr = 0.5});
    const std::vector<Real> before = numbers_of(parameters);
    backward(sum(square(parameters[1])));  // parameters 0 and 2 get no gradient, and stay
    sgd.step();
    const std::vector<Real> after = numbers_of(parameters);
    for (std::size_t k = 0; k < before.size(); ++k) {
        const bool moved = k >= 6 && k < 11;  // p - 0.5 * 2 p
        CHECK(after[k] == (moved ? Real(0) : before[k]));
    }
    sgd.zero_grad();
    CHECK_FALSE(parameters[1].grad().defined());
}

// ------------------------------------------------------------------------------------- state

namespace {

std::unique_ptr<Optimizer> make(const std::string& name, const Tensors& parameters) {
    if (name == "sgd") return std::make_unique<Sgd>(parameters, SgdOptions{.lr = 0.1});
    if (name == "momentum") return std::make_unique<Sgd>(parameters, SgdOptions{.lr = 0.1, .momentum = 0.9});
    if (name == "rmsprop") return std::make_unique<RmsProp>(parameters);
    return std::make_unique<Adam>(parameters);
}

void run(Optimizer& optimizer, const Tensors& parameters, int count, Random& rng) {
    for (int t = 0; t < count; ++t) optimizer.step(gradients_of(parameters, rng));
}

}  // namespace

TEST_CASE("an optimizer that takes back its state goes on as if nothing had happened", "[optim]") {
    for (const char* name : {"sgd", "momentum", "rmsprop", "adam"}) {
        INFO(name);
        const Tensors whole = start(), interrupted = start();
        Random rng(7);
        const auto optimizer = make(name, whole);
        run(*optimizer, whole, 20, rng);

        const NamedTensors state = optimizer->state();
        const Random::State draws = rng.state();
        for (std::size_t i = 0; i < whole.size(); ++i) Tensor(interrupted[i]).assign(whole[i]);
        run(*optimizer, whole, 10, rng);  // the state is a copy: this does not change it

        const auto resumed = make(name, interrupted);
        resumed->load_state(state);
        CHECK(resumed->steps() == 20);
        Random same_draws(draws);
        run(*resumed, interrupted, 10, same_draws);
        CHECK(numbers_of(interrupted) == numbers_of(whole));
        CHECK(resumed->steps() == 30);
    }
}

TEST_CASE("the state has names", "[optim]") {
    const Adam adam(start());
    std::vector<std::string> names;
    for (const auto& [name, values] : adam.state()) names.push_back(name);
    CHECK(names == std::vector<std::string>{"steps", "mean.0", "mean.1", "mean.2", "square.0", "square.1", "square.2"});
}

TEST_CASE("more steps than a Real can count are saved and come back", "[optim]") {
    const Real below = std::ldexp(Real(1), std::numeric_limits<Real>::digits) - 1;
    Adam adam(start());
    NamedTensors state = adam.state();
    state[0].second = tensor(Shape{2}, {below, 2});
    adam.load_state(state);
    CHECK(adam.steps() == 3 * (static_cast<Index>(below) + 1) - 1);
    CHECK(adam.state()[0].second.values() == std::vector<Real>{below, 2});
    adam.step({ones(Shape{3, 2}), ones(Shape{5}), ones(Shape{})});
    CHECK(adam.state()[0].second.values() == std::vector<Real>{0, 3});
}

TEST_CASE("a state that does not fit is refused, and changes nothing", "[optim]") {
    const Tensors parameters = start();
    Adam adam(parameters);
    Random rng(7);
    run(adam, parameters, 3, rng);
    const NamedTensors good = adam.state();
    const auto unchanged = [&] {
        bool same = true;
        const NamedTensors now = adam.state();
        for (std::size_t i = 0; i < now.size(); ++i) same = same && now[i].second.values() == good[i].second.values();
        return same;
    };
    NamedTensors state = good;
    SECTION("of another optimizer") {
        CHECK_THROWS_WITH(adam.load_state(Sgd(start()).state()), "Adam: the state holds 1 tensors, not 7");
    }
    SECTION("a tensor is missing, another one unknown") {
        state[1].first = "velocity.0";
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state lacks \"mean.0\"");
    }
    SECTION("no number of steps") {
        state[0].first = "step";
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state lacks \"steps\"");
    }
    SECTION("a number of steps that is none") {
        state[0].second = scalar(-1);
        CHECK_THROWS_WITH(adam.load_state(state), ContainsSubstring("Adam: the state's \"steps\" is -1"));
        state[0].second = scalar(std::numeric_limits<Real>::quiet_NaN());
        CHECK_THROWS_WITH(adam.load_state(state), ContainsSubstring("Adam: the state's \"steps\" is nan"));
        state[0].second = scalar(std::numeric_limits<Real>::infinity());
        CHECK_THROWS_WITH(adam.load_state(state), ContainsSubstring("Adam: the state's \"steps\" is inf"));
        for (const Real wrong : {Real(1e30), Real(2.5)}) {
            state[0].second = scalar(wrong);
            CHECK_THROWS_WITH(adam.load_state(state), ContainsSubstring("which is no number of steps"));
        }
        state[0].second = zeros(Shape{3});
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state's \"steps\" are [3]");
    }
    SECTION("a tensor is given twice") {
        state[2] = state[1];
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state holds \"mean.0\" twice");
        state = good;
        state.push_back(state[0]);
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state holds \"steps\" twice");
    }
    SECTION("a negative mean square") {
        state[6].second = scalar(-1);
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state's \"square.2\" holds -1.000000");
    }
    SECTION("numbers that are not finite") {
        state[6].second = scalar(std::numeric_limits<Real>::infinity());
        CHECK_THROWS_WITH(adam.load_state(state), "Adam: the state's \"square.2\" holds inf");
        state[6] = good[6];
        state[3].second = scalar(std::numeric_limits<Real>::quiet_NaN());
        CHECK_THROWS_WITH(adam.load_state(state), ContainsSubstring("Adam: the state's \"mean.2\" holds "));
    }
    SECTION("another shape") {
        state[5].second = zeros(Shape{4});
        CHECK_THROWS_WITH(adam.load_state(state), ContainsSubstring("Adam: \"square.1\" is [5], the given is [4]"));
    }
    CHECK(unchanged());
}

// ------------------------------------------------------------------------------------- misuse

TEST_CASE("optimizers refuse parameters that cannot be trained", "[optim][errors]") {
    Tensors parameters = start();
    CHECK_THROWS_WITH(Adam(Tensors{}), "Adam: there are no parameters");
    CHECK_THROWS_WITH(RmsProp({parameters[0], parameters[1], parameters[0]}),
                      "RmsProp: parameter 2, [3, 2], is the same tensor as parameter 0");
    Tensor fixed = ones(Shape{4});
    fixed.set_name("frozen");
    CHECK_THROWS_WITH(Sgd({parameters[0], fixed}), "Sgd: parameter 1 \"frozen\", [4], does not require a gradient");
    CHECK_THROWS_WITH(Sgd({square(parameters[1])}), "Sgd: parameter 0, [5], is the result of an operation, not a leaf");
}

TEST_CASE("optimizers refuse gradients that are not theirs, and change nothing", "[optim][errors]") {
    const Tensors parameters = start();
    const std::vector<Real> before = numbers_of(parameters);
    for (const char* name : {"sgd", "momentum", "rmsprop", "adam"}) {
        const auto optimizer = make(name, parameters);
        CHECK_THROWS_WITH(optimizer->step({ones(Shape{3, 2})}), ContainsSubstring(": 1 gradients for 3 parameters"));
        CHECK_THROWS_WITH(optimizer->step({ones(Shape{3, 2}), ones(Shape{5, 1}), ones(Shape{})}),
                          ContainsSubstring(": parameter 1, [5], was given a gradient of shape [5, 1]"));
        const std::string none =
            ": no parameter has a gradient: call backward(loss) first, or pass grad(loss, parameters)";
        CHECK_THROWS_WITH(optimizer->step(), ContainsSubstring(none));
        CHECK_THROWS_WITH(optimizer->step({Tensor(), Tensor(), Tensor()}), ContainsSubstring(none));
        CHECK(optimizer->steps() == 0);
    }
    CHECK(help::differences(numbers_of(parameters), before) == "");
}

TEST_CASE("optimizers refuse options that make no sense", "[optim][errors]") {
    const Tensors p = start();
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(Sgd(p, {.lr = 0}), "Sgd: lr is 0 and must be above 0");
    CHECK_THROWS_WITH(Sgd(p, {.lr = infinity}), "Sgd: lr is inf and must be above 0");
    CHECK_THROWS_WITH(Sgd(p, {.lr = NAN}), ContainsSubstring("nan and must be above 0"));
    CHECK_THROWS_WITH(Sgd(p, {.momentum = 1}), "Sgd: momentum is 1 and must be at least 0 and below 1");
    CHECK_THROWS_WITH(RmsProp(p, {.alpha = -0.5}), "RmsProp: alpha is -0.5 and must be at least 0 and below 1");
    CHECK_THROWS_WITH(RmsProp(p, {.eps = 0}), "RmsProp: eps is 0 and must be above 0");
    CHECK_THROWS_WITH(Adam(p, {.beta1 = 1}), "Adam: beta1 is 1 and must be at least 0 and below 1");
    CHECK_THROWS_WITH(Adam(p, {.beta2 = 1.5}), "Adam: beta2 is 1.5 and must be at least 0 and below 1");
    CHECK_THROWS_WITH(Adam(p, {.eps = -1}), "Adam: eps is -1 and must be above 0");
}

// ------------------------------------------------------------------------------------- weight clipping

TEST_CASE("clipping brings weights back into the box and leaves the others", "[optim]") {
    Tensor w = tensor(Shape{7}, {-3, Real(-0.01), Real(-0.004), 0, Real(0.0099), Real(0.01), 5});
    w.set_requires_grad(true);
    clip_weights({w}, 0.01);
    const Real c = Real(0.01);
    CHECK(w.values() == std::vector<Real>{-c, -c, Real(-0.004), 0, Real(0.0099), c, c});
    for (const double bound : {0.0, -1.0, std::numeric_limits<double>::infinity()}) {
        CHECK_THROWS_WITH(clip_weights({w}, bound), ContainsSubstring("clip_weights: c is "));
    }
}
