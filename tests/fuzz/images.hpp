// The reader of images takes files: both fuzz targets give it two in memory.
#pragma once

#include <unistd.h>

#include <fstream>

#include "examples/kit/data/idx.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fuzz {

inline const std::string folder = "/dev/shm/gantry_fuzz_" + std::to_string(getpid());

/// Refused, or as many pictures and labels as the reader says.
inline void read_images(const std::string& images_bytes, const std::string& labels_bytes) {
    const std::string images_path = folder + "_images", labels_path = folder + "_labels";
    std::ofstream(images_path, std::ios::binary) << images_bytes;
    std::ofstream(labels_path, std::ios::binary) << labels_bytes;
    gantry::kit::Images images;
    const bool good = accepted(folder + "_images", [&] {
        try {
            images = gantry::kit::load_idx(images_path, labels_path);
        } catch (const std::runtime_error& error) {  // about the other file
            if (std::string(error.what()).starts_with(labels_path)) throw std::runtime_error(images_path + ": labels");
            throw;
        }
    });
    unlink(images_path.c_str());
    unlink(labels_path.c_str());
    if (!good) return;
    require(static_cast<gantry::Index>(images.bytes.size()) == images.count() * images.pixels(),
            "pictures are missing");
    require(images.batch({0, images.count() - 1}).shape()[1] == images.pixels(), "a picture has another size");
}

inline std::string big_endian(std::uint32_t x) {
    return {static_cast<char>(x >> 24), static_cast<char>(x >> 16), static_cast<char>(x >> 8), static_cast<char>(x)};
}
inline std::string some_images() {
    return big_endian(0x803) + big_endian(3) + big_endian(2) + big_endian(3) + std::string(18, '\x20');
}
inline std::string some_labels() { return big_endian(0x801) + big_endian(3) + std::string("\x07\x00\x09", 3); }

}  // namespace fuzz
