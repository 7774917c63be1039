#include "examples/kit/data/npy.hpp"

#include <bit>
#include <cstring>
#include <string>

#include "nn/file.hpp"

namespace gantry::kit {

static_assert(std::endian::native == std::endian::little, "'<f4' is written as the numbers lie in memory");

template <typename Number>
static std::string bytes_of(Index count, auto number) {
    std::string bytes(count * sizeof(Number), '\0');
    for (Index i = 0; i < count; ++i) {
        const Number x = number(i);
        std::memcpy(bytes.data() + i * sizeof x, &x, sizeof x);
    }
    return bytes;
}

void write_npy(const std::filesystem::path& path, const Tensor& x, std::span<const double> origin) {
    const Shape& shape = x.shape();
    if (shape.rank() != 2) fail("write_npy", "x is " + shape.str() + ", must be [N, D]");
    bool far = false;
    for (double added : origin) far = far || added != 0;
    if (far && std::ssize(origin) < shape[1])
        fail("write_npy", "x is " + shape.str() + ", the origin has " + std::to_string(origin.size()) + " numbers");
    const std::string magic("\x93NUMPY\x01\x00", 8);  // and version 1.0
    std::string header = std::string("{'descr': '") + (far ? "<f8" : "<f4") + "', 'fortran_order': False, 'shape': (" +
                         std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + "), }";
    const std::size_t used = magic.size() + 2 + header.size() + 1;  // 2: the length, 1: the final newline
    header += std::string((64 - used % 64) % 64, ' ') + "\n";
    const char length[] = {static_cast<char>(header.size() % 256), static_cast<char>(header.size() / 256)};
    const auto narrow = [&](Index i) { return static_cast<float>(x.data()[i]); };
    const auto moved = [&](Index i) { return x.data()[i] + origin[i % shape[1]]; };
    const std::string numbers = far ? bytes_of<double>(x.size(), moved) : bytes_of<float>(x.size(), narrow);
    write_file(path, {magic, {length, 2}, header, numbers});
}

}  // namespace gantry::kit
