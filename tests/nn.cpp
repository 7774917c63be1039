// Layers and networks: names, shapes, how weights start, what a network computes, and what is refused.
#include "nn/nn.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;

namespace {

struct Moments {
    double mean = 0, variance = 0, smallest = 0, largest = 0;
};

Moments moments_of(const Tensor& x) {
    Moments m;
    for (Real value : x.values()) {
        m.mean += value;
        m.variance += double(value) * value;
        m.smallest = std::min(m.smallest, double(value));
        m.largest = std::max(m.largest, double(value));
    }
    const double n = static_cast<double>(x.size());
    m.mean /= n;
    m.variance = m.variance / n - m.mean * m.mean;
    return m;
}

}  // namespace

// ------------------------------------------------------------------------------------- names, shapes, starts

TEST_CASE("an Mlp's parameters have the names, shapes and order of PyTorch's Sequential", "[nn]") {
    Random rng(1);
    const Mlp net({2, 5, 3, 1}, Activation::relu(), Activation::identity(), rng);
    std::string listed;
    for (const auto& [name, parameter] : net.named_parameters()) {
        listed += name + " " + parameter.shape().str() + "; ";
        CHECK(parameter.name() == name);
        CHECK(parameter.requires_grad());
        CHECK(parameter.maker() == nullptr);
    }
    CHECK(listed == "0.weight [5, 2]; 0.bias [5]; 2.weight [3, 5]; 2.bias [3]; 4.weight [1, 3]; 4.bias [1]; ");
    CHECK(net.parameters().size() == 6);
    CHECK(net.parameters()[2].body() == net.named_parameters()[2].second.body());  // handles, not copies
    CHECK(net.layers().size() == 3);
    CHECK(net.str() == "2-5-3-1, relu, identity");
}

TEST_CASE("a Linear's parameters", "[nn]") {
    Random rng(1);
    const Linear layer(3, 4, rng);
    const NamedTensors named = layer.named_parameters();
    REQUIRE(named.size() == 2);
    CHECK(named[0].first == "weight");
    CHECK(named[0].second.shape() == Shape{4, 3});
    CHECK(named[1].first == "bias");
    CHECK(named[1].second.shape() == Shape{4});
    CHECK(layer(ones(Shape{6, 3})).shape() == Shape{6, 4});
}

TEST_CASE("weights and biases start uniform within 1 / sqrt(in)", "[nn]") {
    Random rng(2);
    const Linear layer(64, 500, rng);
    for (const Tensor& parameter : layer.parameters()) {
        const Moments m = moments_of(parameter);
        const double bound = 1.0 / 8, n = static_cast<double>(parameter.size());
        CHECK(m.smallest >= -bound);
        CHECK(m.largest <= bound);
        CHECK(m.largest - m.smallest > 1.9 * bound);
        // Standard errors: of the mean b / sqrt(3n), of the variance b^2 sqrt(4/45n).
        CHECK(std::fabs(m.mean) < 5 * bound / std::sqrt(3 * n));
        CHECK(std::fabs(m.variance - bound * bound / 3) < 5 * bound * bound * std::sqrt(4 / (45 * n)));
    }
}

TEST_CASE("a seed decides the weights", "[nn]") {
    const auto weights = [](std::uint64_t seed) {
        Random rng(seed);
        const Mlp net({2, 4, 1}, Activation::relu(), Activation::identity(), rng);
        return net.parameters()[2].values();
    };
    CHECK(weights(1) == weights(1));
    CHECK(weights(1) != weights(2));
}

TEST_CASE("initialisers have the variance of their papers", "[nn]") {
    Random rng(3);
    const Index out = 300, in = 200;
    const double n = static_cast<double>(out * in);
    // Five standard errors, of a normal's variance v: v sqrt(2/n); a uniform's is smaller.
    const auto check = [n](const Tensor& W, double variance) {
        CHECK(W.shape() == Shape{out, in});
        CHECK_FALSE(W.requires_grad());
        const Moments m = moments_of(W);
        CHECK(std::fabs(m.mean) < 5 * std::sqrt(variance / n));
        CHECK(std::fabs(m.variance - variance) < 5 * variance * std::sqrt(2 / n));
    };
    check(init::torch_default(Shape{out, in}, in, rng), 1.0 / (3 * in));
    check(init::he_normal(out, in, 0, rng), 2.0 / in);
    check(init::he_normal(out, in, Real(0.2), rng), 2.0 / (1.04 * in));
}

// ------------------------------------------------------------------------------------- forward

namespace {

double apply(const std::string& activation, double x) {
    if (activation == "relu") return std::fmax(x, 0);
    if (activation == "leaky_relu(0.2)") return x > 0 ? x : 0.2 * x;
    if (activation == "tanh") return std::tanh(x);
    if (activation == "sigmoid") return 1 / (1 + std::exp(-x));
    return x;
}

// The network on one sample, in plain loops.
std::vector<double> by_hand(const Mlp& net, std::vector<double> h, const std::string& hidden,
                            const std::string& output) {
    const NamedTensors named = net.named_parameters();
    for (std::size_t layer = 0; 2 * layer < named.size(); ++layer) {
        const Tensor W = named[2 * layer].second, b = named[2 * layer + 1].second;
        const bool last = 2 * layer + 2 == named.size();
        std::vector<double> next;
        for (Index o = 0; o < W.shape()[0]; ++o) {
            double sum = b.at({o});
            for (Index i = 0; i < W.shape()[1]; ++i) sum += W.at({o, i}) * h[static_cast<std::size_t>(i)];
            next.push_back(apply(last ? output : hidden, sum));
        }
        h = next;
    }
    return h;
}

}  // namespace

TEST_CASE("an Mlp computes what plain loops compute, for every activation", "[nn]") {
    const std::vector<std::pair<std::string, Activation>> activations = {
        {"identity", Activation::identity()},
        {"relu", Activation::relu()},
        {"leaky_relu(0.2)", Activation::leaky_relu(0.2)},
        {"tanh", Activation::tanh()},
        {"sigmoid", Activation::sigmoid()},
    };
    const double tolerance = sizeof(Real) == 8 ? 1e-13 : 1e-5;
    Random rng(4);
    for (const auto& [hidden_name, hidden] : activations) {
        for (const auto& [output_name, output] : activations) {
            const Mlp net({3, 7, 5, 2}, hidden, output, rng);
            CHECK(net.str() == "3-7-5-2, " + hidden_name + ", " + output_name);
            const Tensor x = rng.normal(Shape{4, 3}), y = net(x);
            REQUIRE(y.shape() == Shape{4, 2});
            for (Index sample = 0; sample < 4; ++sample) {
                const auto wanted =
                    by_hand(net, {x.at({sample, 0}), x.at({sample, 1}), x.at({sample, 2})}, hidden_name, output_name);
                for (Index o = 0; o < 2; ++o) {
                    const double exact = wanted[static_cast<std::size_t>(o)];
                    CHECK(y.at({sample, o}) == Approx(exact).epsilon(tolerance).margin(tolerance));
                }
            }
        }
    }
}

TEST_CASE("activations say what they are, and do it", "[nn]") {
    CHECK(Activation::identity().str() == "identity");
    CHECK(Activation::relu().str() == "relu");
    CHECK(Activation::leaky_relu(0.2).str() == "leaky_relu(0.2)");
    CHECK(Activation::leaky_relu(0.01).str() == "leaky_relu(0.01)");
    CHECK(Activation::tanh().str() == "tanh");
    CHECK(Activation::sigmoid().str() == "sigmoid");
    const Tensor x = tensor(Shape{2}, {-2, 3});
    CHECK(Activation::identity()(x).values() == std::vector<Real>{-2, 3});
    CHECK(Activation::identity().is_identity());
    CHECK_FALSE(Activation::tanh().is_identity());
    CHECK(Activation::relu()(x).values() == std::vector<Real>{0, 3});
    CHECK(Activation::leaky_relu(0.25)(x).values() == std::vector<Real>{-0.5, 3});
}

// ------------------------------------------------------------------------------------- loading and refusing

TEST_CASE("load copies numbers by name, in any order", "[nn]") {
    Random rng(5);
    const Mlp from({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    Mlp to({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    NamedTensors named = from.named_parameters();
    std::reverse(named.begin(), named.end());
    to.load(named);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(help::differences(to.parameters()[i].values(), from.parameters()[i].values()) == "");
        CHECK(to.parameters()[i].requires_grad());
    }
    to.parameters()[0].mutable_data()[0] = 77;  // copies: the other network keeps its own
    CHECK(from.parameters()[0].values()[0] != 77);
}

TEST_CASE("load refuses what does not fit, says which, and changes nothing", "[nn][errors]") {
    Random rng(5);
    Mlp net({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    NamedTensors named;
    for (const auto& [name, parameter] : net.named_parameters()) named.emplace_back(name, zeros(parameter.shape()));
    const std::vector<Real> before = net.parameters()[0].values();
    SECTION("missing") {
        named.pop_back();
        CHECK_THROWS_WITH(net.load(named), "load: \"2.bias\" is missing");
    }
    SECTION("unknown") {
        named.emplace_back("4.weight", ones(Shape{1}));
        CHECK_THROWS_WITH(net.load(named), "load: there is no parameter \"4.weight\"");
    }
    SECTION("twice") {
        named.emplace_back("0.bias", ones(Shape{3}));
        CHECK_THROWS_WITH(net.load(named), "load: \"0.bias\" is given twice");
    }
    SECTION("another shape") {
        named[3].second = zeros(Shape{1, 1});
        CHECK_THROWS_WITH(net.load(named), ContainsSubstring("load: \"2.bias\" is [1], the given is [1, 1]"));
    }
    CHECK(help::differences(net.parameters()[0].values(), before) == "");
}

TEST_CASE("layers refuse sizes that make no sense, and inputs of another width", "[nn][errors]") {
    Random rng(5);
    CHECK_THROWS_WITH(Linear(0, 3, rng), "Linear: sizes 0 and 3 must be positive");
    CHECK_THROWS_WITH(Linear(3, -1, rng), "Linear: sizes 3 and -1 must be positive");
    CHECK_THROWS_WITH(Mlp({3}, Activation::relu(), Activation::relu(), rng),
                      "Mlp: needs an input and an output size at least");
    const Mlp net({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    CHECK_THROWS_WITH(net(ones(Shape{4, 3})), ContainsSubstring("[4, 3]") && ContainsSubstring("[3, 2]"));
}

// ------------------------------------------------------------------------------------- dropout

TEST_CASE("dropout drops the share p, scales the rest, and keeps the mean", "[nn]") {
    Random rng(6);
    const Index n = 100'000;
    for (const double p : {0.1, 0.5, 0.9}) {
        const std::vector<Real> y = dropout(ones(Shape{n}), p, rng).values();
        const std::set<Real> different(y.begin(), y.end());
        CHECK(different == std::set<Real>{0, static_cast<Real>(1 / (1 - p))});
        const auto dropped = static_cast<double>(std::count(y.begin(), y.end(), Real(0)));
        const double share = dropped / static_cast<double>(n);
        CHECK(std::fabs(share - p) < 5 * std::sqrt(p * (1 - p) / static_cast<double>(n)));
        const double mean = (1 - share) / (1 - p);
        CHECK(std::fabs(mean - 1) < 5 * std::sqrt(p / (1 - p) / static_cast<double>(n)));
    }
}

TEST_CASE("dropout's gradient goes where the number went, and each call draws anew", "[nn]") {
    Random rng(6);
    Tensor x = full(Shape{1000}, 2);
    x.set_requires_grad(true);
    const Tensor y = dropout(x, 0.5, rng);
    const Tensor dx = grad(sum(y), {x})[0];
    CHECK(help::differences(y.values(), (dx * 2).values()) == "");
    CHECK(help::differences(dropout(x, 0.5, rng).values(), y.values()) != "");
    CHECK(help::differences(dropout(x, 0, rng).values(), x.values()) == "");
    CHECK_THROWS_WITH(dropout(x, 1, rng), "dropout: p is 1 and must be at least 0 and below 1");
    CHECK_THROWS_WITH(dropout(x, -0.1, rng), "dropout: p is -0.1 and must be at least 0 and below 1");
}

TEST_CASE("a network is made again from its description and its parameters", "[nn]") {
    Random rng(1);
    for (const Activation& output : {Activation::identity(), Activation::tanh(), Activation::sigmoid(),
                                     Activation::relu(), Activation::leaky_relu(1.0 / 3)}) {
        const Mlp net({3, 5, 4, 2}, Activation::leaky_relu(0.2), output, rng);
        const Mlp again = Mlp::from(net.str(), net.named_parameters());
        const Tensor x = rng.normal({6, 3});
        CHECK(help::differences(again(x).values(), net(x).values()) == "");
    }
    const Mlp net({3, 5, 2}, Activation::relu(), Activation::tanh(), rng);
    const auto complaint = [&](const std::string& text) {
        return help::error_of([&] { Mlp::from(text, net.named_parameters()); });
    };
    CHECK(complaint("3-5-2, relu, tanh") == "");
    CHECK(complaint("3-6-2, relu, tanh") ==
          "Mlp: the parameters are of 3-5-2, relu, tanh, not of \"3-6-2, relu, tanh\"");
    CHECK(complaint("3-5-2, relu, tan") == "Activation: \"tan\" is no activation");
    CHECK(complaint("3-5-2, leaky_relu(0.2x), tanh") == "Activation: \"leaky_relu(0.2x)\" is no activation");
    for (const char* text : {"", "3-5-2", "3-5-2, relu"})
        CHECK(help::contains(complaint(text), "is no description like"));
    NamedTensors others = net.named_parameters();
    others.pop_back();
    CHECK(help::error_of([&] { Mlp::from(net.str(), others); }) != "");
    CHECK(help::error_of([&] { Mlp::from(net.str(), {}); }) != "");
}
