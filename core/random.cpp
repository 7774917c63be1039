#include "core/random.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/kernels.hpp"

namespace gantry {

// Ten rounds; the constants are those of the paper (section 4.3).
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> key) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t left = std::uint64_t(0xD2511F53) * c[0];
        const std::uint64_t right = std::uint64_t(0xCD9E8D57) * c[2];
        c = {static_cast<std::uint32_t>(right >> 32) ^ c[1] ^ key[0], static_cast<std::uint32_t>(right),
             static_cast<std::uint32_t>(left >> 32) ^ c[3] ^ key[1], static_cast<std::uint32_t>(left)};
        key[0] += 0x9E3779B9;
        key[1] += 0xBB67AE85;
    }
    return c;
}

// Block i after the current one: four words of 32 bits.
static std::array<std::uint32_t, 4> block(const Random::State& state, Index i) {
    const std::uint64_t at = state.next_block + static_cast<std::uint64_t>(i);
    auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
    auto high = [](std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); };
    return philox({low(at), high(at), low(state.stream), high(state.stream)}, {low(state.seed), high(state.seed)});
}

// Half of a block as one word of 64 bits.
static std::uint64_t wide(const std::array<std::uint32_t, 4>& words, Index half) {
    return std::uint64_t(words[2 * half + 1]) << 32 | words[2 * half];
}

// The upper 53 bits, all that a double holds: 0 <= u < 1.
static double unit(std::uint64_t word) { return static_cast<double>(word >> 11) * 0x1p-53; }

// Two numbers from each block: r = sqrt(-2 log u), angle 2 pi v, then r cos and r sin. 1 - u is never 0.
Tensor Random::normal(const Shape& shape) {
    Tensor y = empty(shape);
    Real* out = y.mutable_data();
    const Index n = y.size();
    const Index pairs = (n + 1) / 2;
    const State state = state_;
    kernels::each(pairs, [=](Index i) {
        const auto words = block(state, i);
        const double radius = std::sqrt(-2 * std::log(1 - unit(wide(words, 0))));
        const double angle = 2 * std::numbers::pi * unit(wide(words, 1));
        out[2 * i] = static_cast<Real>(radius * std::cos(angle));
        if (2 * i + 1 < n) out[2 * i + 1] = static_cast<Real>(radius * std::sin(angle));
    });
    state_.next_block += static_cast<std::uint64_t>(pairs);
    return y;
}

// Four numbers from each block, of 32 bits each: more than a float holds, and plenty for a step size or a mask.
Tensor Random::uniform(const Shape& shape, Real low, Real high) {
    if (!(low < high)) fail("uniform", "low " + std::to_string(low) + " is not below high " + std::to_string(high));
    Tensor y = empty(shape);
    Real* out = y.mutable_data();
    const Index n = y.size();
    const Index blocks = (n + 3) / 4;
    const State state = state_;
    const double width = (static_cast<double>(high) - low) * 0x1p-32;
    const Real largest = std::nextafter(high, low);
    kernels::each(blocks, [=](Index i) {
        const auto words = block(state, i);
        for (Index k = 0; k < std::min<Index>(4, n - 4 * i); ++k) {
            const Real value = static_cast<Real>(low + words[k] * width);
            out[4 * i + k] = value < high ? value : largest;  // rounding to Real may have reached the end
        }
    });
    state_.next_block += static_cast<std::uint64_t>(blocks);
    return y;
}

// The upper half of word * below, of 128 bits (Lemire 2019, without the rejection: the bias is below / 2^64).
std::vector<Index> Random::indices(Index n, Index below) {
    if (n < 0 || below < 1)
        fail("indices", std::to_string(n) + " indices below " + std::to_string(below) + " do not exist");
    std::vector<Index> result(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) {
        const std::uint64_t word = wide(block(state_, i / 2), i % 2);
        result[i] = static_cast<Index>(static_cast<unsigned __int128>(word) * static_cast<std::uint64_t>(below) >> 64);
    }
    state_.next_block += static_cast<std::uint64_t>((n + 1) / 2);
    return result;
}

}  // namespace gantry
