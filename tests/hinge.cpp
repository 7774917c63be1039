// The loss that losses/README.md adds: its value and its rule.
#include "tests/hinge.hpp"

#include "core/tools/gradcheck.hpp"
#include "tests/catch.hpp"

using namespace gantry;

TEST_CASE("the hinge loss of losses/README.md has the value of its formula", "[readme]") {
    const Tensor r = tensor({3}, {-0.5, 0.25, 2});
    const Tensor f = tensor({2, 1}, {-3, 0.5});
    const Hinge hinge;
    CHECK(hinge.discriminator(r, f).item() == Approx((1.5 + 0.75 + 0) / 3 + (0 + 1.5) / 2));
    CHECK(hinge.generator(f).item() == Approx(1.25));
    CHECK_THROWS(hinge.discriminator(zeros({2, 2}), f));
}

#ifdef GANTRY_DOUBLE
TEST_CASE("the hinge loss of losses/README.md passes the derivative check", "[readme][derivatives]") {
    Tensor r = tensor({3}, {-0.5, 0.25, 2});
    Tensor f = tensor({2, 1}, {-3, 0.5});
    r.set_requires_grad(true);
    f.set_requires_grad(true);
    const GradReport report =
        check_grads([](const Tensors& x) { return Hinge().discriminator(x[0], x[1]); }, {r, f}, 2);
    INFO(report.str());
    CHECK(report.passed());
    CHECK(report.abstained.empty());
    CHECK(check_grads([](const Tensors& x) { return Hinge().generator(x[0]); }, {f}, 2).passed());
}
#endif
