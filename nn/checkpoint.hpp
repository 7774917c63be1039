// Tensors in a file: the safetensors format, which PyTorch, JAX and others read.
//
//     8 bytes     N, the length of the header, little-endian
//     N bytes     JSON: {"0.weight": {"dtype": "F32", "shape": [128, 2], "data_offsets": [0, 1024]}, ...,
//                        "__metadata__": {"seed": "1"}}
//     the rest    the numbers, little-endian, row-major, at those offsets
#pragma once

#include <map>

#include "nn/file.hpp"
#include "nn/module.hpp"

namespace gantry {

using Metadata = std::map<std::string, std::string>;

/// Writes the tensors (F32, or F64 in the double build) and the metadata, with write_file: the file is replaced as a
/// whole. Throws std::runtime_error if it cannot be written, and std::invalid_argument if a name is given twice.
void save(const std::string& path, const NamedTensors& named, const Metadata& metadata = {});

/// Reads tensors of type F32, F64, F16, BF16 or I64, converted to Real, in the order in which they lie in the file.
/// Throws std::runtime_error naming the file and what is wrong with it, before it allocates for it. A number that Real
/// cannot hold is wrong: a double that would become infinite, an integer that would be rounded.
NamedTensors load(const std::string& path);
NamedTensors load(InputFile file);

/// The metadata alone.
Metadata load_metadata(const std::string& path);

}  // namespace gantry
