#include "core/tools/gradcheck.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <sstream>

#include "core/grad.hpp"
#include "core/ops.hpp"

namespace gantry {

namespace {

// The step weighs two errors against each other: cutting off the series costs about h^4, rounding about eps / h, and
// both are near 1e-13 at h = eps^(1/5), about 1/1000. A power of two, so that x + h of an ordinary x is exact.
constexpr double step = 0x1p-10;
constexpr double tolerance = 1e-7;

using Values = std::vector<double>;

Values flat(const Tensors& tensors) {
    Values all;
    for (const Tensor& x : tensors) all.insert(all.end(), x.data(), x.data() + x.size());
    return all;
}

Tensors fresh_leaves(const Tensors& inputs) {
    Tensors leaves;
    for (const Tensor& input : inputs) {
        leaves.push_back(tensor(input.shape(), input.values()));
        leaves.back().set_requires_grad(true);
    }
    return leaves;
}

// grad() refuses a y that depends on none of x. Here that is an ordinary answer, zero: adding 0 x makes grad() give it.
Tensors gradient(const Tensor& y, const Tensors& x, bool create_graph) {
    Tensor reaching = y;
    for (const Tensor& input : x) reaching = reaching + 0 * sum(input);
    return grad(reaching, x, create_graph);
}

Tensor value(const ScalarFunction& f, const Tensors& x) {
    const Tensor y = f(x);
    if (y.size() != 1) fail("check_grads", "f returns " + y.shape().str() + " and must return a single number");
    return y;
}

void judge(GradReport& report, const GradReport::Entry& e) {
    const double disagreement = std::fabs(e.analytic - e.difference);
    if (e.analytic == 0 && e.difference == 0) {
        ++report.zero;
    } else if (disagreement <= tolerance * std::fabs(e.analytic)) {
        ++report.certified;
        double& worst = report.worst_relative[e.order - 1];
        worst = std::max(worst, disagreement / std::fabs(e.analytic));
    } else if (disagreement <= e.round_off) {
        report.abstained.push_back(e);
    } else {
        report.failed.push_back(e);  // a NaN comes here as well: it is not below anything
    }
}

// The analytic derivatives of one value by every entry of the inputs, all entries counted through.
struct Row {
    GradReport::Entry of;  // which value: order, of_input and of_entry
    Values analytic;
};

// Differences `values`, of which there is one for each row, by one entry of the inputs after the other. Each value f
// may be off by eps |f|; the weights 1, 8, 8, 1 over 12 add up to 3/2, so the difference may be off by 3/2 eps |f| / h.
void compare(GradReport& report, const std::function<Values(const Tensors&)>& values, const Tensors& inputs,
             const std::vector<Row>& rows) {
    std::size_t at = 0;
    for (std::size_t input = 0; input < inputs.size(); ++input) {
        for (Index entry = 0; entry < inputs[input].size(); ++entry, ++at) {
            auto shifted = [&](double by) {
                Tensors x = fresh_leaves(inputs);
                x[input].mutable_data()[entry] += static_cast<Real>(by);
                return values(x);
            };
            const Values f0 = shifted(-2 * step), f1 = shifted(-step), f2 = shifted(step), f3 = shifted(2 * step);
            for (std::size_t v = 0; v < rows.size(); ++v) {
                const double largest =
                    std::max({std::fabs(f0[v]), std::fabs(f1[v]), std::fabs(f2[v]), std::fabs(f3[v])});
                GradReport::Entry e = rows[v].of;
                e.input = static_cast<int>(input);
                e.entry = entry;
                e.analytic = rows[v].analytic[at];
                e.difference = (8 * (f2[v] - f1[v]) - (f3[v] - f0[v])) / (12 * step);
                e.round_off = 1.5 * std::numeric_limits<double>::epsilon() * largest / step;
                judge(report, e);
            }
        }
    }
}

}  // namespace

GradReport check_grads(const ScalarFunction& f, const Tensors& inputs, int order) {
    if (sizeof(Real) != sizeof(double)) {
        fail("check_grads",
             "a finite difference in float has too few digits to certify a derivative: use the double "
             "build (make double, -DGANTRY_DOUBLE)");
    }
    if (order != 1 && order != 2) fail("check_grads", "order is " + std::to_string(order) + " and must be 1 or 2");

    GradReport report;
    const Tensors x = fresh_leaves(inputs);
    const Tensors first = gradient(value(f, x), x, order == 2);
    auto values = [&f](const Tensors& at) { return Values{value(f, at).item()}; };
    compare(report, values, inputs, {{{.order = 1}, flat(first)}});
    if (order == 1) return report;

    std::vector<Row> second;
    for (std::size_t input = 0; input < first.size(); ++input) {
        const Tensor all = reshape(first[input], Shape{first[input].size()});
        for (Index entry = 0; entry < all.size(); ++entry) {
            const GradReport::Entry of{.order = 2, .of_input = static_cast<int>(input), .of_entry = entry};
            second.push_back({of, flat(gradient(slice(all, 0, entry, entry + 1), x, false))});
        }
    }
    auto gradients = [&f](const Tensors& at) { return flat(gradient(value(f, at), at, false)); };
    compare(report, gradients, inputs, second);
    return report;
}

bool GradReport::passed() const { return failed.empty() && (certified > 0 || zero > 0 || !abstained.empty()); }

std::string GradReport::Entry::str() const {
    auto place = [](int of, Index at) { return "d input " + std::to_string(of) + " [" + std::to_string(at) + "]"; };
    std::ostringstream text;
    text.precision(17);
    text << (order == 1 ? "d f / " : "d2 f / " + place(of_input, of_entry) + " ") << place(input, entry)
         << ": analytic " << analytic << ", difference " << difference;
    text.precision(2);
    text << ", round-off of the difference " << round_off;
    return text.str();
}

std::string GradReport::str() const {
    constexpr std::size_t shown = 5;
    std::ostringstream text;
    text.precision(2);
    text << certified << " certified (worst relative error " << worst_relative[0] << " first order, "
         << worst_relative[1] << " second), " << zero << " zero, " << abstained.size() << " abstained, "
         << failed.size() << " failed";
    for (std::size_t i = 0; i < std::min(shown, failed.size()); ++i) text << "\n  " << failed[i].str();
    if (failed.size() > shown) text << "\n  ...";
    return text.str();
}

std::ostream& operator<<(std::ostream& out, const GradReport& report) { return out << report.str(); }

}  // namespace gantry
