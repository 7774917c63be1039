// RMSProp: each parameter's step is divided by the root of its mean squared gradient (Tieleman and Hinton 2012, lecture
// 6.5 of "Neural networks for machine learning"). WGAN was trained with it, because Adam's momentum made the critic
// unstable (Arjovsky et al. 2017, section 4).
//
//     v <- alpha v + (1 - alpha) g^2
//     p <- p - lr g / (sqrt(v) + eps)
#pragma once

#include "optim/optimizer.hpp"

namespace gantry {

struct RmsPropOptions {
    double lr = 1e-2;
    double alpha = 0.99;
    double eps = 1e-8;
};

class RmsProp : public Optimizer {
  public:
    explicit RmsProp(const Tensors& parameters, RmsPropOptions options = {});

  private:
    void update(std::size_t i, const Tensor& gradient) override;
    RmsPropOptions options_;
    Tensors& squares_;
};

}  // namespace gantry
