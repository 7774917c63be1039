#include "core/tensor.hpp"

#include <algorithm>
#include <stdexcept>

#include "core/function.hpp"
#include "core/kernels/elementwise.hpp"

namespace gantry {

// ----------------------------------------------------------------------------------------- ownership

static Index live = 0;
static std::uint64_t youngest = 0;

// The address of this variable tells threads apart.
static thread_local char this_thread;
static const char* first_thread = nullptr;

Body::Body(const Shape& s, Storage numbers) : shape(s), storage(std::move(numbers)), id(++youngest) {
    if (!first_thread) first_thread = &this_thread;
    if (first_thread != &this_thread) fail("Tensor", "only the thread that made the first tensor may make another");
    ++live;
}

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
    if (std::ssize(position) != shape().rank()) {
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
    if (std::ssize(values) != size()) {
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

Tensor empty(const Shape& shape) try {
    return Tensor(new Body(shape, Storage(shape.size())));
} catch (const std::bad_alloc&) {
    throw std::runtime_error("no memory for a tensor of shape " + shape.str() + ", " +
                             std::to_string((shape.size() >> 10) * sizeof(Real) >> 10) + " MB; " +
                             std::to_string(Storage::held_bytes() >> 20) + " MB are held");
}

Tensor tensor(const Shape& shape, const std::vector<Real>& values) {
    if (std::ssize(values) != shape.size()) {
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

}  // namespace gantry
