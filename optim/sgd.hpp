// Stochastic gradient descent, with momentum if wanted (Robbins and Monro 1951; Polyak 1964).
//
//     u <- momentum u + g
//     p <- p - lr u            PyTorch's convention: the learning rate is outside the velocity
#pragma once

#include "optim/optimizer.hpp"

namespace gantry {

struct SgdOptions {
    double lr = 1e-3;
    double momentum = 0;
};

class Sgd : public Optimizer {
  public:
    explicit Sgd(const Tensors& parameters, SgdOptions options = {});

  private:
    void update(std::size_t i, const Tensor& gradient) override;
    SgdOptions options_;
    Tensors* velocities_ = nullptr;  // none without momentum
};

}  // namespace gantry
