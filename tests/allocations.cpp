// Memory per training step: no new storage block, and always the same number of allocations for the graph.
//
// This file replaces the global `operator new` of the test program by one that counts. The address and the thread
// sanitizer and valgrind (whose build defines OTHER_OPERATOR_NEW) bring their own: nothing is counted there.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // g++ says so
#define OTHER_OPERATOR_NEW
#elif defined(__has_feature)  // clang
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define OTHER_OPERATOR_NEW
#endif
#endif

#ifndef OTHER_OPERATOR_NEW
#include <atomic>
#include <cstdlib>
#include <new>

#include "core/core.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/catch.hpp"

static std::atomic<long> allocations{0};

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

using namespace gantry;

TEST_CASE("from the third step on every training step allocates the same number of nodes and no storage",
          "[training]") {
    for (const std::string& name : loss_names()) {
        for (const bool with_penalty : {false, true}) {
            Random rng(3), penalty_rng(4);
            Mlp G({2, 16, 16, 2}, Activation::relu(), Activation::identity(), rng);
            Mlp D({2, 16, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), rng);
            Adam G_optimizer(G.parameters(), {.lr = 1e-3}), D_optimizer(D.parameters(), {.lr = 1e-3});
            const auto loss = make_loss(name);
            std::vector<long> made;
            Index blocks = 0;
            for (int step = 1; step <= 12; ++step) {
                const long before = allocations;
                const Tensor real = rng.normal({32, 2}), noise = rng.normal({32, 2});
                const Tensor fake = G(noise);
                const Tensor real_logits = D(real);
                const Tensor fake_logits = D(fake.detach());
                Tensor D_loss = loss->discriminator(real_logits, fake_logits);
                if (with_penalty) D_loss = D_loss + gradient_penalty(D, real, fake.detach(), 10, penalty_rng);
                D_optimizer.step(grad(D_loss, D.parameters()));
                const Tensor G_loss = loss->generator(D(fake));
                G_optimizer.step(grad(G_loss, G.parameters()));
                if (step == 2) blocks = Storage::made_blocks();
                if (step > 2) made.push_back(allocations - before);
            }
            INFO(name << (with_penalty ? " with penalty" : ""));
            CHECK(made.front() > 0);
            CHECK(std::vector<long>(made.size(), made.front()) == made);
            CHECK(Storage::made_blocks() == blocks);
        }
    }
}

#endif
