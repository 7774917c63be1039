// One moment of a training on points, as a panel: the discriminator's surface, real points, generated points.
//
// In two dimensions the surface is a heat map, blue where D says "fake", gold where it says "real", white where it is
// undecided: of s(f) from 0 to 1 where D's output f is a logit, of f between the labels with least squares, and of a
// critic's f minus its median, for which no output means "undecided". On a line the panel shows s(f) or f as a curve,
// and the two sets of points as histograms.
#pragma once

#include "examples/kit/data/points.hpp"
#include "examples/kit/show/figure.hpp"
#include "examples/kit/train/gan.hpp"

namespace gantry::kit {

/// The box around points [N, dimensions], with a margin: what a picture of them shows.
Box surroundings(const Tensor& real);

/// real, generated: [N, dimensions] in the data's units. D takes network coordinates, as Points::to_network gives them.
void draw_frame(Panel& panel, const Recipe& recipe, const Points& points, const Tensor& real, const Tensor& generated,
                const Module& D);

}  // namespace gantry::kit
