// What a run leaves behind to be looked at: the report holds what it must, in a form a browser can read; a diagnosis
// appears when its failure does, and only then; and none of it changes what training computes. (.ci/report opens
// reports in a browser.)
#include "examples/kit/show/report.hpp"

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "examples/kit/show/animation.hpp"
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

/// A program's command line, with the report declared and the options parsed.
struct Program {
    explicit Program(const std::filesystem::path& out, std::vector<std::string> more = {}, Index frames = 6)
        : words{"program", "--out", out.string()} {
        words.insert(words.end(), more.begin(), more.end());
        for (std::string& word : words) pointers.push_back(word.data());
        options = std::make_unique<kit::Options>(static_cast<int>(pointers.size()), pointers.data(), "tests");
        report = std::make_unique<kit::Report>(*options, frames);
        options->parse();
    }
    std::vector<std::string> words;
    std::vector<char*> pointers;
    std::unique_ptr<kit::Options> options;
    std::unique_ptr<kit::Report> report;
};

kit::Settings small_settings(const std::string& loss, Index latent = 2) {
    kit::Settings settings;
    settings.loss = loss;
    settings.steps = 25;
    settings.batch = 16;
    settings.latent = latent;
    settings.lipschitz = loss == "wasserstein" ? "penalty" : "none";
    settings.average = 0.8;
    return settings;
}

/// A small game on points.
struct Game {
    explicit Game(const std::string& loss_name, const std::string& data = "ring", Index latent = 2)
        : settings(small_settings(loss_name, latent)), points(kit::make_points(data)), weights(1) {}

    std::vector<Real> all_weights() const {
        std::vector<Real> all;
        for (const Module* net : {static_cast<const Module*>(&G), static_cast<const Module*>(&D)}) {
            for (const Tensor& parameter : net->parameters()) {
                for (Real value : parameter.values()) all.push_back(value);
            }
        }
        return all;
    }

    void train(const kit::Options& options, const std::function<void(const kit::StepReport&)>& look) {
        kit::train(players, settings.training(options), look);
    }

    /// With everything that looks on.
    void train_watched(Program& program, const std::filesystem::path& csv) {
        kit::Health health(csv, settings, players, &points);
        program.report->begin(settings, players, points, health);
        train(*program.options, [&](const kit::StepReport& step) {
            health.after_step(step);
            program.report->after_step(step);
        });
    }

    kit::Settings settings;
    kit::Points points;
    Random weights;
    Mlp G{{settings.latent, 8, points.dimensions}, Activation::relu(), Activation::identity(), weights};
    Mlp D{{points.dimensions, 8, 1}, Activation::relu(), Activation::identity(), weights};
    std::unique_ptr<GanLoss> loss = settings.make_loss();
    std::unique_ptr<Optimizer> G_optimizer = settings.make_optimizer(G.parameters());
    std::unique_ptr<Optimizer> D_optimizer = settings.make_optimizer(D.parameters());
    kit::Players players{G, D, *loss, *G_optimizer, *D_optimizer, [this](Index n, Random& rng) {
                             return points.to_network(points.sample(n, rng));
                         }};
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
        alone.train(*program.options, [](const kit::StepReport&) {});
        CHECK(differences(watched.all_weights(), alone.all_weights()) == "");
    }
}

TEST_CASE("a step's gradients are those that the optimizers got", "[report][training]") {
    const Folder folder;
    Program program(folder.path);
    Game game("minimax");
    game.settings.optimizer = "sgd";
    game.settings.lr = 0.5;
    const auto G_optimizer = game.settings.make_optimizer(game.G.parameters());
    const auto D_optimizer = game.settings.make_optimizer(game.D.parameters());
    const kit::Players players{game.G, game.D, *game.loss, *G_optimizer, *D_optimizer, game.players.real_data};
    std::vector<Real> before = game.all_weights();
    kit::train(players, game.settings.training(*program.options), [&](const kit::StepReport& step) {
        std::vector<Real> gradients;
        for (const Tensors* some : {&step.generator_gradients, &step.discriminator_gradients}) {
            double squares = 0;
            for (const Tensor& gradient : *some) {
                for (Real value : gradient.values()) {
                    gradients.push_back(value);
                    squares += static_cast<double>(value) * value;
                }
            }
            CHECK(kit::norm(*some) == Approx(std::sqrt(squares)));
        }
        const std::vector<Real> after = game.all_weights();
        REQUIRE(gradients.size() == after.size());
        for (std::size_t i = 0; i < after.size(); ++i) CHECK(after[i] == before[i] - Real(0.5) * gradients[i]);
        before = after;
        CHECK(step.discriminator_objective.defined() == (step.step == 1));  // a graph holds the memory of its step
        CHECK(step.generator_objective.defined() == (step.step == 1));
        CHECK(step.real.shape() == Shape{16, 2});
        CHECK(step.fake.shape() == Shape{16, 2});
        CHECK(step.fake.maker() == nullptr);
    });
}

// ---------------------------------------------------------------------------------------- the page

TEST_CASE("a report on points holds the training, and asks nobody for anything", "[report]") {
    const Folder folder;
    Program program(folder.path / "runs" / "ring", {"--seed", "3"});
    Game game("non-saturating");
    {
        const Caught caught(std::cout);
        game.train_watched(program, folder.path / "losses.csv");
        program.report->note({{"data", game.points.about}, {"hint", "a < b & \"c\" </script>"}});
        program.report->write();
        CHECK_THAT(caught.str(), ContainsSubstring("report.html and training.gif"));
    }
    const std::string page = read(folder.path / "runs" / "ring" / "report.html");
    CHECK(page.starts_with("<!DOCTYPE html>"));
    CHECK(page.ends_with("</html>\n"));
    CHECK(page.size() < 3'000'000);
    CHECK(count(page, "</script>") == 2);
    CHECK(count(page, "{{") == 0);
    for (const char* elsewhere : {"http:", "https:", " src=", "@import", "fetch(", "XMLHttpRequest", "import("}) {
        INFO(elsewhere);
        CHECK(count(page, elsewhere) == 0);
    }

    const json data = data_of(page);
    CHECK(data["program"] == "program");
    CHECK(data["seed"] == 3);
    CHECK(data["command"] == program.options->command());
    CHECK(data["notes"][1][1] == "a < b & \"c\" </script>");
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
        CHECK(bytes_of(frame["arrows"]).size() == 100 * 2 * 2);
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

    const Tensor surface = game.D(game.points.to_network(kit::grid_points(shown, 40, 40)));
    const double range = frame["high"].get<double>() - frame["low"].get<double>();
    const std::vector<double> packed = numbers_of(frame["surface"], frame["low"], frame["high"]);
    for (std::size_t i = 0; i < packed.size(); ++i) {
        CHECK(std::fabs(packed[i] - surface.data()[i]) <= 2e-3 * range);  // 4 digits of both ends, 16 bits between
    }

    Tensor corner = zeros(Shape{1, 2});  // the lattice begins at z = (-2, -2)
    corner.assign(std::vector<Real>{-2, -2});
    const Tensor x = game.points.from_network(game.G(corner));
    const double width = box[1] - box[0], height = box[3] - box[2];
    const std::vector<double> lattice = numbers_of(frame["lattice"], 0, 1);
    CHECK(box[0] + (3 * lattice[0] - 1) * width == Approx(x.data()[0]).margin(1e-3 * width));
    CHECK(box[2] + (3 * lattice[1] - 1) * height == Approx(x.data()[1]).margin(1e-3 * height));
}

// With D(x) = w x and Wasserstein's loss -mean f, every sample would like to move along w.
TEST_CASE("the arrows are the negative gradient of the generator's loss, for each sample", "[report]") {
    const Folder folder;
    Program program(folder.path);
    Game game("wasserstein");
    Mlp D({2, 1}, Activation::identity(), Activation::identity(), game.weights);
    Tensor w = D.parameters()[0];
    w.assign(std::vector<Real>{3, -4});
    const auto D_optimizer = game.settings.make_optimizer(D.parameters());
    const kit::Players players{game.G, D, *game.loss, *game.G_optimizer, *D_optimizer, game.players.real_data};
    const kit::Health health(folder.path / "losses.csv", game.settings, players);
    program.report->begin(game.settings, players, game.points, health);
    {
        const Caught caught(std::cout);
        program.report->write();
    }
    const json data = data_of(read(folder.path / "report.html"));
    const json& frame = data["runs"][0]["frames"][0];
    CHECK(frame["longest"] == 4);
    const std::vector<double> arrows = numbers_of(frame["arrows"], -4, 4);
    REQUIRE(arrows.size() == 200);
    for (std::size_t i = 0; i < 100; ++i) {
        CHECK(arrows[2 * i] == Approx(3).margin(1e-3));
        CHECK(arrows[2 * i + 1] == Approx(-4).margin(1e-3));
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
    CHECK_FALSE(std::filesystem::exists(folder.path / "training.gif"));
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
    REQUIRE(data["runs"].size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(data["runs"][i]["name"] == loss_names()[i]);
        CHECK(data["runs"][i]["frames"].size() == 6);
        CHECK(data["runs"][i]["frames"][3]["step"] == data["runs"][0]["frames"][3]["step"]);
    }
    CHECK(data["runs"][2]["undecided"].is_null());
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
    const std::vector<std::string> of_D = {"logistic_discriminator", "logistic_discriminator", "wasserstein_critic",
                                           "least_squares_discriminator"};
    const std::vector<std::string> of_G = {"minimax_generator", "non_saturating_generator", "wasserstein_generator",
                                           "least_squares_generator"};
    for (std::size_t i = 0; i < 4; ++i) {
        INFO(loss_names()[i]);
        REQUIRE(data["runs"][i]["graphs"].size() == 2);
        const std::string D = data["runs"][i]["graphs"][0], G = data["runs"][i]["graphs"][1];
        for (const std::string& svg : {D, G}) {
            CHECK(svg.starts_with("<svg "));
            CHECK(svg.ends_with("</svg>\n"));
            CHECK(count(svg, "D(fake)&quot; [16, 1]") == 1);
            for (const char* shared : {" id=", "<title>", "xmlns", "<!--"}) CHECK(count(svg, shared) == 0);
        }
        CHECK(count(D, of_D[i]) == 1);
        CHECK(count(D, "&quot;real&quot; [16, 2]") == 1);
        CHECK(count(D, "&quot;fake, detached&quot; [16, 2]") == 1);
        CHECK((count(D, "rule of linear") > 0) == (loss_names()[i] == "wasserstein"));
        CHECK(count(G, of_G[i]) == 1);
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
    kit::Settings settings = small_settings("non-saturating");
    settings.latent = 5;
    Random weights(1);
    const Mlp G({5, 16}, Activation::tanh(), Activation::tanh(), weights);
    Mlp own = G;
    Refusing D;
    const auto loss = settings.make_loss();
    const auto optimizer = settings.make_optimizer(own.parameters());
    const kit::Players players{own, D, *loss, *optimizer, *optimizer, nullptr};
    const kit::Health health(folder.path / "losses.csv", settings, players);
    program.report->begin(settings, players, images, health);
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

TEST_CASE("--no-report writes nothing and costs nothing", "[report]") {
    const Folder folder;
    Program program(folder.path, {"--no-report"});
    CHECK_THAT(program.options->command(), ContainsSubstring(" --no-report"));
    Game game("minimax");
    game.train_watched(program, folder.path / "losses.csv");
    program.report->write();
    CHECK_FALSE(std::filesystem::exists(folder.path / "report.html"));
    CHECK_FALSE(std::filesystem::exists(folder.path / "training.gif"));
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
    }
    const json data = data_of(read(folder.path / "report.html"));
    const json& finding = data["runs"][0]["findings"].back();
    CHECK(finding["name"] == "the training failed");
    CHECK(finding["card"] == "stability");
    CHECK(finding["first"] == 6);
}

TEST_CASE("runs/index.html links all reports; a folder of another name gets none", "[report]") {
    const Folder folder;
    const Caught caught(std::cout);
    for (const char* name : {"runs/b", "runs/a<b", "runs/claims/c", "elsewhere/d"}) {
        Program program(folder.path / name);
        Game game("minimax");
        game.settings.steps = 2;
        game.train_watched(program, folder.path / "losses.csv");
        program.report->write();
    }
    const std::string index = read(folder.path / "runs" / "index.html");
    CHECK(count(index, "/report.html\"") == 3);
    CHECK_THAT(index, ContainsSubstring("href=\"claims/c/report.html\""));
    CHECK_THAT(index, ContainsSubstring("href=\"a&lt;b/report.html\""));
    CHECK_THAT(index, ContainsSubstring("program: minimax"));
    CHECK_THAT(index, ContainsSubstring("--seed 1"));
    CHECK_FALSE(std::filesystem::exists(folder.path / "elsewhere" / "index.html"));
}

// ---------------------------------------------------------------------------------------- the moving picture

namespace {

/// All frames of a GIF as palette indices, read by the format's rules (GIF89a, appendix F).
std::vector<std::vector<int>> frames_of(const std::string& gif) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(gif.at(i)); };
    std::vector<std::vector<int>> frames;
    std::size_t at = 13 + 3 * 256;
    while (byte(at) != ';') {
        const bool is_picture = byte(at) == ',';
        at += is_picture ? 11 : 2;
        std::vector<int> data;
        for (; byte(at) != 0; at += byte(at) + 1u) {
            for (std::size_t i = 1; i <= byte(at); ++i) data.push_back(byte(at + i));
        }
        ++at;
        if (!is_picture) continue;
        std::vector<std::vector<int>> table;
        std::vector<int> pixels, before;
        int width = 9;
        std::size_t bit = 0;
        while (true) {
            int code = 0;
            for (int k = 0; k < width; ++k, ++bit) code |= (data.at(bit / 8) >> (bit % 8) & 1) << k;
            if (code == 257) break;
            if (code == 256) {
                table.assign(258, {});
                for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = {i};
                width = 9;
                before.clear();
                continue;
            }
            const auto known = static_cast<std::size_t>(code) < table.size();
            REQUIRE((known || static_cast<std::size_t>(code) == table.size()));
            std::vector<int> string = known ? table[static_cast<std::size_t>(code)] : before;
            if (!known) string.push_back(before[0]);
            if (!before.empty() && table.size() < 4096) {
                table.push_back(before);
                table.back().push_back(string[0]);
            }
            if (table.size() == std::size_t(1) << width && width < 12) ++width;
            pixels.insert(pixels.end(), string.begin(), string.end());
            before = string;
        }
        frames.push_back(pixels);
    }
    return frames;
}

}  // namespace

TEST_CASE("a GIF says what was drawn: flat, noisy, long enough to fill the dictionary", "[report][animation]") {
    const Folder folder;
    kit::Animation animation;
    std::vector<kit::Picture> pictures(3, kit::Picture{150, 90, std::vector<std::uint32_t>(150 * 90, 0xf8f8f8)});
    std::uint32_t state = 1;
    for (std::uint32_t& pixel : pictures[1].pixels) {  // 64 colours of the 5-bit grid, without order
        state = state * 1664525 + 1013904223;
        pixel = (state >> 30 & 3) << 22 | (state >> 28 & 3) << 14 | (state >> 26 & 3) << 6;
    }
    for (std::size_t i = 0; i < pictures[2].pixels.size(); ++i) pictures[2].pixels[i] = i % 7 < 3 ? 0x0000c0 : 0xc00000;
    for (const kit::Picture& picture : pictures) animation.add(picture);
    animation.write(folder.path / "x.gif");

    const std::string gif = read(folder.path / "x.gif");
    CHECK(gif.starts_with("GIF89a\x96"));
    CHECK(gif.ends_with(";"));
    const std::vector<std::vector<int>> frames = frames_of(gif);
    REQUIRE(frames.size() == 3);
    for (std::size_t f = 0; f < 3; ++f) {
        REQUIRE(frames[f].size() == 150 * 90);
        std::size_t different = 0;
        for (std::size_t i = 0; i < frames[f].size(); ++i) {
            for (int c = 0; c < 3; ++c) {
                const int shown = static_cast<unsigned char>(
                    gif[13 + 3 * static_cast<std::size_t>(frames[f][i]) + static_cast<std::size_t>(c)]);
                const int wanted = static_cast<int>(pictures[f].pixels[i] >> (16 - 8 * c) & 255);
                different += std::abs(shown - wanted) > 8;
            }
        }
        CHECK(different == 0);
    }
    CHECK_THROWS_WITH(animation.add({2, 2, {0, 0, 0, 0}}), ContainsSubstring("2 by 2 pixels, the first had 150 by 90"));
    CHECK_THROWS_AS(kit::Animation().write(folder.path / "y.gif"), std::invalid_argument);
    CHECK_THROWS_WITH(animation.write(folder.path / "no" / "x.gif"), ContainsSubstring("cannot be written"));
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

kit::Settings long_training(const std::string& loss) {
    kit::Settings settings = small_settings(loss);
    settings.steps = 1000;
    return settings;
}

std::vector<std::string> found(const kit::Settings& settings, const kit::Vitals& v) {
    std::vector<std::string> words;
    for (const kit::Finding& finding : kit::diagnose(settings, v)) words.push_back(finding.name + ": " + finding.card);
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
    kit::Settings without = long_training("wasserstein");
    CHECK(found(without, unbounded).empty());  // with a penalty the outputs may lie anywhere
    without.lipschitz = "none";
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
        for (const char* lipschitz : {"none", "clip", "penalty"}) {
            for (int bits = 0; bits < 16; ++bits) {
                kit::Settings settings = long_training(loss);
                settings.lipschitz = lipschitz;
                kit::Vitals v = healthy();
                v.real_accuracy = v.fake_accuracy = bits & 1 ? 1 : 0;
                v.real_score = 1;
                v.fake_score = 0;
                v.spread = bits & 2 ? 1 : 0.01;
                v.modes = 1;
                v.at_clip = bits & 4 ? 1 : 0;
                v.real_output = bits & 8 ? 1000 : 0;
                for (const kit::Finding& finding : kit::diagnose(settings, v)) {
                    names.insert(finding.name);
                    cards.insert(finding.card);
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
    Program program(folder.path);
    Game game("minimax");
    game.settings.steps = 400;
    game.settings.batch = 64;
    const auto far = [&](Index n, Random& rng) { return rng.normal(Shape{n, 2}) * Real(0.1) + 30; };
    Adam D_optimizer(game.D.parameters(), {.lr = 0.05});
    Sgd G_optimizer(game.G.parameters(), {.lr = 1e-4});
    const kit::Players players{game.G, game.D, *game.loss, G_optimizer, D_optimizer, far};
    kit::Health health(folder.path / "losses.csv", game.settings, players);
    kit::train(players, game.settings.training(*program.options),
               [&](const kit::StepReport& step) { health.after_step(step); });
    REQUIRE_FALSE(health.episodes().empty());
    CHECK(health.episodes()[0].finding.name == "discriminator won");
    CHECK(health.episodes()[0].last == 400);
    const Caught caught(std::cout);
    health.print();
    CHECK_THAT(caught.str(), ContainsSubstring("to the end: it is right on nearly all"));
    CHECK_THAT(caught.str(), ContainsSubstring("make run-claim-vanishing_gradient"));
}

TEST_CASE("the table says what the networks said", "[health]") {
    const Folder folder;
    Program program(folder.path);
    for (const std::string& loss : loss_names()) {
        INFO(loss);
        Game game(loss);
        const std::filesystem::path csv = folder.path / (loss + ".csv");
        kit::Health health(csv, game.settings, game.players, &game.points);
        game.train(*program.options, [&](const kit::StepReport& step) {
            health.after_step(step);
            const kit::Vitals& v = health.rows().back();
            CHECK(v.step == static_cast<double>(step.step));
            CHECK(v.real_output == Approx(mean(step.real_logits).item()).epsilon(1e-4).margin(1e-6));
            CHECK(v.fake_output == Approx(mean(step.fake_logits).item()).epsilon(1e-4).margin(1e-6));
            if (game.settings.is_logistic())
                CHECK(v.real_score == Approx(mean(sigmoid(step.real_logits)).item()).epsilon(1e-4));
            if (!game.settings.is_logistic()) CHECK(v.real_score == v.real_output);
            const double middle = game.settings.undecided().value_or((v.real_output + v.fake_output) / 2);
            Index right = 0;
            for (Real f : step.fake_logits.values()) right += f <= middle;
            CHECK(v.fake_accuracy == Approx(static_cast<double>(right) / 16));
            CHECK(v.generator_gradient == kit::norm(step.generator_gradients));
            CHECK(v.discriminator_gradient > 0);
        });
        CHECK(health.rows().size() == 25);
        CHECK(health.column(&kit::Vitals::step).back() == 25);
        const std::string table = read(csv);
        CHECK(count(table, "\n") == 26);
        CHECK(table.starts_with("step,discriminator,generator,penalty,real_logit,fake_logit,real_score,fake_score,"));
    }
}

TEST_CASE("clipped weights are counted", "[health]") {
    const Folder folder;
    Program program(folder.path);
    Game game("wasserstein");
    game.settings.lipschitz = "clip";
    game.settings.clip = 1e-4;
    kit::Health health(folder.path / "losses.csv", game.settings, game.players);
    game.train(*program.options, [&](const kit::StepReport& step) { health.after_step(step); });
    CHECK(health.rows().back().at_clip > 0.5);
    REQUIRE_FALSE(health.episodes().empty());
    CHECK(health.episodes()[0].finding.name == "weights at the clip");
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
    silent.say("nobody hears");
    CHECK(piped.str().empty());
}
