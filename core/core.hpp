// All of core, in reading order: nothing is used before it was explained.
#pragma once

// clang-format off
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
