// The workloads of `make bench` as a user of Gantry writes them: the README's five steps, nothing prepared for speed.
// Data and noise are drawn once, because it is the iteration that is compared, not the random numbers.
#pragma once

#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/bench/by_hand.hpp"

namespace bench {

/// tiny, ring, mnist and penalty.
std::vector<Workload> workloads();

struct EngineGan {
    explicit EngineGan(const Workload& workload);

    void iterate();

    /// Gives the other version the same weights, data and noise.
    void copy_to(ByHand& other) const;

    Workload options;
    gantry::Random rng;
    gantry::Mlp G, D;
    gantry::Adam G_optimizer, D_optimizer;
    gantry::Tensor real, z;
    double discriminator_loss = 0, generator_loss = 0;
};

}  // namespace bench
