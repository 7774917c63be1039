// One recorded operation.
//
// An operation computes its output y at once and then calls record<FooBackward>(y, {inputs}). While recording is on
// and some input requires a gradient, that hangs a FooBackward on y, which remembers the inputs. FooBackward::backward
// says how a gradient dy = dL/dy becomes one gradient for each input. y must be made after its inputs: the order of age
// is the order of reverse mode.
//
//     inputs  <--- owns ---  FooBackward  <--- owns ---  y
//
// Arrows point back in time only: drop the loss, and the whole step is freed, by a loop (a chain of a million
// operations would overflow the stack otherwise).
//
// The rule is written in tensor operations. That makes second derivatives free: with recording on, what the rule
// computes is itself recorded.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/tensor.hpp"

namespace gantry {

/// Which inputs need a gradient: `if (need[1]) ...` saves work. One bit for each; beyond 64 inputs grad() checks again.
class Needs {
  public:
    bool operator[](std::size_t i) const { return i >= 64 || (bits_ >> i & 1); }
    void set(std::size_t i) { bits_ |= i < 64 ? std::uint64_t{1} << i : 0; }

  private:
    std::uint64_t bits_ = 0;
};

struct Function : Recycled {
    virtual ~Function() = default;

    /// The name in error messages and drawn graphs.
    virtual const char* name() const = 0;

    /// True for a loss, which drawings show as one.
    virtual bool is_loss() const { return false; }

    /// One gradient for each input, of the input's shape, from dy = dL/dy, which has y's shape. An undefined Tensor
    /// means zero. It may skip inputs without need[i]. It only computes; grad() adds up.
    virtual Tensors backward(const Tensor& dy, Needs need) const = 0;

    /// y, with its history: for rules that use the result itself.
    Tensor output() const { return Tensor(output_body); }

    /// Throws, naming the operation and the tensor, if an input or the output was modified since it was recorded.
    void check_unmodified() const;

    Tensors inputs;
    std::uint64_t recorded_at = 0;  // Storage::now() at that moment
    Body* output_body = nullptr;    // owns this Function once it is recorded, so it lives at least as long
    const char* rule_of = nullptr;  // if a rule computed it: the name of the operation that the rule belongs to
};

/// The inputs of the operation that made a tensor; none for a leaf.
const Tensors& inputs_of(const Body& body);

bool is_recording();

/// Nothing is recorded while it lives. Guards nest.
class NoRecording {
  public:
    NoRecording();
    ~NoRecording();
    NoRecording(const NoRecording&) = delete;
    NoRecording& operator=(const NoRecording&) = delete;

  private:
    bool before_;
};

/// Called after every operation and after every rule, to trace and to trap NaN (tools/trace.hpp). Null by default.
struct Hooks {
    void (*after_operation)(const Function& f, const Tensor& y) = nullptr;
    void (*after_rule)(const Function& f, const Tensor& dy, const Tensors& gradients) = nullptr;
};
extern Hooks hooks;

/// The operation whose rule runs now; null outside of reverse mode. For drawing and tracing.
extern const Function* running_rule;

/// True if a Function has to be made for an operation on these inputs: for the graph, or for a hook that wants to see
/// it.
bool wants_function(std::span<const Tensor> inputs);
/// record() without the template: hangs f on y if that is to be recorded, and calls the hook.
void attach(const Tensor& y, std::span<const Tensor> inputs, std::unique_ptr<Function> f);

/// Notes that y was computed from the inputs by the operation whose rule is F. `attributes` go to F's constructor.
template <class F, class... Attributes>
void record(const Tensor& y, std::span<const Tensor> inputs, const Attributes&... attributes) {
    static_assert(alignof(F) <= 16, "Recycled aligns to 16 bytes");
    if (wants_function(inputs)) attach(y, inputs, std::make_unique<F>(attributes...));
}
template <class F, class... Attributes>
void record(const Tensor& y, std::initializer_list<Tensor> inputs, const Attributes&... attributes) {
    record<F>(y, std::span(inputs.begin(), inputs.size()), attributes...);
}

}  // namespace gantry
