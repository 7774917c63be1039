#include "core/kernels/sums.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/elementwise.hpp"

namespace gantry::kernels {

// ------------------------------------------------------------------------------------- rows and columns

void gather(const std::array<Index, 4>& sizes, const std::array<Index, 4>& strides, const Real* x, Real* y) {
    const Index n0 = sizes[0], n1 = sizes[1], n2 = sizes[2], n3 = sizes[3];
    const Index s0 = strides[0], s1 = strides[1], s2 = strides[2], s3 = strides[3];
    const Index rows = n0 * n1 * n2;
    in_parallel(rows, rows * n3, [=](Index row) {
        const Real* from = x + row / (n1 * n2) * s0 + row / n2 % n1 * s1 + row % n2 * s2;
        Real* to = y + row * n3;
        s3 == 0 ? std::fill_n(to, n3, *from) : std::copy_n(from, n3, to);
    });
}

void copy_rows(Index rows, Index width, const Real* x, Index x_step, Real* y, Index y_step) {
    for (Index row = 0; row < rows; ++row) std::copy_n(x + row * x_step, width, y + row * y_step);
}

void transpose(Index rows, Index columns, const Real* x, Real* y) {
    constexpr Index tile = 16;  // 16 rows and 16 columns of floats are 16 cache lines each: both stay in the L1 cache
    in_parallel((rows + tile - 1) / tile, rows * columns, [=](Index t) {
        const Index top = t * tile;
        for (Index left = 0; left < columns; left += tile) {
            for (Index r = top; r < std::min(rows, top + tile); ++r) {
                for (Index c = left; c < std::min(columns, left + tile); ++c) y[c * rows + r] = x[r * columns + c];
            }
        }
    });
}

// ------------------------------------------------------------------------------------- sums
//
// A long sum is halved until 64 terms a lane are left, and those are added in order. The error then grows with log n
// instead of n (Higham 1993, "The accuracy of floating point summation"), and the order depends on the sizes alone.
// Terms are x, or w x with weights: the products of a matrix with a vector are such sums.

static constexpr Index plain_terms = 64;
static constexpr Index lanes = 16;   // partial sums that a vector register (or two) adds at once
static constexpr Index strip = 256;  // columns that one task adds: their sums stay in the L1 cache

// The sum of term(begin) ... term(end - 1); `lanes` sums run side by side and are combined by a tree.
static Real sum_run(Index begin, Index end, auto term) {
    if (end - begin > plain_terms * lanes) {
        const Index middle = begin + (end - begin) / 2 / lanes * lanes;
        const Real left = sum_run(begin, middle, term);
        return left + sum_run(middle, end, term);
    }
    Real partial[lanes] = {};
    Index i = begin;
    for (; i + lanes <= end; i += lanes) {
        for (Index lane = 0; lane < lanes; ++lane) partial[lane] += term(i + lane);
    }
    for (Index lane = 0; i + lane < end; ++lane) partial[lane] += term(i + lane);
    for (Index width = lanes / 2; width > 0; width /= 2) {
        for (Index lane = 0; lane < width; ++lane) partial[lane] += partial[lane + width];
    }
    return partial[0];
}

// y[c] = the sum of weight(r) x[r * step + c] over the rows r = begin .. end-1, for at most `lanes` columns c.
static inline void sum_lanes(Index begin, Index end, Index columns, Index step, const Real* x, auto weight, Real* y) {
    Real sums[lanes] = {};
    for (Index r = begin; r < end; ++r) {
        for (Index c = 0; c < columns; ++c) sums[c] += weight(r) * x[r * step + c];
    }
    std::copy_n(sums, columns, y);
}

// The same for at most `strip` columns. Where the number of lanes is a constant, the sums stay in registers.
static void sum_rows(Index begin, Index end, Index columns, Index step, const Real* x, auto weight, Real* y) {
    if (end - begin > plain_terms) {
        const Index middle = begin + (end - begin) / 2;
        Real other[strip];
        sum_rows(begin, middle, columns, step, x, weight, y);
        sum_rows(middle, end, columns, step, x, weight, other);
        for (Index c = 0; c < columns; ++c) y[c] += other[c];
        return;
    }
    Index c = 0;
    for (; c + lanes <= columns; c += lanes) sum_lanes(begin, end, lanes, step, x + c, weight, y + c);
    if (c < columns) sum_lanes(begin, end, columns - c, step, x + c, weight, y + c);
}

// One long run is cut into blocks for the threads; the blocks' sums are added as a run of their own.
static Real sum_blocks(Index n, auto term) {
    constexpr Index block = 16384;
    const Index blocks = (n + block - 1) / block;
    if (blocks <= 1) return sum_run(0, n, term);
    std::vector<Real> partial(blocks);
    Real* sums = partial.data();
    in_parallel(blocks, n, [=](Index b) { sums[b] = sum_run(b * block, std::min(n, (b + 1) * block), term); });
    return sum_run(0, blocks, [=](Index b) { return sums[b]; });
}

static void sum_weighted(Index outer, Index middle, Index inner, const Real* x, auto weight, Real* y) {
    if (outer == 1 && inner == 1) {
        y[0] = sum_blocks(middle, [=](Index m) { return weight(m) * x[m]; });
    } else if (inner == 1) {
        in_parallel(outer, outer * middle, [=](Index o) {
            const Real* row = x + o * middle;
            y[o] = sum_run(0, middle, [=](Index m) { return weight(m) * row[m]; });
        });
    } else {
        const Index strips = (inner + strip - 1) / strip;
        in_parallel(outer * strips, outer * middle * inner, [=](Index task) {
            const Index o = task / strips;
            const Index first = task % strips * strip;
            const Real* corner = x + o * middle * inner + first;
            sum_rows(0, middle, std::min(strip, inner - first), inner, corner, weight, y + o * inner + first);
        });
    }
}

void sum_middle(Index outer, Index middle, Index inner, const Real* x, Real* y, const Real* weights) {
    const auto given = [=](Index m) { return weights[m]; };
    const auto one = [](Index) { return Real(1); };
    weights ? sum_weighted(outer, middle, inner, x, given, y) : sum_weighted(outer, middle, inner, x, one, y);
}

// y = (x - max) - log1p(sum of e^(x - max) over all but the largest): nothing overflows, and where one class is nearly
// certain its logarithm, near 0, keeps all its digits.
void log_softmax(Index rows, Index columns, const Real* x, Real* y) {
    in_parallel(rows, rows * columns, [=](Index row) {
        const Real* from = x + row * columns;
        Real* to = y + row * columns;
        const Real* largest = std::max_element(from, from + columns);
        const Real top = *largest;
        for (Index c = 0; c < columns; ++c) to[c] = from[c] - top;
        exp(columns, to, to);
        to[largest - from] = 0;
        const Real log_sum = std::log1p(sum_run(0, columns, [=](Index c) { return to[c]; }));
        for (Index c = 0; c < columns; ++c) to[c] = (from[c] - top) - log_sum;
    });
}

}  // namespace gantry::kernels
