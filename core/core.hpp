// All of core, in reading order.
#pragma once

// clang-format off: the order is the point
#include "core/real.hpp"
#include "core/shape.hpp"
#include "core/storage.hpp"
#include "core/kernels.hpp"
#include "core/tensor.hpp"
#include "core/function.hpp"
#include "core/grad.hpp"
#include "core/ops.hpp"
#include "core/random.hpp"
#include "core/gradcheck.hpp"
#include "core/debug.hpp"
