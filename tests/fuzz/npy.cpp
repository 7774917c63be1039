// NumPy's files.
#include <fstream>
#include <sstream>

#include "examples/kit/data/npy.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace gantry;

static std::string written(const Tensor& x, std::span<const double> origin) {
    const std::string path = "/dev/shm/gantry_fuzz_npy";
    kit::write_npy(path, x, origin);
    std::stringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

std::vector<std::string> seeds() {
    const double origin[] = {1.7e9, 0};
    return {written(ones({2, 3}), {}), written(zeros({0, 2}), {}), written(ones({3, 2}), origin)};
}

void run(const std::string& bytes) {
    Tensor x;
    if (!fuzz::accepted("bytes", [&] { x = kit::read_npy(file_of_bytes("bytes", bytes)); })) return;
    static int count = 0;
    if (++count % 64 != 0) return;  // a file is slow
    const Tensor y = kit::read_npy(file_of_bytes("written", written(x, {})));
    fuzz::require(fuzz::same_bits(x, y), "a written matrix comes back changed");
}
