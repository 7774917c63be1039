// Operations that move, repeat or add up numbers. broadcast_to and sum_to are each other's rule, and so are slice and
// pad. Only reshape shares its input's numbers (as detach does); the others copy, even where nothing changes.
#include <cmath>

#include "core/function.hpp"
#include "core/kernels/elementwise.hpp"
#include "core/kernels/sums.hpp"
#include "core/ops.hpp"

namespace gantry {

// ----------------------------------------------------------------------------------------- broadcast_to
//
//   y[i, j] = x[j]  or  x[i, 0]  ...      dx = sum_to(dy, shape of x)

struct BroadcastToBackward : Function {
    const char* name() const override { return "broadcast_to"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {sum_to(dy, inputs[0].shape())}; }
};

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
    shapes::check_broadcast_to("broadcast_to", x.shape(), shape);
    if (x.size() == 1) {
        Tensor y = full(shape, x.data()[0]);
        record<BroadcastToBackward>(y, {x});
        return y;
    }
    std::array<Index, 4> sizes = {1, 1, 1, 1}, strides = {0, 0, 0, 0};  // a stride of 0 repeats
    Index stride = 1;
    for (int back = 1; back <= shape.rank(); ++back) {
        sizes[4 - back] = shape[-back];
        if (back > x.shape().rank() || x.shape()[-back] == 1) continue;
        strides[4 - back] = stride;
        stride *= x.shape()[-back];
    }
    Tensor y = empty(shape);
    kernels::gather(sizes, strides, x.data(), y.mutable_data());
    record<BroadcastToBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- sum_to
//
//   y[j] = sum_i x[i, j]  ...      dx = broadcast_to(dy, shape of x)

struct SumToBackward : Function {
    const char* name() const override { return "sum_to"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {broadcast_to(dy, inputs[0].shape())}; }
};

Tensor sum_to(const Tensor& x, const Shape& shape) {
    shapes::check_broadcast_to("sum_to", shape, x.shape());
    const int missing = x.shape().rank() - shape.rank();
    Tensor summed = x;
    for (int axis = 0; axis < x.shape().rank(); ++axis) {  // one axis at a time
        const bool stays = axis >= missing && shape[axis - missing] == x.shape()[axis];
        if (stays || x.shape()[axis] == 1) continue;
        const auto [outer, middle, inner] = shapes::split(summed.shape(), axis);
        Tensor shorter = empty(summed.shape().with(axis, 1));
        kernels::sum_middle(outer, middle, inner, summed.data(), shorter.mutable_data());
        summed = shorter;
    }
    Tensor y = empty(shape);
    kernels::copy(y.size(), summed.data(), y.mutable_data());
    record<SumToBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- sum, mean

Tensor sum(const Tensor& x) { return sum_to(x, Shape{}); }

Tensor sum(const Tensor& x, int axis, bool keep) {
    axis = shapes::axis("sum", x.shape(), axis);
    const Tensor y = sum_to(x, x.shape().with(axis, 1));
    return keep ? y : reshape(y, x.shape().without(axis));
}

Tensor mean(const Tensor& x) {
    if (x.size() == 0) fail("mean", x.shape().str() + " has no elements");
    return sum(x) / x.size();
}

Tensor mean(const Tensor& x, int axis, bool keep) {
    axis = shapes::axis("mean", x.shape(), axis);
    const Index size = x.shape()[axis];
    if (size == 0) fail("mean", "axis " + std::to_string(axis) + " of " + x.shape().str() + " has no elements");
    return sum(x, axis, keep) / size;
}

// ----------------------------------------------------------------------------------------- max, argmax
//
//   y[i] = max_j x[i, j]        dx[i, j] = dy[i] if j is the first largest of row i, else 0
//
// relu_grad(dy, mask) selects. A product dy mask would be NaN for an infinite dy: 0 times infinity.

// Where in x the largest numbers lie.
static std::vector<Index> positions_of_max(const char* op, const Tensor& x, int axis) {
    const auto [outer, middle, inner] = shapes::split(x.shape(), axis);
    if (middle == 0) fail(op, "axis " + std::to_string(axis) + " of " + x.shape().str() + " has no elements");
    const Real* value = x.data();
    std::vector<Index> where(outer * inner);
    for (Index i = 0; i < outer * inner; ++i) {
        const Index first = i / inner * middle * inner + i % inner;
        where[i] = first;
        for (Index at = first; at < first + middle * inner && !std::isnan(value[where[i]]); at += inner) {
            if (!(value[at] <= value[where[i]])) where[i] = at;  // NaN is larger than any number
        }
    }
    return where;
}

struct MaxBackward : Function {
    explicit MaxBackward(const Tensor& is_largest) : mask(is_largest) {}
    const Tensor mask;  // 1 at the first largest, else 0
    const char* name() const override { return "max"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        return {relu_grad(broadcast_to(dy, mask.shape()), mask)};
    }
};

Tensor max(const Tensor& x, int axis, bool keep) {
    axis = shapes::axis("max", x.shape(), axis);
    const std::vector<Index> where = positions_of_max("max", x, axis);
    Tensor y = empty(x.shape().with(axis, 1));
    Tensor mask = zeros(x.shape());
    Real *value = y.mutable_data(), *one = mask.mutable_data();
    for (const Index at : where) {
        *value++ = x.data()[at];
        one[at] = 1;
    }
    record<MaxBackward>(y, {x}, mask);
    return keep ? y : reshape(y, x.shape().without(axis));
}

Tensor argmax(const Tensor& x, int axis) {
    axis = shapes::axis("argmax", x.shape(), axis);
    const auto [outer, middle, inner] = shapes::split(x.shape(), axis);
    std::vector<Real> along;  // the axis
    for (const Index at : positions_of_max("argmax", x, axis)) along.push_back(at / inner % middle);
    return tensor(x.shape().without(axis), along);
}

// ----------------------------------------------------------------------------------------- reshape
//
//   the same numbers, shared, under another shape        dx = reshape(dy, shape of x)

struct ReshapeBackward : Function {
    const char* name() const override { return "reshape"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {reshape(dy, inputs[0].shape())}; }
};

Tensor reshape(const Tensor& x, const Shape& shape) {
    shapes::check_reshape(x.shape(), shape);
    if (x.shape() == shape) return x;
    Tensor y(new Body(shape, x.body()->storage));
    record<ReshapeBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- transpose
//
//   y[j, i] = x[i, j]        dx = transpose(dy)

struct TransposeBackward : Function {
    const char* name() const override { return "transpose"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {transpose(dy)}; }
};

Tensor transpose(const Tensor& x) {
    if (x.shape().rank() != 2) fail("transpose", "x is " + x.shape().str() + " and must have rank 2");
    Tensor y = empty(Shape{x.shape()[1], x.shape()[0]});
    kernels::transpose(x.shape()[0], x.shape()[1], x.data(), y.mutable_data());
    record<TransposeBackward>(y, {x});
    return y;
}

// ----------------------------------------------------------------------------------------- slice, pad
//
//   y = x[begin .. end-1]        dx = zeros with dy at begin .. end-1 = pad(dy)
//   y = pad(x)                   dx = slice(dy)

struct SliceBackward : Function {
    SliceBackward(int a, Index b) : axis(a), begin(b) {}
    const int axis;
    const Index begin;
    const char* name() const override { return "slice"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {pad(dy, axis, begin, inputs[0].shape()[axis])}; }
};

Tensor slice(const Tensor& x, int axis, Index begin, Index end) {
    const Shape shape = shapes::slice("slice", x.shape(), axis, begin, end);
    axis = shapes::axis("slice", x.shape(), axis);
    const auto [outer, middle, inner] = shapes::split(x.shape(), axis);
    const Index width = (end - begin) * inner;
    Tensor y = empty(shape);
    kernels::copy_rows(outer, width, x.data() + begin * inner, middle * inner, y.mutable_data(), width);
    record<SliceBackward>(y, {x}, axis, begin);
    return y;
}

struct PadBackward : Function {
    PadBackward(int a, Index b) : axis(a), begin(b) {}
    const int axis;
    const Index begin;
    const char* name() const override { return "pad"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        return {slice(dy, axis, begin, begin + inputs[0].shape()[axis])};
    }
};

Tensor pad(const Tensor& x, int axis, Index begin, Index size) {
    axis = shapes::axis("pad", x.shape(), axis);
    const Shape shape = x.shape().with(axis, size);
    shapes::slice("pad", shape, axis, begin, begin + x.shape()[axis]);
    const auto [outer, middle, inner] = shapes::split(x.shape(), axis);
    const Index width = middle * inner;
    Tensor y = zeros(shape);
    kernels::copy_rows(outer, width, x.data(), width, y.mutable_data() + begin * inner, size * inner);
    record<PadBackward>(y, {x}, axis, begin);
    return y;
}

// ----------------------------------------------------------------------------------------- concat
//
//   y = [x0, x1, ...]        dx0, dx1, ... = the slices of dy

struct ConcatBackward : Function {
    explicit ConcatBackward(int a) : axis(a) {}
    const int axis;
    const char* name() const override { return "concat"; }
    Tensors backward(const Tensor& dy, Needs need) const override {
        Tensors gradients(inputs.size());
        Index begin = 0;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const Index end = begin + inputs[i].shape()[axis];
            if (need[i]) gradients[i] = slice(dy, axis, begin, end);
            begin = end;
        }
        return gradients;
    }
};

Tensor concat(const Tensors& parts, int axis) {
    std::vector<Shape> shapes_of_parts;
    for (const Tensor& part : parts) shapes_of_parts.push_back(part.shape());
    const Shape shape = shapes::concat(shapes_of_parts, axis);
    axis = shapes::axis("concat", shape, axis);
    const Index step = shape[axis] * shapes::split(shape, axis).inner;
    Tensor y = empty(shape);
    Real* to = y.mutable_data();
    for (const Tensor& part : parts) {
        const auto [outer, middle, inner] = shapes::split(part.shape(), axis);
        kernels::copy_rows(outer, middle * inner, part.data(), middle * inner, to, step);
        to += middle * inner;
    }
    record<ConcatBackward>(y, parts, axis);
    return y;
}

}  // namespace gantry
