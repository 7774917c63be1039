// Prints the losses of the playground's first iterations, the bits of each float, and what is found at their end.
// .ci/playground_bits compares what a native program prints with what the same sources compute as WebAssembly.
//
//     build/plain/examples/playground/losses 'loss=wasserstein&bound=penalty' 100
#include <bit>
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
        for (const kit::Vitals& row : game.history) {
            for (const double number : {row.discriminator_loss, row.generator_loss, row.penalty})
                std::printf("%08x ", std::bit_cast<std::uint32_t>(static_cast<float>(number)));
            std::printf("\n");
        }
        for (const std::string& finding : game.findings()) std::printf("%s\n", finding.c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
