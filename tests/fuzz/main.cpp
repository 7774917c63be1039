// libFuzzer's entry, and with GANTRY_SEEDS=FOLDER a program that writes the target's seeds there.
#include <fstream>

#include "tests/fuzz/fuzz.hpp"

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    const char* folder = std::getenv("GANTRY_SEEDS");
    if (!folder) return 0;
    int number = 0;
    for (const std::string& seed : seeds())
        std::ofstream(std::string(folder) + "/seed" + std::to_string(++number), std::ios::binary) << seed;
    std::exit(0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    run(std::string(reinterpret_cast<const char*>(data), size));
    return 0;
}
