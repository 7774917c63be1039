// The matrix product against a plain loop, in every shape near a limit of its code: vectors, odd sizes, the
// tile of 64, and products large enough to be cut into tiles.
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/core.hpp"
#include "core/kernels/blas.hpp"
#include "core/kernels/product.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

#ifdef _OPENMP
#include <omp.h>
#endif

using namespace gantry;

namespace {

// Integers from -3 to 3: products and sums are exact in float, in any order, so results must be equal, not
// close.
std::vector<Real> integers(Index n, Index seed) {
    std::vector<Real> x(static_cast<std::size_t>(n));
    for (Index i = 0; i < n; ++i) x[i] = static_cast<Real>((i * i + 3 * i + seed) % 7 - 3);
    return x;
}

// C[r, c] = start[r, c] + sum over i of op(A)[r, i] op(B)[i, c]
template <class Number>
std::vector<Number> plain_product(bool ta, bool tb, Index m, Index n, Index k, const std::vector<Real>& A,
                                  const std::vector<Real>& B, const std::vector<Real>& start) {
    std::vector<Number> C(start.begin(), start.end());
    for (Index r = 0; r < m; ++r) {
        for (Index c = 0; c < n; ++c) {
            Number sum = 0;
            for (Index i = 0; i < k; ++i) {
                sum += static_cast<Number>(ta ? A[i * m + r] : A[r * k + i]) * (tb ? B[c * k + i] : B[i * n + c]);
            }
            C[r * n + c] += sum;
        }
    }
    return C;
}

// C starts with NaN, which must be overwritten.
bool agrees(bool ta, bool tb, Index m, Index n, Index k, bool with_bias) {
    const std::vector<Real> A = integers(m * k, 1), B = integers(k * n, 2), bias = integers(n, 3);
    std::vector<Real> C(static_cast<std::size_t>(m * n), std::numeric_limits<Real>::quiet_NaN()), start(C.size());
    kernels::matmul(ta, tb, m, n, k, A.data(), B.data(), C.data(), with_bias ? bias.data() : nullptr);
    for (Index i = 0; with_bias && i < m * n; ++i) start[i] = bias[i % n];
    return C == plain_product<Real>(ta, tb, m, n, k, A, B, start);
}

struct Sizes {
    Index m, n, k;
};

// Each above a limit: tiles by rows and by columns, a shorter last tile, fewer than eight tiles, only one, and every
// kind of skinny product with enough work for several threads.
const std::vector<Sizes> large = {{128, 128, 128}, {130, 70, 90},  {70, 130, 90},  {257, 784, 33}, {300, 2, 512},
                                  {2, 300, 512},   {1000, 1, 300}, {1, 1000, 300}, {300, 1, 1000}, {1, 300, 1000},
                                  {300, 200, 1},   {1, 1, 40000},  {2, 3, 60000},  {520, 390, 260}};

}  // namespace

TEST_CASE("matrix product: every small size, all transpositions, with and without bias", "[matmul]") {
    const std::vector<Index> sizes = {1, 2, 3, 5, 7, 8, 16, 17, 64, 65};
    Index products = 0, wrong = 0;
    for (Index m : sizes) {
        for (Index n : sizes) {
            for (Index k : sizes) {
                for (int flags = 0; flags < 8; ++flags) {
                    const bool ta = flags & 1, tb = flags & 2, with_bias = flags & 4;
                    ++products;
                    if (agrees(ta, tb, m, n, k, with_bias)) continue;
                    ++wrong;
                    UNSCOPED_INFO("m " << m << ", n " << n << ", k " << k << (ta ? ", A^T" : "")
                                       << (tb ? ", B^T" : ""));
                }
            }
        }
    }
    CHECK(wrong == 0);
    std::printf("matrix product: %td of %td sizes and transpositions equal to the plain loop\n", products - wrong,
                products);
}

// C lies in rows that are apart: what is between them must stay.
TEST_CASE("plain product: every small size, all transpositions, written and added", "[matmul]") {
    const std::vector<Index> sizes = {1, 2, 3, 4, 5, 8, 15, 16, 17, 33};
    Index wrong = 0;
    for (Index m : sizes) {
        for (Index n : sizes) {
            for (Index k : sizes) {
                for (int flags = 0; flags < 8; ++flags) {
                    const bool ta = flags & 1, tb = flags & 2, add = flags & 4;
                    const std::vector<Real> A = integers(m * k, 1), B = integers(k * n, 2);
                    const Index apart = n + 3;
                    std::vector<Real> C(m * apart, add ? Real(5) : std::numeric_limits<Real>::quiet_NaN());
                    kernels::plain_gemm(ta, tb, m, n, k, A.data(), ta ? m : k, B.data(), tb ? k : n, add ? Real(2) : 0,
                                        C.data(), apart);
                    const std::vector<Real> start(m * n, add ? Real(10) : 0);
                    const std::vector<Real> expected = plain_product<Real>(ta, tb, m, n, k, A, B, start);
                    for (Index i = 0; i < m * apart; ++i) {
                        const bool between = i % apart >= n;
                        const Real want = between ? Real(5) : expected[i / apart * n + i % apart];
                        wrong += between && !add ? !std::isnan(C[i]) : C[i] != want;
                    }
                }
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("matrix product: the three operations of every small size", "[matmul]") {
    const std::vector<Index> sizes = {1, 2, 3, 5, 7, 8, 16, 17, 64, 65};
    Index wrong = 0;
    for (Index m : sizes) {
        for (Index n : sizes) {
            for (Index k : sizes) {
                const std::vector<Real> A = integers(m * k, 1), B = integers(k * n, 2),
                                        zero(static_cast<std::size_t>(m * n));
                const Tensor nn = matmul(tensor({m, k}, A), tensor({k, n}, B));
                const Tensor nt = matmul_nt(tensor({m, k}, A), tensor({n, k}, B));
                const Tensor tn = matmul_tn(tensor({k, m}, A), tensor({k, n}, B));
                wrong += nn.values() != plain_product<Real>(false, false, m, n, k, A, B, zero);
                wrong += nt.values() != plain_product<Real>(false, true, m, n, k, A, B, zero);
                wrong += tn.values() != plain_product<Real>(true, false, m, n, k, A, B, zero);
            }
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE("matrix product: large sizes", "[matmul]") {
    for (const auto& [m, n, k] : large) {
        for (int flags = 0; flags < 8; ++flags) {
            INFO("m " << m << ", n " << n << ", k " << k << ", flags " << flags);
            CHECK(agrees(flags & 1, flags & 2, m, n, k, flags & 4));
        }
    }
}

TEST_CASE("matrix product: rounding stays within its bound", "[matmul]") {
    Random rng(3);
    for (const auto& [m, n, k] : large) {
        const std::vector<Real> A = rng.normal({m, k}).values(), B = rng.normal({k, n}).values();
        const std::vector<Real> zero(static_cast<std::size_t>(m * n));
        std::vector<Real> C = zero, size_A = A, size_B = B;
        kernels::matmul(false, false, m, n, k, A.data(), B.data(), C.data());
        for (Real& a : size_A) a = std::fabs(a);
        for (Real& b : size_B) b = std::fabs(b);
        const auto exact = plain_product<double>(false, false, m, n, k, A, B, zero);
        const auto magnitude = plain_product<double>(false, false, m, n, k, size_A, size_B, zero);
        double worst =
            0;  // in units of k eps/2 sum |a b|, the bound for any order of adding (Higham 2002, section 3.5)
        for (std::size_t i = 0; i < C.size(); ++i) {
            const double bound = static_cast<double>(k + 1) * std::numeric_limits<Real>::epsilon() / 2 * magnitude[i];
            worst = std::max(worst, std::fabs(C[i] - exact[i]) / bound);
        }
        INFO("m " << m << ", n " << n << ", k " << k);
        CHECK(worst <= (sizeof(Real) == sizeof(double) ? 2 : 1));  // in double the plain loop rounds as well
    }
}

TEST_CASE("matrix product: no rows, no columns, nothing to add up", "[matmul]") {
    CHECK(matmul(zeros({0, 3}), zeros({3, 2})).shape() == Shape{0, 2});
    CHECK(matmul(zeros({2, 3}), zeros({3, 0})).shape() == Shape{2, 0});
    CHECK(matmul(zeros({2, 0}), zeros({0, 2})).values() == std::vector<Real>(4, 0));
    const std::vector<Real> bias = {1, 2};
    std::vector<Real> C(2);
    kernels::matmul(false, false, 1, 2, 0, nullptr, nullptr, C.data(), bias.data());
    CHECK(C == std::vector<Real>{1, 2});
}

#ifdef _OPENMP
TEST_CASE("matrix product: the same bits for any number of threads", "[matmul][bits]") {
    const int before = blas_threads();  // from now on the number may exceed that of the processors
    Random rng(4);
    std::vector<Sizes> all = large;
    all.push_back({1000, 1000, 1000});
    all.push_back({1500, 1500, 1500});  // large enough for OpenBLAS to cut differently wherever it starts threads
    for (const auto& [m, n, k] : all) {
        const Tensor A = rng.normal({m, k}), B = rng.normal({k, n}), At = transpose(A), Bt = transpose(B);
        std::vector<std::vector<Real>> first;
        for (int threads : {1, 2, 3, 4, 8}) {
            if (threads > omp_get_thread_limit()) continue;  // OpenBLAS would wait for the others for ever
            omp_set_num_threads(threads);
            std::vector<std::vector<Real>> now;
            for (const Tensor& y : {matmul(A, B), matmul_nt(A, Bt), matmul_tn(At, B)}) now.push_back(y.values());
            if (first.empty()) first = now;
            INFO("m " << m << ", n " << n << ", k " << k << ", threads " << threads);
            for (std::size_t i = 0; i < now.size(); ++i) CHECK(help::differences(now[i], first[i]) == "");
        }
    }
    omp_set_num_threads(before);
}
#endif

// A machine with more threads than there are tiles leaves the rest idle.
TEST_CASE("matrix product: how many of 16 and of 64 threads have work", "[matmul]") {
    struct Expected {
        const char* what;
        Sizes sizes;
        Index least_tiles;
    };
    const Index of_mnist = kernels::blas_in_place() > 0 ? 32 : 8;  // by measurement: see core/kernels/product.cpp
    for (const auto& [what, sizes, least_tiles] :
         {Expected{"ring: x W^T", {256, 128, 128}, 8}, Expected{"mnist: x W^T", {128, 512, 784}, of_mnist},
          Expected{"mnist: dy^T x", {512, 784, 128}, of_mnist}, Expected{"1024^3", {1024, 1024, 1024}, 64},
          Expected{"2048^3", {2048, 2048, 2048}, 64}}) {
        const auto& [m, n, k] = sizes;
        const auto [rows, columns] = kernels::tile_of(m, n, k);
        const Index tiles = ((m + rows - 1) / rows) * ((n + columns - 1) / columns);
        std::printf("matrix product, %-13s: %3td tiles of %td x %td; idle of 16 threads %td, of 64 %td\n", what, tiles,
                    rows, columns, std::max<Index>(0, 16 - tiles), std::max<Index>(0, 64 - tiles));
        INFO(what);
        CHECK(tiles >= least_tiles);
        CHECK(tiles <= 64);
    }
}
