// The loss that losses/README.md adds: its value and its rule.
#include "tests/boundary_seeking.hpp"

#include "core/tools/gradcheck.hpp"
#include "losses/losses.hpp"
#include "tests/catch.hpp"

using namespace gantry;

TEST_CASE("the loss that losses/README.md adds has the value of its formula", "[readme]") {
    const Tensor r = tensor({3}, {-0.5, 0.25, 2});
    const Tensor f = tensor({2, 1}, {-3, 0.5});
    const BoundarySeeking loss;
    CHECK(loss.discriminator(r, f).item() == Minimax().discriminator(r, f).item());
    CHECK(loss.generator(f).item() == Approx((9 + 0.25) / 4));
    CHECK_THROWS(loss.generator(zeros({2, 2})));
}

#ifdef GANTRY_DOUBLE
TEST_CASE("the loss that losses/README.md adds passes the derivative check", "[readme][derivatives]") {
    Tensor f = tensor({2, 1}, {-3, 0.5});
    f.set_requires_grad(true);
    const GradReport report = check_grads([](const Tensors& x) { return BoundarySeeking().generator(x[0]); }, {f}, 2);
    INFO(report.str());
    CHECK(report.passed());
    CHECK(report.abstained.empty());
}
#endif
