// The gradient penalty that keeps a Wasserstein critic near 1-Lipschitz (Gulrajani et al. 2017, eq. 3 and algorithm 1).
//
//     x^  = e x + (1 - e) G(z)         e uniform in [0, 1), one for each sample: a point between a real and a fake one
//     P   = lambda mean ( ||dD(x^)/dx^|| - 1 )^2
//
// The norm is taken for each sample, never over the whole batch. P contains a gradient, so its own gradient with
// respect to the critic's weights is of second order: grad() runs with create_graph.
//
// Where the gradient is 0 the norm has a kink. The value there is lambda, and its derivative is taken as 0, so no NaN.
#pragma once

#include <functional>

#include "core/core.hpp"

namespace gantry {

/// ||x_i|| over all axes but the first: x [N, ...] -> [N]. Derivative 0 at x_i = 0.
Tensor norm_per_sample(const Tensor& x);

/// P at the given points x [N, ...]; each sample's logit must depend on that sample only (no batch normalisation).
/// Throws std::invalid_argument unless the critic returns one logit for each point.
Tensor gradient_penalty_at(const std::function<Tensor(const Tensor&)>& critic, const Tensor& points, double lambda);

/// e x + (1 - e) y, one e for each sample. Both must have the same shape.
Tensor interpolate(const Tensor& real, const Tensor& fake, Random& rng);

/// P, a scalar to be added to the critic's loss. `critic` is anything callable, Tensor -> Tensor of logits [N] or [N,
/// 1]. real and fake [N, ...] must have the same shape; no gradient flows into them. Throws std::invalid_argument
/// otherwise.
Tensor gradient_penalty(const auto& critic, const Tensor& real, const Tensor& fake, double lambda, Random& rng) {
    const Tensor points = interpolate(real, fake, rng);
    return gradient_penalty_at([&critic](const Tensor& x) { return critic(x); }, points, lambda);
}

}  // namespace gantry
