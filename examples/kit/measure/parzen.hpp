// Log-likelihood of test data under a generator that has no density, by a Parzen window over its samples.
//
//     log p(x) = log 1/N sum_i exp(-|x - g_i|^2 / (2 sigma^2)) - d/2 log(2 pi sigma^2)        g_1 .. g_N generated
//
// The protocol of Goodfellow et al. 2014 (section 5 and its program parzen_ll.py): N = 10,000 samples; sigma is the
// best of ten values from 0.1 to 1, equally spaced in the logarithm, on 1,000 validation pictures (the first of the
// last 10,000 training pictures); then the mean over the 10,000 test pictures, and its standard error. Pixels are in
// [0, 1], and that matters: the same pictures in [-1, 1] score 784 log 2 = 543 nats less. `pixels_from_network`
// converts.
//
// Rules: higher is better, in nats. It is a poor judge of pictures (Theis et al. 2016, "A note on the evaluation of
// generative models": k-means centres beat true samples): 10,000 MNIST training pictures themselves score 241.2 +- 2.1
// by this code (sigma 0.167), a GAN's samples 225 (table 1). It is here because the first GANs were compared by it.
// What it does not do: choose the samples, keep validation and test apart (the caller does).
#pragma once

#include <string>
#include <vector>

#include "core/tensor.hpp"

namespace gantry::kit {

struct ParzenScore {
    double mean = 0;                         // log-likelihood of a test point, nats
    double standard_error = 0;               // of that mean: standard deviation / sqrt(number of test points)
    double sigma = 0;                        // the width chosen
    std::vector<double> sigmas, validation;  // the grid, and the mean log-likelihood of the validation set for each
    bool at_edge = false;                    // sigma is the first or the last of the grid: widen it
    std::string str() const;                 // "225.1 +- 2.0 nats (standard error), sigma 0.215"
};

/// 0.1 to 1: the ten of the protocol.
std::vector<double> parzen_sigmas();

/// log p of each point, [M, d], under windows of width sigma at the centres, [N, d]. In blocks, by matrix products:
/// 10,000 against 10,000 of 784 pixels take seconds. Throws std::invalid_argument on shapes that do not fit or sigma
/// <= 0.
std::vector<double> parzen_log_likelihood(const Tensor& centres, const Tensor& points, double sigma);

/// The whole protocol. All three in the same units.
ParzenScore parzen_score(const Tensor& generated, const Tensor& validation, const Tensor& test,
                         const std::vector<double>& sigmas = parzen_sigmas());

/// [-1, 1] to [0, 1].
Tensor pixels_from_network(const Tensor& x);

}  // namespace gantry::kit
