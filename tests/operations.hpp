// The table of operations: what each public operation and each loss computes, said a second time.
//
// A row names one operation of core/ops.hpp (or one loss), calls it, computes the same by a plain loop that
// shares no code with the engine, and lists inputs to try and wrong inputs with the message each must give.
// Everything else is derived from the row: forward values and derivatives (derivatives.cpp), the check of the
// checks (negative_controls.cpp) and the messages (errors.cpp). A new operation needs a row here and nothing
// more; `make lint` says so when it is missing.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/core.hpp"

namespace table {

using gantry::Index;
using gantry::Real;
using gantry::Shape;
using gantry::Tensor;
using gantry::Tensors;

/// A plain array of doubles, in both builds: what the reference loops read and write.
struct Array {
    Shape shape;
    std::vector<double> values;
};
using Arrays = std::vector<Array>;

/// A derivative that no finite difference can see, because the value beside it is too large: d y[output] / d
/// input[entry], or of second order, d2 y[output] / d input[entry] d input2[entry2]. It is covered by its
/// exact value.
struct Pin {
    Index output = 0;
    int input = 0;
    Index entry = 0;
    double exact = 0;
    int input2 = -1;
    Index entry2 = -1;
};

/// Inputs to try. Differences reach 1/512 to either side of each number, so kinks and poles must be further
/// away.
struct Case {
    Arrays inputs;
    std::vector<Pin> pins = {};
    bool differences = true;  // false at a kink or a pole: nothing to difference, only the pins are checked
};

/// A call that must throw std::invalid_argument with exactly this message.
struct Wrong {
    std::function<Tensor()> call;
    std::string message;
};

using Compute = std::function<Tensor(const Tensors&)>;
using Reference = std::function<Array(const Arrays&)>;

struct Row {
    std::string operation =
        {};                    // as declared, without const and names: "sum(Tensor, int, bool)"; losses by their names
    std::string variant = {};  // what else is given: "axis 1, kept"
    std::string domain = {};   // where it is defined or differentiable, if not everywhere
    Compute compute = {};
    Reference reference = {};
    std::vector<Case> cases = {};
    std::vector<Wrong> wrong = {};
    std::string twin_of = {};  // the plain composition of a fused operation, as declared: "plain::softplus(Tensor)"
    Compute twin = {};
    bool differentiable = true;

    std::string name() const { return variant.empty() ? operation : operation + ", " + variant; }
};

const std::vector<Row>& rows();

std::vector<Row> rows_of_core();    // operations.cpp
std::vector<Row> rows_of_losses();  // operations_losses.cpp

// ------------------------------------------------------------------------------- plain loops

/// A place in an array of rank 4 or less, aligned at the last axis: p[3] counts along the last, p[0] along
/// the fourth last.
using Place = std::array<Index, 4>;
Place place(Index k, const Shape& shape);  // of element k, row-major

/// The element of x at p; axes of size 1 repeat, and axes that x does not have are ignored.
double& element(Array& x, const Place& p);
double element(const Array& x, const Place& p);

/// Element by element, with NumPy's broadcasting for two inputs.
Reference elementwise(std::function<double(double)> f);
Reference elementwise2(std::function<double(double, double)> f);

// ------------------------------------------------------------------------------- sample numbers

/// Numbers without pattern: distinct, +-0.25 to +-1.8, multiples of 1/64 (exact in float, further apart than
/// the points of a difference).
Array ordinary(const Shape& shape, int seed = 0);

/// The same without their signs.
Array positive(const Shape& shape, int seed = 0);

Array array(const Shape& shape, const std::vector<double>& values);

Tensor to_tensor(const Array& x);
Tensors to_tensors(const Arrays& inputs);
Array to_array(const Tensor& x);

// ------------------------------------------------------------------------------- what is asked of every row

/// What the derivatives of a row's cases came to.
struct Figures {
    Index cases = 0;
    Index certified = 0;
    Index zero = 0;
    Index abstained = 0;
    double worst[2] = {0, 0};  // relative error, first and second order
};

/// grad(), but zeros where y depends on none of x or has no history.
Tensors gradient_or_zero(const Tensor& y, const Tensors& x, bool create_graph);

/// One entry of y as a function of the inputs and of a weight, the last of x: w y[k]. The weight is what
/// reverse mode hands to the operation as dy[k], so differentiating by it tests the rule as a function of dy.
/// Entry by entry, because in a sum the ordinary entries would hide a dead one.
Tensor weighted_entry(const Compute& compute, const Tensors& x, Index k);

/// Checks first and second derivatives of every output entry of compute at a case's inputs, and the case's
/// pins. Returns what is wrong, one complaint a line; empty if nothing is. Double build only. Stops after the
/// first bad entry.
std::string check_derivatives(const Compute& compute, const Case& c, Figures* figures = nullptr);

/// The largest |a - b| / |b| in units of eps, entry by entry; infinite if a shape, a NaN or an infinity
/// differs.
double distance(const Array& a, const Array& b);

}  // namespace table
