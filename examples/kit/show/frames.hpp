// One moment of a training on points, as a panel: the discriminator's surface, real points, generated points.
//
// In two dimensions the surface is a heat map of the logit D(x), dark where D says "fake". On a line the panel shows
// D(x) as a curve, and the two sets of points as histograms.
#pragma once

#include "examples/kit/data/points.hpp"
#include "examples/kit/show/figure.hpp"
#include "nn/nn.hpp"

namespace gantry::kit {

/// The box around points [N, dimensions], with a margin: what a picture of them shows.
Box surroundings(const Tensor& real);

/// real, generated: [N, dimensions] in the data's units. D takes network coordinates, as Points::to_network gives them.
void draw_frame(Panel& panel, const Points& points, const Tensor& real, const Tensor& generated, const Module& D);

}  // namespace gantry::kit
