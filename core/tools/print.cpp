#include "core/tools/print.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <sstream>
#include <vector>

namespace gantry {

// ---------------------------------------------------------------------------------------- words for a tensor

namespace printing {

std::string title(const Tensor& x) {
    if (!x.defined()) return "none";
    return (x.name().empty() ? "" : "\"" + x.name() + "\" ") + x.shape().str();
}

std::string range(const Tensor& x, int digits) {
    std::vector<double> known;
    std::copy_if(x.data(), x.data() + x.size(), std::back_inserter(known), [](Real y) { return !std::isnan(y); });
    const double sum = std::accumulate(known.begin(), known.end(), 0.0);
    const std::size_t nans = x.size() - known.size();
    std::ostringstream text;
    text << std::setprecision(digits);
    if (known.size() == 1) text << sum;
    if (known.size() > 1) {
        const auto [min, max] = std::minmax_element(known.begin(), known.end());
        text << "min " << *min << " mean " << sum / known.size() << " max " << *max;
    }
    if (nans > 0) text << (known.empty() ? "" : ", ") << nans << " NaN";
    return text.str();
}

std::string number(double value) {
    std::ostringstream given, used;
    given << std::setprecision(10) << value;
    used << static_cast<Real>(value);
    return given.str() + (used.str() == given.str() ? "" : " (as a float: " + used.str() + ")");
}

std::string summary(const Tensor& x) { return title(x) + (x.defined() ? "  " + range(x) : ""); }

}  // namespace printing

// ----------------------------------------------------------------------------------------- numbers

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.str(); }

// The block of numbers that starts at x, for the axes from `axis` on; long axes show their first and last three.
static void print_axis(std::ostream& out, const Shape& shape, int axis, const Real* x) {
    if (axis == shape.rank()) return void(out << *x);
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

// ----------------------------------------------------------------------------------------- dump

static std::string origin(const Tensor& x) {
    return (x.maker() ? x.maker()->name() : "given") + std::string("  ") + printing::summary(x) + "\n";
}

void dump(const Tensor& x) {
    std::cerr << x << std::endl;
    if (!x.defined()) return;
    std::cerr << origin(x);
    for (const Tensor& input : inputs_of(*x.body())) std::cerr << "    " << origin(input);
    if (x.grad().defined()) std::cerr << "grad  " << x.grad() << std::endl;
}

}  // namespace gantry
