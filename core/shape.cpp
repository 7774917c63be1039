#include "core/shape.hpp"

#include <algorithm>
#include <stdexcept>

namespace gantry {

void fail(const std::string& where, const std::string& what) { throw std::invalid_argument(where + ": " + what); }

Shape::Shape(std::span<const Index> sizes) {
    if (sizes.size() > max_rank) fail("Shape", "rank " + std::to_string(sizes.size()) + " is above the highest, 4");
    for (Index size : sizes) sizes_[rank_++] = size;
    check();
}

void Shape::check() const {
    Index product = 1;
    bool fits = true;
    for (int axis = 0; axis < rank_; ++axis) {
        if (sizes_[axis] < 0) fail("Shape", "size " + std::to_string(sizes_[axis]) + " is negative");
        fits = !__builtin_mul_overflow(product, sizes_[axis], &product) && fits;
    }
    if (!fits || product > max_size) fail("Shape", str() + " has more elements than memory has bytes");
}

std::string Shape::str() const {
    std::string text = "[";
    for (int axis = 0; axis < rank_; ++axis) text += (axis > 0 ? ", " : "") + std::to_string(sizes_[axis]);
    return text + "]";
}

Shape Shape::with(int axis, Index size) const {
    Shape result = *this;
    result.sizes_[shapes::axis("Shape", *this, axis)] = size;
    result.check();
    return result;
}

Shape Shape::without(int axis) const {
    axis = shapes::axis("Shape", *this, axis);
    Shape result;
    for (int other = 0; other < rank_; ++other) {
        if (other != axis) result.sizes_[result.rank_++] = sizes_[other];
    }
    return result;
}

namespace shapes {

// "a is [64, 3], b is [2, 128]"
static std::string both(const std::string& a_name, const Shape& a, const std::string& b_name, const Shape& b) {
    return a_name + " is " + a.str() + ", " + b_name + " is " + b.str();
}

void refuse_axis(const char* op, const Shape& x, int axis) {
    fail(op, "axis " + std::to_string(axis) + " does not exist in " + x.str());
}

Shape broadcast(const char* op, const Shape& a, const Shape& b) {
    Shape result = a.rank() >= b.rank() ? a : b;
    for (int back = 1; back <= std::min(a.rank(), b.rank()); ++back) {
        const Index m = a[-back], n = b[-back];
        if (m != n && m != 1 && n != 1) {
            fail(op, both("a", a, "b", b) + ": sizes " + std::to_string(m) + " and " + std::to_string(n) +
                         " do not broadcast");
        }
        result = result.with(-back, m == 1 ? n : m);
    }
    return result;
}

void check_broadcast_to(const char* op, const Shape& from, const Shape& to) {
    bool fits = from.rank() <= to.rank();
    for (int back = 1; fits && back <= from.rank(); ++back) fits = from[-back] == to[-back] || from[-back] == 1;
    if (!fits) fail(op, from.str() + " does not broadcast to " + to.str());
}

Shape matmul(const char* op, const Shape& a, bool transpose_a, const Shape& b, bool transpose_b, const char* a_name,
             const char* b_name) {
    if (a.rank() != 2 || b.rank() != 2) fail(op, both(a_name, a, b_name, b) + ": both must have rank 2");
    const Index inner_a = a[transpose_a ? 0 : 1];
    const Index inner_b = b[transpose_b ? 1 : 0];
    if (inner_a != inner_b) {
        fail(op, both(a_name, a, b_name, b) + ": inner sizes " + std::to_string(inner_a) + " and " +
                     std::to_string(inner_b) + " differ");
    }
    return Shape{a[transpose_a ? 1 : 0], b[transpose_b ? 0 : 1]};
}

Shape linear(const Shape& x, const Shape& W, const Shape& b) {
    const Shape y = matmul("linear", x, false, W, true, "x", "W");
    if (b != Shape{W[0]}) fail("linear", both("W", W, "b", b) + " and must be " + Shape{W[0]}.str());
    return y;
}

void check_reshape(const Shape& from, const Shape& to) {
    if (from.size() != to.size()) {
        fail("reshape", from.str() + " has " + std::to_string(from.size()) + " elements, " + to.str() + " has " +
                            std::to_string(to.size()));
    }
}

void check_same(const char* op, const char* a_name, const Shape& a, const char* b_name, const Shape& b) {
    if (a != b) fail(op, both(a_name, a, b_name, b) + ": they must be equal");
}

Shape slice(const char* op, const Shape& x, int axis, Index begin, Index end) {
    axis = shapes::axis(op, x, axis);
    if (begin < 0 || begin > end || end > x[axis]) {
        fail(op, "[" + std::to_string(begin) + ", " + std::to_string(end) + ") does not lie within axis " +
                     std::to_string(axis) + " of " + x.str());
    }
    return x.with(axis, end - begin);
}

Shape concat(const std::vector<Shape>& shapes, int axis) {
    if (shapes.empty()) fail("concat", "no tensors given");
    axis = shapes::axis("concat", shapes[0], axis);
    Index total = 0;
    for (const Shape& shape : shapes) {
        if (shape.rank() != shapes[0].rank() || shape.with(axis, 0) != shapes[0].with(axis, 0)) {
            fail("concat", both("a", shapes[0], "b", shape) + ": they may differ only in axis " + std::to_string(axis));
        }
        total += shape[axis];
    }
    return shapes[0].with(axis, total);
}

Split split(const Shape& x, int axis) {
    Split result{1, x[axis], 1};
    for (int before = 0; before < axis; ++before) result.outer *= x[before];
    for (int after = axis + 1; after < x.rank(); ++after) result.inner *= x[after];
    return result;
}

}  // namespace shapes
}  // namespace gantry
