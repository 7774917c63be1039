#include "nn/linear.hpp"

#include "nn/init.hpp"

namespace gantry {

Linear::Linear(Index in, Index out, Random& rng) {
    if (in < 1 || out < 1)
        fail("Linear", "sizes " + std::to_string(in) + " and " + std::to_string(out) + " must be positive");
    W = init::torch_default(Shape{out, in}, in, rng);
    b = init::torch_default(Shape{out}, in, rng);
    W.set_requires_grad(true);
    b.set_requires_grad(true);
    W.set_name("weight");
    b.set_name("bias");
}

Tensor Linear::forward(const Tensor& x) const { return linear(x, W, b); }

NamedTensors Linear::named_parameters() const { return {{"weight", W}, {"bias", b}}; }

}  // namespace gantry
