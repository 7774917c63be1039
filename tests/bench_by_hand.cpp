// The benchmark compares Gantry with an iteration written by hand (tests/bench). That is honest only if both compute
// the same: from the same start, the same weights after some steps.
#include <algorithm>
#include <cmath>

#include "tests/bench/engine_gan.hpp"
#include "tests/catch.hpp"

using namespace gantry;

namespace {

// The largest difference of two weights, as a share of the longest way that a weight has gone.
double difference(const Mlp& net, const Mlp& start, bench::Network& other) {
    double largest = 0, way = 0;
    for (Index l = 0; l < other.layers(); ++l) {
        const std::pair<Tensor, const Real*> pairs[] = {{net.layers()[l].W, other.W(l)},
                                                        {net.layers()[l].b, other.b(l)}};
        const Tensor starts[] = {start.layers()[l].W, start.layers()[l].b};
        for (int which = 0; which < 2; ++which) {
            const auto& [ours, theirs] = pairs[which];
            for (Index i = 0; i < ours.size(); ++i) {
                largest = std::max(largest, std::fabs(double(ours.data()[i]) - double(theirs[i])));
                way = std::max(way, std::fabs(double(ours.data()[i]) - double(starts[which].data()[i])));
            }
        }
    }
    REQUIRE(way > 1e-3);
    return largest / way;
}

}  // namespace

TEST_CASE("the iteration written by hand computes what the engine computes", "[bench]") {
    for (bench::Workload workload : bench::workloads()) {
        INFO(workload.name);
        workload.batch = 12;
        workload.lr = 1e-3;
        workload.eps = 1e-4;  // else Adam makes full steps of gradients that are nothing but rounding errors
        bench::EngineGan engine(workload);
        const bench::EngineGan start(workload);
        bench::ByHand by_hand(workload);
        engine.copy_to(by_hand);
        for (int step = 0; step < 5; ++step) {
            engine.iterate();
            by_hand.iterate();
            const double tolerance = sizeof(Real) == 4 ? 1e-4 : 1e-12;
            CHECK(by_hand.discriminator_loss == Approx(engine.discriminator_loss).epsilon(tolerance).margin(tolerance));
            CHECK(by_hand.generator_loss == Approx(engine.generator_loss).epsilon(tolerance).margin(tolerance));
        }
        const double bound = sizeof(Real) == 4 ? 1e-3 : 1e-10;
        CHECK(difference(engine.G, start.G, by_hand.G) < bound);
        CHECK(difference(engine.D, start.D, by_hand.D) < bound);
    }
}
