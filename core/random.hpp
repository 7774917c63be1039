// Random numbers that are the same on every compiler and for every number of threads.
//
// The generator is a counter: block number i of stream s under seed k is philox(counter = (i, s), key = k), four words
// of 32 bits that look random (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"). There
// is no state to walk through, so element 1,000 of a tensor can be computed before element 0.
//
// Rules: data, latent noise and penalty draw from different streams, so that changing the loss does not change the
// data. Integers and uniform numbers agree on every compiler; normal numbers as far as its log, sin and cos do.
// What it does not do: keep secrets. It is not for cryptography.
#pragma once

#include <array>

#include "core/tensor.hpp"

namespace gantry {

/// One block of Philox4x32-10.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

class Random {
  public:
    /// Everything that decides what comes next; Random(state) goes on from there.
    struct State {
        std::uint64_t seed = 0;
        std::uint64_t stream = 0;
        std::uint64_t next_block = 0;
        bool operator==(const State&) const = default;
    };

    explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : state_{seed, stream, 0} {}
    explicit Random(const State& state) : state_(state) {}

    Tensor normal(const Shape& shape);                        // mean 0, variance 1 (Box and Muller 1958)
    Tensor uniform(const Shape& shape, Real low, Real high);  // low <= x < high
    std::vector<Index> indices(Index n, Index below);         // n integers 0 .. below-1, with replacement

    State state() const { return state_; }

  private:
    State state_;
};

}  // namespace gantry
