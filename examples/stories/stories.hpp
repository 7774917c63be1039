// What the losses can tell beside the plain comparison, each by 06_compare_losses --story NAME.
//
//     saturation   D trains alone until it wins, against a generator that stands still; then G is released. Where D is
//                  sure, minimax has no gradient left for G.
//     branches     Each loss with 1, 5 and 20 steps of D for one of G: the report has buttons to switch between them.
#pragma once

#include "examples/kit/run/settings.hpp"
#include "examples/stories/comparison.hpp"

namespace gantry {

inline constexpr Index frozen_steps = 400;  // of D alone, in the first story

/// The figure has three rows of panels: D has won; at the end; the norm of G's gradient.
void tell_saturation(Comparison& comparison, const kit::Settings& settings);

/// The figure has four rows of panels: 1, 5 and 20 steps of D; the losses of the first.
void tell_branches(Comparison& comparison, const kit::Settings& settings);

}  // namespace gantry
