// What vanishing_gradient and least_squares_gradients share. Both ask how much of its gradient reaches the generator:
// 1. at given outputs of D, 2. at the best possible D of two Gaussians, 3. at a trained D.
#pragma once

#include <cmath>

#include "examples/kit/data/points.hpp"
#include "examples/kit/show/figure.hpp"
#include "examples/kit/train/gan.hpp"

namespace frozen {

using namespace gantry;

/// dL_G/df of each sample, at these outputs f. A loss is the mean over the batch, so it is the gradient times n.
template <typename Loss>
Tensor slopes(const Loss& loss_of, const Tensor& outputs) {
    Tensor f = outputs.detach();
    f.set_requires_grad(true);
    return grad(loss_of(f), {f})[0] * f.size();
}

// ---------------------------------------------------------------------------------------- two Gaussians
//
//   data p = N(0, 1), generator G(z) = t + z, so q = N(t, 1), and log p/q = t^2/2 - t x
//
//   E over z is a sum over z from -12 to 12 in steps of 0.01, weighted by N(0, 1)

struct TwoGaussians {
    explicit TwoGaussians(double distance) : t(distance) {
        const Index n = 2401;
        std::vector<Real> positions, densities;
        for (Index i = 0; i < n; ++i) {
            const double z = -12 + 0.01 * i;
            positions.push_back(distance + z);
            densities.push_back(0.01 * std::exp(-z * z / 2) / std::sqrt(2 * M_PI));
        }
        x = tensor({n}, positions);
        weights = tensor({n}, densities);
    }
    Tensor log_ratio() const { return t * t / 2 - t * x; }

    Real t;
    Tensor x, weights;  // [n]: x = t + z
};

// ---------------------------------------------------------------------------------------- a trained D
//
//   D (2-64-64-1, Adam 0.001, batch 128) is trained on the ring against a frozen generator, which is as its
//   initialisation left it: a spot in the middle of the ring

/// The moments, in steps of D. The last ones take long: a card in quick mode leaves them out.
inline const std::vector<Index> all_moments = {0, 30, 100, 300, 1000, 3000, 10000};

/// Calls look(i, gan) at each of the moments, which begin with 0. `output` is what stands behind D's last layer.
template <typename Look>
void train(const std::string& loss, Activation output, std::uint64_t seed, const std::vector<Index>& moments,
           const Look& look) {
    const kit::Points ring = kit::make_points("ring");
    kit::Recipe recipe{.loss = loss, .output = output, .lr = 1e-3, .beta1 = 0.9, .beta2 = 0.999};
    const Index steps = moments.back();
    recipe.training = {.steps = steps, .batch = 128, .latent = 2, .frozen_steps = steps, .seed = seed};
    if (loss == "wasserstein") recipe.training.lipschitz = kit::Lipschitz::penalty;
    kit::Gan gan(recipe, 2, [&](Index n, Random& rng) { return ring.sample(n, rng); });
    std::size_t next = 0;
    look(next++, gan);
    kit::train(gan.players(), recipe.training, [&](const kit::StepReport& report) {
        if (report.step == moments[next]) look(next++, gan);
    });
}

/// |dL_G / d(all parameters of G)| for fakes of this noise.
inline double gradient_of_generator(const kit::Gan& gan, const Tensor& noise) {
    return kit::norm(grad(gan.loss->generator(gan.D(gan.G(noise))), gan.G.parameters()));
}

// ---------------------------------------------------------------------------------------- the picture

/// Three panels, for the three parts.
inline kit::Figure figure(const std::string& title, const std::string& output) {
    kit::Figure figure(1, 3);
    figure.title = title;
    const std::string titles[] = {"|dG/df| " + output, "dL/dt at the optimal D", "|dL/dG|, D trained"};
    const std::string labels[] = {"output f of D", "distance t", "steps of D"};
    for (int i = 0; i < 3; ++i) {
        kit::Panel& panel = figure.panel(0, i);
        panel.title = titles[i];
        panel.x_label = labels[i];
        panel.log_y = true;
    }
    return figure;
}

}  // namespace frozen
