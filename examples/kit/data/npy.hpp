// NumPy's file format for one matrix of float32, so that samples can be looked at with numpy.load.
//
//     \x93NUMPY 1 0 | length | {'descr': '<f4', 'fortran_order': False, 'shape': (2500, 2), } \n | numbers
//
// The header ends on a multiple of 64 bytes (NumPy enhancement proposal 1). Rules: numbers are rounded to
// float32 in the double build too. What it does not do: other element types, other ranks, Fortran order.
#pragma once

#include <filesystem>

#include "core/tensor.hpp"

namespace gantry::kit {

/// Writes x [N, D]. Throws std::invalid_argument on another rank, std::runtime_error if writing fails.
void write_npy(const std::filesystem::path& path, const Tensor& x);

/// Reads what write_npy or numpy.save wrote, [N, D]. Throws std::runtime_error naming what is wrong.
Tensor read_npy(const std::filesystem::path& path);

}  // namespace gantry::kit
