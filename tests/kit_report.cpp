// What a run leaves behind to be looked at: the report holds what it must, in a form a browser can read; a diagnosis
// appears when its failure does, and only then; and none of it changes what training computes. (.ci/report opens
// reports in a browser.)
#include "examples/kit/show/report.hpp"

#include <unistd.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/tools/draw.hpp"
#include "examples/kit/data/npy.hpp"
#include "examples/kit/show/figure.hpp"
#include "examples/kit/show/index.hpp"
#include "examples/kit/show/observer.hpp"
#include "examples/kit/train/stop.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;
using namespace help;
using nlohmann::json;

namespace {

json data_of(const std::string& page) {
    const std::string mark = "<script type=\"application/json\" id=\"data\">";
    const std::size_t begin = page.find(mark) + mark.size();
    return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

std::vector<int> bytes_of(const std::string& base64) {
    const std::string letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::vector<int> bytes;
    std::uint32_t bits = 0;
    int have = 0;
    for (char c : base64) {
        if (c == '=') break;
        bits = bits << 6 | static_cast<std::uint32_t>(letters.find(c));
        have += 6;
        if (have < 8) continue;
        have -= 8;
        bytes.push_back(static_cast<int>(bits >> have & 255));
    }
    return bytes;
}

/// 16 bits each, as report.js reads them.
std::vector<double> numbers_of(const std::string& base64, double low, double high) {
    const std::vector<int> bytes = bytes_of(base64);
    std::vector<double> numbers;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
        const int stored = bytes[i] + 256 * bytes[i + 1];
        numbers.push_back(stored == 65535 ? NAN : low + stored / 65534.0 * (high - low));
    }
    return numbers;
}

/// A run in a folder, and its report.
struct Program {
    explicit Program(const std::filesystem::path& out, std::uint64_t seed = 1, Index frames = 6)
        : run{.program = "program", .command = "program --seed " + std::to_string(seed), .folder = out, .seed = seed} {
        std::filesystem::create_directories(out);
        report = std::make_unique<kit::Report>(run, frames);
    }
    kit::RunInfo run;
    std::unique_ptr<kit::Report> report;
};

kit::Recipe small_recipe(const std::string& loss, Index latent = 2) {
    kit::Recipe recipe{.loss = loss, .hidden = 8, .layers = 1};
    recipe.training = {.steps = 25, .batch = 16, .latent = latent, .average = 0.8};
    if (loss == "wasserstein") recipe.training.lipschitz = kit::Lipschitz::penalty;
    return recipe;
}

/// A small game on points.
struct Game {
    explicit Game(const std::string& loss_name, const std::string& data = "ring", Index latent = 2)
        : recipe(small_recipe(loss_name, latent)), points(kit::make_points(data)) {}

    std::vector<Real> all_weights() const {
        std::vector<Real> all;
        for (const Mlp* net : {&gan.G, &gan.D}) {
            for (const Tensor& parameter : net->parameters()) {
                for (Real value : parameter.values()) all.push_back(value);
            }
        }
        return all;
    }

    void train(const std::function<void(const kit::StepReport&)>& look = nullptr) {
        kit::train(players, recipe.training, look);
    }

    /// With everything that looks on.
    void train_watched(Program& program, const std::filesystem::path& csv) {
        kit::Health health(csv, recipe, players, &points);
        program.report->begin(recipe, players, points, health);
        train([&](const kit::StepReport& step) {
            health.after_step(step);
            program.report->after_step(step);
        });
    }

    kit::Recipe recipe;
    kit::Points points;
    kit::Gan gan{recipe, points.dimensions,
                 [this](Index n, Random& rng) { return points.to_network(points.sample(n, rng)); }};
    kit::Players players = gan.players();
};

}  // namespace

// ---------------------------------------------------------------------------------------- looking changes nothing

TEST_CASE("training computes the same bits with health and report as without", "[report]") {
    for (const std::string& loss : loss_names()) {
        INFO(loss);
        const Folder folder;
        Program program(folder.path);
        Game watched(loss), alone(loss);
        watched.train_watched(program, folder.path / "losses.csv");
        alone.train();
        CHECK(differences(watched.all_weights(), alone.all_weights()) == "");
    }
}

TEST_CASE("a step's gradients are those that the optimizers got", "[report][training]") {
    Game game("minimax");
    game.recipe.optimizer = "sgd";
    game.recipe.lr = 0.5;
    const auto G_optimizer = game.recipe.make_optimizer(game.gan.G.parameters());
    const auto D_optimizer = game.recipe.make_optimizer(game.gan.D.parameters());
    const kit::Players players{game.gan.G,   game.gan.D,   *game.gan.loss,
                               *G_optimizer, *D_optimizer, game.players.real_data};
    std::vector<Real> before = game.all_weights();
    kit::train(players, game.recipe.training, [&](const kit::StepReport& step) {
        std::vector<Real> gradients;
        for (const kit::Turn* turn : {&step.G, &step.D}) {
            double squares = 0;
            for (const Tensor& gradient : turn->gradients) {
                for (Real value : gradient.values()) {
                    gradients.push_back(value);
                    squares += double(value) * value;
                }
            }
            CHECK(kit::norm(turn->gradients) == Approx(std::sqrt(squares)));
            CHECK(turn->objective.defined() == (step.step == 1));  // a graph holds the memory of its step
            CHECK(turn->fake.shape() == Shape{16, 2});
            CHECK(turn->fake.maker() == nullptr);
        }
        const std::vector<Real> after = game.all_weights();
        REQUIRE(gradients.size() == after.size());
        for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i] == before[i] - Real(0.5) * gradients[i]);
        before = after;
        CHECK(step.D.real.shape() == Shape{16, 2});
    });
}

// ---------------------------------------------------------------------------------------- the page

TEST_CASE("a report on points holds the training, and asks nobody for anything", "[report]") {
    const Folder folder;
    Program program(folder.path / "runs" / "ring", 3);
    Game game("non-saturating");
    {
        const Caught caught(std::cout);
        game.train_watched(program, folder.path / "losses.csv");
        program.report->note("data", game.points.about);
        program.report->note("hint", "a < b & \"c\" </script> {{data}} \xff");
        program.report->write();
        std::string said = one_line(caught.str());
        std::erase(said, ' ');  // where lines are folded depends on the folder's name
        CHECK_THAT(said, ContainsSubstring("report.html("));
    }
    const std::string page = read(folder.path / "runs" / "ring" / "report.html");
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK(page.size() < 3'000'000);
    CHECK(count(page, "</script>") == 2);
    CHECK(count(page, "{{") == 1);  // the note's: what is filled in is not filled in again
    for (const char* elsewhere : {"http:", "https:", " src=", "@import", "fetch(", "XMLHttpRequest", "import("}) {
        INFO(elsewhere);
        CHECK(count(page, elsewhere) == 0);
    }

    const json data = data_of(page);
    CHECK(data["program"] == "program");
    CHECK(data["seed"] == 3);
    CHECK(data["command"] == program.run.command);
    CHECK(data["notes"][1][1] == "a < b & \"c\" </script> {{data}} \uFFFD");  // not UTF-8: replaced
    REQUIRE(data["runs"].size() == 1);
    const json& run = data["runs"][0];
    CHECK(run["name"] == "non-saturating");
    CHECK(run["logistic"] == true);
    CHECK(run["average"] == 0.8);
    CHECK(bytes_of(run["real"]).size() == 500 * 2 * 2);

    const json& curves = run["curves"];
    for (const json& column : curves) CHECK(column.size() == 25);
    CHECK(curves["step"][24] == 25);

    REQUIRE(run["frames"].size() == 6);
    CHECK(run["frames"][0]["step"] == 0);
    CHECK(run["frames"][5]["step"] == 25);
    for (std::size_t i = 0; i < 6; ++i) {
        const json& frame = run["frames"][i];
        if (i > 0) CHECK(frame["step"] > run["frames"][i - 1]["step"]);
        CHECK(bytes_of(frame["fakes"]).size() == 500 * 2 * 2);
        CHECK(bytes_of(frame["surface"]).size() == 40 * 40 * 2);
        CHECK(bytes_of(frame["f"]["packed"]).size() == 100 * 2);
        CHECK(bytes_of(frame["slopes"]["packed"]).size() == 100 * 2 * 2);
        CHECK(frame["pulls"].size() == loss_names().size());
        CHECK(bytes_of(frame["lattice"]).size() == 25 * 25 * 2 * 2);
        CHECK(frame["quality"].size() == 3);
    }
}

TEST_CASE("what the page will show of the last moment is what the networks say then", "[report]") {
    const Folder folder;
    Program program(folder.path);
    Game game("non-saturating");
    {
        const Caught caught(std::cout);
        game.train_watched(program, folder.path / "losses.csv");
        program.report->write();
    }
    // After the training the averaged weights are in the generator: those that the last frame saw.
    const json data = data_of(read(folder.path / "report.html"));
    const json& run = data["runs"][0];
    const json& frame = run["frames"].back();
    const std::vector<double> box = run["box"];
    const kit::Box shown{box[0], box[1], box[2], box[3]};
    NoRecording guard;

    const Tensor surface = game.gan.D(game.points.to_network(kit::grid_points(shown, 40, 40)));
    const double range = frame["high"].get<double>() - frame["low"].get<double>();
    const std::vector<double> packed = numbers_of(frame["surface"], frame["low"], frame["high"]);
    Index off = 0;
    for (std::size_t i = 0; i < packed.size(); ++i) {
        off += !(std::fabs(packed[i] - surface.data()[i]) <= 2e-3 * range);  // 4 digits of both ends, 16 bits between
    }
    CHECK(off == 0);

    Tensor corner = zeros(Shape{1, 2});  // the lattice begins at z = (-2, -2)
    corner.assign(std::vector<Real>{-2, -2});
    const Tensor x = game.points.from_network(game.gan.G(corner));
    const double width = box[1] - box[0], height = box[3] - box[2];
    const std::vector<double> lattice = numbers_of(frame["lattice"], 0, 1);
    CHECK(box[0] + (3 * lattice[0] - 1) * width == Approx(x.data()[0]).margin(1e-3 * width));
    CHECK(box[2] + (3 * lattice[1] - 1) * height == Approx(x.data()[1]).margin(1e-3 * height));
}

// With D(x) = w x + b the slope of f is w at every sample, whatever the loss; what the loss makes of f is dL_G/df.
TEST_CASE("the report holds f, its slope and dL_G/df at the fakes, for each loss", "[report]") {
    for (const std::string& name : loss_names()) {
        INFO(name);
        const Folder folder;
        Program program(folder.path);
        Game game(name);
        Mlp D({2, 1}, Activation::identity(), Activation::identity(), game.gan.weights);
        Tensor w = D.parameters()[0];
        w.assign(std::vector<Real>{3, -4});
        const kit::Players players{
            game.gan.G, D, *game.gan.loss, *game.gan.G_optimizer, *game.gan.D_optimizer, game.players.real_data};
        const kit::Health health(folder.path / "losses.csv", game.recipe, players);
        program.report->begin(game.recipe, players, game.points, health);
        {
            const Caught caught(std::cout);
            program.report->write();
        }
        const json data = data_of(read(folder.path / "report.html"));
        const json& frame = data["runs"][0]["frames"][0];
        const auto unpacked = [&](const char* part) {
            return numbers_of(frame[part]["packed"], frame[part]["low"], frame[part]["high"]);
        };
        const std::vector<double> f = unpacked("f"), slopes = unpacked("slopes"), own = unpacked("own");
        REQUIRE(f.size() == 100);
        REQUIRE(slopes.size() == 200);
        const std::vector<double> fakes = numbers_of(frame["fakes"], 0, 1), box = data["runs"][0]["box"];
        double mean_size = 0;
        for (std::size_t i = 0; i < 100; ++i) {
            CHECK(slopes[2 * i] == Approx(3).margin(1e-3));
            CHECK(slopes[2 * i + 1] == Approx(-4).margin(1e-3));
            const double x = box[0] + (3 * fakes[2 * i] - 1) * (box[1] - box[0]);
            const double y = box[2] + (3 * fakes[2 * i + 1] - 1) * (box[3] - box[2]);
            const double said = 3 * x - 4 * y + D.parameters()[1].item();  // the ring's coordinates are the network's
            CHECK(f[i] == Approx(said).margin(5e-3));
            const double s = 1 / (1 + std::exp(-f[i]));
            const double pull = name == "minimax" ? -s : name == "non-saturating" ? s - 1 : -1;
            if (name == "least-squares" || make_loss(name)->name() != name || loss_names().size() > 4) continue;
            CHECK(own[i] == Approx(pull).margin(1e-3));
            mean_size += std::fabs(pull) / 100;
        }
        if (name != "least-squares" && loss_names().size() == 4) {
            const std::size_t place = std::find(loss_names().begin(), loss_names().end(), name) - loss_names().begin();
            CHECK(frame["pulls"][place].get<double>() == Approx(mean_size).epsilon(1e-2));
        }
    }
}

TEST_CASE("points on a line, and one latent number, have a report too", "[report]") {
    const Folder folder;
    Program program(folder.path);
    Game game("least-squares", "mixture1d", 1);
    {
        const Caught caught(std::cout);
        game.train_watched(program, folder.path / "losses.csv");
        program.report->write();
    }
    const json data = data_of(read(folder.path / "report.html"));
    const json& run = data["runs"][0];
    CHECK(run["dimensions"] == 1);
    CHECK(run["undecided"] == 0.5);
    CHECK(run["logistic"] == false);
    CHECK(bytes_of(run["frames"][0]["fakes"]).size() == 500 * 2);
    CHECK(bytes_of(run["frames"][0]["surface"]).size() == 120 * 2);
    CHECK(bytes_of(run["frames"][0]["lattice"]).size() == 25 * 2);
}

TEST_CASE("several trainings stand side by side", "[report]") {
    const Folder folder;
    Program program(folder.path);
    {
        const Caught caught(std::cout);
        for (const std::string& loss : loss_names()) {
            Game game(loss);
            game.train_watched(program, folder.path / (loss + ".csv"));
        }
        program.report->write();
    }
    const json data = data_of(read(folder.path / "report.html"));
    REQUIRE(data["runs"].size() == loss_names().size());
    for (std::size_t i = 0; i < loss_names().size(); ++i) {
        CHECK(data["runs"][i]["name"] == loss_names()[i]);
        CHECK(data["runs"][i]["frames"].size() == 6);
        CHECK(data["runs"][i]["frames"][3]["step"] == data["runs"][0]["frames"][3]["step"]);
    }
    for (const json& run : data["runs"]) CHECK((run["name"] != "wasserstein" || run["undecided"].is_null()));
}

TEST_CASE("the page holds the graphs of the first step's losses", "[report]") {
    if (std::system("dot -V 2> /dev/null") != 0) {
        WARN("Graphviz is missing: graphs NOT tested");
        return;
    }
    const Folder folder;
    Program program(folder.path);
    {
        const Caught caught(std::cout);
        for (const std::string& loss : loss_names()) Game(loss).train_watched(program, folder.path / "losses.csv");
        program.report->write();
        CHECK_THAT(caught.str(), !ContainsSubstring("without graphs"));
    }
    CHECK_FALSE(std::filesystem::exists(folder.path / "report_graph.svg"));
    CHECK_FALSE(std::filesystem::exists(folder.path / "report_graph.dot"));
    const json data = data_of(read(folder.path / "report.html"));
    CHECK(data["graphsFailed"] == false);
    const std::map<std::string, std::pair<std::string, std::string>> boxes = {
        {"minimax", {"logistic_discriminator", "minimax_generator"}},
        {"non-saturating", {"logistic_discriminator", "non_saturating_generator"}},
        {"wasserstein", {"wasserstein_critic", "wasserstein_generator"}},
        {"least-squares",
         {"least_squares_discriminator", "least_squares_generator"}}};  // of one of your own: not known
    for (std::size_t i = 0; i < loss_names().size(); ++i) {
        INFO(loss_names()[i]);
        REQUIRE(data["runs"][i]["graphs"].size() == 2);
        const std::string D = data["runs"][i]["graphs"][0], G = data["runs"][i]["graphs"][1];
        for (const std::string& svg : {D, G}) {
            CHECK(svg.starts_with("<svg "));
            CHECK(svg.ends_with("</svg>\n"));
            CHECK(count(svg, "D(fake)&quot; [16, 1]") == 1);
            for (const char* shared : {" id=", "<title>", "xmlns", "<!--"}) CHECK(count(svg, shared) == 0);
        }
        if (boxes.count(loss_names()[i])) CHECK(count(D, boxes.at(loss_names()[i]).first) == 1);
        CHECK(count(D, "&quot;real&quot; [16, 2]") == 1);
        CHECK(count(D, "&quot;fake, detached&quot; [16, 2]") == 1);
        CHECK((count(D, "rule of linear") > 0) == (loss_names()[i] == "wasserstein"));
        if (boxes.count(loss_names()[i])) CHECK(count(G, boxes.at(loss_names()[i]).second) == 1);
        CHECK(count(G, "&quot;z&quot; [16, 2]") == 1);
        CHECK(count(G, "&quot;fake&quot; [16, 2]") == 1);
        CHECK(count(G, "rule of") == 0);
    }
}

TEST_CASE("without Graphviz the report says that the graphs are missing", "[report][errors]") {
    const Folder folder;
    Program program(folder.path);
    const Caught caught(std::cout);
    const std::string path = std::getenv("PATH");
    setenv("PATH", folder.path.c_str(), 1);
    Game("minimax").train_watched(program, folder.path / "losses.csv");
    setenv("PATH", path.c_str(), 1);
    program.report->write();
    CHECK_THAT(caught.str(), ContainsSubstring("without graphs: they need Graphviz' `dot`"));
    CHECK_FALSE(std::filesystem::exists(folder.path / "report_graph.dot"));
    const json data = data_of(read(folder.path / "report.html"));
    CHECK(data["graphsFailed"] == true);
    CHECK(data["runs"][0]["graphs"].empty());
    CHECK(data["runs"][0]["frames"].size() == 6);
}

namespace {

/// A `dot` of our own, first in PATH while this lives.
struct FakeDot {
    Folder folder;
    const std::string path = std::getenv("PATH");
    explicit FakeDot(const std::string& script) {
        write(folder.path / "dot", "#!/bin/sh\n" + script + "\n");
        std::filesystem::permissions(folder.path / "dot", std::filesystem::perms::all);
        setenv("PATH", (folder.path.string() + ":" + path).c_str(), 1);
    }
    ~FakeDot() { setenv("PATH", path.c_str(), 1); }
};

}  // namespace

TEST_CASE("a dot that writes nothing, or half a drawing, costs the graphs only", "[report][errors]") {
    for (const char* script :
         {"exit 0", "for w; do case $w in -o*) echo '<svg' > \"${w#-o}\";; esac; done", "exit 3"}) {
        INFO(script);
        const Folder folder;
        const FakeDot dot(script);
        Program program(folder.path);
        const Caught caught(std::cout);
        Game("minimax").train_watched(program, folder.path / "losses.csv");
        program.report->write();
        const json data = data_of(read(folder.path / "report.html"));
        CHECK(data["graphsFailed"] == true);
        CHECK(data["runs"][0]["frames"].size() == 6);
    }
}

TEST_CASE("a dot that hangs is ended", "[report][errors]") {
    const Folder folder;
    const FakeDot dot("exec sleep 20");
    const auto start = std::chrono::steady_clock::now();
    const std::string error = error_of([&] { drawing::write("digraph {}", folder / "graph.svg", 0.1); });
    CHECK_THAT(error, ContainsSubstring("took too long"));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

TEST_CASE("a report on images never asks the discriminator", "[report]") {
    struct Refusing : Module {
        Tensor forward(const Tensor&) const override { throw std::logic_error("D was asked"); }
        NamedTensors named_parameters() const override { return {}; }
    };
    const Folder folder;
    Program program(folder.path);
    kit::Images images;
    images.rows = images.columns = 4;
    images.labels = {0, 1, 2};
    for (int i = 0; i < 3 * 16; ++i) images.bytes.push_back(static_cast<std::uint8_t>(5 * i));
    const kit::Recipe recipe = small_recipe("non-saturating", 5);
    Random weights(1);
    const Mlp G({5, 16}, Activation::tanh(), Activation::tanh(), weights);
    Mlp own = G;
    Refusing D;
    const auto loss = recipe.make_loss();
    const auto optimizer = recipe.make_optimizer(own.parameters());
    const kit::Players players{own, D, *loss, *optimizer, *optimizer, nullptr};
    const kit::Health health(folder.path / "losses.csv", recipe, players);
    program.report->begin(recipe, players, images, health);
    {
        const Caught caught(std::cout);
        program.report->write();
    }
    const json data = data_of(read(folder.path / "report.html"));
    const json& run = data["runs"][0];
    CHECK(run["width"] == 4);
    CHECK(bytes_of(run["real"]).size() == 64 * 16);
    REQUIRE(run["frames"].size() == 1);
    CHECK(bytes_of(run["frames"][0]["images"]).size() == 64 * 16);
    CHECK(bytes_of(run["frames"][0]["walk"]).size() == 16 * 16);
}

// The whole of what 04_gan_2d leaves behind.
TEST_CASE("an observer leaves table, pictures, samples and report of a training on points", "[observer]") {
    const Folder folder;
    Game watched("non-saturating"), alone("non-saturating");
    const Caught caught(std::cout);
    const kit::RunInfo run{.program = "program", .command = "c", .folder = folder.path, .about = {{"data", "x"}}};
    kit::Observer observer(run, {.report = true, .frames = 6});
    observer.begin(watched.recipe, watched.players, watched.points);
    watched.train([&](const kit::StepReport& step) { observer.after_step(step); });
    observer.end();
    observer.finish(10, {{"note", "something was found"}});
    alone.train();
    CHECK(differences(watched.all_weights(), alone.all_weights()) == "");
    const std::string said = one_line(caught.str());  // where lines are folded depends on the folder's name
    CHECK_THAT(said, ContainsSubstring("something was found"));
    CHECK_THAT(said, ContainsSubstring(" of 8 modes hold 1 % of the samples ("));
    CHECK_THAT(said, ContainsSubstring("wrote losses.csv, G.safetensors, D.safetensors, training.png, losses.png and "
                                       "samples.npy in "));
    for (const char* file : {"losses.csv", "training.png", "losses.png", "samples.npy", "report.html"}) {
        INFO(file);
        CHECK(std::filesystem::exists(folder.path / file));
    }
    // The 2,500 that were judged and those of the file come from stream 5, one after the other.
    Random rng(1, 5);
    kit::generate(watched.gan.G, 2500, 2, rng);
    const Tensor samples = watched.points.from_network(kit::generate(watched.gan.G, 10, 2, rng));
    kit::write_npy(folder.path / "expected.npy", samples);
    CHECK((read(folder.path / "samples.npy") == read(folder.path / "expected.npy")));
    CHECK(observer.rows().size() == 25);
    const json notes = data_of(read(folder.path / "report.html"))["notes"];
    CHECK(notes[0] == json({"data", "x"}));
    CHECK(notes[1] == json({"note", "something was found"}));
}

TEST_CASE("an observer writes pictures of digits at about five moments, and their pixels", "[observer]") {
    const Folder folder;
    kit::Images images;
    images.rows = images.columns = 28;
    images.labels = {0, 1};
    images.bytes.assign(2 * 28 * 28, 100);
    kit::Recipe recipe = small_recipe("minimax");
    recipe.training.steps = 11;
    kit::Gan gan(recipe, 28 * 28, [&](Index n, Random& rng) { return images.batch(rng.indices(n, 2)); });
    const kit::Players players = gan.players();
    const Caught caught(std::cout);
    kit::Observer observer({.program = "program", .command = "c", .folder = folder.path}, {.report = false});
    observer.begin(recipe, players, images);
    kit::train(players, recipe.training, [&](const kit::StepReport& step) { observer.after_step(step); });
    observer.end();
    observer.finish(3);
    for (const int step : {2, 4, 6, 8, 10, 11})
        CHECK(std::filesystem::exists(folder.path / ("digits_" + std::to_string(step) + ".png")));
    CHECK_FALSE(std::filesystem::exists(folder.path / "report.html"));
    CHECK_THAT(one_line(caught.str()),
               ContainsSubstring("wrote losses.csv, digits_*.png, G.safetensors, D.safetensors and samples.npy in "));
    CHECK(contains(read(folder.path / "samples.npy"), "'shape': (3, 784), }"));
}

TEST_CASE("an interrupted training leaves everything, as far as it got", "[observer]") {
    const Folder folder;
    Game game("non-saturating");
    const kit::RunInfo run{.program = "program", .command = "c", .folder = folder.path};
    const Caught caught(std::cout);
    const kit::StopOnSignal guard;
    Index draws = 0;
    game.players.real_data = [&](Index n, Random& rng) {
        if (++draws == 7) std::raise(SIGTERM);
        return game.points.to_network(game.points.sample(n, rng));
    };
    kit::Observer observer(run, {.report = true, .frames = 6});
    observer.begin(game.recipe, game.players, game.points);
    game.train([&](const kit::StepReport& step) { observer.after_step(step); });
    observer.end();
    observer.finish(10);
    CHECK(draws == 7);
    CHECK(observer.rows().back().step == 7);
    CHECK_THAT(caught.str(), ContainsSubstring("interrupted by SIGTERM after step 7 of 25\n"));
    CHECK_THAT(one_line(caught.str()),
               ContainsSubstring(
                   "wrote losses.csv, G.safetensors, D.safetensors, training.png, losses.png and samples.npy in "));
    CHECK(count(read(folder.path / "losses.csv"), "\n") == 8);
    CHECK(contains(read(folder.path / "samples.npy"), "'shape': (10, 2), }"));
    const json data = data_of(read(folder.path / "report.html"));
    CHECK(data["runs"][0]["frames"].back()["step"] == 7);
    CHECK(data["notes"][1] == json({"interrupted", "interrupted by SIGTERM after step 7 of 25"}));
}

TEST_CASE("a run removes what an earlier one left, and nothing else", "[observer]") {
    const Folder folder;
    const std::set<std::string> old = {"training.png", "losses.png",   "losses.csv",  "samples.npy",
                                       "report.html",  "digits_9.png", "compare.txt", "minimax_seed_2.csv"};
    const std::set<std::string> others = {"points.csv", "minimax_mine.csv", "digits.png", "notes.txt", "report.pdf"};
    for (const std::string& name : old) write(folder.path / name, "old");
    for (const std::string& name : others) write(folder.path / name, "mine");
    std::filesystem::create_directories(folder.path / "sub");
    write(folder.path / "sub" / "report.html", "of another run");
    const kit::Observer observer({.program = "program", .command = "c", .folder = folder.path}, {.report = false});
    for (const std::string& name : old) {
        INFO(name);
        CHECK_FALSE(std::filesystem::exists(folder.path / name));
    }
    for (const std::string& name : others) CHECK(read(folder.path / name) == "mine");
    CHECK(read(folder.path / "sub" / "report.html") == "of another run");
}

TEST_CASE("a picture, a report or samples that cannot be written cost nothing else", "[observer][errors]") {
    for (const std::string lost : {"training.png", "report.html", "samples.npy"}) {
        INFO(lost);
        const Folder folder;
        Game game("minimax");
        const Caught out(std::cout), err(std::cerr);
        const kit::RunInfo run{.program = "program", .command = "c", .folder = folder.path};
        kit::Observer observer(run, {.report = true, .frames = 6});
        std::filesystem::create_directories(folder.path / lost / "in the way");
        observer.begin(game.recipe, game.players, game.points);
        game.train([&](const kit::StepReport& step) { observer.after_step(step); });
        observer.end();
        const std::string error = error_of([&] { observer.finish(10); });
        CHECK(error == (lost == "training.png" ? "" : "not everything could be written: see the warnings"));
        CHECK_THAT(err.str(), ContainsSubstring("program: warning: ") && ContainsSubstring(lost));
        CHECK(count(err.str(), "\n") == 1);
        for (const std::string file : {"losses.csv", "training.png", "losses.png", "samples.npy", "report.html"})
            CHECK((std::filesystem::is_regular_file(folder.path / file) || file == lost));
    }
}

TEST_CASE("many samples are made in parts, and are those of their noise", "[observer]") {
    const Folder folder;
    Game game("minimax");
    const Caught caught(std::cout);
    kit::Observer observer({.program = "program", .command = "c", .folder = folder.path}, {.report = false});
    observer.begin(game.recipe, game.players, game.points);
    const Index n = 20001;
    const Tensor samples = observer.samples(n);
    CHECK(samples.shape() == Shape{n, 2});
    Random rng(1, 5);
    const Tensor z = rng.normal(Shape{n, 2});
    for (const Index i : {Index(0), Index(9999), Index(10000), n - 1}) {
        const Tensor one = game.points.from_network(game.gan.G(slice(z, 0, i, i + 1)));
        for (const Index axis : {0, 1})
            CHECK(samples.at({i, axis}) == Approx(one.at({0, axis})).epsilon(1e-5).margin(1e-5));
    }
}

TEST_CASE("a training that fails leaves the report of what there was", "[report][errors]") {
    const Folder folder;
    const Caught caught(std::cout);
    try {
        Program program(folder.path);
        Game game("minimax");
        Index draws = 0;
        game.players.real_data = [&](Index n, Random& rng) {
            const Tensor x = game.points.to_network(game.points.sample(n, rng));
            return ++draws < 7 ? x : x * Real(NAN);
        };
        game.train_watched(program, folder.path / "losses.csv");
        FAIL("it did not fail");
    } catch (const std::runtime_error& error) {
        CHECK_THAT(error.what(), ContainsSubstring("make run-claim-stability"));
        CHECK_THAT(error.what(), ContainsSubstring("A smaller learning rate helps"));
    }
    const json data = data_of(read(folder.path / "report.html"));
    const json& finding = data["runs"][0]["findings"].back();
    CHECK(finding["name"] == "the training failed");
    CHECK(finding["text"].get<std::string>().starts_with("step 7: the discriminator's loss is not finite any more"));
    CHECK(finding["card"] == "stability");
    CHECK(finding["first"] == 6);
}

TEST_CASE("a loss that is not finite before any update is not the learning rate's fault", "[report][errors]") {
    Game game("minimax");
    game.players.real_data = [&](Index n, Random&) { return full(Shape{n, 2}, Real(NAN)); };
    const std::string error = error_of([&] { game.train(); });
    CHECK_THAT(error, ContainsSubstring("not finite before any update") && !ContainsSubstring("learning rate"));
}

TEST_CASE("names and foreign pages stay text in the index", "[report][errors]") {
    const Folder folder;
    const Caught out(std::cout), err(std::cerr);
    const std::filesystem::path runs = folder.path / "runs";
    std::map<std::string, std::string> addresses = {{"javascript:alert(1)", "./javascript%3Aalert%281%29"},
                                                    {"a#b?c%d", "./a%23b%3Fc%25d"},
                                                    {"a \"<b>\n", "./a%20%22%3Cb%3E%0A"},
                                                    {"\xff\xc3", "./%FF%C3"}};
#ifdef __APPLE__
    addresses.erase("\xff\xc3");  // its file system takes no name that is not UTF-8
#endif
    for (const auto& [name, address] : addresses) {
        std::filesystem::create_directories(runs / name);
        write(runs / name / "report.html",
              "<title>x &lt;b> <img src=y onerror=alert(1)></title><meta name=\"result\" content=\"3 of 8 <modes>\">");
    }
    kit::write_index(runs);
    const std::string index = read(runs / "index.html");
    for (const auto& [name, address] : addresses) CHECK(contains(index, "<a href=\"" + address + "/report.html\">"));
    CHECK(count(index, "<img") == 0);
    CHECK(count(index, "<pre>3 of 8 &lt;modes></pre>") == static_cast<int>(addresses.size()));
    CHECK(count(index, "<b>") == 0);
    CHECK(count(index, "<p>x &lt;b> &lt;img src=y onerror=alert(1)></p>") == static_cast<int>(addresses.size()));

    std::filesystem::remove(runs / "index.html");  // an index that cannot be written is a warning
    std::filesystem::create_directories(runs / "index.html" / "in the way");
    Program program(runs / "mine");
    Game game("minimax");
    game.train_watched(program, folder.path / "losses.csv");
    program.report->write();
    kit::list_run(runs / "mine", "program");
    CHECK(std::filesystem::is_regular_file(runs / "mine" / "report.html"));
    CHECK_THAT(err.str(), ContainsSubstring("program: warning: ") && ContainsSubstring("index.html"));
}

TEST_CASE("a folder that may not be read is left out of the index, and said so", "[report][errors]") {
    const Folder folder;
    std::filesystem::permissions(folder.path, std::filesystem::perms::all);
    for (const char* name : {"mine", "closed"}) {
        std::filesystem::create_directories(folder.path / name);
        write(folder.path / name / "report.html", "<title>x</title>");
    }
    std::filesystem::permissions(folder.path / "closed", std::filesystem::perms::none);
    // The administrator may read everything, so becomes another user, who may perhaps not reach this place by its path.
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path);
    const uid_t user = geteuid();
    if (user == 0) REQUIRE(seteuid(65534) == 0);
    const Caught err(std::cerr);
    const std::string error = error_of([] { kit::write_index("."); });
    if (user == 0) REQUIRE(seteuid(user) == 0);
    std::filesystem::current_path(before);
    std::filesystem::permissions(folder.path / "closed", std::filesystem::perms::all);
    CHECK(error == "");
    CHECK_THAT(err.str(), ContainsSubstring("leaves out ./closed: Permission denied"));
    CHECK_THAT(read(folder.path / "index.html"), ContainsSubstring("./mine/") && !ContainsSubstring("./closed/"));
}

TEST_CASE("a picture with a name that is not UTF-8 is drawn, and one that cannot be drawn is an error", "[figure]") {
    const Folder folder;
    const auto picture = [&](const std::string& title) {
        kit::Figure figure(1, 1, 200, 200);
        figure.title = title;
        figure.panel(0, 0).scatter("p", zeros(Shape{50, 2}), kit::black, 9);
        figure.write(folder.path / "picture.png");
        return read(folder.path / "picture.png");
    };
    CHECK((picture("a\xff") == picture("a\uFFFD")));  // in parentheses: a failure does not print the files
    CHECK(picture("a\xff").size() > picture("").size());
    kit::Figure large(1, 1, 40000, 10);  // more than cairo can
    CHECK_THAT(error_of([&] { large.write(folder.path / "large.png"); }), ContainsSubstring("cannot be drawn"));
    CHECK_FALSE(std::filesystem::exists(folder.path / "large.png"));
    kit::Figure far(1, 1, 200, 200);  // steps between ticks that get lost in the sum once ended never
    far.panel(0, 0).line("y", {0, 1}, {1e17, 1e17 + 16});
    far.write(folder.path / "far.png");
}

TEST_CASE("runs/index.html links all reports; a folder of another name gets none", "[report]") {
    const Folder folder;
    const Caught caught(std::cout);
    for (const char* name : {"runs/b", "runs/a<b", "runs/claims/c", "elsewhere/d"}) {
        Program program(folder.path / name);
        Game game("minimax");
        game.recipe.training.steps = 2;
        game.train_watched(program, folder.path / "losses.csv");
        program.report->note("result", "8 of 8 modes");
        program.report->write();
        kit::list_run(folder.path / name, "program");
    }
    write(folder.path / "runs" / "b" / "training.png", "");
    write(folder.path / "runs" / "b" / "young.png", "");  // it does not sum up the run
    std::filesystem::create_directories(folder.path / "runs" / "claims" / "card");
    write(folder.path / "runs" / "claims" / "card" / "card.md",
          "# card\n\n**Verdict** (quick mode): true: It is.\n\n**Command.** `make run-claim-card` runs\n\n**Claim.** a "
          "< b\n");
    std::filesystem::create_directories(folder.path / "runs" / "01_autograd");
    write(folder.path / "runs" / "01_autograd" / "graph.svg", "");
    kit::list_run(folder.path / "runs" / "claims" / "card/", "program");
    const std::string index = read(folder.path / "runs" / "index.html");
    CHECK(count(index, "<li>") == 5);
    CHECK(count(index, "/report.html\"") == 6);  // of each its picture and its name
    CHECK(count(index, "<pre>8 of 8 modes</pre>") == 3);
    CHECK(contains(index, "<img loading=\"lazy\" alt=\"\" src=\"./b/training.png\">"));
    CHECK(contains(index, "<pre>(quick mode): true: It is.</pre>"));
    CHECK(contains(index, "<p>a &lt; b</p>"));
    CHECK(contains(index, "<code>make run-claim-card</code>"));
    CHECK(contains(index, "src=\"./01_autograd/graph.svg\""));
    CHECK(contains(index, "href=\"./claims/c/report.html\""));
    CHECK(contains(index, "href=\"./a%3Cb/report.html\""));
    CHECK(contains(index, "program: minimax"));
    CHECK(contains(index, "--seed 1"));
    CHECK_FALSE(std::filesystem::exists(folder.path / "elsewhere" / "index.html"));
}

// ---------------------------------------------------------------------------------------- health

namespace {

kit::Vitals healthy() {
    kit::Vitals v;
    v.step = 500;
    v.real_score = 0.6;
    v.fake_score = 0.4;
    v.real_accuracy = v.fake_accuracy = 0.7;
    v.centres = v.modes = 8;
    return v;
}

kit::Recipe long_training(const std::string& loss) {
    kit::Recipe recipe = small_recipe(loss);
    recipe.training.steps = 1000;
    return recipe;
}

std::vector<std::string> found(const kit::Recipe& recipe, const kit::Vitals& v) {
    std::vector<std::string> words;
    for (const kit::Diagnosis& one : kit::diagnose(recipe, v)) words.push_back(one.name + ": " + one.card);
    return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("a healthy training has no diagnosis", "[health]") {
    for (const std::string& loss : loss_names()) CHECK(found(long_training(loss), healthy()).empty());
}

TEST_CASE("every diagnosis appears with its failure, and names its card", "[health]") {
    kit::Vitals won = healthy();
    won.real_accuracy = won.fake_accuracy = 1;
    won.real_score = 0.99;
    won.fake_score = 0.01;
    CHECK(found(long_training("minimax"), won) == Words{"discriminator won: vanishing_gradient"});
    CHECK(found(long_training("non-saturating"), won) == Words{"discriminator won: vanishing_gradient"});
    CHECK(found(long_training("least-squares"), won) == Words{"discriminator won: least_squares_gradients"});
    CHECK(found(long_training("wasserstein"), won).empty());  // a critic is meant to be that good
    won.fake_score = 0.3;
    CHECK(found(long_training("minimax"), won).empty());

    kit::Vitals collapsed = healthy();
    collapsed.spread = 0.05;
    collapsed.modes = 1;
    CHECK(found(long_training("minimax"), collapsed) == Words{"generator collapsed: mode_collapse"});
    collapsed.step = 50;  // everybody begins on one spot
    CHECK(found(long_training("minimax"), collapsed).empty());

    kit::Vitals missing = healthy();
    missing.modes = 4;
    CHECK(found(long_training("minimax"), missing) == Words{"modes missing: mode_collapse"});
    missing.centres = missing.modes = 0;
    CHECK(found(long_training("minimax"), missing).empty());

    kit::Vitals clipped = healthy();
    clipped.at_clip = 0.6;
    CHECK(found(long_training("wasserstein"), clipped) == Words{"weights at the clip: lipschitz"});

    kit::Vitals unbounded = healthy();
    unbounded.fake_output = -101;
    kit::Recipe without = long_training("wasserstein");
    CHECK(found(without, unbounded).empty());  // with a penalty the outputs may lie anywhere
    without.training.lipschitz = kit::Lipschitz::none;
    CHECK(found(without, unbounded) == Words{"critic unbounded: lipschitz"});

    kit::Vitals behind = healthy();
    behind.real_accuracy = behind.fake_accuracy = 0.4;
    CHECK(found(long_training("wasserstein"), behind) == Words{"critic behind: wasserstein_value"});
    CHECK(found(long_training("minimax"), behind).empty());
}

// Every diagnosis is provoked, so that a new one cannot name a card that nobody wrote.
TEST_CASE("every card that a diagnosis names exists", "[health]") {
    const std::filesystem::path claims = std::filesystem::path(__FILE__).parent_path() / "../examples/claims";
    std::set<std::string> names, cards;
    for (const std::string& loss : loss_names()) {
        for (const kit::Lipschitz bound : {kit::Lipschitz::none, kit::Lipschitz::clip, kit::Lipschitz::penalty}) {
            for (int bits = 0; bits < 16; ++bits) {
                kit::Recipe recipe = long_training(loss);
                recipe.training.lipschitz = bound;
                kit::Vitals v = healthy();
                v.real_accuracy = v.fake_accuracy = bits & 1 ? 1 : 0;
                v.real_score = 1;
                v.fake_score = 0;
                v.spread = bits & 2 ? 1 : 0.01;
                v.modes = 1;
                v.at_clip = bits & 4 ? 1 : 0;
                v.real_output = bits & 8 ? 1000 : 0;
                for (const kit::Diagnosis& one : kit::diagnose(recipe, v)) {
                    names.insert(one.name);
                    cards.insert(one.card);
                }
            }
        }
    }
    CHECK(names == std::set<std::string>{"discriminator won", "generator collapsed", "modes missing",
                                         "weights at the clip", "critic unbounded", "critic behind"});
    for (const std::string& card : cards) {
        INFO("claim card " << card);
        CHECK(std::filesystem::exists(claims / (card + ".cpp")));
    }
}

TEST_CASE("a discriminator that wins is diagnosed while it trains", "[health]") {
    const Folder folder;
    Game game("minimax");
    game.recipe.training.steps = 400;
    game.recipe.training.batch = 64;
    const auto far = [&](Index n, Random& rng) { return rng.normal(Shape{n, 2}) * Real(0.1) + 30; };
    Adam D_optimizer(game.gan.D.parameters(), {.lr = 0.05});
    Sgd G_optimizer(game.gan.G.parameters(), {.lr = 1e-4});
    const kit::Players players{game.gan.G, game.gan.D, *game.gan.loss, G_optimizer, D_optimizer, far};
    kit::Health health(folder.path / "losses.csv", game.recipe, players);
    kit::train(players, game.recipe.training, [&](const kit::StepReport& step) { health.after_step(step); });
    REQUIRE_FALSE(health.episodes().empty());
    CHECK(health.episodes()[0].diagnosis.name == "discriminator won");
    CHECK(health.episodes()[0].last == 400);
    const Caught caught(std::cout);
    health.print();
    CHECK_THAT(caught.str(), ContainsSubstring("to the end: it is right on nearly all"));
    CHECK_THAT(caught.str(), ContainsSubstring(": of the slope dL_G/df minimax keeps "));
    CHECK_THAT(caught.str(), ContainsSubstring("make run-claim-vanishing_gradient"));
}

TEST_CASE("the table says what the networks said", "[health]") {
    const Folder folder;
    for (const std::string& loss : loss_names()) {
        INFO(loss);
        Game game(loss);
        const std::filesystem::path csv = folder.path / (loss + ".csv");
        kit::Health health(csv, game.recipe, game.players, &game.points);
        game.train([&](const kit::StepReport& step) {
            health.after_step(step);
            const kit::Vitals& v = health.rows().back();
            CHECK(v.step == step.step);
            CHECK(v.real_output == Approx(mean(step.D.real_logits).item()).epsilon(1e-4).margin(1e-6));
            CHECK(v.fake_output == Approx(mean(step.D.fake_logits).item()).epsilon(1e-4).margin(1e-6));
            if (game.recipe.is_logistic())
                CHECK(v.real_score == Approx(mean(sigmoid(step.D.real_logits)).item()).epsilon(1e-4));
            if (!game.recipe.is_logistic()) CHECK(v.real_score == v.real_output);
            const double middle = game.recipe.undecided().value_or((v.real_output + v.fake_output) / 2);
            Index right = 0;
            for (Real f : step.D.fake_logits.values()) right += f <= middle;
            CHECK(v.fake_accuracy == Approx(right / 16.0));
            CHECK(v.generator_gradient == kit::norm(step.G.gradients));
            CHECK(v.discriminator_gradient > 0);
        });
        CHECK(health.rows().size() == 25);
        CHECK(health.column(&kit::Vitals::step).back() == 25);
        const std::string table = read(csv);
        CHECK(count(table, "\n") == 26);
        CHECK(table.starts_with("step,discriminator,generator,penalty,real_logit,fake_logit,real_score,fake_score,"));
    }
}

TEST_CASE("the table has some 400 rows, however long the training", "[health]") {
    const Folder folder;
    Game game("minimax");
    game.train([&](const kit::StepReport& seen) {
        if (seen.step > 1) return;
        for (const Index steps : {399, 401, 8000, 14000, 100000}) {
            kit::Recipe recipe = game.recipe;
            recipe.training.steps = steps;
            kit::Health health(folder.path / "losses.csv", recipe, game.players);
            for (Index step = 1; step <= steps; ++step)
                health.after_step({step, seen.D, seen.G, seen.average, seen.state, step == steps});
            INFO(steps);
            CHECK(health.rows().size() >= 267);
            CHECK(health.rows().size() <= 602);
            CHECK(health.rows().back().step == steps);
        }
    });
}

TEST_CASE("clipped weights are counted", "[health]") {
    const Folder folder;
    Game game("wasserstein");
    game.recipe.training.lipschitz = kit::Lipschitz::clip;
    game.recipe.training.clip = 1e-4;
    kit::Health health(folder.path / "losses.csv", game.recipe, game.players);
    game.train([&](const kit::StepReport& step) { health.after_step(step); });
    CHECK(health.rows().back().at_clip > 0.5);
    REQUIRE_FALSE(health.episodes().empty());
    CHECK(health.episodes()[0].diagnosis.name == "weights at the clip");
}

// ---------------------------------------------------------------------------------------- progress

TEST_CASE("a progress line fits the terminal, and only whole fields are left out", "[progress]") {
    std::ostringstream out, piped;
    kit::Progress narrow(200, out, true, false, 55);
    kit::Progress silent(200, piped, false, false, 55);
    usleep(110'000);
    narrow.update(50, "D(x) 0.5  D(G(z)) 0.25  right 51 %");
    const std::string line = out.str().substr(1, out.str().find('\x1b') - 1);
    CHECK(line == "50 of 200 [==      ] 25 %, 1 s left  D(x) 0.5");
    narrow.say("step 50: something stays");
    CHECK(out.str().ends_with("\r\x1b[Kstep 50: something stays\n"));
    narrow.say("step 60: the generator serves 4 of 8 modes. See it alone: make run-claim-mode_collapse");
    CHECK(out.str().ends_with(
        "step 60: the generator serves 4 of 8 modes. See it\n    alone: make run-claim-mode_collapse\n"));
    silent.say("nobody hears");
    CHECK(piped.str().empty());
}
