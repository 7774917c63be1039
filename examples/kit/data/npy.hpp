// NumPy's file format for one matrix of floats, so that samples can be looked at with numpy.load.
//
//     \x93NUMPY 1 0 | length | {'descr': '<f4', 'fortran_order': False, 'shape': (2500, 2), } \n | numbers
//
// The header ends on a multiple of 64 bytes (NumPy enhancement proposal 1). Rules: numbers are rounded to
// float32 in the double build too, but for points far from 0, which need float64. What it does not do: reading,
// other element types, other ranks, Fortran order.
#pragma once

#include <filesystem>
#include <span>

#include "core/tensor.hpp"

namespace gantry::kit {

/// Writes x [N, D], as a whole (write_file). An `origin` that is not 0 is added to each row, in double, and then the
/// file holds float64; it has a number for each column, or more. Throws std::invalid_argument on another rank,
/// std::runtime_error naming the path and the reason if writing fails.
void write_npy(const std::filesystem::path& path, const Tensor& x, std::span<const double> origin = {});

}  // namespace gantry::kit
