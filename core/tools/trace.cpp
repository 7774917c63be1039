#include "core/tools/trace.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "core/tools/print.hpp"

namespace gantry {

static bool tracing = false, trapping = false;

// operation  linear        "x" [64, 2], "W" [1, 2], "b" [1]  ->  [64, 1]  min -1 mean 0 max 1
//     operation  sum_to    [64, 1]  ->  [1]  0.5                                        (a part of the rule below)
// rule       linear        [64, 1]  ->  none, [1, 2]  min -3 mean -1 max 1, [1]  0.5
static void print_trace(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    std::ostringstream line;
    line << (f.rule_of ? "    " : "") << std::left << std::setw(11) << kind << std::setw(15) << f.name() << " ";
    for (const Tensor& x : from) line << (&x == &from[0] ? "" : ", ") << printing::title(x);
    line << "  ->  ";
    for (const Tensor& x : made) line << (&x == &made[0] ? "" : ", ") << printing::summary(x);
    std::cerr << line.str() + "\n";
}

static bool all_finite(const Tensors& tensors) {
    return std::all_of(tensors.begin(), tensors.end(), [](const Tensor& x) {
        return !x.defined() || std::all_of(x.data(), x.data() + x.size(), [](Real y) { return std::isfinite(y); });
    });
}

// Everything that an operation or a rule makes passes here. So a number that was not finite before came another way.
static void check_finite(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    if (all_finite(made)) return;
    const std::string where = f.rule_of ? std::string(", in the rule of ") + f.rule_of + "," : "";
    std::string text = std::string(f.name()) + ": the " + kind + where + " made a number that is not finite:";
    if (!all_finite(from)) {
        text = std::string(f.name()) + ": the " + kind + where +
               " was given a number that is not finite and that no operation made (it is data, or was written by an "
               "optimizer's step or assign(), or gradients overflowed while they were added up):";
    }
    for (const Tensor& x : made) text += "\n    " + printing::summary(x);
    for (const Tensor& x : from)
        text += "\n    from " + printing::summary(x) + (all_finite({x}) ? "" : "  <-- not finite");
    throw std::runtime_error(text);
}

static void after_operation(const Function& f, const Tensor& y) {
    if (tracing) print_trace("operation", f, f.inputs, {y});
    if (trapping) check_finite("operation", f, f.inputs, {y});
}

static void after_rule(const Function& f, const Tensor& dy, const Tensors& gradients) {
    Tensors from = {dy};
    if (tracing) print_trace("rule", f, from, gradients);
    from.insert(from.end(), f.inputs.begin(), f.inputs.end());
    if (trapping) check_finite("rule", f, from, gradients);
}

static void set(bool& which, bool on) {
    which = on;
    hooks.after_operation = tracing || trapping ? after_operation : nullptr;
    hooks.after_rule = tracing || trapping ? after_rule : nullptr;
}

void trace(bool on) { set(tracing, on); }

void trap_nan(bool on) { set(trapping, on); }

static bool environment_says(const char* name) {
    const char* asked = std::getenv(name);
    return asked && std::string(asked) == "1";
}

bool watch_if_asked() {
    trace(environment_says("GANTRY_TRACE"));
    trap_nan(environment_says("GANTRY_TRAP"));
    return tracing || trapping;
}

}  // namespace gantry
