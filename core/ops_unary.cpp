// Functions of one tensor, element by element (and log_softmax, row by row).
#include "core/function.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/sums.hpp"
#include "core/ops.hpp"

namespace gantry {

// ----------------------------------------------------------------------------------------- exp
//
//   y = e^x        dx = dy y

struct ExpBackward : Function {
    const char* name() const override { return "exp"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy * output()}; }
};

Tensor exp(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::exp(x.size(), x.data(), y.mutable_data());
    record<ExpBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- log
//
//   y = log x        dx = dy / x

struct LogBackward : Function {
    const char* name() const override { return "log"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy / inputs[0]}; }
};

Tensor log(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::log(x.size(), x.data(), y.mutable_data());
    record<LogBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- sqrt
//
//   y = sqrt x        dx = dy / (2 y)        infinite at 0: a norm needs a rule of its own (gradient_penalty.cpp)

struct SqrtBackward : Function {
    const char* name() const override { return "sqrt"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy / (2 * output())}; }
};

Tensor sqrt(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::sqrt(x.size(), x.data(), y.mutable_data());
    record<SqrtBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- square
//
//   y = x^2        dx = 2 dy x

struct SquareBackward : Function {
    const char* name() const override { return "square"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {2 * dy * inputs[0]}; }
};

Tensor square(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::square(x.size(), x.data(), y.mutable_data());
    record<SquareBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- pow
//
//   y = x^p        dx = dy p x^(p-1)        0 for p = 0, also at x = 0

struct PowBackward : Function {
    explicit PowBackward(Real exponent) : p(exponent) {}
    const Real p;
    const char* name() const override { return "pow"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        if (p == 0) return {Tensor()};
        return {dy * (p * pow(inputs[0], p - 1))};
    }
};

Tensor pow(const Tensor& x, Real exponent) {
    Tensor y = empty(x.shape());
    kernels::pow(x.size(), x.data(), exponent, y.mutable_data());
    record<PowBackward>(y, {x}, exponent);
    return y;
}

// ----------------------------------------------------------------------------------------- abs
//
//   y = |x|        dx = x > 0 ? dy : x < 0 ? -dy : 0

struct AbsBackward : Function {
    const char* name() const override { return "abs"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        const Tensor where_positive = relu_grad(dy, inputs[0]);
        const Tensor where_negative = relu_grad(dy, -inputs[0]);
        return {where_positive - where_negative};
    }
};

Tensor abs(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::abs(x.size(), x.data(), y.mutable_data());
    record<AbsBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- tanh
//
//   y  = tanh x
//   dx = dy / cosh^2 x        computed from x: 1 - y^2 is 0 where tanh x rounds to 1, and the gradient would be dead

struct TanhBackward : Function {
    const char* name() const override { return "tanh"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {tanh_grad(dy, inputs[0])}; }
};

Tensor tanh(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::tanh(x.size(), x.data(), y.mutable_data());
    record<TanhBackward>(y, {x});
    return y;
}

// The slope of tanh x = 2 s(2x) - 1 is 4 s(2x) s(-2x). Multiplying by 2 and 4 is exact, so no digit is lost.
Tensor tanh_grad(const Tensor& dy, const Tensor& x) {
    shapes::check_same("tanh_grad", "dy", dy.shape(), "x", x.shape());
    return 4 * sigmoid_grad(dy, 2 * x);
}

// ----------------------------------------------------------------------------------------- sigmoid
//
//   y  = s(x) = 1 / (1 + e^-x)
//   dx = dy s(x) s(-x)        not dy y (1 - y): 1 - y is 0 where y rounds to 1

struct SigmoidBackward : Function {
    const char* name() const override { return "sigmoid"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {sigmoid_grad(dy, inputs[0])}; }
};

Tensor sigmoid(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::sigmoid(x.size(), x.data(), y.mutable_data());
    record<SigmoidBackward>(y, {x});
    return y;
}

//   z    = dy s(x) s(-x)
//   d dy = dz s(x) s(-x)
//   dx   = dz dy s(x) s(-x) (s(-x) - s(x)),    and s(-x) - s(x) = -tanh(x/2)

struct SigmoidGradBackward : Function {
    const char* name() const override { return "sigmoid_grad"; }
    Tensors backward(const Tensor& dz, Needs need) const override {
        const Tensor &dy = inputs[0], &x = inputs[1];
        Tensor d_dy = need[0] ? sigmoid_grad(dz, x) : Tensor();
        if (!need[1]) return {d_dy, Tensor()};
        const Tensor steepness = -tanh(x * Real(0.5));
        return {d_dy, sigmoid_grad(dz * dy, x) * steepness};
    }
};

Tensor sigmoid_grad(const Tensor& dy, const Tensor& x) {
    shapes::check_same("sigmoid_grad", "dy", dy.shape(), "x", x.shape());
    Tensor z = empty(x.shape());
    kernels::sigmoid_grad(x.size(), dy.data(), x.data(), z.mutable_data());
    record<SigmoidGradBackward>(z, {dy, x});
    return z;
}

// ----------------------------------------------------------------------------------------- softplus
//
//   y  = log(1 + e^x)                    -log sigmoid(x) = softplus(-x)
//      = max(x, 0) + log1p(e^-|x|)       the form computed: no overflow, small tail kept
//   dx = dy sigmoid(x)

struct SoftplusBackward : Function {
    const char* name() const override { return "softplus"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        const Tensor& x = inputs[0];
        return {dy * sigmoid(x)};
    }
};

Tensor softplus(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::softplus(x.size(), x.data(), y.mutable_data());
    record<SoftplusBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- relu
//
//   y = max(x, 0)        dx = x > 0 ? dy : 0        linear in dy and flat in x, so its own gradient is itself

struct ReluBackward : Function {
    const char* name() const override { return "relu"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {relu_grad(dy, inputs[0])}; }
};

Tensor relu(const Tensor& x) {
    Tensor y = empty(x.shape());
    kernels::relu(x.size(), x.data(), y.mutable_data());
    record<ReluBackward>(y, {x});
    return y;
}

struct ReluGradBackward : Function {  // of leaky_relu_grad as well; the slope of relu_grad is 0
    explicit ReluGradBackward(Real s) : slope(s) {}
    const Real slope;
    const char* name() const override { return slope == 0 ? "relu_grad" : "leaky_relu_grad"; }
    Tensors backward(const Tensor& dz, Needs need) const override {
        return {need[0] ? leaky_relu_grad(dz, inputs[1], slope) : Tensor(), Tensor()};
    }
};

Tensor relu_grad(const Tensor& dy, const Tensor& x) {
    shapes::check_same("relu_grad", "dy", dy.shape(), "x", x.shape());
    Tensor z = empty(x.shape());
    kernels::relu_grad(x.size(), dy.data(), x.data(), z.mutable_data());
    record<ReluGradBackward>(z, {dy, x}, Real(0));
    return z;
}

// ----------------------------------------------------------------------------------------- leaky_relu
//
//   y = x > 0 ? x : slope x        dx = x > 0 ? dy : slope dy        (Maas 2013)

struct LeakyReluBackward : Function {
    explicit LeakyReluBackward(Real s) : slope(s) {}
    const Real slope;
    const char* name() const override { return "leaky_relu"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {leaky_relu_grad(dy, inputs[0], slope)}; }
};

Tensor leaky_relu(const Tensor& x, Real slope) {
    if (slope == 0) return relu(x);  // 0 times infinity would be NaN
    Tensor y = empty(x.shape());
    kernels::leaky_relu_grad(x.size(), x.data(), x.data(), slope, y.mutable_data());  // y = x times 1 or the slope
    record<LeakyReluBackward>(y, {x}, slope);
    return y;
}

Tensor leaky_relu_grad(const Tensor& dy, const Tensor& x, Real slope) {
    shapes::check_same("leaky_relu_grad", "dy", dy.shape(), "x", x.shape());
    if (slope == 0) return relu_grad(dy, x);
    Tensor z = empty(x.shape());
    kernels::leaky_relu_grad(x.size(), dy.data(), x.data(), slope, z.mutable_data());
    record<ReluGradBackward>(z, {dy, x}, slope);
    return z;
}

// ----------------------------------------------------------------------------------------- log_softmax
//
//   y_j  = x_j - log sum_k e^x_k                            over the last axis
//   dx_j = dy_j - p_j sum_k dy_k                            p = e^y is the softmax
//        = dy_j (1 - p_j) - p_j sum of the other dy_k       the form computed: where p_j rounds to 1, 1 - p_j does not
//                                                           become 0, because 1 - e^y = -tanh(y/2) (1 + e^y)

// y[.., j] = sum of x[.., k] over k != j. Not sum - x_j, which cancels, and so would its gradient. The matrix of this
// linear map is symmetric (ones, and zeros on the diagonal), so it is its own rule. Computed as what stands before x_j
// plus what stands after it, both added up in double.
static Tensor sum_of_others(const Tensor& x);

struct SumOfOthersBackward : Function {
    const char* name() const override { return "sum_of_others"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {sum_of_others(dy)}; }
};

static Tensor sum_of_others(const Tensor& x) {
    const Index columns = x.shape()[-1];
    Tensor y = empty(x.shape());
    kernels::in_parallel(x.size() / columns, x.size(), [columns, x_ = x.data(), y_ = y.mutable_data()](Index row) {
        const Real* from = x_ + row * columns;
        Real* to = y_ + row * columns;
        double before = 0, after = 0;
        for (Index c = columns; c-- > 0; after += from[c]) to[c] = static_cast<Real>(after);
        for (Index c = 0; c < columns; before += from[c], ++c) to[c] += static_cast<Real>(before);
    });
    record<SumOfOthersBackward>(y, {x});
    return y;
}

struct LogSoftmaxBackward : Function {
    const char* name() const override { return "log_softmax"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        const Tensor y = output();
        const Tensor p = exp(y);
        const Tensor steepness = tanh(y * Real(-0.5));
        const Tensor one_minus_p = steepness * (p + 1);
        const Tensor others = sum_of_others(dy);
        const Tensor own = dy * one_minus_p;
        return {own - p * others};
    }
};

Tensor log_softmax(const Tensor& x) {
    const Index columns = x.shape()[shapes::axis("log_softmax", x.shape(), -1)];
    if (columns == 0) fail("log_softmax", x.shape().str() + " has no classes on its last axis");
    Tensor y = empty(x.shape());
    kernels::log_softmax(x.size() / columns, columns, x.data(), y.mutable_data());
    record<LogSoftmaxBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- plain twins

namespace plain {

Tensor softplus(const Tensor& x) { return log(exp(x) + 1); }

Tensor sigmoid_grad(const Tensor& dy, const Tensor& x) {
    const Tensor right = sigmoid(x);
    return dy * right * sigmoid(-x);
}

Tensor relu_grad(const Tensor& dy, const Tensor& x) { return plain::leaky_relu_grad(dy, x, 0); }

Tensor leaky_relu_grad(const Tensor& dy, const Tensor& x, Real slope) {
    const Tensor positive = (x.detach() / abs(x.detach()) + 1) / 2;  // 1 or 0; not at x = 0, and dy must be finite
    return dy * (positive * (1 - slope) + slope);
}

Tensor log_softmax(const Tensor& x) { return x - log(sum(exp(x), -1, true)); }

}  // namespace plain

}  // namespace gantry
