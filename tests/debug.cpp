// What a debugger session rests on: the drawn graph, the trace, the trap for NaN.
#include "core/core.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/catch.hpp"
#include "tests/graphs.hpp"
#include "tests/help.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <sstream>

using namespace gantry;
using namespace help;

namespace {

struct TrapNan {
    TrapNan() { trap_nan(true); }
    ~TrapNan() { trap_nan(false); }
};

struct Trace {
    Trace() { trace(true); }
    ~Trace() { trace(false); }
};

// mean of (w x)^2 for w = 3, x = (1, 2): 22.5
struct SmallGraph {
    Tensor w = scalar(3);
    Tensor x = tensor(Shape{2}, {1, 2});
    Tensor loss;
    SmallGraph() {
        w.set_requires_grad(true);
        w.set_name("w");
        x.set_name("data");
        loss = mean(square(w * x));
    }
};

}  // namespace

TEST_CASE("the drawn graph names every operation, parameter and shape", "[debug]") {
    const SmallGraph g;
    const std::string text = graph_text(g.loss);
    for (const char* name : {"multiply", "square", "sum_to", "divide", "\\\"w\\\" []", "\\\"data\\\" [2]"}) {
        INFO(name);
        CHECK(contains(text, name));
    }
    CHECK(contains(text, "22.5"));                  // the value of a scalar
    CHECK(contains(text, "min 3 mean 4.5 max 6"));  // the range of w x
    CHECK(count(text, "style=filled") == 1);        // w alone is a parameter
    CHECK(count(text, "shape=box") == 5);           // broadcast_to, multiply, square, sum_to, divide
    CHECK(count(text, " -> ") == 7);
    CHECK(text.rfind("digraph", 0) == 0);
}

TEST_CASE("a tensor that is used twice is one node with two arrows", "[debug]") {
    Tensor x = scalar(2);
    x.set_requires_grad(true);
    const std::string text = graph_text(x * x);
    CHECK(count(text, "[label=") == 2);
    CHECK(count(text, "n0 -> n1;") == 2);
}

TEST_CASE("losses stand out in the drawn graph, by name", "[debug]") {
    Random rng(1);
    const Mlp D({2, 3, 1}, Activation::leaky_relu(0.2), Activation::identity(), rng);
    const Tensor real_logits = D(rng.normal(Shape{4, 2}));
    const Tensor fake_logits = D(rng.normal(Shape{4, 2}));
    for (const std::string& name : loss_names()) {
        INFO(name);
        const auto loss = make_loss(name);
        for (const Tensor& value : {loss->discriminator(real_logits, fake_logits), loss->generator(fake_logits)}) {
            const std::string text = graph_text(value);
            CHECK(count(text, "peripheries=2") == 1);
            const std::size_t node = text.find("label=\"" + std::string(value.maker()->name()));
            REQUIRE(node != std::string::npos);
            CHECK(contains(text.substr(node, text.find('\n', node + 200) - node), "peripheries=2"));
            CHECK(contains(text, "\\\"0.weight\\\" [3, 2]"));
        }
    }
}

TEST_CASE("what a rule recorded is drawn in another colour, and named", "[debug]") {
    const Tensor loss = penalised_loss();
    const std::string text = graph_text(loss);
    const auto in_rules = nodes_with(text, "filled,dashed");
    CHECK(in_rules.size() >= 5);  // three layers' rules and two slopes of leaky ReLU
    for (const std::string& node : in_rules) {
        INFO(node);
        CHECK(contains(node, "rule of "));
    }
    CHECK(nodes_with(text, "rule of linear:\nmatmul").size() == 3);
    CHECK(nodes_with(text, "rule of leaky_relu:\nleaky_relu_grad").size() == 2);
    CHECK(nodes_with(text, "norm_per_sample").size() == 1);
    CHECK_FALSE(contains(nodes_with(text, "norm_per_sample")[0], "dashed"));
    CHECK(count(graph_text(SmallGraph().loss), "dashed") == 0);

    Tensor w = scalar(3);  // without create_graph a rule leaves nothing behind
    w.set_requires_grad(true);
    CHECK_FALSE(grad(square(w), {w})[0].maker());
    const Tensor slope = grad(square(w), {w}, true)[0];
    REQUIRE(slope.maker());
    CHECK(slope.maker()->rule_of == std::string("square"));
    CHECK(square(w).maker()->rule_of == nullptr);
}

namespace {

struct ThrowingBackward : Function {
    const char* name() const override { return "throwing"; }
    Tensors backward(const Tensor&, Needs) const override { throw std::runtime_error("on purpose"); }
};

}  // namespace

TEST_CASE("a rule that throws is over: what follows does not belong to it", "[debug]") {
    Tensor x = scalar(1);
    x.set_requires_grad(true);
    {
        const Tensor y = scalar(1);
        record<ThrowingBackward>(y, {x});
        CHECK(error_of([&] { grad(y, {x}); }) == "on purpose");
    }
    CHECK(running_rule == nullptr);
    CHECK(square(x).maker()->rule_of == nullptr);
}

TEST_CASE("quotes and backslashes in a name cannot break the drawn graph", "[debug]") {
    Tensor x = scalar(1);
    x.set_name("a\"];\\");
    CHECK(contains(graph_text(x), R"(\"a\"];\\\" [])"));
    x.set_name("one\x01two\x7f\xc3\xa9");
    CHECK(contains(graph_text(x), "one?two"));  // SVG allows no control characters
    CHECK(contains(graph_text(x), "\xc3\xa9"));
}

TEST_CASE("draw writes text, and pictures through Graphviz", "[debug]") {
    const SmallGraph g;
    const Folder own;
    const std::filesystem::path folder = own.path;
    draw(g.loss, (folder / "graph.dot").string());
    std::stringstream text;
    text << std::ifstream(folder / "graph.dot").rdbuf();
    CHECK(text.str() == graph_text(g.loss));

    CHECK(contains(error_of([&] { draw(g.loss, (folder / "graph.txt").string()); }), "must end in .dot"));
    const std::string missing = (folder / "missing" / "graph.dot").string();
    CHECK(error_of([&] { draw(g.loss, missing); }) ==
          "draw: " + missing + " cannot be written: No such file or directory");
    std::filesystem::create_directory(folder / "a folder.dot");  // a text that cannot take its name leaves nothing
    CHECK(contains(error_of([&] { draw(g.loss, (folder / "a folder.dot").string()); }), "Is a directory"));
    CHECK_FALSE(std::filesystem::exists(folder / "a folder.dot.part"));

    if (std::system("dot -V 2> /dev/null") != 0) {
        WARN("Graphviz is missing: pictures NOT tested");
        return;
    }
    std::filesystem::remove("broken");
    const std::string odd_name = "it's $(touch broken); \"x\" &.svg";  // a shell would stumble
    draw(g.loss, (folder / odd_name).string());
    std::stringstream picture;
    picture << std::ifstream(folder / odd_name).rdbuf();
    CHECK(contains(picture.str(), "multiply"));
    CHECK(contains(picture.str(), "</svg>"));
    CHECK_FALSE(std::filesystem::exists("broken"));
}

TEST_CASE("without Graphviz draw says so and leaves the text", "[debug]") {
    const SmallGraph g;
    const Folder own;
    const std::filesystem::path folder = own.path;
    const std::string path = std::getenv("PATH");
    setenv("PATH", folder.c_str(), 1);
    const std::string error = error_of([&] { draw(g.loss, (folder / "graph.svg").string()); });
    setenv("PATH", path.c_str(), 1);
    CHECK(contains(error, "not found"));
    CHECK(contains(error, "graph.dot"));
    CHECK(std::filesystem::exists(folder / "graph.dot"));
    CHECK_FALSE(std::filesystem::exists(folder / "graph.svg"));
}

TEST_CASE("dump shows numbers, maker and gradient", "[debug]") {
    SmallGraph g;
    backward(g.loss);
    const Caught heard(std::cerr);
    dump(g.loss);
    dump(g.w);
    dump(Tensor());
    CHECK(contains(heard.str(), "divide  []  22.5"));
    CHECK(contains(heard.str(), "given  \"w\" []  3"));
    CHECK(contains(heard.str(), "grad  Tensor [] 15"));  // d/dw mean (w x)^2 = 2 w mean x^2 = 6 * 2.5
    CHECK(contains(heard.str(), "undefined"));
}

TEST_CASE("the trace has a line for each operation and each rule", "[debug]") {
    std::string text;
    {
        const Caught heard(std::cerr);
        const Trace on;
        const SmallGraph g;
        const Tensors gradients = grad(g.loss, {g.w});
        text = heard.str();
    }
    CHECK(contains(text, "operation  multiply        [2], \"data\" [2]  ->  [2]  min 3 mean 4.5 max 6\n"));
    CHECK(contains(text, "rule       square          [2]  ->  [2]  min 3 mean 4.5 max 6\n"));
    for (const char* name : {"broadcast_to", "multiply", "square", "sum_to", "divide"}) {
        INFO(name);
        CHECK(count(text, "rule       " + std::string(name) + " ") == 1);
        CHECK(contains(text, "operation  " + std::string(name) + " "));
    }
    const Caught heard(std::cerr);
    const SmallGraph untraced;
    CHECK(heard.str().empty());
}

TEST_CASE("the trace indents what a rule computes", "[debug]") {
    Tensor x = scalar(3);
    x.set_requires_grad(true);
    const Tensor y = square(x);
    const Caught heard(std::cerr);
    const Trace on;
    const Tensors gradients = grad(y, {x});
    CHECK(contains(heard.str(), "    operation  multiply"));
    CHECK(contains(heard.str(), "\nrule       square "));
    const Tensor loss = NonSaturating().generator(tensor(Shape{2}, {1, 1}));
    CHECK(contains(heard.str(), "operation  non_saturating_generator [2]  ->  []  0.3133\n"));
}

TEST_CASE("the trace counts NaN and says which gradients a rule leaves out", "[debug]") {
    Tensor x = tensor(Shape{3}, {-1, 4, -9});
    x.set_requires_grad(true);
    const Caught heard(std::cerr);
    const Trace on;
    const Tensor y = sum(sqrt(x) * tensor(Shape{3}, {1, 1, 1}));
    CHECK(contains(heard.str(), "operation  sqrt            [3]  ->  [3]  2, 2 NaN\n"));
    const Tensors gradients = grad(y, {x});
    CHECK(contains(heard.str(), ", none\n"));
}

TEST_CASE("tracing and trapping change neither numbers nor what is recorded", "[debug]") {
    const SmallGraph before;
    const Tensor gradient = grad(before.loss, {before.w})[0];
    const Caught heard(std::cerr);
    const Trace on;
    const TrapNan trap;
    const SmallGraph traced;
    CHECK(traced.loss.item() == before.loss.item());
    CHECK(grad(traced.loss, {traced.w})[0].item() == gradient.item());
    CHECK(graph_text(traced.loss) == graph_text(before.loss));
    const NoRecording guard;
    CHECK((traced.w * traced.x).maker() == nullptr);
    CHECK((traced.x * traced.x).maker() == nullptr);
}

TEST_CASE("trap_nan names the operation that made the first NaN, and its inputs", "[debug]") {
    Tensor x = tensor(Shape{2}, {1, -4});
    x.set_name("distance");
    const TrapNan trap;
    const std::string error = error_of([&] { square(sqrt(x)); });
    CHECK(contains(error, "sqrt: the operation made a number that is not finite"));
    CHECK(contains(error, "from \"distance\" [2]  min -4 mean -1.5 max 1"));
    CHECK(contains(error_of([] { log(scalar(0)); }), "log: "));  // -infinity
    CHECK(error_of([] { exp(scalar(1)); }) == "");
    CHECK(error_of([] { relu(scalar(-INFINITY)); }) == "");  // what came in does no harm
    trap_nan(false);
    CHECK(error_of([&] { sqrt(x); }) == "");
}

TEST_CASE("trap_nan finds a NaN that a rule makes", "[debug]") {
    Tensor x = scalar(0);
    x.set_requires_grad(true);
    const TrapNan trap;
    const Tensor y = sqrt(x);
    CHECK(contains(error_of([&] { grad(y, {x}); }), "divide: the operation, in the rule of sqrt, made a number"));
}

namespace {

// A rule that writes NaN by hand, without an operation.
struct BrokenBackward : Function {
    const char* name() const override { return "broken"; }
    Tensors backward(const Tensor&, Needs) const override { return {scalar(NAN)}; }
};

}  // namespace

TEST_CASE("trap_nan finds a NaN that no operation made", "[debug]") {
    Tensor x = scalar(1);
    x.set_requires_grad(true);
    const TrapNan trap;
    Tensor y = scalar(1);
    record<BrokenBackward>(y, {x});
    const std::string error = error_of([&] { grad(y, {x}); });
    CHECK(contains(error, "broken: the rule made a number that is not finite"));
}

TEST_CASE("trap_nan finds what an optimizer or data brought, at its first reader", "[debug]") {
    Tensor w = scalar(1);
    w.set_name("w");
    w.set_requires_grad(true);
    const TrapNan trap;
    Sgd optimizer({w}, {.lr = 10});
    optimizer.step({scalar(std::numeric_limits<Real>::max())});  // no operation: overflows unseen
    REQUIRE(std::isinf(w.item()));
    const std::string error = error_of([&] { square(w); });
    CHECK(contains(error, "square: the operation was given a number that is not finite and that no operation made"));
    CHECK(contains(error, "from \"w\" []  -inf  <-- not finite"));
    CHECK(contains(error_of([] { square(scalar(NAN)); }), "<-- not finite"));
}

TEST_CASE("trap_nan finds gradients that overflow while they are added up", "[debug]") {
    Tensor w = scalar(1);
    w.set_requires_grad(true);
    const TrapNan trap;
    const Real half = std::numeric_limits<Real>::max() / Real(1.5);
    const Tensor x = w * 1;
    const Tensor sum_of_two = (x - 1) * half + (x - 1) * half;  // 0, but its slope is 2 half
    REQUIRE(sum_of_two.item() == 0);
    CHECK(contains(error_of([&] { grad(sum_of_two, {w}); }), "in the rule of scale, was given a number"));
}

TEST_CASE("GANTRY_TRAP=1 in the environment switches the trap on", "[debug]") {
    setenv("GANTRY_TRAP", "0", 1);
    CHECK_FALSE(watch_if_asked());
    setenv("GANTRY_TRAP", "1", 1);
    CHECK(watch_if_asked());
    const std::string error = error_of([] { log(scalar(0)); });
    trap_nan(false);
    unsetenv("GANTRY_TRAP");
    CHECK(contains(error, "log: the operation made a number that is not finite"));
}

TEST_CASE("GANTRY_TRACE=1 in the environment switches the trace on", "[debug]") {
    const Caught heard(std::cerr);
    setenv("GANTRY_TRACE", "0", 1);
    CHECK_FALSE(watch_if_asked());
    setenv("GANTRY_TRACE", "1", 1);
    CHECK(watch_if_asked());
    exp(scalar(1));
    trace(false);
    unsetenv("GANTRY_TRACE");
    CHECK(contains(heard.str(), "operation  exp"));
}

TEST_CASE("draw can be called with a plain string, as debuggers do", "[debug]") {
    Tensor x = scalar(2);
    x.set_requires_grad(true);
    const File file("graph.dot");
    draw(square(x), file.path.c_str());
    CHECK_THAT(read(file.path), ContainsSubstring("digraph") && ContainsSubstring("square"));
}
