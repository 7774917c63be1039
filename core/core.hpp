// All of core, in reading order: nothing is used before it is explained.
#pragma once

// clang-format off
#include "core/real.hpp"
#include "core/shape.hpp"
#include "core/storage.hpp"
#include "core/tensor.hpp"
#include "core/function.hpp"
#include "core/plain_grad.hpp"
#include "core/grad.hpp"
#include "core/ops.hpp"
#include "core/random.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/sums.hpp"
#include "core/kernels/product.hpp"
#include "core/kernels/blas.hpp"
#include "core/tools/print.hpp"
#include "core/tools/draw.hpp"
#include "core/tools/trace.hpp"
#include "core/tools/gradcheck.hpp"
