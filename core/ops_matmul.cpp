// Matrix products. The two transposed forms are operations of their own, so that no matrix is ever transposed in
// memory, and the three are closed under differentiation:
//
//   y = a b         da = dy b^T      db = a^T dy
//   y = a b^T       da = dy b        db = dy^T a
//   y = a^T b       da = b dy^T      db = a dy
#include "core/function.hpp"
#include "core/kernels/product.hpp"
#include "core/ops.hpp"

namespace gantry {

static Tensor product(const char* op, const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b) {
    const Shape shape = shapes::matmul(op, a.shape(), transpose_a, b.shape(), transpose_b);
    const Index inner = a.shape()[transpose_a ? 0 : 1];
    Tensor y = empty(shape);
    kernels::matmul(transpose_a, transpose_b, shape[0], shape[1], inner, a.data(), b.data(), y.mutable_data());
    return y;
}

// ----------------------------------------------------------------------------------------- matmul

struct MatmulBackward : Function {
    const char* name() const override { return "matmul"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        const Tensor& a = inputs[0];
        const Tensor& b = inputs[1];
        Tensor da = need[0] ? matmul_nt(dy, b) : Tensor();
        Tensor db = need[1] ? matmul_tn(a, dy) : Tensor();
        return {da, db};
    }
};

Tensor matmul(const Tensor& a, const Tensor& b) {
    Tensor y = product("matmul", a, false, b, false);
    record<MatmulBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- matmul_nt

struct MatmulNtBackward : Function {
    const char* name() const override { return "matmul_nt"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        const Tensor& a = inputs[0];
        const Tensor& b = inputs[1];
        Tensor da = need[0] ? matmul(dy, b) : Tensor();
        Tensor db = need[1] ? matmul_tn(dy, a) : Tensor();
        return {da, db};
    }
};

Tensor matmul_nt(const Tensor& a, const Tensor& b) {
    Tensor y = product("matmul_nt", a, false, b, true);
    record<MatmulNtBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- matmul_tn

struct MatmulTnBackward : Function {
    const char* name() const override { return "matmul_tn"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        const Tensor& a = inputs[0];
        const Tensor& b = inputs[1];
        Tensor da = need[0] ? matmul_nt(b, dy) : Tensor();
        Tensor db = need[1] ? matmul(a, dy) : Tensor();
        return {da, db};
    }
};

Tensor matmul_tn(const Tensor& a, const Tensor& b) {
    Tensor y = product("matmul_tn", a, true, b, false);
    record<MatmulTnBackward>(y, {a, b});
    return y;
}

// ----------------------------------------------------------------------------------------- linear
//
//   y  = x W^T + b        x [N, in], W [out, in], b [out]
//   dx = dy W        dW = dy^T x        db = sum of dy over the batch
//
// Fused: the kernel writes the bias first and adds the product to it, which saves a pass over y. (Where a side is 1,
// another kernel computes the product, and the bias is added afterwards.)

struct LinearBackward : Function {
    const char* name() const override { return "linear"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        const Tensor& x = inputs[0];
        const Tensor& W = inputs[1];
        Tensor dx = need[0] ? matmul(dy, W) : Tensor();
        Tensor dW = need[1] ? matmul_tn(dy, x) : Tensor();
        Tensor db = need[2] ? sum_to(dy, inputs[2].shape()) : Tensor();
        return {dx, dW, db};
    }
};

Tensor linear(const Tensor& x, const Tensor& W, const Tensor& b) {
    const Shape shape = shapes::linear(x.shape(), W.shape(), b.shape());
    const Index rows = shape[0], out = shape[1], in = x.shape()[1];
    Tensor y = empty(shape);
    kernels::matmul(false, true, rows, out, in, x.data(), W.data(), y.mutable_data(), b.data());
    record<LinearBackward>(y, {x, W, b});
    return y;
}

namespace plain {

Tensor linear(const Tensor& x, const Tensor& W, const Tensor& b) { return matmul_nt(x, W) + b; }

}  // namespace plain

}  // namespace gantry
