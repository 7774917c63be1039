#include "core/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/kernels/threads.hpp"

namespace gantry {

using Words = std::array<std::uint32_t, 4>;

static std::uint32_t low_half(std::uint64_t word) { return static_cast<std::uint32_t>(word); }
static std::uint32_t high_half(std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); }

// Ten rounds, with the constants of the paper (section 4.3).
Words philox(Words c, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t left = std::uint64_t(0xD2511F53) * c[0];
        const std::uint64_t right = std::uint64_t(0xCD9E8D57) * c[2];
        c = {high_half(right) ^ c[1] ^ key[0], low_half(right), high_half(left) ^ c[3] ^ key[1], low_half(left)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return c;
}

// Block i after the current one: four words of 32 bits.
static Words block(const Random::State& state, Index i) {
    const std::uint64_t at = state.next_block + i;
    return philox({low_half(at), high_half(at), low_half(state.stream), high_half(state.stream)},
                  {low_half(state.seed), high_half(state.seed)});
}

// Half of a block as one word of 64 bits.
static std::uint64_t wide(const Words& words, Index half) {
    return std::uint64_t(words[2 * half + 1]) << 32 | words[2 * half];
}

// The upper 53 bits, all that a double holds: 0 <= u < 1.
static double unit(std::uint64_t word) { return (word >> 11) * 0x1p-53; }

// A tensor that takes `per_block` numbers from each block: make(words) is an array of them.
static Tensor filled(Random::State& state, const Shape& shape, Index per_block, auto make) {
    Tensor y = empty(shape);
    Real* out = y.mutable_data();
    const Index n = y.size();
    const Index blocks = (n + per_block - 1) / per_block;
    kernels::in_parallel(blocks, n, [=, from = state](Index i) {
        const auto numbers = make(block(from, i));
        std::copy_n(numbers.begin(), std::min(per_block, n - per_block * i), out + per_block * i);
    });
    state.next_block += blocks;
    return y;
}

// Two numbers from each block: r = sqrt(-2 log u), angle 2 pi v, then r cos and r sin. 1 - u is never 0.
Tensor Random::normal(const Shape& shape) {
    return filled(state_, shape, 2, [](const Words& words) {
        const double radius = std::sqrt(-2 * std::log(1 - unit(wide(words, 0))));
        const double angle = 2 * std::numbers::pi * unit(wide(words, 1));
        return std::array{static_cast<Real>(radius * std::cos(angle)), static_cast<Real>(radius * std::sin(angle))};
    });
}

// Four numbers from each block, of 32 bits each: more than a float holds, and plenty for a step size or a mask.
Tensor Random::uniform(const Shape& shape, Real low, Real high) {
    if (!(low < high)) fail("uniform", "low " + std::to_string(low) + " is not below high " + std::to_string(high));
    const double width = (double(high) - low) * 0x1p-32;
    if (!std::isfinite(width)) fail("uniform", std::to_string(low) + " to " + std::to_string(high) + " is not finite");
    const Real largest = std::nextafter(high, low);  // rounding to Real may reach the end
    return filled(state_, shape, 4, [=](const Words& words) {
        std::array<Real, 4> numbers;
        for (int k = 0; k < 4; ++k) numbers[k] = std::min(largest, static_cast<Real>(low + words[k] * width));
        return numbers;
    });
}

// The upper half of the 128 bits of word * below (Lemire 2019, without his rejection step: the bias is below / 2^64).
std::vector<Index> Random::indices(Index n, Index below) {
    const bool exist = n >= 0 && below >= 1;
    if (!exist) fail("indices", std::to_string(n) + " indices below " + std::to_string(below) + " do not exist");
    std::vector<Index> result(n);
    for (Index i = 0; i < n; ++i) {
        const std::uint64_t word = wide(block(state_, i / 2), i % 2);
        result[i] = static_cast<Index>(static_cast<unsigned __int128>(word) * below >> 64);
    }
    state_.next_block += (n + 1) / 2;
    return result;
}

}  // namespace gantry
