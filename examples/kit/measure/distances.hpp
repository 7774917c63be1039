// How far apart are two sets of samples? Four distances; each is computed from the samples alone.
//
//     wasserstein_1d       W1 = int_0^1 |F^-1(u) - G^-1(u)| du: on the line, exact. Of equal sizes: sort, mean |a - b|
//     sliced_wasserstein   mean over 128 directions w, |w| = 1, of W1 between the projections <w, x>
//                          (Rabin et al. 2012, "Wasserstein barycenter and its application to texture mixing")
//     mmd2                 E k(x, x') + E k(y, y') - 2 E k(x, y), over pairs of different samples: unbiased
//                          (Gretton et al. 2012, "A kernel two-sample test", lemma 6)
//     frechet_distance     |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), W2^2 between the Gaussians with the means and
//                          covariances of the two sets (Dowson and Landau 1982; on features of a classifier: Heusel et
//                          al. 2017). With the features of our digit judge it is ours: no number of it can be compared
//                          with a published FID, which takes an Inception network.
//
// Rules: none of them is 0 for two samples of the same distribution. The Wasserstein and Frechet distances are too
// large on average, the more so the fewer samples; so a row of real against real belongs beside them, and only numbers
// of equally many samples are compared. mmd2 is right on average, hence may be negative: report it, never its root.
// All sums are in double. Samples with NaN give NaN. What it does not do: pixels (mmd2 loops over pairs plainly).
#pragma once

#include <vector>

#include "core/tensor.hpp"

namespace gantry::kit {

/// Exact, in the data's units; the sizes may differ. Throws std::invalid_argument on an empty side.
double wasserstein_1d(std::vector<double> a, std::vector<double> b);

/// a [N, 1] or [N], b [M, 1] or [M].
double wasserstein_1d(const Tensor& a, const Tensor& b);

/// a [N, d], b [M, d]. The 128 directions are fixed: in the plane at angles pi (i + 1/2) / 128, else drawn once from
/// Random(0, 11); for d = 1 it is wasserstein_1d. For a shift by v in the plane it is 2/pi |v|, not |v|.
double sliced_wasserstein(const Tensor& a, const Tensor& b);

/// samples [N, d], real [M, d], of two or more each. The kernel is the mean of five Gaussians
///
///     k(x, y) = 1/5 sum over h of exp(-|x - y|^2 / (2 h^2)),   h = H, H/2, H/4, H/8, H/16
///
/// where H is the median distance of the first 500 *real* samples, so that all generators are judged by one kernel.
/// On the ring H is about 1.4 and the smallest h 0.09, near the width of a mode. Throws if H is 0.
double mmd2(const Tensor& samples, const Tensor& real);

/// a [N, d], b [M, d], d at most 256, of two or more each. Covariances are over n - 1.
double frechet_distance(const Tensor& a, const Tensor& b);

}  // namespace gantry::kit
