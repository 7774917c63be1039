// Adam: momentum, divided by the root of the mean squared gradient (Kingma and Ba 2015, algorithm 1).
//
//     m <- beta1 m + (1 - beta1) g             v <- beta2 v + (1 - beta2) g^2
//     m^ = m / (1 - beta1^t)                   v^ = v / (1 - beta2^t)          both start at 0: this corrects it
//     p <- p - lr m^ / (sqrt(v^) + eps)
//
// GANs are commonly trained with beta1 = 0.5 (Radford et al. 2016) or 0 (Gulrajani et al. 2017): the target moves.
#pragma once

#include "optim/optimizer.hpp"

namespace gantry {

struct AdamOptions {
    double lr = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
};

class Adam : public Optimizer {
  public:
    explicit Adam(const Tensors& parameters, AdamOptions options = {});
    void set_lr(double lr) override;

  private:
    void begin_step() override;
    void update(std::size_t i, const Tensor& gradient) override;
    AdamOptions options_;
    Real rate_ = 0, root_factor_ = 0;
    Tensors& means_;
    Tensors& squares_;
};

namespace plain {
/// Step number t (from 1) of one parameter, composed of tensor operations. p, m and v are rebound.
void adam_step(Tensor& p, Tensor& m, Tensor& v, const Tensor& g, Index t, AdamOptions options);
}  // namespace plain

}  // namespace gantry
