// Pictures of digits (MNIST) and of clothes (Fashion-MNIST), from their IDX files, gzip-compressed or not.
//
//     images   00 00 08 03 | count | rows | columns | one byte a pixel, 0 (the paper) to 255 (the ink)
//     labels   00 00 08 01 | count | one byte a label, 0 to 9          numbers have 4 bytes, big-endian
//
// Rules: pixels stay bytes (60,000 pictures are 47 MB; as floats they would be 188) and become numbers in
// [-1, 1], the range of tanh, one batch at a time. What a header says may be wrong. So every file is read twice: first
// in small pieces, to check the header against the whole content without keeping any of it, then into memory of the
// size that is now known. A damaged or malicious file costs nothing but its error message, which names the file and
// what is wrong with it.
// What it does not do: other element types, colour, augmentation, downloading (`make data` does that).
//
// MNIST: LeCun, Cortes, Burges (1998). Fashion-MNIST: Xiao, Rasul, Vollgraf (2017).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/tensor.hpp"

namespace gantry::kit {

struct Images {
    std::vector<std::uint8_t> bytes;  // [count, rows * columns]
    std::vector<Index> labels;        // [count], 0 to 9
    Index rows = 0, columns = 0;      // 28 and 28
    std::string source;               // for the banner: which set, from where
    bool is_test_set = false;         // trained on this, a model must not be tested on it

    Index count() const { return labels.size(); }
    Index pixels() const { return rows * columns; }

    /// The pictures of these numbers, [N, pixels] in [-1, 1]. Throws std::invalid_argument out of range.
    Tensor batch(const std::vector<Index>& which) const;
};

/// Reads one pair of files. Throws std::runtime_error naming the file and what is wrong.
Images load_idx(const std::filesystem::path& images_file, const std::filesystem::path& labels_file);

enum class Part { train, test };

/// "mnist", "fashion", or a folder with files named like MNIST's (train-images-idx3-ubyte.gz, ...).
///
/// "mnist" is looked for in the folder that the environment variable GANTRY_DATA names; without it in
/// examples/data under the current folder, then in the source tree in which the program was built. "fashion"
/// is looked for in the folder fashion-mnist within these, and where Debian's package dataset-fashion-mnist
/// puts it.
///
/// Part::train takes the training set where it is (60,000 pictures) and else the test set (10,000): then
/// is_test_set is true and `source` says so aloud. Part::test takes the test set.
///
/// Throws std::runtime_error that says where it looked, or what is wrong with the file it found.
Images load_images(const std::string& name_or_folder, Part part = Part::train);

/// "" if load_images would try it, else what it takes (a Check for Options::text).
std::string check_image_set(const std::string& name_or_folder);

}  // namespace gantry::kit
