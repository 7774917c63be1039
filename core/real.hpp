// The number type of every tensor.
//
// Training runs in float. `make double` builds the same sources with -DGANTRY_DOUBLE; derivative checks need it,
// because a finite difference in float has no digits left to certify a second derivative with.
#pragma once

#include <cstdint>

namespace gantry {

#ifdef GANTRY_DOUBLE
using Real = double;
#else
using Real = float;
#endif

using Index = std::int64_t;  // sizes, axes and positions: signed, so that -1 can mean "the last axis"

}  // namespace gantry
