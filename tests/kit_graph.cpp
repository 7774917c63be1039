// The graph of modules that reports show.
#include "core/core.hpp"
#include "examples/kit/show/module_graph.hpp"
#include "tests/catch.hpp"
#include "tests/graphs.hpp"

#include <algorithm>
#include <cstdio>

TEST_CASE("the graph of modules has a box for several operations", "[kit][graph]") {
    const Tensor loss = penalised_loss();
    const std::string all = graph_text(loss);
    const std::string modules = kit::module_graph_text(loss);
    const int boxes = count(modules, "[label=");
    INFO(modules);
    CHECK(boxes < count(all, "[label=") / 2);
    CHECK(nodes_with(modules, "module 0, 2, 4\nlinear, leaky_relu, linear,\nleaky_relu, linear\n").size() == 2);
    CHECK(nodes_with(modules, "module 2\nrule of linear:\nmatmul\n").size() == 1);
    CHECK(nodes_with(modules, "wasserstein_critic").size() == 1);
    CHECK(nodes_with(modules, "peripheries=2").size() == 1);
    CHECK_FALSE(contains(modules, "0.weight"));

    // Every arrow joins two boxes that exist, and no arrow leads to an older box's past: the drawing has no cycle.
    std::istringstream lines(modules);
    std::vector<std::pair<int, int>> arrows;
    for (std::string line; std::getline(lines, line);) {
        int from = 0, to = 0;
        if (std::sscanf(line.c_str(), " n%d -> n%d", &from, &to) == 2) arrows.emplace_back(from, to);
    }
    CHECK(arrows.size() >= static_cast<std::size_t>(boxes - 1));
    std::vector<int> depth(static_cast<std::size_t>(boxes), 0);
    for (int round = 0; round < boxes; ++round) {
        for (const auto& [from, to] : arrows) {
            REQUIRE(from < boxes);
            REQUIRE(to < boxes);
            int& deeper = depth[static_cast<std::size_t>(to)];
            deeper = std::max(deeper, depth[static_cast<std::size_t>(from)] + 1);
        }
    }
    CHECK(*std::max_element(depth.begin(), depth.end()) < boxes);
}

TEST_CASE("in the graph of modules a result with a name ends its box", "[kit][graph]") {
    Random rng(1);
    const Mlp G({2, 3, 2}, Activation::relu(), Activation::identity(), rng);
    const Mlp D({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    Tensor fake = G(rng.normal(Shape{4, 2}));
    const std::string one = "module 0, 2\nlinear, relu, linear,\nlinear, relu, linear\n[4, 1]\n";
    CHECK(nodes_with(kit::module_graph_text(Wasserstein().generator(D(fake))), one).size() == 1);
    fake.set_name("fake");
    const std::string text = kit::module_graph_text(Wasserstein().generator(D(fake)));
    CHECK(nodes_with(text, "module 0, 2\nlinear, relu, linear\n\\\"fake\\\" [4, 2]\n").size() == 1);
    CHECK(nodes_with(text, "module 0, 2\nlinear, relu, linear\n[4, 1]\n").size() == 1);
}

TEST_CASE("in the graph of modules, what stands beside a computed tensor without a name is left out", "[kit][graph]") {
    Tensor x = ones({2});
    x.set_requires_grad(true);
    Tensor mask = tensor({2}, {0, 7});
    const Tensor y = exp(x) * mask;
    CHECK(nodes_with(graph_text(y), "max 7").size() == 1);
    CHECK(nodes_with(kit::module_graph_text(y), "max 7").empty());
    CHECK(count(kit::module_graph_text(y), "[label=") == 2);  // x, and exp with multiply
    mask.set_name("mask");
    CHECK(nodes_with(kit::module_graph_text(y), "max 7").size() == 1);
    const Tensor z = x * tensor({2}, {0, 7});  // no tensor here is computed: both are what the graph begins with
    CHECK(count(kit::module_graph_text(z), "[label=") == 3);
}

TEST_CASE("an undefined loss has no graph of modules", "[kit][graph]") {
    CHECK_THROWS_WITH(kit::module_graph_text(Tensor()), ContainsSubstring("graph_text: the tensor is undefined"));
}
