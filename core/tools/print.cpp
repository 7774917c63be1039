#include "core/tools/print.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>
#include <numeric>
#include <set>
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
    const std::size_t nans = static_cast<std::size_t>(x.size()) - known.size();
    std::ostringstream text;
    text << std::setprecision(digits);
    if (known.size() == 1) text << sum;
    if (known.size() > 1) {
        const auto [min, max] = std::ranges::minmax(known);
        text << "min " << min << " mean " << sum / static_cast<double>(known.size()) << " max " << max;
    }
    if (nans > 0) text << (known.empty() ? "" : ", ") << nans << " NaN";
    return text.str();
}

std::string summary(const Tensor& x) { return title(x) + (x.defined() ? "  " + range(x) : ""); }

}  // namespace printing

// ----------------------------------------------------------------------------------------- dump, history

static void tell(std::ostream& out, const Tensor& x, int level, int depth, std::set<const Body*>& told) {
    const Function* maker = x.maker();
    const bool is_new = told.insert(x.body()).second;
    out << std::string(static_cast<std::size_t>(4 * level), ' ') << (maker ? maker->name() : "given") << "  "
        << printing::summary(x) << (maker && !is_new ? "  (see above)\n" : "\n");
    if (!is_new || level + 1 >= depth) return;
    for (const Tensor& input : inputs_of(*x.body())) tell(out, input, level + 1, depth, told);
}

std::string history(const Tensor& x, int depth) {
    std::ostringstream text;
    std::set<const Body*> told;
    tell(text, x, 0, depth, told);
    return text.str();
}

void dump(const Tensor& x) {
    std::cerr << x << std::endl;
    if (!x.defined()) return;
    std::cerr << history(x, 2);
    if (x.grad().defined()) std::cerr << "grad  " << x.grad() << std::endl;
}

}  // namespace gantry
