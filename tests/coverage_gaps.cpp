// What `make coverage` showed that no other test runs: small conveniences and the far side of some checks.
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "core/tools/gradcheck.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"
#include "tests/catch.hpp"

using namespace gantry;

namespace {

const double infinite = std::numeric_limits<double>::infinity();

// A file of its own for one test, gone afterwards.
struct File {
    std::filesystem::path path;
    explicit File(const std::string& ending)
        : path(std::filesystem::temp_directory_path() / ("gantry-gap-" + std::to_string(getpid()) + ending)) {}
    ~File() { std::filesystem::remove(path); }
};

}  // namespace

TEST_CASE("a loss is known by the name it is made with", "[losses]") {
    for (const std::string& name : loss_names()) CHECK(make_loss(name)->name() == name);
}

TEST_CASE("shapes and reports of the derivative check can be printed", "[core]") {
    std::ostringstream text;
    text << Shape{64, 3} << " " << Shape{};
    CHECK(text.str() == "[64, 3] []");
    GradReport report;
    report.certified = 7;
    text.str("");
    text << report;
    CHECK(text.str() == report.str());
    CHECK_THAT(text.str(), ContainsSubstring("7"));
}

TEST_CASE("a gradient set by hand is kept, and must have the tensor's shape", "[core]") {
    Tensor x = zeros({2});
    x.set_grad(tensor({2}, {3, 4}));
    CHECK(x.grad().values() == std::vector<Real>{3, 4});
    CHECK_THROWS_WITH(x.set_grad(zeros({3})), ContainsSubstring("[2]") && ContainsSubstring("[3]"));
    x.set_grad(Tensor());
    CHECK(!x.grad().defined());
}

TEST_CASE("storage that is assigned another's is shared with it, and gives its own back", "[core]") {
    const Index before = Storage::used_blocks();
    {
        Storage a(10), b(10);
        CHECK(Storage::used_blocks() == before + 2);
        b = a;
        CHECK(b.data() == a.data());
        CHECK(a.is_shared());
        CHECK(Storage::used_blocks() == before + 1);
    }
    CHECK(Storage().data() == nullptr);
    CHECK(Storage::used_blocks() == before);
}

TEST_CASE("+= makes a new tensor; what shared the old one stays as it was", "[core]") {
    Tensor x = tensor({2}, {1, 2});
    const Tensor old = x;
    x += tensor({2}, {10, 20});
    CHECK(x.values() == std::vector<Real>{11, 22});
    CHECK(old.values() == std::vector<Real>{1, 2});
    CHECK_THROWS(x += zeros({3}));
}

TEST_CASE("draw can be called with a plain string, as debuggers do", "[debug]") {
    Tensor x = scalar(2);
    x.set_requires_grad(true);
    const File file(".dot");
    draw(square(x), file.path.c_str());
    std::stringstream text;
    text << std::ifstream(file.path).rdbuf();
    CHECK_THAT(text.str(), ContainsSubstring("digraph") && ContainsSubstring("square"));
}

TEST_CASE("a checkpoint with a header above the format's 100 MB is refused before it is read", "[checkpoint]") {
    const File file(".safetensors");
    const std::uint64_t length = 100'000'001;
    char bytes[8];
    std::memcpy(bytes, &length, 8);
    std::ofstream(file.path, std::ios::binary).write(bytes, 8);
    std::filesystem::resize_file(file.path, length + 8);  // a hole: takes no room on the disk
    CHECK_THROWS_WITH(load(file.path.string()), ContainsSubstring("the format allows 100 MB"));
}

TEST_CASE("limits are checked on both sides", "[errors]") {
    CHECK_THROWS(matmul(zeros({2, 2}), zeros({2})));
    CHECK_THROWS(matmul(zeros({2}), zeros({2, 2})));
    CHECK_THROWS(cross_entropy(zeros({2}), std::vector<Index>{0, 1}));
    CHECK_THROWS(cross_entropy(zeros({0, 2}), std::vector<Index>{}));
    CHECK_THROWS(cross_entropy(zeros({2, 3}), std::vector<Index>{0, -1}));
    CHECK_THROWS(cross_entropy(zeros({2, 3}), std::vector<Index>{0, 3}));
    CHECK_THROWS(LeastSquares({.a = infinite}));
    CHECK_THROWS(LeastSquares({.b = infinite}));
    CHECK_THROWS(LeastSquares({.c = infinite}));
    Random rng(1);
    CHECK_THROWS(interpolate(scalar(1), scalar(2), rng));
    CHECK_THROWS(interpolate(zeros({0, 2}), zeros({0, 2}), rng));
    const auto critic = [](const Tensor& x) { return sum(x, 1); };
    CHECK_THROWS(gradient_penalty_at(critic, ones({2, 2}), -1));
    CHECK_THROWS(gradient_penalty_at(critic, ones({2, 2}), infinite));
    CHECK(norm_per_sample(zeros({0, 3})).shape() == Shape{0});
    const Tensors parameters = Linear(1, 1, rng).parameters();
    CHECK_THROWS(Adam(parameters, {.beta1 = -0.1}));
    CHECK_THROWS(Adam(parameters, {.beta1 = 1}));
    CHECK_THROWS(Adam(parameters, {.beta2 = -0.1}));
    CHECK_THROWS(Adam(parameters, {.beta2 = 1}));
    CHECK_THROWS(RmsProp(parameters, {.alpha = -0.1}));
    CHECK_THROWS(RmsProp(parameters, {.alpha = 1}));
    CHECK_THROWS(Sgd(parameters, {.momentum = -0.1}));
    CHECK_THROWS(Sgd(parameters, {.momentum = 1}));
}
