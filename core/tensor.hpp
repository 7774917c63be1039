// The handle that everything else holds.
//
//     Tensor --> Body --> Storage            the numbers, row-major, contiguous, shared by detach and reshape
//                  |
//                  +---> Function --> inputs ...      how it was made (a leaf has none)
//
// Copying a Tensor copies a pointer. Operations compute at once: in the debugger the number is already there.
//
// Rules: a default-constructed Tensor is undefined and stands for "none" (or for a gradient of zero). Only one thread
// may use the engine, even for tensors of its own: the first that makes a tensor; another is refused.
// What it does not do: views with strides, types other than Real, devices.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/shape.hpp"
#include "core/storage.hpp"

namespace gantry {

struct Body;
struct Function;

class Tensor {
  public:
    Tensor() = default;
    explicit Tensor(Body* body);
    Tensor(const Tensor& other);
    Tensor(Tensor&& other) noexcept : body_(std::exchange(other.body_, nullptr)) {}
    Tensor& operator=(Tensor other) noexcept {
        std::swap(body_, other.body_);
        return *this;
    }
    ~Tensor();

    bool defined() const { return body_ != nullptr; }
    const Shape& shape() const;
    Index size() const { return shape().size(); }

    const Real* data() const;
    Real* mutable_data();              // the call counts as a modification: ask anew for each change
    std::vector<Real> values() const;  // a copy of all numbers, row-major
    Real item() const;                 // the only number of a tensor of size 1
    Real at(std::initializer_list<Index> position) const;
    void assign(const std::vector<Real>& values);  // the same size
    void assign(const Tensor& values);             // the same shape

    bool requires_grad() const;
    void set_requires_grad(bool required);  // of a leaf; then what is computed from it requires a gradient, too
    Tensor grad() const;                    // the sum of what backward() added; undefined before
    void set_grad(const Tensor& grad);
    void clear_grad();

    Tensor detach() const;    // the same numbers, shared, without their history
    Function* maker() const;  // the operation that made it; null for a leaf

    const std::string& name() const;
    void set_name(const std::string& name);

    Body* body() const { return body_; }

  private:
    Body& checked(const char* member) const;  // throws if undefined

    Body* body_ = nullptr;
};

using Tensors = std::vector<Tensor>;
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// What a Tensor points to. For the engine's own use.
struct Body : Recycled {
    explicit Body(const Shape& s, Storage numbers);
    ~Body();

    Shape shape;
    Storage storage;
    Function* maker = nullptr;  // owned
    Tensor grad;
    std::string name;
    bool requires_grad = false;
    std::uint64_t id;               // grows with every tensor: an operation's output is younger than its inputs
    int owners = 0;                 // number of Tensor handles
    std::uint64_t gradient_of = 0;  // if grad() made it: the id of the tensor whose gradient it is
    Body* next_released = nullptr;

    /// What grad() knows about it while it walks.
    struct Walk {
        Tensor gradient;  // dL/d(this tensor), as far as it has been added up; undefined is zero
        bool met = false;
        bool wanted = false;
        bool on_path = false;  // it is wanted, or was computed from what is
    } walk;
};

/// Frees a body that no handle holds any more, and what only it held: a loop back through the step.
void release(Body* body);

// Every operation passes these dozens of times, so they are inline.
inline Tensor::Tensor(Body* body) : body_(body) {
    if (body_) ++body_->owners;
}
inline Tensor::Tensor(const Tensor& other) : Tensor(other.body_) {}
inline Tensor::~Tensor() {
    if (body_ && --body_->owners == 0) release(body_);
}

[[noreturn]] void fail_undefined(const char* member);
inline Body& Tensor::checked(const char* member) const {
    if (!body_) fail_undefined(member);
    return *body_;
}
inline const Shape& Tensor::shape() const { return checked("shape").shape; }
inline const Real* Tensor::data() const { return checked("data").storage.data(); }
inline Real* Tensor::mutable_data() {
    checked("mutable_data").storage.mark_modified();
    return body_->storage.data();
}
inline bool Tensor::requires_grad() const { return checked("requires_grad").requires_grad; }

/// Number of tensors alive now. Dropping a loss brings it back to where it was before the step.
Index live_tensors();

Tensor empty(const Shape& shape);  // the numbers are not initialised; std::runtime_error if there is no memory
Tensor tensor(const Shape& shape, const std::vector<Real>& values);
Tensor full(const Shape& shape, Real value);
inline Tensor scalar(Real value) { return full(Shape{}, value); }
inline Tensor zeros(const Shape& shape) { return full(shape, 0); }
inline Tensor ones(const Shape& shape) { return full(shape, 1); }
inline Tensor zeros_like(const Tensor& x) { return zeros(x.shape()); }
inline Tensor ones_like(const Tensor& x) { return ones(x.shape()); }

}  // namespace gantry
