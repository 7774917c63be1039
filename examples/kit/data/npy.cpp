#include "examples/kit/data/npy.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>
#include <string>

namespace gantry::kit {

static_assert(std::endian::native == std::endian::little, "'<f4' is written as the numbers lie in memory");

static const std::string magic("\x93NUMPY\x01\x00", 8);  // and version 1.0
static const std::string type32 = "{'descr': '<f4', ", type64 = "{'descr': '<f8', ";
static const std::string order = "'fortran_order': False, 'shape': (";

template <typename Number>
static std::string bytes_of(Index count, auto number) {
    std::string bytes(static_cast<std::size_t>(count) * sizeof(Number), '\0');
    for (Index i = 0; i < count; ++i) {
        const Number x = number(i);
        std::memcpy(bytes.data() + i * static_cast<Index>(sizeof x), &x, sizeof x);
    }
    return bytes;
}

void write_npy(const std::filesystem::path& path, const Tensor& x, std::span<const double> origin) {
    const Shape& shape = x.shape();
    if (shape.rank() != 2) fail("write_npy", "x is " + shape.str() + ", must be [N, D]");
    bool far = false;
    for (double added : origin) far = far || added != 0;
    if (far && static_cast<Index>(origin.size()) < shape[1])
        fail("write_npy", "x is " + shape.str() + ", the origin has " + std::to_string(origin.size()) + " numbers");
    std::string header =
        (far ? type64 : type32) + order + std::to_string(shape[0]) + ", " + std::to_string(shape[1]) + "), }";
    const std::size_t used = magic.size() + 2 + header.size() + 1;  // 2: the length, 1: the final newline
    header += std::string((64 - used % 64) % 64, ' ') + "\n";
    const char length[] = {static_cast<char>(header.size() % 256), static_cast<char>(header.size() / 256)};
    const auto narrow = [&](Index i) { return static_cast<float>(x.data()[i]); };
    const auto moved = [&](Index i) { return x.data()[i] + origin[static_cast<std::size_t>(i % shape[1])]; };
    const std::string numbers = far ? bytes_of<double>(x.size(), moved) : bytes_of<float>(x.size(), narrow);
    write_file(path, {magic, {length, 2}, header, numbers});
}

// "2500, 2), }" and blanks: the shape of a matrix and the end of the header.
static std::optional<std::array<Index, 2>> parse_shape(const std::string& text) {
    std::array<Index, 2> sizes{};
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    for (Index& size : sizes) {
        const auto [stop, error] = std::from_chars(at, end, size);
        if (error != std::errc() || size < 0) return std::nullopt;
        const std::string after = &size == &sizes[0] ? ", " : "), }";
        if (!std::string(stop, end).starts_with(after)) return std::nullopt;
        at = stop + after.size();
    }
    if (std::string(at, end).find_first_not_of(" \n") != std::string::npos) return std::nullopt;
    return sizes;
}

template <typename Number>
static void read_numbers(InputFile& file, Tensor& x) {
    Real* out = x.mutable_data();
    for (Index i = 0; i < x.size(); ++i) {
        Number number = 0;
        file.read(&number, sizeof number);
        out[i] = static_cast<Real>(number);
        if (std::isfinite(number) && !std::isfinite(out[i])) file.refuse("holds a number too large for a float");
    }
}

Tensor read_npy(InputFile file) {
    unsigned char start[10] = {};
    if (file.size >= sizeof start) file.read(start, sizeof start);
    if (std::memcmp(start, magic.data(), magic.size()) != 0) file.refuse("is not a .npy file of version 1.0");
    const std::string what = "does not hold a matrix of float32 or float64 in row-major order";
    const std::uint64_t length = start[8] + 256u * start[9];
    if (length > file.size - sizeof start) file.refuse(what);
    std::string header(length, ' ');
    file.read(header.data(), length);
    const bool wide = header.starts_with(type64 + order);
    if (!wide && !header.starts_with(type32 + order)) file.refuse(what);
    const auto sizes = parse_shape(header.substr(type32.size() + order.size()));
    if (!sizes) file.refuse(what);

    // The header is a claim: the size of the file decides whether memory is asked for.
    const auto [rows, columns] = *sizes;
    const Index bytes = wide ? 8 : 4;
    const auto there = static_cast<Index>(file.size - sizeof start - length);
    const bool fits = columns == 0 || rows <= there / bytes / columns;
    if (!fits || rows * columns * bytes != there) {
        file.refuse("claims " + std::to_string(rows) + " by " + std::to_string(columns) + " numbers of " +
                    std::to_string(bytes) + " bytes, " + std::to_string(there) + " bytes are there");
    }
    Tensor x = empty({rows, columns});
    if (wide) read_numbers<double>(file, x);
    if (!wide) read_numbers<float>(file, x);
    return x;
}

Tensor read_npy(const std::filesystem::path& path) { return read_npy(open_file(path)); }

}  // namespace gantry::kit
