// Who checks the checks? Every row of the table is differentiated by rules that are wrong on purpose, in
// every way in which rules go wrong in practice, and check_derivatives() must complain about each.
//
// Only ways that change a row's derivatives count: relu has no second derivative to drop, a scalar no axes to
// transpose. Double build only, like the check itself.
#include "tests/operations.hpp"

#ifdef GANTRY_DOUBLE
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "tests/catch.hpp"

using namespace gantry;
using namespace table;

namespace {

// ------------------------------------------------------------------------------------- tampering with a rule

// An operation followed backwards: first its true rule, then this node, which hands on something else.
using Change = std::function<Tensor(const Tensor& gradient, const Tensor& x)>;

struct TamperedBackward : Function {
    explicit TamperedBackward(const Change& c) : change(c) {}
    const Change change;
    const char* name() const override { return "tampered"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {change(dy, inputs[0])}; }
};

// compute, with the gradient of one of its inputs changed.
Compute tampered(const Compute& compute, std::size_t input, const Change& change) {
    return [=](Tensors x) {
        Tensor same = tensor(x[input].shape(), x[input].values());
        record<TamperedBackward>(same, {x[input]}, change);
        x[input] = same;
        return compute(x);
    };
}

struct FirstOnlyBackward : Function {
    explicit FirstOnlyBackward(const Tensor& m) : mask(m) {}
    const Tensor mask;
    const char* name() const override { return "first_only"; }
    Tensors backward(const Tensor& dy, Needs) const override { return {dy, dy * mask}; }
};

// compute, with one input's gradient computed from the first position of dy's first axis alone: the sum over
// the batch is missing. The input's gradient takes a path of its own through a second computation.
Compute first_only(const Compute& compute, std::size_t input) {
    return [=](const Tensors& x) {
        Tensors others = x, own = x;
        for (std::size_t i = 0; i < x.size(); ++i) (i == input ? others : own)[i] = x[i].detach();
        const Tensor through_others = compute(others), through_own = compute(own);
        Tensor y = tensor(through_own.shape(), through_own.values());
        Tensor mask = zeros(y.shape());
        const Index first = y.shape().rank() > 0 && y.shape()[0] > 0 ? y.size() / y.shape()[0] : y.size();
        std::fill_n(mask.mutable_data(), first, Real(1));
        record<FirstOnlyBackward>(y, {through_others, through_own}, mask);
        return y;
    };
}

struct FrozenBackward : Function {
    explicit FrozenBackward(const Tensors& j) : jacobians(j) {}
    const Tensors jacobians;  // d y[k] / d input[entry], as a matrix [k, entry], one for each input
    const char* name() const override { return "frozen"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        Tensors gradients;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            gradients.push_back(reshape(matmul(reshape(dy, Shape{1, dy.size()}), jacobians[i]), inputs[i].shape()));
        }
        return gradients;
    }
};

// compute, with the right gradient as numbers that no longer depend on x (a rule that forgot to record): the
// first order is right, the second has nothing but its part from dy.
Compute frozen(const Compute& compute) {
    return [=](const Tensors& x) {
        const Tensor y = compute(x);
        Tensors jacobians;
        for (const Tensor& input : x) jacobians.push_back(zeros(Shape{y.size(), input.size()}));
        for (Index k = 0; k < y.size(); ++k) {
            const Tensors row = gradient_or_zero(slice(reshape(y, Shape{y.size()}), 0, k, k + 1), x, false);
            for (std::size_t i = 0; i < x.size(); ++i) {
                std::copy_n(row[i].data(), row[i].size(), jacobians[i].mutable_data() + k * x[i].size());
            }
        }
        Tensor same = tensor(y.shape(), y.values());
        record<FrozenBackward>(same, x, jacobians);
        return same;
    };
}

// ----------------------------------------------------------------------------------- the ways of being wrong

struct Way {
    const char* name;
    std::function<Compute(const Compute&, std::size_t input, const Shape& y)> apply;
};

Way change(const char* name, const Change& change) {
    return {name,
            [=](const Compute& compute, std::size_t input, const Shape&) { return tampered(compute, input, change); }};
}

Tensor transposed(const Tensor& gradient, const Tensor&) {
    const Shape& shape = gradient.shape();
    if (shape.rank() < 2 || shape.size() == 0) return gradient;
    const Index columns = shape[-1];
    return reshape(transpose(reshape(gradient, Shape{shape.size() / columns, columns})), shape);
}

Tensor spread_along_first_axis(const Tensor& gradient, const Tensor&) {
    if (gradient.shape().rank() < 1 || gradient.size() == 0) return gradient;
    return broadcast_to(mean(gradient, 0, true), gradient.shape());
}

Tensor spread_along_last_axis(const Tensor& gradient, const Tensor&) {
    if (gradient.shape().rank() < 1 || gradient.size() == 0) return gradient;
    return broadcast_to(mean(gradient, -1, true), gradient.shape());
}

Tensor zero_in_the_tail(const Tensor& gradient, const Tensor& x) {
    Tensor mask = ones(x.shape());
    for (Index k = 0; k < x.size(); ++k) mask.mutable_data()[k] = std::fabs(x.data()[k]) < 15;
    return gradient * mask;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
    try {
        shapes::check_broadcast_to("", from, to);
        return true;
    } catch (const std::invalid_argument&) {
        return false;
    }
}

// The sum over a broadcast axis left out altogether: the gradient has y's shape.
Compute unsummed(const Compute& compute, std::size_t input, const Shape& y) {
    return tampered(compute, input, [y](const Tensor& gradient, const Tensor& x) {
        return broadcasts_to(x.shape(), y) ? broadcast_to(gradient, y) : gradient;
    });
}

const std::vector<Way>& ways() {
    static const std::vector<Way> all = {
        change("sign", [](const Tensor& g, const Tensor&) { return -g; }),
        change("factor 2", [](const Tensor& g, const Tensor&) { return g * 2; }),
        change("dropped term", [](const Tensor&, const Tensor&) { return Tensor(); }),
        change("transposed", transposed),
        change("wrong axis (first)", spread_along_first_axis),
        change("wrong axis (last)", spread_along_last_axis),
        change("zero in the tail", zero_in_the_tail),
        {"sum over a broadcast axis left out", unsummed},
        {"sum over the batch: first only",
         [](const Compute& compute, std::size_t input, const Shape&) { return first_only(compute, input); }},
        change("second derivative dropped", [](const Tensor& g, const Tensor&) { return g.detach(); }),
        {"second derivative by x dropped", [](const Compute& compute, std::size_t input,
                                              const Shape&) { return input == 0 ? frozen(compute) : compute; }},
    };
    return all;
}

// ------------------------------------------------------------------------------- which ways change something

// First and second derivatives of sum(dy y) by all inputs and by dy.
std::vector<double> derivatives(const Compute& compute, const Case& c) {
    Tensors x = to_tensors(c.inputs);
    for (Tensor& input : x) input.set_requires_grad(true);
    const Tensor y = compute(x);
    Tensor dy = to_tensor(ordinary(y.shape(), 9));
    dy.set_requires_grad(true);
    const Tensor loss = sum(dy * y);
    x.push_back(dy);
    std::vector<double> all;
    for (const Tensor& gradient : gradient_or_zero(loss, x, true)) {
        const Tensor row = reshape(gradient, Shape{gradient.size()});
        for (Index entry = 0; entry < row.size(); ++entry) {
            all.push_back(row.data()[entry]);
            for (const Tensor& second : gradient_or_zero(slice(row, 0, entry, entry + 1), x, false)) {
                for (Real value : second.values()) all.push_back(value);
            }
        }
    }
    return all;
}

bool changes_something(const Compute& wrong, const std::vector<double>& truth, const Case& c) {
    try {
        const std::vector<double> found = derivatives(wrong, c);
        for (std::size_t i = 0; i < truth.size(); ++i) {
            if (std::fabs(found[i] - truth[i]) > 1e-12 * std::fabs(truth[i]))
                return true;  // more than another rounding
        }
        return false;
    } catch (const std::invalid_argument&) {
        return true;  // grad() itself refused the gradient's shape
    }
}

bool is_caught(const Compute& wrong, const Case& c) {
    try {
        return !check_derivatives(wrong, c).empty();
    } catch (const std::invalid_argument&) {
        return true;
    }
}

}  // namespace

TEST_CASE("every wrong rule is caught, for every row of the table", "[table][controls]") {
    std::vector<Index> made(ways().size()), caught(ways().size());
    for (const Row& row : rows()) {
        if (!row.differentiable) continue;
        std::vector<std::vector<double>> truths;
        for (const Case& c : row.cases) truths.push_back(derivatives(row.compute, c));
        for (std::size_t way = 0; way < ways().size(); ++way) {
            for (std::size_t input = 0; input < row.cases[0].inputs.size(); ++input) {
                bool changes = false, complains = false;
                for (std::size_t i = 0; i < row.cases.size() && !complains; ++i) {
                    const Case& c = row.cases[i];
                    if (!c.differences) continue;
                    if (input >= c.inputs.size()) continue;
                    const Compute wrong = ways()[way].apply(row.compute, input, row.reference(c.inputs).shape);
                    if (!changes_something(wrong, truths[i], c)) continue;
                    changes = true;
                    complains = is_caught(wrong, c);
                }
                if (complains != changes)
                    FAIL_CHECK(row.name() << ", input " << input << ": " << ways()[way].name
                                          << (changes ? ": not caught" : ": changes nothing, and is complained of"));
                made[way] += changes;
                caught[way] += complains;
            }
        }
    }
    std::printf("wrong rules caught:");
    for (std::size_t way = 0; way < ways().size(); ++way) {
        CHECK(made[way] > 0);
        std::printf("%s %s %td of %td", way ? "," : "", ways()[way].name, caught[way], made[way]);
    }
    std::printf("\n");
}

TEST_CASE("a rule that is handed on unchanged is not complained about", "[table][controls]") {
    auto intact = [](const Tensor& gradient, const Tensor&) { return gradient; };
    for (const Row& row : rows()) {
        if (!row.differentiable) continue;
        INFO(row.name());
        CHECK(check_derivatives(tampered(row.compute, 0, intact), row.cases[0]) == "");
    }
}

#endif
