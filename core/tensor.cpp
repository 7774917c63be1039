#include "core/tensor.hpp"

#include <algorithm>
#include <ostream>

#include "core/function.hpp"
#include "core/kernels/elementwise.hpp"

namespace gantry {

// ----------------------------------------------------------------------------------------- ownership

static Index live = 0;
static std::uint64_t youngest = 0;

Body::Body(const Shape& s, Storage numbers) : shape(s), storage(std::move(numbers)), id(++youngest) { ++live; }

Body::~Body() {
    delete maker;
    --live;
}

Index live_tensors() { return live; }

// A released body releases its maker, which releases its inputs, and so on back through the whole step. Bodies queue
// here instead of recursing: whoever is already in the loop takes the next one.
void release(Body* body) {
    static Body* waiting = nullptr;
    static bool in_loop = false;
    body->next_released = waiting;
    waiting = body;
    if (in_loop) return;
    in_loop = true;
    while (waiting) {
        Body* next = waiting;
        waiting = next->next_released;
        delete next;
    }
    in_loop = false;
}

// ----------------------------------------------------------------------------------------- numbers

void fail_undefined(const char* member) {
    fail(member, "the tensor is undefined (default-constructed, moved from, or a gradient not yet computed)");
}

std::vector<Real> Tensor::values() const { return std::vector<Real>(data(), data() + size()); }

Real Tensor::item() const {
    if (size() != 1) fail("item", shape().str() + " has " + std::to_string(size()) + " elements, not one");
    return data()[0];
}

Real Tensor::at(std::initializer_list<Index> position) const {
    if (static_cast<int>(position.size()) != shape().rank()) {
        fail("at", std::to_string(position.size()) + " indices for a tensor of shape " + shape().str());
    }
    Index offset = 0;
    int axis = 0;
    for (Index index : position) {
        if (index < 0 || index >= shape()[axis]) {
            fail("at", "index " + std::to_string(index) + " is outside axis " + std::to_string(axis) + " of " +
                           shape().str());
        }
        offset = offset * shape()[axis++] + index;
    }
    return data()[offset];
}

void Tensor::assign(const std::vector<Real>& values) {
    if (static_cast<Index>(values.size()) != size()) {
        fail("assign", std::to_string(values.size()) + " values for a tensor of shape " + shape().str());
    }
    std::copy(values.begin(), values.end(), mutable_data());
}

void Tensor::assign(const Tensor& values) {
    shapes::check_same("assign", "the tensor", shape(), "values", values.shape());
    kernels::copy(size(), values.data(), mutable_data());
}

// ----------------------------------------------------------------------------------------- gradients and history

void Tensor::set_requires_grad(bool required) {
    if (checked("set_requires_grad").maker && !required) {
        fail("set_requires_grad", std::string("the tensor was made by ") + body_->maker->name() + ": use detach()");
    }
    body_->requires_grad = required;
}

Tensor Tensor::grad() const { return checked("grad").grad; }

void Tensor::set_grad(const Tensor& grad) {
    if (grad.defined()) shapes::check_same("set_grad", "the tensor", shape(), "the gradient", grad.shape());
    checked("set_grad").grad = grad;
}

void Tensor::clear_grad() { checked("clear_grad").grad = Tensor(); }

Tensor Tensor::detach() const {
    const Body& own = checked("detach");
    return Tensor(new Body(own.shape, own.storage));
}

Function* Tensor::maker() const { return checked("maker").maker; }

const std::string& Tensor::name() const { return checked("name").name; }

void Tensor::set_name(const std::string& name) { checked("set_name").name = name; }

// ----------------------------------------------------------------------------------------- factories

Tensor empty(const Shape& shape) { return Tensor(new Body(shape, Storage(shape.size()))); }

Tensor tensor(const Shape& shape, const std::vector<Real>& values) {
    if (static_cast<Index>(values.size()) != shape.size()) {
        fail("tensor", std::to_string(values.size()) + " values for shape " + shape.str());
    }
    Tensor y = empty(shape);
    std::copy(values.begin(), values.end(), y.mutable_data());
    return y;
}

Tensor full(const Shape& shape, Real value) {
    Tensor y = empty(shape);
    kernels::fill(shape.size(), value, y.mutable_data());
    return y;
}

// ----------------------------------------------------------------------------------------- printing

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }

// The block of numbers that starts at x, for the axes from `axis` on; long axes show their first and last three.
static void print_axis(std::ostream& out, const Shape& shape, int axis, const Real* x) {
    if (axis == shape.rank()) {
        out << *x;
        return;
    }
    const Index step = shapes::split(shape, axis).inner;
    const std::string separator = axis + 1 == shape.rank() ? ", " : ",\n" + std::string(axis + 1, ' ');
    out << "[";
    for (Index i = 0; i < shape[axis]; ++i) {
        if (i > 0) out << separator;
        if (shape[axis] > 8 && i == 3) {
            out << "..." << separator;
            i = shape[axis] - 3;
        }
        print_axis(out, shape, axis + 1, x + i * step);
    }
    out << "]";
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) {
    if (!x.defined()) return out << "undefined";
    out << "Tensor " << x.shape().str();
    if (!x.name().empty()) out << " \"" << x.name() << "\"";
    out << (x.shape().rank() > 1 ? "\n" : " ");
    print_axis(out, x.shape(), 0, x.data());
    return out;
}

}  // namespace gantry
