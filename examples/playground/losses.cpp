// Prints the losses of the playground's first iterations, every bit of them: .ci/playground_bits compares what a native
// program prints with what the same sources print as WebAssembly.
//
//     build/plain/examples/playground/losses 'loss=wasserstein&bound=penalty' 100
#include <cstdio>
#include <cstdlib>

#include "examples/playground/game.hpp"

int main(int argc, char** argv) {
    using namespace gantry;
    try {
        playground::Settings settings;
        settings.read(argc > 1 ? argv[1] : "");
        playground::Game game(settings);
        game.train(argc > 2 ? std::atoi(argv[2]) : 100);
        for (const auto& [D, G, penalty] : game.history) std::printf("%a %a %a\n", D, G, penalty);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
