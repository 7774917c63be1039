// Sums, products and quotients. Tensors of different shapes are broadcast first, by an operation of its own whose rule
// sums back; so the rules below never mention broadcasting.
#include "core/function.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/ops.hpp"

namespace gantry {

// Both tensors, brought to the same shape.
static std::pair<Tensor, Tensor> broadcast_both(const char* op, const Tensor& a, const Tensor& b) {
    if (a.shape() == b.shape()) return {a, b};
    const Shape shape = shapes::broadcast(op, a.shape(), b.shape());
    const Tensor whole_a = a.shape() == shape ? a : broadcast_to(a, shape);
    const Tensor whole_b = b.shape() == shape ? b : broadcast_to(b, shape);
    return {whole_a, whole_b};
}

const Tensor& rebindable(const char* op, const Tensor& a) {
    if (!a.requires_grad() || a.maker()) return a;
    fail(op, "a is a leaf, " + a.shape().str() +
                 ", that requires a gradient. It would keep its numbers, and this handle would get a new tensor. "
                 "Write a.assign(a - lr * gradient), or use an optimizer");
}

// ----------------------------------------------------------------------------------------- add
//
//   y = a + b        da = dy        db = dy

struct AddBackward : Function {
    const char* name() const override { return "add"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy, dy}; }
};

Tensor operator+(const Tensor& left, const Tensor& right) {
    const auto [a, b] = broadcast_both("add", left, right);
    Tensor y = empty(a.shape());
    kernels::add(y.size(), a.data(), b.data(), y.mutable_data());
    record<AddBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- subtract
//
//   y = a - b        da = dy        db = -dy

struct SubtractBackward : Function {
    const char* name() const override { return "subtract"; }
    Tensors backward(const Tensor& dy, Needs need) const override { return {dy, need[1] ? -dy : Tensor()}; }
};

Tensor operator-(const Tensor& left, const Tensor& right) {
    const auto [a, b] = broadcast_both("subtract", left, right);
    Tensor y = empty(a.shape());
    kernels::subtract(y.size(), a.data(), b.data(), y.mutable_data());
    record<SubtractBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- multiply
//
//   y = a b        da = dy b        db = dy a

struct MultiplyBackward : Function {
    const char* name() const override { return "multiply"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        const Tensor& a = inputs[0];
        const Tensor& b = inputs[1];
        Tensor da = need[0] ? dy * b : Tensor();
        Tensor db = need[1] ? dy * a : Tensor();
        return {da, db};
    }
};

Tensor operator*(const Tensor& left, const Tensor& right) {
    const auto [a, b] = broadcast_both("multiply", left, right);
    Tensor y = empty(a.shape());
    kernels::multiply(y.size(), a.data(), b.data(), y.mutable_data());
    record<MultiplyBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- divide
//
//   y = a / b        da = dy / b        db = -dy a / b^2 = -(dy y) / b

struct DivideBackward : Function {
    const char* name() const override { return "divide"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        const Tensor& b = inputs[1];
        Tensor da = need[0] ? dy / b : Tensor();
        Tensor db = need[1] ? -(dy * output() / b) : Tensor();
        return {da, db};
    }
};

Tensor operator/(const Tensor& left, const Tensor& right) {
    const auto [a, b] = broadcast_both("divide", left, right);
    Tensor y = empty(a.shape());
    kernels::divide(y.size(), a.data(), b.data(), y.mutable_data());
    record<DivideBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- scale
//
//   y = c x        dx = c dy

struct ScaleBackward : Function {
    explicit ScaleBackward(Real factor) : c(factor) {}
    const Real c;
    const char* name() const override { return "scale"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy * c}; }
};

Tensor operator*(const Tensor& x, Real c) {
    Tensor y = empty(x.shape());
    kernels::scale(x.size(), x.data(), c, y.mutable_data());
    record<ScaleBackward>(y, {x}, c);
    return y;
}

Tensor operator*(Real c, const Tensor& x) { return x * c; }

Tensor operator-(const Tensor& x) { return x * Real(-1); }

// ----------------------------------------------------------------------------------------- add a number
//
//   y = x + c        dx = dy

struct AddNumberBackward : Function {
    const char* name() const override { return "add_number"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy}; }
};

Tensor operator+(const Tensor& x, Real c) {
    Tensor y = empty(x.shape());
    kernels::add_number(x.size(), x.data(), c, y.mutable_data());
    record<AddNumberBackward>(y, {x});
    return y;
}

Tensor operator+(Real c, const Tensor& x) { return x + c; }

Tensor operator-(const Tensor& x, Real c) { return x + -c; }

Tensor operator-(Real c, const Tensor& x) { return -x + c; }

Tensor operator/(const Tensor& x, Real c) {
    return x / scalar(c);  // not x * (1 / c), which rounds twice
}

Tensor operator/(Real c, const Tensor& x) { return scalar(c) / x; }

}  // namespace gantry
