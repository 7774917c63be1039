// How well did the generator learn? Numbers computed from its samples.
//
// For data with known modes (Points::centres), after VEEGAN (Srivastava et al. 2017, synthetic data), from 2,500
// samples. A sample is of high quality if it lies within 3 std of the nearest centre:
//
//           .--.       a is of high quality,     a mode is covered if at least 1 % of all samples are of high
//          | a  | b    b is not                  quality and nearest to it (the published rule asks for one,
//           '--'                                 which a single stray sample satisfies)
//
// Rules: read the four numbers together. A generator that puts all samples on one spot scores 100 % high
// quality, more than the data themselves: in the plane a perfect sampler scores 1 - e^-4.5 = 98.9 %. Its
// spread ratio is 0, though, and its reverse KL is log K. A sample with NaN in it is of no quality.
// What it does not do: compare densities, or judge data without modes.
#pragma once

#include <string>
#include <vector>

#include "core/tensor.hpp"
#include "examples/kit/data/points.hpp"

namespace gantry::kit {

struct ModeMetrics {
    Index samples = 0;          // N
    Index centres = 0;          // K
    std::vector<Index> counts;  // high-quality samples per centre, [K]
    double high_quality = 0;    // their share of all samples, 0 to 1
    Index modes = 0;            // centres with at least 1 % of all samples
    Index modes_published = 0;  // centres with at least one
    double reverse_kl = 0;      // KL(q||p) over modes, nats, 0 is perfect, log K is one mode; NaN without high quality
    double spread_ratio = 0;    // generated over true spread, 1 is perfect, 0 is collapsed; NaN without high quality

    std::string str() const;  // "8 of 8 modes hold 1 % of the samples (8 hold one, the published rule), ..."
};

/// The centre that is nearest to a sample. One with NaN in it is infinitely far away.
struct Nearest {
    Index centre = 0;
    double squared_distance = 0;
};
std::vector<Nearest> nearest_centres(const Tensor& samples, const Points& points);  // [N, dimensions], data's units

/// The numbers above for samples [N, dimensions] in the data's units.
/// Throws std::invalid_argument if the shape does not fit, or the set has no centres or no std.
ModeMetrics mode_metrics(const Tensor& samples, const Points& points);

}  // namespace gantry::kit
