// What an error says: what, where, and what to do. Wrong shapes stand in the table of operations; here are
// the other ways of misusing the engine.
#include <cstdio>
#include <limits>

#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"
#include "tests/operations.hpp"

using namespace gantry;
using Catch::Matchers::StartsWith;

namespace {

const double infinite = std::numeric_limits<double>::infinity();

Tensor leaf(const Shape& shape, const char* name = "") {
    Tensor x = ones(shape);
    x.set_requires_grad(true);
    x.set_name(name);
    return x;
}

const std::string was_modified =
    " was modified after the operation was recorded; its derivative would be wrong. Modify "
    "parameters after the backward pass, or work on a copy";

}  // namespace

TEST_CASE("wrong inputs of every operation give the message of the table", "[table][errors]") {
    Index messages = 0;
    for (const table::Row& row : table::rows()) {
        for (const table::Wrong& wrong : row.wrong) {
            INFO(row.name());
            CHECK_THROWS_AS(wrong.call(), std::invalid_argument);
            CHECK_THROWS_WITH(wrong.call(), wrong.message);
            ++messages;
        }
    }
    CHECK(messages > 0);
    std::printf("table: %td wrong inputs, each with its message\n", messages);
}

// ----------------------------------------------------------------------------------------- reverse mode

TEST_CASE("a tensor changed between forward and backward is named, with the operation", "[errors]") {
    Tensor W = leaf({2}, "W"), x = leaf({2}, "x");
    const Tensor product = W * x;
    const Tensor loss = sum(product);

    SECTION("an input") {
        W.mutable_data()[0] = 5;
        CHECK_THROWS_WITH(grad(loss, {x}), "multiply: input 0 (\"W\", [2])" + was_modified);
        CHECK_THROWS_WITH(backward(loss), "multiply: input 0 (\"W\", [2])" + was_modified);
    }
    SECTION("an output") {
        Tensor y = exp(x);
        const Tensor total = sum(y);
        y.assign(std::vector<Real>{1, 2});
        CHECK_THROWS_WITH(grad(total, {x}), "sum_to: input 0 ([2])" + was_modified);
        const Tensor unused = exp(x);
        const Tensor late = unused * 2;
        Tensor same_numbers = unused.detach();
        same_numbers.mutable_data()[0] = 7;  // detach shares the numbers
        CHECK_THROWS_WITH(grad(sum(late), {x}), "scale: input 0 ([2])" + was_modified);
    }
    SECTION("the last output, the loss itself") {
        Tensor changed = loss;
        changed.mutable_data()[0] = 0;
        CHECK_THROWS_WITH(grad(changed, {x}), "sum_to: its output ([])" + was_modified);
    }
    SECTION("a parameter by an optimizer's step") {
        Sgd sgd({W}, {.lr = 0.1});
        sgd.step({ones({2})});
        CHECK_THROWS_WITH(backward(loss), StartsWith("multiply: input 0 (\"W\", [2]) was modified"));
    }
    SECTION("a change after the backward pass does no harm") {
        const Tensors gradients = grad(loss, {x});
        W.mutable_data()[0] = 5;
        CHECK(gradients[0].values() == std::vector<Real>{1, 1});
    }
}

TEST_CASE("only a single number can be differentiated", "[errors]") {
    const Tensor x = leaf({2});
    CHECK_THROWS_WITH(backward(x * 2),
                      "backward: the loss is [2]: only a single number has a gradient; take sum() or mean()");
    CHECK_THROWS_WITH(grad(x * 2, {x}),
                      "grad: the loss is [2]: only a single number has a gradient; take sum() or mean()");
    const std::string no_history =
        ": the loss does not depend on any tensor that requires a gradient: was it computed under "
        "NoRecording, from detached tensors only, or from gradients without create_graph?";
    CHECK_THROWS_WITH(backward(scalar(1)), "backward" + no_history);
    CHECK_THROWS_WITH(grad(sum(x.detach()), {x}), "grad" + no_history);
    Tensor loss;
    {
        NoRecording guard;
        loss = sum(x);
    }
    CHECK_THROWS_WITH(backward(loss), "backward" + no_history);
    const Tensor slope = grad(sum(square(x)), {x})[0];
    CHECK_THROWS_WITH(grad(sum(slope), {x}), "grad" + no_history);
    CHECK_NOTHROW(grad(sum(grad(sum(square(x)), {x}, true)[0]), {x}));
}

TEST_CASE("a detached generator is noticed", "[errors]") {
    Random rng(1);
    const Mlp generator({2, 4, 2}, Activation::relu(), Activation::identity(), rng);
    const Mlp discriminator({2, 4, 1}, Activation::relu(), Activation::identity(), rng);
    const Tensor fake = generator(rng.normal({3, 2})).detach();
    const Tensor loss = NonSaturating().generator(discriminator(fake));
    CHECK_THROWS_WITH(grad(loss, generator.parameters()),
                      "grad: the loss depends on none of wrt: is there a detach() between them, or a gradient without "
                      "create_graph?");
    CHECK_NOTHROW(grad(loss, discriminator.parameters()));
}

TEST_CASE("grad names the tensor that does not require a gradient", "[errors]") {
    const Tensor x = leaf({2}), y = ones({3});
    CHECK_THROWS_WITH(grad(sum(x), {x, y}),
                      "grad: tensor 1 of wrt, [3], does not require a gradient: "
                      "set_requires_grad(true) before computing the loss");
    CHECK_THROWS_WITH(grad(sum(x), {}), "grad: wrt is empty: which tensors' gradients are wanted?");
}

TEST_CASE("a gradient penalty cannot be computed while nothing is recorded", "[errors]") {
    Random rng(1);
    const Linear critic(2, 1, rng);
    NoRecording guard;
    CHECK_THROWS_WITH(
        gradient_penalty(critic, ones({3, 2}), ones({3, 2}), 10, rng),
        StartsWith("grad: the loss does not depend on any tensor that requires a gradient: was it computed "
                   "under NoRecording"));
}

// ---------------------------------------------------------------------------------------- rules of one's own

namespace {

struct WrongNumber : Function {
    const char* name() const override { return "wrong_number"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy, dy}; }
};

struct WrongShape : Function {
    const char* name() const override { return "wrong_shape"; }
    Tensors backward(const Tensor&, Needs) const override { return {ones({3})}; }
};

// Calls grad() instead of being written in operations alone.
struct WalkingBackward : Function {
    const char* name() const override { return "walking"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        const Tensor& x = inputs[0];
        return {dy * grad(sum(x * x * x), {x}, true)[0]};
    }
};

}  // namespace

TEST_CASE("a rule must not walk itself, and an output is none of its inputs", "[errors]") {
    const Tensor x = leaf({2});
    Tensor y = ones({2});
    record<WalkingBackward>(y, {x});
    CHECK_THROWS_WITH(grad(sum(y), {x}), "grad: called by the rule of walking: write rules in operations only");
    CHECK(grad(sum(x), {x})[0].values() == std::vector<Real>{1, 1});  // afterwards all is as before
    CHECK_THROWS_WITH(record<WrongShape>(x, {x}),
                      ContainsSubstring("record: wrong_shape: its output is no younger than an input, [2]"));
}

TEST_CASE("an operation's output must be younger than its inputs", "[errors]") {
    const Tensor x = leaf({2});
    const Tensor y = empty({2});
    const Tensor helper = x * 2;
    CHECK_THROWS_WITH(
        record<WrongShape>(y, {x, helper}),
        "record: wrong_shape: its output is no younger than an input, [2], and would get a wrong gradient: "
        "make the output last");
    CHECK_FALSE(y.requires_grad());
}

TEST_CASE("a wrong rule is named", "[errors]") {
    const Tensor x = leaf({2});
    Tensor y = ones({2}), z = ones({2});
    record<WrongNumber>(y, {x});
    record<WrongShape>(z, {x});
    CHECK_THROWS_WITH(grad(sum(y), {x}), "wrong_number: its rule returned 2 gradients for 1 inputs");
    CHECK_THROWS_WITH(grad(sum(z), {x}), "wrong_shape: an input is [2], its gradient is [3]: they must be equal");
    CHECK_THROWS_WITH(record<WrongShape>(y, {x}), "record: wrong_shape: its output was already made by wrong_number");
}

// ----------------------------------------------------------------------------------------- tensors

TEST_CASE("undefined tensors", "[errors]") {
    const Tensor nothing;
    const std::string undefined =
        ": the tensor is undefined (default-constructed, moved from, or a gradient not "
        "yet computed)";
    CHECK_THROWS_WITH(nothing.shape(), "shape" + undefined);
    CHECK_THROWS_WITH(nothing.values(), "data" + undefined);
    CHECK_THROWS_WITH(nothing.item(), "shape" + undefined);
    CHECK_THROWS_WITH(nothing + 1, "shape" + undefined);
    CHECK_THROWS_WITH(leaf({2}).grad().at({0}), "shape" + undefined);
    CHECK_THROWS_WITH(graph_text(nothing), "graph_text" + undefined);
    CHECK_THROWS_WITH(backward(nothing), "shape" + undefined);
    CHECK_THROWS_WITH(grad(sum(leaf({2})), {nothing}), "requires_grad" + undefined);
    CHECK_THROWS_WITH(Tensor().mutable_data(), "mutable_data" + undefined);
    CHECK_THROWS_WITH(Tensor().set_requires_grad(true), "set_requires_grad" + undefined);
    CHECK_THROWS_WITH(nothing.detach(), "detach" + undefined);
}

TEST_CASE("tensors: sizes, positions and values that do not fit", "[errors]") {
    Tensor x = ones({2, 3});
    CHECK_THROWS_WITH((Shape{2, -1}), "Shape: size -1 is negative");
    CHECK_THROWS_WITH((Shape{2, 3}.with(0, -1)), "Shape: size -1 is negative");
    const Index large = Index(1) << 32;
    CHECK_THROWS_WITH((Shape{large, large}), "Shape: [4294967296, 4294967296] has more elements than memory has bytes");
    CHECK_THROWS_WITH((Shape{large, large / 2}.size()), ContainsSubstring("has more elements than memory has bytes"));
    CHECK_THROWS_WITH((Shape{1, 2, 3, 4, 5}), "Shape: rank 5 is above the highest, 4");
    CHECK_THROWS_WITH((Shape{2, 3}[2]), "Shape: axis 2 does not exist in [2, 3]");
    CHECK_THROWS_WITH(tensor({2, 3}, {1, 2}), "tensor: 2 values for shape [2, 3]");
    CHECK_THROWS_WITH(x.item(), "item: [2, 3] has 6 elements, not one");
    CHECK_THROWS_WITH(x.at({1}), "at: 1 indices for a tensor of shape [2, 3]");
    CHECK_THROWS_WITH(x.at({1, 3}), "at: index 3 is outside axis 1 of [2, 3]");
    CHECK_THROWS_WITH(x.at({-1, 0}), "at: index -1 is outside axis 0 of [2, 3]");
    CHECK_THROWS_WITH(x.assign(std::vector<Real>{1}), "assign: 1 values for a tensor of shape [2, 3]");
    CHECK_THROWS_WITH(x.assign(ones({3, 2})), "assign: the tensor is [2, 3], values is [3, 2]: they must be equal");
    CHECK_THROWS_WITH(x.set_grad(ones({3, 2})),
                      "set_grad: the tensor is [2, 3], the gradient is [3, 2]: they must be equal");
    CHECK_THROWS_WITH((leaf({2}) * 2).set_requires_grad(false),
                      "set_requires_grad: the tensor was made by scale: use detach()");
}

TEST_CASE("random numbers that do not exist", "[errors]") {
    Random rng(1);
    CHECK_THROWS_WITH(rng.uniform({2}, 1, 1), "uniform: low 1.000000 is not below high 1.000000");
    const Real infinity = std::numeric_limits<Real>::infinity();
    CHECK_THROWS_WITH(rng.uniform({2}, 0, infinity), "uniform: 0.000000 to inf is not finite");
    CHECK_THROWS_WITH(rng.indices(2, 0), "indices: 2 indices below 0 do not exist");
    CHECK_THROWS_WITH(rng.indices(-1, 5), "indices: -1 indices below 5 do not exist");
}

// ------------------------------------------------------------------------------- modules, losses, optimizers

TEST_CASE("modules: sizes and named tensors that do not fit", "[errors]") {
    Random rng(1);
    CHECK_THROWS_WITH(Linear(0, 2, rng), "Linear: sizes 0 and 2 must be positive");
    CHECK_THROWS_WITH(Mlp({3}, Activation::relu(), Activation::identity(), rng),
                      "Mlp: needs an input and an output size at least");
    Linear layer(3, 2, rng);
    const std::vector<Real> before = layer.W.values();
    CHECK_THROWS_WITH(layer(ones({4, 2})), "linear: x is [4, 2], W is [2, 3]: inner sizes 2 and 3 differ");
    CHECK_THROWS_WITH(layer.load({{"weight", ones({2, 3})}}), "load: \"bias\" is missing");
    CHECK_THROWS_WITH(layer.load({{"weight", ones({2, 3})}, {"bias", ones({3})}}),
                      "load: \"bias\" is [2], the given is [3]: they must be equal");
    CHECK_THROWS_WITH(layer.load({{"weight", ones({2, 3})}, {"bias", ones({2})}, {"b", ones({2})}}),
                      "load: there is no parameter \"b\"");
    CHECK_THROWS_WITH(layer.load({{"bias", ones({2})}, {"bias", ones({2})}}), "load: \"bias\" is given twice");
    CHECK(help::differences(layer.W.values(), before) == "");  // a load that throws changes nothing
}

TEST_CASE("losses: names and options that do not exist", "[errors]") {
    std::string names;
    for (const std::string& name : all_loss_names()) names += (names.empty() ? "" : ", ") + name;
    CHECK_THROWS_WITH(make_loss("Minimax"), "make_loss: \"Minimax\" is none of " + names);
    CHECK_THROWS_WITH(Minimax({.smoothing = 1.5}), "minimax: smoothing is 1.500000 and must lie between 0 and 1");
    CHECK_THROWS_WITH(NonSaturating({.smoothing = -0.1}),
                      "non-saturating: smoothing is -0.100000 and must lie between 0 and 1");
}

TEST_CASE("optimizers: parameters and gradients that do not fit", "[errors]") {
    Tensor W = leaf({2, 3}, "W"), b = leaf({2});
    CHECK_THROWS_WITH(Sgd({}, {.lr = 0.1}), "Sgd: there are no parameters");
    CHECK_THROWS_WITH(Sgd({W, b, W}, {.lr = 0.1}), "Sgd: parameter 2 \"W\", [2, 3], is the same tensor as parameter 0");
    CHECK_THROWS_WITH(Adam({b, ones({2})}, {.lr = 0.1}), "Adam: parameter 1, [2], does not require a gradient");
    CHECK_THROWS_WITH(Adam({W * 2}, {.lr = 0.1}),
                      "Adam: parameter 0, [2, 3], is the result of an operation, not a leaf");
    CHECK_THROWS_WITH(Adam({W}, {.lr = -1}), "Adam: lr is -1 and must be above 0");
    Sgd sgd({W, b}, {.lr = 0.1});
    CHECK_THROWS_WITH(sgd.step({ones({2, 3})}), "Sgd: 1 gradients for 2 parameters");
    CHECK_THROWS_WITH(sgd.step({ones({2}), ones({2})}),
                      "Sgd: parameter 0 \"W\", [2, 3], was given a gradient of shape [2]");
    CHECK_THROWS_WITH(sgd.step(),
                      "Sgd: no parameter has a gradient: call backward(loss) first, or pass grad(loss, parameters)");
    CHECK_THROWS_WITH(clip_weights({W}, 0), "clip_weights: c is 0 and must be above 0");
    CHECK(W.values() == std::vector<Real>(6, 1));
}

TEST_CASE("ranges are checked on both sides", "[errors]") {
    CHECK_THROWS(matmul(zeros({2, 2}), zeros({2})));
    CHECK_THROWS(matmul(zeros({2}), zeros({2, 2})));
    CHECK_THROWS(cross_entropy(zeros({2}), std::vector<Index>{0, 1}));
    CHECK_THROWS(cross_entropy(zeros({0, 2}), std::vector<Index>{}));
    CHECK_THROWS(cross_entropy(zeros({2, 3}), std::vector<Index>{0, -1}));
    CHECK_THROWS(cross_entropy(zeros({2, 3}), std::vector<Index>{0, 3}));
    CHECK_THROWS(LeastSquares({.a = infinite}));
    CHECK_THROWS(LeastSquares({.b = infinite}));
    CHECK_THROWS(LeastSquares({.c = infinite}));
    Random rng(1);
    CHECK_THROWS(interpolate(scalar(1), scalar(2), rng));
    CHECK_THROWS(interpolate(zeros({0, 2}), zeros({0, 2}), rng));
    const auto critic = [](const Tensor& x) { return sum(x, 1); };
    CHECK_THROWS(gradient_penalty_at(critic, ones({2, 2}), -1));
    CHECK_THROWS(gradient_penalty_at(critic, ones({2, 2}), infinite));
    CHECK_THROWS(gradient_penalty_at(critic, ones({2, 2}), 1, -1));
    CHECK(norm_per_sample(zeros({0, 3})).shape() == Shape{0});
    const Tensors parameters = Linear(1, 1, rng).parameters();
    CHECK_THROWS(Adam(parameters, {.beta1 = -0.1}));
    CHECK_THROWS(Adam(parameters, {.beta1 = 1}));
    CHECK_THROWS(Adam(parameters, {.beta2 = -0.1}));
    CHECK_THROWS(Adam(parameters, {.beta2 = 1}));
    CHECK_THROWS(RmsProp(parameters, {.alpha = -0.1}));
    CHECK_THROWS(RmsProp(parameters, {.alpha = 1}));
    CHECK_THROWS(Sgd(parameters, {.momentum = -0.1}));
    CHECK_THROWS(Sgd(parameters, {.momentum = 1}));
}
