// Trains with every loss and prints one line each, `digest NAME HEX`, of all bytes of all weights. .ci/same_bits
// runs it for several numbers of threads, its argument, and in several builds; every line must be the same everywhere.
//
// The networks are small, the batches large enough for loops, sums and products to be shared among the threads.
#include <cstdio>
#include <cstdlib>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "examples/kit/train/training.hpp"

using namespace gantry;

// FNV-1a of 64 bits (Fowler, Noll, Vo 1991): each byte is mixed in by exclusive or and a multiplication.
static void add_to(std::uint64_t& digest, const Tensor& x) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(x.data());
    for (Index i = 0; i < x.size() * static_cast<Index>(sizeof(Real)); ++i) {
        digest = (digest ^ bytes[i]) * 0x100000001b3;
    }
}

struct Sizes {
    Index steps, batch, latent, hidden, data;
};

static void train(const std::string& loss_name, kit::Lipschitz lipschitz, const char* what, const Sizes& sizes) {
    Random weights(1);
    Mlp G({sizes.latent, sizes.hidden, sizes.hidden, sizes.data}, Activation::relu(), Activation::tanh(), weights);
    Mlp D({sizes.data, sizes.hidden, sizes.hidden, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    Adam G_optimizer(G.parameters(), {.lr = 1e-3, .beta1 = 0.5});
    Adam D_optimizer(D.parameters(), {.lr = 1e-3, .beta1 = 0.5});
    const std::unique_ptr<GanLoss> loss = make_loss(loss_name);
    const auto draw = [&](Index n, Random& rng) { return tanh(rng.normal(Shape{n, sizes.data})); };

    kit::TrainingOptions options;
    options.steps = sizes.steps;
    options.batch = sizes.batch;
    options.latent = sizes.latent;
    options.lipschitz = lipschitz;
    options.average = 0.9;
    kit::train({G, D, *loss, G_optimizer, D_optimizer, draw}, options);

    std::uint64_t digest = 0xcbf29ce484222325;
    for (const Tensor& parameter : G.parameters()) add_to(digest, parameter);
    for (const Tensor& parameter : D.parameters()) add_to(digest, parameter);
    std::printf("digest %s%s %016llx\n", loss_name.c_str(), what, static_cast<unsigned long long>(digest));
}

int main(int argc, char** argv) {
#ifdef _OPENMP
    const int usual = blas_threads();  // once this was asked, there may be more than processors
    omp_set_num_threads(argc > 1 ? std::atoi(argv[1]) : usual);
#else
    if (argc > 1) std::printf("this build has one thread, not %s\n", argv[1]);
#endif
    const Sizes points = {.steps = 50, .batch = 256, .latent = 2, .hidden = 128, .data = 2};
    const Sizes images = {.steps = 10, .batch = 64, .latent = 64, .hidden = 256, .data = 784};
    for (const std::string& loss : loss_names()) {
        train(loss, kit::Lipschitz::none, "", points);
        train(loss, kit::Lipschitz::penalty, "+penalty", points);
    }
    train("wasserstein", kit::Lipschitz::clip, "+clip", points);
    train("non-saturating", kit::Lipschitz::none, "+images", images);
    train("wasserstein", kit::Lipschitz::penalty, "+penalty+images", images);
}
