#include "tests/bench/by_hand.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "core/kernels/blas.hpp"

namespace bench {

// ----------------------------------------------------------------------------------------- memory, products, loops

static Index rounded(Index size) { return (size + 15) / 16 * 16; }  // whole cache lines of floats

void Free::operator()(Real* numbers) const { std::free(numbers); }

Buffer make_buffer(Index size) {
    const Index room = rounded(std::max<Index>(size, 1));
    void* numbers = std::aligned_alloc(64, static_cast<std::size_t>(room) * sizeof(Real));
    if (!numbers) throw std::bad_alloc();
    Buffer buffer(static_cast<Real*>(numbers));
    std::fill_n(buffer.get(), room, Real(0));
    return buffer;
}

void call(const Product& x) {
    gantry::kernels::gemm(x.transpose_a, x.transpose_b, x.m, x.n, x.k, x.A, x.lda, x.B, x.ldb, x.beta, x.C, x.ldc);
}

// Below this, waking threads costs more than it saves (the engine's limit is twice this: core/kernels/elementwise.hpp).
static constexpr Index parallel_size = 32768;

// Calls f(i) for i = 0 .. n - 1, for loops over elements.
template <class F>
static void each(Index n, F f) {
    if (n < parallel_size) {
        const F own = f;  // a copy: through f, whose address other threads are given below, nothing would be vectorised
#pragma omp simd
        for (Index i = 0; i < n; ++i) own(i);
        return;
    }
#pragma omp parallel
    {
        const F own = f;
#pragma omp for simd schedule(static)
        for (Index i = 0; i < n; ++i) own(i);
    }
}

// The same for longer pieces of work, n of them, each of `size` elements.
template <class F>
static void each_piece(Index n, Index size, F f) {
    if (n * size < parallel_size) {
        for (Index i = 0; i < n; ++i) f(i);
        return;
    }
#pragma omp parallel
    {
        const F own = f;
#pragma omp for schedule(static)
        for (Index i = 0; i < n; ++i) own(i);
    }
}

// ----------------------------------------------------------------------------------------- exp and tanh
//
// Without branches, so that loops over them become vector instructions. x = k ln 2 + r with |r| <= ln(2)/2, and
// e^r - 1 by Taylor's series up to r^7. Good to 3 ulp. In double, the C library's.

struct Reduced {
    float power;  // 2^k
    float expm1;  // e^r - 1
};
static inline Reduced reduce(float x) {
    const float shift = 12582912.0f;  // 1.5 * 2^23: no room is left for a fraction, so the sum is rounded
    const float shifted = x * 1.44269504088896341f + shift;
    const float k = shifted - shift;
    const float r = (x - k * 0.693359375f) - k * -2.12194440054690583e-4f;
    const auto bits = std::bit_cast<std::uint32_t>(shifted) - std::bit_cast<std::uint32_t>(shift);
    float sum = 1.0f / 5040;
    sum = sum * r + 1.0f / 720;
    sum = sum * r + 1.0f / 120;
    sum = sum * r + 1.0f / 24;
    sum = sum * r + 1.0f / 6;
    sum = sum * r + 0.5f;
    return {std::bit_cast<float>((bits + 127) << 23), sum * r * r + r};
}

// e^x for x <= 0, and e^-87 below -87: added to 1, float cannot tell them apart.
[[maybe_unused]] static inline float exp_negative(float x) {
    const Reduced part = reduce(x < -87.0f ? -87.0f : x);
    return (1.0f + part.expm1) * part.power;
}

// tanh |x| = u / (u + 2), u = e^(2|x|) - 1; from 10 on it rounds to 1.
[[maybe_unused]] static inline float tanh_of(float x) {
    const float twice = 2.0f * std::fabs(x);
    const Reduced part = reduce(twice > 20.0f ? 20.0f : twice);
    const float u = part.power * part.expm1 + (part.power - 1.0f);
    return std::copysign(u / (u + 2.0f), x);
}

[[maybe_unused]] static inline double exp_negative(double x) { return std::exp(x); }
[[maybe_unused]] static inline double tanh_of(double x) { return std::tanh(x); }

// ----------------------------------------------------------------------------------------- a network

Network::Network(const std::vector<Index>& sizes_of_layers, Real slope_of_hidden, bool output_is_tanh, Index rows)
    : sizes(sizes_of_layers), slope(slope_of_hidden), tanh_output(output_is_tanh) {
    auto place = [this](Index size) {
        const Index start = parameter_count;
        parameter_count += rounded(size);  // the gap's gradients are zero, so Adam leaves it at zero
        return start;
    };
    auto own = [this, rows](Index width) {
        owned.push_back(make_buffer(rows * width));
        return owned.back().get();
    };
    a.push_back(own(sizes[0]));
    for (Index l = 0; l < layers(); ++l) {
        W_at.push_back(place(sizes[l + 1] * sizes[l]));
        b_at.push_back(place(sizes[l + 1]));
        a.push_back(own(sizes[l + 1]));
        p.push_back(own(sizes[l + 1]));
    }
    parameters = make_buffer(parameter_count);
    gradients = make_buffer(parameter_count);
    means = make_buffer(parameter_count);
    squares = make_buffer(parameter_count);
}

void Network::product(const Product& product) {
    call(product);
    if (log) log->push_back(product);
}

// y = phi(y + bias), row by row.
template <class Activation>
static void add_bias_and_activate(Index rows, Index columns, const Real* bias, Activation phi, Real* y) {
    if (columns == 1) {
        const Real b = *bias;
        each(rows, [=](Index i) { y[i] = phi(y[i] + b); });
        return;
    }
    each_piece(rows, columns, [=](Index r) {
        Real* row = y + r * columns;
#pragma omp simd
        for (Index c = 0; c < columns; ++c) row[c] = phi(row[c] + bias[c]);
    });
}

// a_(l+1) = phi(a_l W_l^T + b_l), for rows first .. first + rows - 1.
void Network::forward(Index first, Index rows) {
    const Real factor = slope;
    const auto leaky = [=](Real u) {
        const Real low = factor * u;
        return u > 0 ? u : low;
    };
    for (Index l = 0; l < layers(); ++l) {
        const Index in = sizes[l], out = sizes[l + 1];
        Real* y = a[l + 1] + first * out;
        product({false, true, rows, out, in, a[l] + first * in, in, W(l), in, 0, y, out});
        if (l + 1 < layers()) {
            add_bias_and_activate(rows, out, b(l), leaky, y);
        } else if (tanh_output) {
            add_bias_and_activate(
                rows, out, b(l), [](Real u) { return tanh_of(u); }, y);
        } else {
            add_bias_and_activate(
                rows, out, b(l), [](Real u) { return u; }, y);
        }
    }
}

// p = incoming * phi', and db = the sum of p over the rows, in one pass: strips of columns, whose sums stay in
// registers or in the L1 cache.
template <class Incoming, class Derivative>
static void through_activation(Index rows, Index columns, Network::Gradients which, Incoming incoming,
                               Derivative derivative, Real* p, Real* db) {
    constexpr Index strip = 64;
    const Index strips = (columns + strip - 1) / strip;
    each_piece(strips, rows * std::min(strip, columns), [=](Index s) {
        const Index left = s * strip;
        const Index width = std::min(strip, columns - left);
        Real sum[strip] = {};
        for (Index r = 0; r < rows; ++r) {
            const Index at = r * columns + left;
#pragma omp simd
            for (Index c = 0; c < width; ++c) {
                const Real value = derivative(at + c, incoming(r, left + c));
                p[at + c] = value;
                sum[c] += value;
            }
        }
        if (which == Network::Gradients::first) std::copy_n(sum, width, db + left);
        if (which == Network::Gradients::next) {
            for (Index c = 0; c < width; ++c) db[left + c] += sum[c];
        }
    });
}

// Turns what lies in p[l], dL/da_(l+1), into dL/du_l, and writes db_l. With `single`, dL/da_(l+1) is still to be made:
// layer l + 1 has one output, so it is the product of a column and a row.
void Network::derivative(Index l, Index first, Index rows, Gradients which, bool single) {
    const Index columns = sizes[l + 1];
    const Real* y = a[l + 1] + first * columns;
    Real* to = p[l] + first * columns;
    Real* db = gradients.get() + b_at[l];
    const Real factor = slope;
    const auto given = [=](Index r, Index c) { return to[r * columns + c]; };
    const auto leaky = [=](Index i, Real dy) {
        const Real low = factor * dy;
        return y[i] > 0 ? dy : low;
    };
    if (single) {
        const Real* column = p[l + 1] + first;
        const Real* row = W(l + 1);
        const auto outer = [=](Index r, Index c) { return column[r] * row[c]; };
        through_activation(rows, columns, which, outer, leaky, to, db);
    } else if (l + 1 < layers()) {
        through_activation(rows, columns, which, given, leaky, to, db);
    } else if (tanh_output) {
        const auto tanh_grad = [=](Index i, Real dy) { return dy * (1 - y[i] * y[i]); };
        through_activation(rows, columns, which, given, tanh_grad, to, db);
    } else if (which != Gradients::none) {
        through_activation(
            rows, columns, which, given, [](Index, Real dy) { return dy; }, to, db);
    }
}

// From dL/da of the output, which the caller left in p[layers - 1], to every p_l and db_l. With dx, also dL/dx.
void Network::backward(Index first, Index rows, Gradients which, Real* dx) {
    derivative(layers() - 1, first, rows, which, false);
    for (Index l = layers() - 1; l > 0; --l) {
        const Index in = sizes[l], out = sizes[l + 1];
        const bool single = out == 1;
        if (!single) {
            product({false, false, rows, in, out, p[l] + first * out, out, W(l), in, 0, p[l - 1] + first * in, in});
        }
        derivative(l - 1, first, rows, which, single);
    }
    const Index in = sizes[0], out = sizes[1];
    if (dx) product({false, false, rows, in, out, p[0] + first * out, out, W(0), in, 0, dx, in});
}

// dW_l = p_l^T a_l
void Network::weight_gradients(Index first, Index rows, Gradients which) {
    const auto beta = static_cast<Real>(which == Gradients::next);
    for (Index l = 0; l < layers(); ++l) {
        const Index in = sizes[l], out = sizes[l + 1];
        const Real* dy = p[l] + first * out;
        product({true, false, out, in, rows, dy, out, a[l] + first * in, in, beta, gradients.get() + W_at[l], in});
    }
}

// optim/adam.hpp has the formulas.
void Network::adam_step(const Workload& options) {
    ++steps;
    const auto t = static_cast<double>(steps);
    Real* w = parameters.get();
    Real* m = means.get();
    Real* v = squares.get();
    const Real* g = gradients.get();
    const auto beta1 = static_cast<Real>(options.beta1), rest1 = static_cast<Real>(1 - options.beta1);
    const auto beta2 = static_cast<Real>(options.beta2), rest2 = static_cast<Real>(1 - options.beta2);
    const auto rate = static_cast<Real>(options.lr / (1 - std::pow(options.beta1, t)));
    const auto root_factor = static_cast<Real>(1 / std::sqrt(1 - std::pow(options.beta2, t)));
    const auto eps = static_cast<Real>(options.eps);
    each(parameter_count, [=](Index i) {
        m[i] = beta1 * m[i] + rest1 * g[i];
        v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
        w[i] -= rate * m[i] / (std::sqrt(v[i]) * root_factor + eps);
    });
}

// ----------------------------------------------------------------------------------------- the losses
//
//   sp(x) = log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)         s(x) = sp'(x) = 1 / (1 + e^-x)
//
// A sum of logarithms is the logarithm of a product; 512 factors, none above 2, do not overflow a double.

// The mean of sp(sign x_i); slope_i becomes its derivative by x_i.
static double mean_softplus(Index n, Real sign, const Real* x, Real* slope) {
    const Real share = sign / static_cast<Real>(n);
    double sum = 0;
    for (Index first = 0; first < n; first += 512) {
        const Index last = std::min(n, first + 512);
        Real e[512];
#pragma omp simd
        for (Index i = first; i < last; ++i) {
            const Real y = sign * x[i];
            e[i - first] = exp_negative(-std::fabs(y));
            const Real top = y < 0 ? e[i - first] : Real(1);
            slope[i] = share * top / (1 + e[i - first]);
        }
        double product = 1;
        for (Index i = first; i < last; ++i) {
            product *= 1 + static_cast<double>(e[i - first]);
            sum += std::max<Real>(sign * x[i], 0);
        }
        sum += std::log(product);
    }
    return sum / static_cast<double>(n);
}

// The mean of sign x_i, and its derivatives.
static double mean_of(Index n, Real sign, const Real* x, Real* slope) {
    double sum = 0;
    for (Index i = 0; i < n; ++i) {
        sum += static_cast<double>(x[i]);
        slope[i] = sign / static_cast<Real>(n);
    }
    return static_cast<double>(sign) * sum / static_cast<double>(n);
}

// ----------------------------------------------------------------------------------------- the iteration

static Index rows_of(const Workload& workload) { return workload.batch * (workload.lambda > 0 ? 3 : 2); }

ByHand::ByHand(const Workload& workload)
    : e(make_buffer(workload.batch)),
      options(workload),
      batch(workload.batch),
      G(workload.generator, workload.slope, workload.tanh_output, workload.batch),
      D(workload.discriminator, workload.slope, false, rows_of(workload)),
      chain(make_buffer(workload.batch *
                        *std::max_element(workload.discriminator.begin(), workload.discriminator.end()))) {
    G.a.back() = D.a[0] + batch * D.sizes[0];  // G writes its fakes where D reads them
}

// Rows of D:   0 .. batch - 1 real,   then `batch` fakes,   then, with the penalty, `batch` points between the two.
void ByHand::iterate() {
    const bool penalty = options.lambda > 0;
    const Index last = D.layers() - 1;
    Real* logits = D.a.back();
    Real* slopes = D.p[last];

    // the discriminator's step
    G.forward(0, batch);
    D.forward(0, batch);
    D.forward(batch, batch);
    if (penalty) {
        interpolate();
        D.forward(2 * batch, batch);
        discriminator_loss = mean_of(batch, -1, logits, slopes);
        discriminator_loss += mean_of(batch, 1, logits + batch, slopes + batch);
        std::fill_n(slopes + 2 * batch, batch, Real(1));
    } else {
        discriminator_loss = mean_softplus(batch, -1, logits, slopes);
        discriminator_loss += mean_softplus(batch, 1, logits + batch, slopes + batch);
    }
    D.backward(0, batch, Network::Gradients::first, nullptr);
    D.weight_gradients(0, batch, Network::Gradients::first);
    D.backward(batch, batch, Network::Gradients::next, nullptr);
    D.weight_gradients(batch, batch, Network::Gradients::next);
    if (penalty) {
        D.backward(2 * batch, batch, Network::Gradients::none, nullptr);
        discriminator_loss += penalty_gradients();
        D.weight_gradients(2 * batch, batch, Network::Gradients::next);
    }
    D.adam_step(options);

    // the generator's step: the same fakes, the new discriminator, of which only dL/dx is wanted
    D.forward(batch, batch);
    generator_loss = penalty ? mean_of(batch, -1, logits + batch, slopes + batch)
                             : mean_softplus(batch, -1, logits + batch, slopes + batch);
    D.backward(batch, batch, Network::Gradients::none, G.p.back());
    G.backward(0, batch, Network::Gradients::first, nullptr);
    G.weight_gradients(0, batch, Network::Gradients::first);
    G.adam_step(options);
}

std::vector<Product> ByHand::products() {
    std::vector<Product> list;
    G.log = D.log = &list;
    iterate();
    G.log = D.log = nullptr;
    return list;
}

// ----------------------------------------------------------------------------------------- the gradient penalty
//
//   P = lambda / N sum_i (|g_i| - 1)^2,       g_i = dD(x^_i)/dx^_i        (Gulrajani et al. 2017, eq. 3)
//
// g is what the backward pass of D computes when it starts from ones, p_(L-1) = 1:
//
//   q_l = p_l W_l        p_(l-1) = q_l phi'(u_(l-1))        g = q_0
//
// Its derivative by the weights needs a backward pass of this backward pass. phi is made of straight lines, phi'' = 0,
// so phi' is a constant there, the biases have no part in it, and the chain is linear. With t_l = dP/dq_l:
//
//   t_0 = dP/dg,   row i: 2 lambda / N (|g_i| - 1) g_i / |g_i|
//   dW_l += p_l^T t_l        t_(l+1) = (t_l W_l^T) phi'(u_l)
//
// So t_l takes the place of a_l in the rows of x^ (a_l is needed no more there, except for the sign that gives phi'),
// and weight_gradients() adds p_l^T t_l to the rest.

void ByHand::interpolate() {
    const Index width = D.sizes[0];
    const Real* real_rows = D.a[0];
    const Real* fake_rows = real_rows + batch * width;
    Real* between = D.a[0] + 2 * batch * width;
    for (Index r = 0; r < batch; ++r) {
        for (Index c = 0; c < width; ++c) {
            const Index i = r * width + c;
            between[i] = e[r] * real_rows[i] + (1 - e[r]) * fake_rows[i];
        }
    }
}

// Called when the p_l are there. Returns P and leaves t_l in the rows of x^ of a[l].
double ByHand::penalty_gradients() {
    const Index first = 2 * batch, width = D.sizes[0], out = D.sizes[1];
    Real* t0 = D.a[0] + first * width;
    D.product({false, false, batch, width, out, D.p[0] + first * out, out, D.W(0), width, 0, t0, width});

    double sum = 0;
    const double share = options.lambda / static_cast<double>(batch);
    for (Index r = 0; r < batch; ++r) {
        Real* g = t0 + r * width;
        double square = 0;
        for (Index c = 0; c < width; ++c) square += static_cast<double>(g[c]) * static_cast<double>(g[c]);
        const double norm = std::sqrt(square);
        const auto factor = static_cast<Real>(norm > 0 ? 2 * share * (norm - 1) / norm : 0);
        for (Index c = 0; c < width; ++c) g[c] *= factor;
        sum += (norm - 1) * (norm - 1);
    }

    for (Index l = 0; l + 1 < D.layers(); ++l) {
        const Index in = D.sizes[l], next = D.sizes[l + 1];
        const Real factor = D.slope;
        const Real* incoming = chain.get();
        Real* t = D.a[l + 1] + first * next;
        D.product({false, true, batch, next, in, D.a[l] + first * in, in, D.W(l), in, 0, chain.get(), next});
        each(batch * next, [=](Index i) {
            const Real low = factor * incoming[i];
            t[i] = t[i] > 0 ? incoming[i] : low;
        });
    }
    return share * sum;
}

}  // namespace bench
