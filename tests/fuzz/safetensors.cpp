// Checkpoints. What loads must save and load again, to the same bits.
#include <fstream>
#include <sstream>

#include "nn/nn.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace gantry;

// The bytes that save() writes, by way of a file in memory.
static std::string saved(const NamedTensors& named, const Metadata& metadata) {
    const std::string path = "/dev/shm/gantry_fuzz_safetensors";
    save(path, named, metadata);
    std::stringstream bytes;
    bytes << std::ifstream(path, std::ios::binary).rdbuf();
    return bytes.str();
}

static std::string file_of(const std::string& header, std::size_t numbers) {
    const std::uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(numbers, '\x3c');
}

std::vector<std::string> seeds() {
    return {saved({{"0.weight", ones(Shape{2, 3})}, {"0.bias", zeros(Shape{2})}}, {{"seed", "1"}}), saved({}, {}),
            file_of(R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", 4),
            file_of(R"({"a":{"dtype":"BF16","shape":[1,2],"data_offsets":[0,4]}})", 4),
            file_of(R"({"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                    R"("b":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}})",
                    16)};
}

void run(const std::string& bytes) {
    NamedTensors named;
    if (!fuzz::accepted("bytes", [&] { named = load(file_of_bytes("bytes", bytes)); })) return;
    static int count = 0;
    if (++count % 64 != 0) return;  // a file is slow
    const NamedTensors again = load(file_of_bytes("saved", saved(named, {})));
    fuzz::require(again.size() == named.size(), "saved tensors are lost");
    for (const auto& [name, x] : named) {
        bool found = false;
        for (const auto& [other, y] : again) found = found || (other == name && fuzz::same_bits(x, y));
        fuzz::require(found, "a saved tensor comes back changed");
    }
}
