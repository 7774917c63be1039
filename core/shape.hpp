// The sizes of a tensor, and every rule about sizes.
//
// A tensor of rank r has r sizes; rank 0 is a scalar with one element. Numbers lie row-major without gaps, the last
// axis fastest:
//
//     Shape{2, 3}:   x[0,0] x[0,1] x[0,2] x[1,0] x[1,1] x[1,2]
//
// All shape rules of the engine stand in this room, so that an error always says which operation refused, and both
// shapes:   matmul: a is [64, 3], b is [2, 128]: inner sizes 3 and 2 differ
//
// Every rule throws std::invalid_argument. What it does not do: strides, views, ranks above 4.
#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "core/real.hpp"

namespace gantry {

/// Throws std::invalid_argument("<where>: <what>"). Every misuse of the engine ends here: break on it in a debugger.
[[noreturn]] void fail(const std::string& where, const std::string& what);

class Shape {
  public:
    static constexpr int max_rank = 4;

    Shape() = default;                             // a scalar
    explicit Shape(std::span<const Index> sizes);  // throws on more than four, on a negative one, on 2^60 elements
    Shape(std::initializer_list<Index> sizes) : Shape(std::span(sizes.begin(), sizes.size())) {}

    int rank() const { return rank_; }
    Index operator[](int axis) const;  // axis may be negative, counted from the last
    Index size() const {               // number of elements; 1 for a scalar
        Index product = 1;
        for (int axis = 0; axis < rank_; ++axis) product *= sizes_[axis];
        return product;
    }
    std::string str() const;  // "[64, 2]"; "[]" for a scalar

    Shape with(int axis, Index size) const;  // the same with one size replaced
    Shape without(int axis) const;           // the same with one axis less

    bool operator==(const Shape&) const = default;

  private:
    static constexpr Index max_size = Index(1) << 60;
    void check() const;  // throws on a negative size, and where the sizes' product overflows

    std::array<Index, max_rank> sizes_{};  // zeros beyond the rank
    int rank_ = 0;
};

namespace shapes {

[[noreturn]] void refuse_axis(const char* op, const Shape& x, int axis);

/// axis as a number from 0 to rank - 1; -1 is the last axis.
inline int axis(const char* op, const Shape& x, int axis) {
    const int from_front = axis < 0 ? axis + x.rank() : axis;
    if (from_front < 0 || from_front >= x.rank()) refuse_axis(op, x, axis);
    return from_front;
}

/// NumPy's rule: sizes are compared from the last axis; two sizes fit if they are equal or one of them is 1.
Shape broadcast(const char* op, const Shape& a, const Shape& b);

/// [m, n] of op(a) op(b), where op transposes if the flag says so. Both must be of rank 2.
Shape matmul(const char* op, const Shape& a, bool transpose_a, const Shape& b, bool transpose_b,
             const char* a_name = "a", const char* b_name = "b");

/// [N, out] of x [N, in], W [out, in], b [out].
Shape linear(const Shape& x, const Shape& W, const Shape& b);

/// Each throws unless: `from` broadcasts to exactly `to`; both hold equally many elements; a and b are equal.
void check_broadcast_to(const char* op, const Shape& from, const Shape& to);
void check_reshape(const Shape& from, const Shape& to);
void check_same(const char* op, const char* a_name, const Shape& a, const char* b_name, const Shape& b);

/// x with `axis` shortened to end - begin, 0 <= begin <= end <= size.
Shape slice(const char* op, const Shape& x, int axis, Index begin, Index end);

/// All shapes must agree but for `axis`, whose sizes add up.
Shape concat(const std::vector<Shape>& shapes, int axis);

/// A view of any axis of x as the middle one of three: x[outer, middle, inner].
struct Split {
    Index outer, middle, inner;
};
Split split(const Shape& x, int axis);

}  // namespace shapes

inline Index Shape::operator[](int axis) const { return sizes_[shapes::axis("Shape", *this, axis)]; }

}  // namespace gantry
