// A classifier that judges generated digits: how many of the ten does a generator make, and how clearly?
//
// It is a small network trained with the engine on 8,000 of the 10,000 embedded pictures, in a few seconds; the other
// 2,000 say how far its verdict can be trusted. What it sees is reported as
//
//     digits         how many of the ten make up 3 % of the samples or more (a fair share is 10 %)
//     confidence     mean of the largest probability; real digits have about 0.98
//
// What it does not do: tell a good picture from a bad one that looks like a digit to a small network. Look yourself.
#pragma once

#include "examples/kit/idx.hpp"
#include "nn/nn.hpp"

namespace gantry::kit {

struct Verdict {
    std::vector<double> shares;  // of the ten classes, among the samples
    Index digits = 0;            // classes with 3 % or more
    double confidence = 0;
    std::string str() const;  // "10 of 10 digits ..."
};

class DigitJudge {
  public:
    /// Trains on the first 8,000 of the images and tests on the rest. Throws std::invalid_argument for fewer than 10,000.
    DigitJudge(const Images& images, std::uint64_t seed);

    double accuracy() const { return accuracy_; }  // on the pictures that it was not trained on
    Verdict judge(const Tensor& pictures) const;   // [N, pixels] in [-1, 1]

  private:
    Tensor probabilities(const Tensor& pictures) const;  // [N, 10]
    Random rng_;
    Mlp net_;
    double accuracy_ = 0;
};

}  // namespace gantry::kit
