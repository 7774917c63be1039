// Prints the losses of the playground's first iterations, the bits of each float. .ci/playground_bits compares what a
// native program prints with what the same sources compute as WebAssembly.
//
//     build/plain/examples/playground/losses 'loss=wasserstein&bound=penalty' 100
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "examples/playground/game.hpp"

int main(int argc, char** argv) {
    using namespace gantry;
    try {
        playground::Settings settings;
        settings.read(argc > 1 ? argv[1] : "");
        playground::Game game(settings);
        game.train(argc > 2 ? std::atoi(argv[2]) : 100);
        for (const auto& row : game.history) {  // D's loss, G's loss, penalty
            for (int i = 0; i < 3; ++i) {
                const auto value = static_cast<float>(row[i]);
                std::uint32_t bits;
                std::memcpy(&bits, &value, sizeof bits);
                std::printf("%s%08x", i > 0 ? " " : "", static_cast<unsigned>(bits));
            }
            std::printf("\n");
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
