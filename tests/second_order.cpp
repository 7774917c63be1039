// The gradient penalty through whole networks. Its value contains the critic's gradient, so its derivative with respect
// to the critic's weights is of second order, and through every activation of every layer:
//
//     P(W) = lambda mean ( ||dD(x)/dx|| - 1 )^2          dP/dW against differences of P, weight by weight
//
// Differences need the double build. The four-point formula errs by h^4 / 30 times the fifth derivative, 1e-14 or so
// for h = 1/1024, and by the round-off of P over h; the entries that must agree to 1e-7 are those above that round-off.
#ifdef GANTRY_DOUBLE

#include <cmath>
#include <cstdio>

#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;

namespace {

constexpr double lambda = 10;

double penalty_value(const Mlp& critic, const Tensor& points) {
    return gradient_penalty_at(critic, points, lambda).item();
}

// (8 (P(w+h) - P(w-h)) - (P(w+2h) - P(w-2h))) / 12 h for one entry of one parameter.
double difference(const Mlp& critic, const Tensor& points, Tensor parameter, Index entry) {
    const double h = 1.0 / 1024;
    const Real before = parameter.values()[entry];
    const auto at = [&](double shift) {
        parameter.mutable_data()[entry] = before + shift;
        return penalty_value(critic, points);
    };
    const double near = at(h) - at(-h), far = at(2 * h) - at(-2 * h);
    parameter.mutable_data()[entry] = before;
    return (8 * near - far) / (12 * h);
}

struct Agreement {
    Index certified = 0, zero = 0;
    double worst = 0;
};

// Every weight and bias of the critic. An entry on which P does not depend must be 0 in both, exactly.
Agreement compare(const Mlp& critic, const Tensor& points) {
    const Tensors gradients = grad(gradient_penalty_at(critic, points, lambda), critic.parameters());
    Agreement agreement;
    for (std::size_t p = 0; p < gradients.size(); ++p) {
        const auto [name, parameter] = critic.named_parameters()[p];
        for (Index k = 0; k < parameter.size(); ++k) {
            INFO(name << ", entry " << k);
            const double analytic = gradients[p].values()[k];
            const double numeric = difference(critic, points, parameter, k);
            if (analytic == 0) {
                CHECK(numeric == 0);
                ++agreement.zero;
                continue;
            }
            const double relative = std::fabs(analytic - numeric) / std::fabs(analytic);
            CHECK(relative <= 1e-7);
            agreement.worst = std::max(agreement.worst, relative);
            ++agreement.certified;
        }
    }
    return agreement;
}

}  // namespace

TEST_CASE("the gradient penalty's derivative, through every activation", "[second_order]") {
    struct Row {
        Activation hidden, output;
        Index zero;  // entries on which P does not depend: biases that only shift, never bend
    };
    // 3-5-4-1 has 20 + 24 + 5 = 49 weights and biases, 10 of them biases. Where all functions are straight lines no
    // bias matters; elsewhere all but the last layer's do. One weight joins two relus that are never on together.
    const std::vector<Row> rows = {
        {Activation::identity(), Activation::identity(), 10},
        {Activation::relu(), Activation::identity(), 11},
        {Activation::leaky_relu(0.2), Activation::identity(), 10},
        {Activation::tanh(), Activation::identity(), 1},
        {Activation::sigmoid(), Activation::identity(), 1},
        {Activation::tanh(), Activation::sigmoid(), 0},
        {Activation::sigmoid(), Activation::tanh(), 0},
        {Activation::relu(), Activation::tanh(), 1},
    };
    for (const Row& row : rows) {
        Random rng(11);
        const Mlp critic({3, 5, 4, 1}, row.hidden, row.output, rng);
        for (Tensor parameter : critic.parameters()) {  // far from 0, so that slopes are neither tiny nor all alike
            for (Index k = 0; k < parameter.size(); ++k) parameter.mutable_data()[k] *= 2;
        }
        INFO(critic.str());
        const Agreement agreement = compare(critic, rng.normal(Shape{16, 3}));
        CHECK(agreement.zero == row.zero);
        CHECK(agreement.certified + agreement.zero == 49);
        std::printf("penalty through %-32s %2td derivatives, worst relative error %.1e; %2td exactly 0\n",
                    critic.str().c_str(), agreement.certified, agreement.worst, agreement.zero);
    }
}

TEST_CASE("a critic without slope: the penalty is lambda, its derivative 0, nothing is NaN", "[second_order]") {
    Random rng(11);
    for (const Activation& hidden : {Activation::relu(), Activation::tanh(), Activation::sigmoid()}) {
        const Mlp critic({2, 4, 1}, hidden, Activation::identity(), rng);
        Tensor bias = critic.layers()[0].b;
        bias.assign(std::vector<Real>(4, -1000));  // relu is off, tanh and sigmoid are flat: e^-1000 is 0
        const Tensor penalty = gradient_penalty_at(critic, rng.normal(Shape{5, 2}), lambda);
        CHECK(penalty.item() == lambda);
        for (const Tensor& gradient : grad(penalty, critic.parameters())) {
            CHECK(help::differences(gradient.values(), zeros_like(gradient).values()) == "");
        }
    }
}

TEST_CASE("a sample without slope does not disturb the others", "[second_order]") {
    Random rng(11);
    const Mlp critic({2, 4, 1}, Activation::relu(), Activation::identity(), rng);
    critic.layers()[0].W.detach().assign(std::vector<Real>{1, 0.5, 0.7, 1, 2, 0.3, 0.4, 0.2});  // all positive
    const Tensor alive = tensor(Shape{1, 2}, {3, 2}), both = tensor(Shape{2, 2}, {3, 2, -30, -20});
    const Tensors alone = grad(gradient_penalty_at(critic, alive, lambda), critic.parameters());
    const Tensor penalty = gradient_penalty_at(critic, both, lambda);
    const Tensors shared = grad(penalty, critic.parameters());
    CHECK(penalty.item() == Approx((penalty_value(critic, alive) + lambda) / 2).epsilon(1e-14));
    for (std::size_t p = 0; p < alone.size(); ++p) {
        for (Index k = 0; k < alone[p].size(); ++k) {
            CHECK(shared[p].values()[k] == Approx(alone[p].values()[k] / 2).epsilon(1e-14).margin(1e-300));
        }
    }
}

#endif
