// Penalties on the slope of the discriminator: it should have the length t at certain points x^.
//
//     P   = lambda mean ( ||dD(x^)/dx^|| - t )^2
//
//     gulrajani   t = 1   x^ = e x + (1 - e) G(z), between real and fake     Gulrajani et al. 2017, eq. 3, algorithm 1
//     dragan      t = 1   x^ = x + noise, around the real samples            Kodali et al. 2017
//     r1          t = 0   x^ = x, and lambda/2 for lambda                    Mescheder et al. 2018, eq. 9
//     r2          t = 0   x^ = G(z), and lambda/2                            the same, eq. 10
//     r1+r2       both of them, as Huang et al. 2024 train
//
// The first keeps a Wasserstein critic near 1-Lipschitz; e is uniform in [0, 1), one for each sample. R1 and R2 calm
// the game near its solution, where D should be flat.
//
// The norm is taken for each sample, never over the whole batch. P contains a gradient, so its own gradient with
// respect to the critic's weights is of second order: grad() runs with create_graph.
//
// Where the gradient is 0 the norm has a kink. Its derivative there is taken as 0, so no NaN. With t = 0 the square has
// no kink, and no norm is taken.
#pragma once

#include <functional>

#include "core/core.hpp"

namespace gantry {

/// ||x_i|| over all axes but the first: x [N, ...] -> [N]. Derivative 0 at x_i = 0.
Tensor norm_per_sample(const Tensor& x);

/// P at the given points x [N, ...]; each sample's logit must depend on that sample only (no batch normalisation).
/// Throws std::invalid_argument unless the critic returns one logit for each point.
Tensor gradient_penalty_at(const std::function<Tensor(const Tensor&)>& critic, const Tensor& points, double lambda,
                           double target = 1);

/// e x + (1 - e) y, one e for each sample. Both must have the same shape.
Tensor interpolate(const Tensor& real, const Tensor& fake, Random& rng);

/// P, a scalar to be added to the critic's loss. `critic` is anything callable, Tensor -> Tensor of logits [N] or [N,
/// 1]. real and fake [N, ...] must have the same shape; no gradient flows into them. Throws std::invalid_argument
/// otherwise.
Tensor gradient_penalty(const auto& critic, const Tensor& real, const Tensor& fake, double lambda, Random& rng) {
    const Tensor points = interpolate(real, fake, rng);
    return gradient_penalty_at([&critic](const Tensor& x) { return critic(x); }, points, lambda);
}

enum class Penalty { gulrajani, dragan, r1, r2, r1_r2 };
const std::vector<std::string>& penalty_names();  // "gulrajani", "dragan", "r1", "r2", "r1+r2", in this order

/// The penalty of that kind. R1 and R2 draw nothing from rng.
Tensor gradient_penalty(Penalty kind, const std::function<Tensor(const Tensor&)>& critic, const Tensor& real,
                        const Tensor& fake, double lambda, Random& rng);

}  // namespace gantry
