#include "tests/bench/engine_gan.hpp"

#include <algorithm>

using namespace gantry;

namespace bench {

// With a learning rate of 1e-7 the networks hardly change however long the benchmark runs, so that every competitor
// computes with the same kind of numbers from the first slice to the last.
std::vector<Workload> workloads() {
    const Workload tiny{.name = "tiny", .generator = {2, 16, 16, 2}, .discriminator = {2, 16, 16, 1}, .batch = 64};
    const Workload ring{.name = "ring", .generator = {2, 128, 128, 2}, .discriminator = {2, 128, 128, 1}, .batch = 256};
    const Workload mnist{.name = "mnist",
                         .generator = {64, 256, 512, 784},
                         .discriminator = {784, 512, 256, 1},
                         .slope = Real(0.2),
                         .tanh_output = true,
                         .batch = 128};
    Workload penalty = ring;
    penalty.name = "penalty";
    penalty.lambda = 10;
    return {tiny, ring, mnist, penalty};
}

static Activation hidden(const Workload& workload) {
    return workload.slope == 0 ? Activation::relu() : Activation::leaky_relu(static_cast<double>(workload.slope));
}

static AdamOptions adam(const Workload& workload) {
    return {.lr = workload.lr, .beta1 = workload.beta1, .beta2 = workload.beta2, .eps = workload.eps};
}

EngineGan::EngineGan(const Workload& workload)
    : options(workload),
      rng(1),
      G(workload.generator, hidden(workload), workload.tanh_output ? Activation::tanh() : Activation::identity(), rng),
      D(workload.discriminator, hidden(workload), Activation::identity(), rng),
      G_optimizer(G.parameters(), adam(workload)),
      D_optimizer(D.parameters(), adam(workload)),
      real(rng.normal({workload.batch, workload.discriminator.front()})),
      z(rng.normal({workload.batch, workload.generator.front()})) {}

static const NonSaturating non_saturating;
static const Wasserstein wasserstein;

void EngineGan::iterate() {
    const bool penalty = options.lambda > 0;
    const GanLoss& loss = penalty ? static_cast<const GanLoss&>(wasserstein) : non_saturating;

    const Tensor fake = G(z);
    const Tensor real_logits = D(real);
    const Tensor fake_logits = D(fake.detach());
    Tensor D_loss = loss.discriminator(real_logits, fake_logits);
    if (penalty) {
        Random same_points(2);
        D_loss += gradient_penalty(D, real, fake.detach(), options.lambda, same_points);
    }
    D_optimizer.step(grad(D_loss, D.parameters()));
    discriminator_loss = static_cast<double>(D_loss.item());

    const Tensor G_loss = loss.generator(D(fake));
    G_optimizer.step(grad(G_loss, G.parameters()));
    generator_loss = static_cast<double>(G_loss.item());
}

static void copy(const Tensor& from, Real* to) { std::copy_n(from.data(), from.size(), to); }

static void copy(const Mlp& from, Network& to) {
    for (Index l = 0; l < to.layers(); ++l) {
        copy(from.layers()[l].W, to.W(l));
        copy(from.layers()[l].b, to.b(l));
    }
}

void EngineGan::copy_to(ByHand& other) const {
    copy(G, other.G);
    copy(D, other.D);
    copy(real, other.real());
    copy(z, other.z());
    Random same_points(2);
    copy(same_points.uniform({options.batch, 1}, 0, 1), other.e.get());
}

}  // namespace bench
