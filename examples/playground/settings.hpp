// What a visitor of the playground can set, and its text: the query of the page's address.
//
//     data=ring&loss=wasserstein&bound=penalty&critic_steps=5
//
// Rules: what a text does not name stays as it is. An unknown name and a value out of range are refused with what is
// allowed, and nothing is changed then.
#pragma once

#include "examples/kit/data/points.hpp"
#include "examples/kit/train/gan.hpp"

namespace gantry::playground {

// The page trains without an end, but kit::diagnose() says nothing about G in the first tenth of a training.
inline constexpr Index usual_steps = 4000;

struct Settings {
    std::string data = "ring";  // a name of make_points(), "drawn" or "dirac"
    std::string drawn = {};     // "x,y,x,y,...": the points of "drawn"
    std::string std = "own";    // the spread of the data's modes: a number, or what the set has by itself
    kit::Recipe recipe = {.hidden = 32, .lr = 0.005, .training = {.steps = usual_steps, .batch = 128, .latent = 2}};

    /// Changes what the text names. Throws std::invalid_argument.
    void read(const std::string& text);

    /// Everything, as read() takes it.
    std::string str() const;

    /// The data set. "dirac" is the one point 0.
    kit::Points points() const;
};

}  // namespace gantry::playground
