// Promise 8: no input is silently taken for something else. Masks select and never multiply; only reshape and detach
// share memory with their input; an option is checked as the Real that is used.
#include <cmath>
#include <limits>
#include <thread>

#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;

namespace {

const Real infinity = std::numeric_limits<Real>::infinity();
using Values = std::vector<Real>;

Tensor leaf(const Shape& shape, const Values& values) {
    Tensor x = tensor(shape, values);
    x.set_requires_grad(true);
    return x;
}

}  // namespace

// ----------------------------------------------------------------------------------------- masks select

TEST_CASE("an impossible class does not spoil the cross-entropy of another", "[masks]") {
    const Tensor logits = leaf({1, 3}, {-infinity, 0, 0});
    const Tensor loss = cross_entropy(logits, std::vector<Index>{1});
    CHECK(loss.item() == Approx(std::log(2.0)));
    const Values slope = grad(loss, {logits})[0].values();
    CHECK(slope[0] == 0);
    CHECK(slope[1] == Approx(-0.5));
    CHECK(slope[2] == Approx(0.5));
    CHECK(cross_entropy(logits, std::vector<Index>{0}).item() == infinity);
}

TEST_CASE("an infinite gradient of max goes to the largest alone", "[masks]") {
    const Tensor x = leaf({2}, {0, -1});
    CHECK(grad(sqrt(max(x, 0)), {x})[0].values() == Values{infinity, 0});
}

TEST_CASE("dropout drops an infinite number, and an infinite gradient", "[masks]") {
    Random rng(1);
    const Index n = 100;
    const Tensor x = leaf({n}, Values(n, infinity));
    const Tensor y = dropout(x, 0.5, rng);
    const Values slope = grad(sum(y * infinity), {x})[0].values();
    Index dropped = 0;
    for (Index i = 0; i < n; ++i) {
        const Real number = y.at({i});
        CHECK((number == 0 || number == infinity));
        CHECK(slope[i] == number);
        dropped += number == 0;
    }
    CHECK(dropped > 20);
    CHECK(dropped < 80);
}

TEST_CASE("activations and abs select", "[masks]") {
    const Tensor x = leaf({4}, {-infinity, -2, 0, infinity});
    const Tensor dy = full({4}, infinity);
    CHECK(relu(x).values() == Values{0, 0, 0, infinity});
    CHECK(leaky_relu(x, 0).values() == Values{0, 0, 0, infinity});
    CHECK(leaky_relu(x, Real(0.5)).values() == Values{-infinity, -1, 0, infinity});
    CHECK(relu_grad(dy, x).values() == Values{0, 0, 0, infinity});
    CHECK(leaky_relu_grad(dy, x, 0).values() == Values{0, 0, 0, infinity});
    CHECK(grad(sum(relu(x) * dy), {x})[0].values() == Values{0, 0, 0, infinity});
    CHECK(grad(sum(abs(x) * dy), {x})[0].values() == Values{-infinity, -infinity, 0, infinity});
}

TEST_CASE("a target of zero takes an infinite term out of the logistic loss", "[masks]") {
    const Tensor r = leaf({1}, {-infinity}), f = leaf({1}, {-1});
    const Tensor loss = NonSaturating({.smoothing = 1}).discriminator(r, f);
    CHECK(loss.item() == Approx(std::log1p(std::exp(-1.0))));
    CHECK(grad(loss, {r})[0].item() == 0);
}

TEST_CASE("the norm's derivative is 0 at 0, whatever comes in", "[masks]") {
    const Tensor x = leaf({2, 2}, {0, 0, 3, 4});
    CHECK(grad(sum(sqrt(norm_per_sample(x))), {x})[0].at({0, 1}) == 0);
}

TEST_CASE("log_softmax of many classes takes memory for them once, and its tail keeps its digits", "[masks]") {
    const Index classes = 8000;
    const Tensor logits = leaf({1, classes}, Values(classes, 0));
    const Tensor loss = cross_entropy(logits, std::vector<Index>{7});
    Storage::release_free_blocks();
    const Index before = Storage::held_bytes();
    const Tensor slope = grad(loss, {logits})[0];
    CHECK(Storage::held_bytes() - before < 40 * classes * static_cast<Index>(sizeof(Real)));
    CHECK(slope.at({0, 7}) == Approx(1.0 / classes - 1));
    CHECK(slope.at({0, 8}) == Approx(1.0 / classes));

    const Tensor sure = leaf({1, 3}, {60, 0, 0});  // 1 - p rounds to 0
    CHECK(grad(cross_entropy(sure, std::vector<Index>{0}), {sure})[0].at({0, 0}) == Approx(-2 * std::exp(-60.0)));
}

// ----------------------------------------------------------------------------------------- no aliases

TEST_CASE("no operation but reshape and detach returns its input's memory", "[aliases]") {
    Random rng(1);
    Tensor one = leaf({1}, {3}), number = leaf({}, {3}), row = leaf({1, 4}, {1, 2, 3, 4}),
           vector = leaf({4}, {1, 2, 3, 4});
    struct Result {
        const char* what;
        Tensor x, y;
    };
    const std::vector<Result> results = {
        {"sum", one, sum(one)},
        {"sum of a scalar", number, sum(number)},
        {"sum(axis)", row, sum(row, 0)},
        {"sum(axis), kept", row, sum(row, 0, true)},
        {"mean", one, mean(one)},
        {"mean(axis)", row, mean(row, 0)},
        {"max(axis)", row, max(row, 0)},
        {"sum_to", vector, sum_to(vector, Shape{4})},
        {"sum_to, of another rank", row, sum_to(row, Shape{4})},
        {"broadcast_to", vector, broadcast_to(vector, Shape{4})},
        {"broadcast_to, of another rank", vector, broadcast_to(vector, Shape{1, 4})},
        {"slice", vector, slice(vector, 0, 0, 4)},
        {"pad", vector, pad(vector, 0, 0, 4)},
        {"concat", vector, concat({vector}, 0)},
        {"transpose", row, transpose(row)},
        {"pow", vector, pow(vector, 1)},
        {"leaky_relu", vector, leaky_relu(vector, 1)},
        {"dropout", vector, dropout(vector, 0, rng)},
        {"identity", vector, Activation::identity()(vector)},
        {"interpolate", row, interpolate(row, row, rng)},
    };
    for (const auto& [what, x, y] : results) {
        INFO(what);
        CHECK(y.data() != x.data());
        if (y.requires_grad()) CHECK(help::differences(grad(sum(y), {x})[0].values(), Values(x.size(), 1)) == "");
    }
    CHECK(reshape(vector, Shape{4}).data() == vector.data());
    CHECK(vector.detach().data() == vector.data());

    const Tensor loss = sum(one);
    one.assign({9});
    CHECK(loss.item() == 3);
}

// ----------------------------------------------------------------------------------------- options as Real

#ifndef GANTRY_DOUBLE
TEST_CASE("options are checked as the Real that is used", "[options]") {
    Random rng(1);
    const Tensors p = {leaf({2}, {1, 2})};
    CHECK_THROWS_WITH(Sgd(p, {.lr = 1e-50}), "Sgd: lr is 1e-50 (as a float: 0) and must be above 0");
    CHECK_THROWS_WITH(Sgd(p, {.lr = 1e39}), "Sgd: lr is 1e+39 (as a float: inf) and must be above 0");
    CHECK_THROWS_WITH(Sgd(p, {.momentum = 1 - 1e-9}),
                      "Sgd: momentum is 0.999999999 (as a float: 1) and must be at least 0 and below 1");
    CHECK_THROWS_WITH(RmsProp(p, {.alpha = 1 - 1e-9}), ContainsSubstring("(as a float: 1)"));
    CHECK_THROWS_WITH(RmsProp(p, {.eps = 1e-60}), "RmsProp: eps is 1e-60 (as a float: 0) and must be above 0");
    CHECK_THROWS_WITH(Adam(p, {.eps = 1e-60}), "Adam: eps is 1e-60 (as a float: 0) and must be above 0");
    CHECK_THROWS_WITH(Adam(p, {.beta1 = 1 - 1e-9}), ContainsSubstring("beta1"));
    CHECK_THROWS_WITH(Adam(p, {.beta2 = 1 - 1e-9}), ContainsSubstring("beta2"));
    CHECK_THROWS_WITH(Adam(p, {.lr = 1e38, .beta1 = 0.9}),
                      "Adam: lr / (1 - beta1), the first step's, is 1e+39 (as a float: inf) and must be finite");
    Adam adam(p, {.lr = 1e37, .beta1 = 0.9});
    CHECK_THROWS(adam.set_lr(1e38));
    CHECK(adam.lr() == 1e37);
    CHECK_THROWS_WITH(clip_weights(p, 1e-50), "clip_weights: c is 1e-50 (as a float: 0) and must be above 0");
    CHECK_THROWS(clip_weights(p, 1e39));
    CHECK_THROWS_WITH(dropout(p[0], 1 - 1e-9, rng),
                      "dropout: p is 0.999999999 (as a float: 1) and must be at least 0 and below 1");
    const Linear critic(2, 1, rng);
    CHECK_THROWS_WITH(gradient_penalty_at(critic, ones({3, 2}), 1e39), ContainsSubstring("(as a float: inf)"));
    CHECK_THROWS(LeastSquares({.b = 1e39}));
    CHECK_THROWS(LeastSquares({.a = 1, .b = 1 + 1e-12}));
}
#endif

TEST_CASE("an activation's slope must be finite", "[options]") {
    CHECK_THROWS_WITH(Activation::leaky_relu(NAN), ContainsSubstring("must be finite"));
    CHECK_THROWS_WITH(Activation::leaky_relu(infinity), ContainsSubstring("must be finite"));
}

// ----------------------------------------------------------------------------------------- refused

TEST_CASE("the gradient penalty wants one logit for each point", "[errors]") {
    Random rng(1);
    const Linear D(2, 1, rng);
    const auto mean_of_batch = [&](const Tensor& x) { return mean(D(x), 0); };
    CHECK_THROWS_WITH(
        gradient_penalty(mean_of_batch, ones({8, 2}), ones({8, 2}), 10, rng),
        "gradient_penalty: the critic's result is [1] for points [8, 2]: it must be one logit for each point");
}

TEST_CASE("an optimizer refuses the gradients of other tensors", "[errors]") {
    Random rng(1);
    const Mlp D({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    const Mlp G({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    Adam optimizer(G.parameters());
    const Tensor x = ones({4, 2});
    Tensors of_D = grad(mean(D(x)), D.parameters());
    CHECK_THROWS_WITH(optimizer.step(of_D), ContainsSubstring("was given the gradient of another tensor"));
    CHECK(optimizer.steps() == 0);
    for (Tensor& gradient : of_D) gradient = gradient.detach();
    CHECK_NOTHROW(optimizer.step(of_D));  // meant
    CHECK_NOTHROW(optimizer.step(grad(mean(G(x)), G.parameters())));
    CHECK_NOTHROW(optimizer.step(grad(mean(G(x)), G.parameters(), true)));
    backward(mean(G(x)));
    CHECK_NOTHROW(optimizer.step());
    Tensors scaled = grad(mean(G(x)), G.parameters());
    for (Tensor& gradient : scaled) gradient *= scalar(2);
    CHECK_NOTHROW(optimizer.step(scaled));
}

TEST_CASE("+= and its kin refuse to rebind a parameter", "[errors]") {
    Tensor w = leaf({2}, {1, 2});
    const Tensor step = ones({2});
    const std::string words =
        " a is a leaf, [2], that requires a gradient. It would keep its numbers, and this handle would get a new "
        "tensor. "
        "Write a.assign(a - lr * gradient), or use an optimizer";
    CHECK_THROWS_WITH(w += step, "+=:" + words);
    CHECK_THROWS_WITH(w -= step, "-=:" + words);
    CHECK_THROWS_WITH(w *= step, "*=:" + words);
    CHECK_THROWS_WITH(w /= step, "/=:" + words);
    {
        NoRecording guard;
        CHECK_THROWS(w -= step);
    }
    CHECK(w.values() == Values{1, 2});
    w.assign(w - step);
    CHECK(w.values() == Values{0, 1});
    Tensor result = w * 2;
    result += step;  // the result of an operation may be rebound, and so may a tensor without gradient
    CHECK(grad(sum(result), {w})[0].values() == Values{2, 2});
}

TEST_CASE("a second thread is refused", "[errors]") {
    zeros({1});  // this thread is the first, also where this test is the first to make a tensor
    std::string message;
    std::thread other([&] {
        try {
            const Tensor x = zeros({2});
        } catch (const std::exception& error) {
            message = error.what();
        }
    });
    other.join();
    CHECK(message == "Tensor: only the thread that made the first tensor may make another");
}

TEST_CASE("a lack of memory says what was asked for", "[errors]") {
    const Index large = Index(1) << 50;
    CHECK_THROWS_WITH(empty({large}), ContainsSubstring("no memory for a tensor of shape [1125899906842624], "));
}
