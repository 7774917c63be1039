// A classifier that judges generated digits: how many of the ten does a generator make, how evenly, and how clearly?
//
// It is a small network (784-256-128-10) trained with the engine: on 8,000 of the 10,000 embedded pictures in a few
// seconds; the other 2,000 say how far to trust its verdict (96.65 %). What it sees is reported as
//
//     digits         how many of the ten make up 3 % of the samples or more (a fair share is 10 %): class coverage
//     class entropy  -sum_k share_k log share_k, nats: log 10 = 2.303 where all ten are equally frequent, 0 for one
//     confidence     mean of the largest probability; real digits have about 0.98
//
// and, against real pictures, the Frechet distance of its last hidden layer (distances.hpp): 128 features of our own
// classifier, so it is not comparable with any published FID, nor between two judges.
//
// What it does not do: tell a good picture from a bad one that looks like a digit to a small network. Look yourself.
#pragma once

#include <functional>

#include "examples/kit/data/idx.hpp"
#include "nn/nn.hpp"

namespace gantry::kit {

struct Verdict {
    std::vector<double> shares;  // of the ten classes, among the samples
    Index digits = 0;            // classes with 3 % or more
    double class_entropy = 0;    // of the shares, nats
    double confidence = 0;
    std::string str() const;  // "10 of 10 digits ..."
};

class DigitJudge {
  public:
    /// Trains on the first four fifths of the images and tests on the rest. Throws std::invalid_argument for fewer than
    /// 10,000.
    DigitJudge(const Images& images, std::uint64_t seed);

    double accuracy() const { return accuracy_; }  // on the pictures that it was not trained on
    Verdict judge(const Tensor& pictures) const;   // [N, pixels] in [-1, 1]

    Tensor probabilities(const Tensor& pictures) const;  // [N, 10]
    Tensor features(const Tensor& pictures) const;       // [N, 128]: the last hidden layer, after its relu

    /// The same for more pictures than should be in memory at a time (10,000 have 31 MB): `some(first, n)` gives those
    /// from number `first` on, n of them, 1,000 at most. In order, so that it may draw them. [count, 128], count > 0.
    Tensor features(Index count, const std::function<Tensor(Index first, Index n)>& some) const;

  private:
    Random rng_;
    Mlp net_;
    double accuracy_ = 0;
};

/// What follows from the probabilities of the classes, [N, 10].
Verdict verdict_of(const Tensor& probabilities);

/// The pictures first, first + step, ...: count of them, [count, pixels].
Tensor pictures(const Images& images, Index first, Index count, Index step = 1);

/// What a judge that learnt 8,000 of MNIST's test pictures says of a generator, in words. As many generated pictures
/// as there are in one set of real ones, new to the judge, are compared with that set; a second set says how far apart
/// two sets of real pictures are, which is not 0 (embedded digits 8,000 to 8,999 against 9,000 to 9,999: 21). The sets
/// are interleaved: 10,000 each of the first `trained_on` of `images`, the training pictures; or 1,000 each of the
/// other 2,000 test pictures, where `images` are not as many or the test set.
std::string judge_generator(const std::function<Tensor(Index n)>& generate, const Tensor& samples, const Images& images,
                            Index trained_on);

}  // namespace gantry::kit
