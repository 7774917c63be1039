#include "examples/kit/data/npy.hpp"

#include <bit>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

namespace gantry::kit {

static_assert(std::endian::native == std::endian::little, "'<f4' is written as the numbers lie in memory");

static const std::string magic("\x93NUMPY\x01\x00", 8);  // and version 1.0
static const std::string type = "{'descr': '<f4', 'fortran_order': False, 'shape': (";

void write_npy(const std::filesystem::path& path, const Tensor& x) {
    const Shape& shape = x.shape();
    if (shape.rank() != 2) fail("write_npy", "x is " + shape.str() + ", must be [N, D]");
    std::string header = type + std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + "), }";
    const std::size_t used = magic.size() + 2 + header.size() + 1;  // 2: the length, 1: the final newline
    header += std::string((64 - used % 64) % 64, ' ') + "\n";
    const std::size_t length = header.size();

    std::ofstream file(path, std::ios::binary);
    file << magic << static_cast<char>(length % 256) << static_cast<char>(length / 256) << header;
    for (Index i = 0; i < x.size(); ++i) {
        const auto number = static_cast<float>(x.data()[i]);
        file.write(reinterpret_cast<const char*>(&number), sizeof number);
    }
    file.close();
    if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

Tensor read_npy(const std::filesystem::path& path) {
    auto refuse = [&path](const std::string& what) { throw std::runtime_error(path.string() + ": " + what); };
    std::ifstream file(path, std::ios::binary);
    if (!file) refuse("cannot be opened");
    char start[10] = {};
    file.read(start, sizeof start);
    if (!file || magic != std::string(start, magic.size())) refuse("is not a .npy file of version 1.0");
    const auto byte = [&start](int i) { return static_cast<std::size_t>(static_cast<unsigned char>(start[i])); };
    std::string header(byte(8) + 256 * byte(9), ' ');
    file.read(header.data(), static_cast<std::streamsize>(header.size()));
    long long rows = -1;
    long long columns = -1;
    const bool matrix =
        header.starts_with(type) && std::sscanf(header.c_str() + type.size(), "%lld, %lld)", &rows, &columns) == 2;
    if (!file || !matrix || rows < 0 || columns < 0) refuse("does not hold a matrix of float32 in row-major order");

    // The header is a claim: the size of the file decides whether memory is asked for.
    const auto numbers = (std::filesystem::file_size(path) - sizeof start - header.size()) / sizeof(float);
    const bool fits = columns == 0 || rows <= static_cast<long long>(numbers) / columns;
    if (!fits || static_cast<unsigned long long>(rows * columns) != numbers) {
        refuse("claims " + std::to_string(rows) + " by " + std::to_string(columns) + " numbers, " +
               std::to_string(numbers) + " are there");
    }
    Tensor x = empty({rows, columns});
    Real* out = x.mutable_data();
    for (Index i = 0; i < x.size(); ++i) {
        float number = 0;
        file.read(reinterpret_cast<char*>(&number), sizeof number);
        out[i] = number;
    }
    if (!file) refuse("cannot be read");
    return x;
}

}  // namespace gantry::kit
