// Every operation, one line each. Shapes broadcast as in NumPy where two tensors meet; axes may be negative, counted
// from the last. The rule of each stands directly above its code in ops_*.cpp.
//
// Numbers never become tensors silently: an operation takes a Tensor or a number, as written here. No operation
// changes its inputs, and only reshape shares memory with one. Errors name the operation and both shapes (shape.hpp).
#pragma once

#include "core/tensor.hpp"

namespace gantry {

// ------------------------------------------------------------------------------- ops_arithmetic.cpp

Tensor operator+(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& a, const Tensor& b);
Tensor operator*(const Tensor& a, const Tensor& b);  // element by element; matmul is the matrix product
Tensor operator/(const Tensor& a, const Tensor& b);
Tensor operator-(const Tensor& x);

Tensor operator+(const Tensor& x, Real c);
Tensor operator-(const Tensor& x, Real c);
Tensor operator*(const Tensor& x, Real c);
Tensor operator/(const Tensor& x, Real c);
Tensor operator+(Real c, const Tensor& x);
Tensor operator-(Real c, const Tensor& x);
Tensor operator*(Real c, const Tensor& x);
Tensor operator/(Real c, const Tensor& x);

/// a += b rebinds the handle a to a new tensor a + b; other handles keep the old one. A leaf that requires a gradient
/// is refused, because `for (Tensor p : net.parameters()) p -= lr * g` would train nothing.
const Tensor& rebindable(const char* op, const Tensor& a);
inline Tensor& operator+=(Tensor& a, const Tensor& b) { return a = rebindable("+=", a) + b; }
inline Tensor& operator-=(Tensor& a, const Tensor& b) { return a = rebindable("-=", a) - b; }
inline Tensor& operator*=(Tensor& a, const Tensor& b) { return a = rebindable("*=", a) * b; }
inline Tensor& operator/=(Tensor& a, const Tensor& b) { return a = rebindable("/=", a) / b; }

// ------------------------------------------------------------------------------- ops_unary.cpp

Tensor exp(const Tensor& x);
Tensor log(const Tensor& x);
Tensor sqrt(const Tensor& x);
Tensor square(const Tensor& x);
Tensor pow(const Tensor& x, Real exponent);
Tensor abs(const Tensor& x);  // derivative 0 at 0
Tensor tanh(const Tensor& x);
Tensor sigmoid(const Tensor& x);                 // 1 / (1 + e^-x)
Tensor softplus(const Tensor& x);                // log(1 + e^x)
Tensor relu(const Tensor& x);                    // max(x, 0), derivative 0 at 0
Tensor leaky_relu(const Tensor& x, Real slope);  // x > 0 ? x : slope x, derivative `slope` at 0
Tensor log_softmax(const Tensor& x);             // x - log sum e^x, over the last axis

Tensor tanh_grad(const Tensor& dy, const Tensor& x);     // dy / cosh^2 x
Tensor sigmoid_grad(const Tensor& dy, const Tensor& x);  // dy s(x) s(-x)
Tensor relu_grad(const Tensor& dy, const Tensor& x);     // x > 0 ? dy : 0: selects by any mask x
Tensor leaky_relu_grad(const Tensor& dy, const Tensor& x, Real slope);

// ------------------------------------------------------------------------------- ops_shape.cpp

Tensor broadcast_to(const Tensor& x, const Shape& shape);  // repeat along new axes and along axes of size 1
Tensor sum_to(const Tensor& x, const Shape& shape);        // add up what broadcast_to would repeat
Tensor sum(const Tensor& x);                               // all elements, a scalar
Tensor sum(const Tensor& x, int axis, bool keep = false);  // keep: the axis stays, with size 1
Tensor mean(const Tensor& x);
Tensor mean(const Tensor& x, int axis, bool keep = false);
Tensor max(const Tensor& x, int axis, bool keep = false);  // the gradient goes to the first largest
Tensor argmax(const Tensor& x, int axis);                  // positions as numbers (float: exact to 2^24)
Tensor reshape(const Tensor& x, const Shape& shape);       // the same numbers, shared
Tensor transpose(const Tensor& x);                         // rank 2
Tensor concat(const Tensors& parts, int axis);
Tensor slice(const Tensor& x, int axis, Index begin, Index end);  // positions begin .. end-1
Tensor pad(const Tensor& x, int axis, Index begin, Index size);   // zeros, with x from `begin` on: slice's rule

// ------------------------------------------------------------------------------- ops_matmul.cpp

Tensor matmul(const Tensor& a, const Tensor& b);                   // a [m, k], b [k, n]: a b
Tensor matmul_nt(const Tensor& a, const Tensor& b);                // a [m, k], b [n, k]: a b^T
Tensor matmul_tn(const Tensor& a, const Tensor& b);                // a [k, m], b [k, n]: a^T b
Tensor linear(const Tensor& x, const Tensor& W, const Tensor& b);  // x [N, in], W [out, in], b [out]: x W^T + b

/// The fused operations above, composed of simple ones. Slower, and easier to believe: tests compare value, gradient
/// and second gradient.
namespace plain {
Tensor linear(const Tensor& x, const Tensor& W, const Tensor& b);
Tensor softplus(const Tensor& x);
Tensor sigmoid_grad(const Tensor& dy, const Tensor& x);
Tensor relu_grad(const Tensor& dy, const Tensor& x);
Tensor leaky_relu_grad(const Tensor& dy, const Tensor& x, Real slope);
Tensor log_softmax(const Tensor& x);
}  // namespace plain

}  // namespace gantry
