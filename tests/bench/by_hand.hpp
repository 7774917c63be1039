// One training iteration of a GAN of two perceptrons, written by hand: no tensors, no graph, nothing of Gantry but
// Real and Index. It is what a careful programmer writes who knows the networks, the loss and the optimizer in
// advance, and so it is two things: the readable account of what the engine does when it runs the README's five steps,
// and the time to beat.
//
//     layer l        u_l = a_l W_l^T + b_l            a_(l+1) = phi(u_l)         a_0 = z or x, rows are samples
//     its rule       p_l = dL/du_l                    dW_l = p_l^T a_l           db_l = sum of p_l over the rows
//     one down       p_(l-1) = (p_l W_l) phi'(u_(l-1))
//
// What is known in advance, and what is made of it:
//   - all sizes: every buffer is allocated once;
//   - real and fake rows lie in one buffer, and G writes its fakes there. Each batch passes the discriminator on its
//     own, as in the engine (one product for both would do the work of two, but the five steps are then no longer to
//     be seen);
//   - phi' can be read off a: for (leaky) ReLU, u > 0 where a > 0; for tanh, phi' = 1 - a^2. So u is overwritten by a;
//   - a network's parameters lie in one array, which Adam updates in one loop.
// Products are whole calls of OpenBLAS, which shares them among its threads.
//
// What it does not do: anything else. Another loss, another layer or a second derivative means writing it anew; compare
// penalty_gradients() with losses/gradient_penalty.cpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/real.hpp"

namespace bench {

using gantry::Index;
using gantry::Real;

/// What is trained, in every competitor's version.
struct Workload {
    std::string name;
    std::vector<Index> generator, discriminator;  // sizes from input to output
    Real slope = 0;                               // hidden layers: u > 0 ? u : slope u
    bool tanh_output = false;                     // of the generator
    Index batch = 0;                              // real samples, and as many fakes
    double lambda = 0;                            // 0: non-saturating loss. Else Wasserstein with gradient penalty
    double lr = 1e-7, beta1 = 0.5, beta2 = 0.999, eps = 1e-8;
};

/// Numbers at an address that suits the widest vector registers; zeros at first.
struct Free {
    void operator()(Real* numbers) const;
};
using Buffer = std::unique_ptr<Real[], Free>;
Buffer make_buffer(Index size);

/// One call of BLAS: C = op(A) op(B) + beta C. Row-major; lda, ldb and ldc are the lengths of the rows in memory.
struct Product {
    bool transpose_a, transpose_b;
    Index m, n, k;
    const Real* A;
    Index lda;
    const Real* B;
    Index ldb;
    Real beta;
    Real* C;
    Index ldc;
};
void call(const Product& product);

/// A perceptron with room for `rows` samples.
struct Network {
    Network(const std::vector<Index>& sizes, Real slope, bool tanh_output, Index rows);

    enum class Gradients { none, first, next };  // of the parameters: not wanted, written, added to those written

    void forward(Index first, Index rows);
    void backward(Index first, Index rows, Gradients which, Real* dx);
    void weight_gradients(Index first, Index rows, Gradients which);
    void adam_step(const Workload& options);

    void product(const Product& product);  // calls it, and notes it in the log
    Index layers() const { return static_cast<Index>(sizes.size()) - 1; }
    Real* W(Index l) { return parameters.get() + W_at[l]; }  // [sizes[l + 1], sizes[l]]
    Real* b(Index l) { return parameters.get() + b_at[l]; }  // [sizes[l + 1]]

    std::vector<Index> sizes;
    Real slope;
    bool tanh_output;
    std::vector<Index> W_at, b_at;  // where each layer's parameters begin
    Index parameter_count = 0;
    Buffer parameters, gradients, means, squares;
    std::vector<Buffer> owned;
    std::vector<Real*> a;  // a[l] [rows, sizes[l]]
    std::vector<Real*> p;  // p[l] [rows, sizes[l + 1]]
    Index steps = 0;
    std::vector<Product>* log = nullptr;  // if set, every product is noted there

  private:
    void derivative(Index l, Index first, Index rows, Gradients which, bool single);
};

/// The two players, their data and one iteration.
struct ByHand {
    explicit ByHand(const Workload& workload);

    /// The discriminator's step on real and fake data, then the generator's step, on the same fakes.
    void iterate();

    /// The products of one iteration, to be called on their own. They point into this object's buffers.
    std::vector<Product> products();

    Real* real() { return D.a[0]; }  // [batch, data]: to be filled by the caller, as are z, e and the weights
    Real* z() { return G.a[0]; }     // [batch, latent]
    Buffer e;                        // [batch]: where between a real and a fake sample the penalty looks

    Workload options;
    Index batch;
    Network G, D;
    double discriminator_loss = 0, generator_loss = 0;

  private:
    void interpolate();
    double penalty_gradients();
    Buffer chain;  // [batch, widest layer of D]
};

}  // namespace bench
