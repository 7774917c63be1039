// Checkpoints of a training: one that was interrupted and goes on ends with the same bits, and leaves the same files,
// as one that was not; what does not fit is refused.
#include <stdexcept>

#include "examples/kit/show/observer.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

using namespace gantry;
using namespace help;
using kit::Lipschitz;

namespace {

struct Interrupted {};

// A discriminator that draws by itself.
struct Forgetful : Mlp {
    Forgetful(Index in, Random& weights)
        : Mlp({in, 12, 1}, Activation::relu(), Activation::identity(), weights), rng(5, 6) {}
    Tensor forward(const Tensor& x) const override { return Mlp::forward(drops ? dropout(x, 0.25, rng) : x); }
    mutable Random rng;
    bool drops = true;
};

struct Game {
    Game(const kit::Recipe& r, Index dimensions)
        : recipe(r),
          weights(r.training.seed),
          G({r.training.latent, 12, dimensions}, Activation::relu(), Activation::tanh(), weights),
          D(dimensions, weights),
          loss(r.make_loss()),
          G_optimizer(r.make_optimizer(G.parameters())),
          D_optimizer(r.make_optimizer(D.parameters(), 0.5)) {}

    kit::Players players(const kit::RealData& data) {
        return {G, D, *loss, *G_optimizer, *D_optimizer, data, {&D.rng}};
    }

    std::vector<Real> all_weights() const {
        std::vector<Real> all;
        for (const Tensors& parameters : {G.parameters(), D.parameters()}) {
            for (const Tensor& x : parameters) {
                for (Real value : x.values()) all.push_back(value);
            }
        }
        return all;
    }

    kit::Recipe recipe;
    Random weights;
    Mlp G;
    Forgetful D;
    std::unique_ptr<GanLoss> loss;
    std::unique_ptr<Optimizer> G_optimizer, D_optimizer;
};

kit::Recipe small_recipe() {
    return {.lr = 0.01,
            .training = {.steps = 40, .batch = 8, .latent = 3, .decay_from = 0.5, .average = 0.9, .seed = 3}};
}

Tensor noisy_points(Index n, Random& rng) { return rng.normal(Shape{n, 2}) + 1; }

}  // namespace

TEST_CASE("a training goes on from its checkpoint, bit for bit", "[resume]") {
    const Folder folder;
    const std::string path = folder / "checkpoint.safetensors";
    for (const char* optimizer : {"adam", "rmsprop", "sgd"}) {
        for (const Lipschitz bound : {Lipschitz::none, Lipschitz::clip, Lipschitz::penalty}) {
            for (const double average : {0.0, 0.9}) {
                INFO(optimizer << ", bound " << static_cast<int>(bound) << ", average " << average);
                kit::Recipe recipe = small_recipe();
                recipe.optimizer = optimizer;
                recipe.momentum = 0.5;
                recipe.training.lipschitz = bound;
                recipe.training.average = average;
                recipe.training.critic_steps = 2;
                Game whole(recipe, 2), first(recipe, 2), second(recipe, 2);
                std::vector<double> losses, again;
                kit::train(whole.players(noisy_points), recipe.training,
                           [&](const kit::StepReport& step) { losses.push_back(step.D.loss); });

                const kit::Players players = first.players(noisy_points);
                const auto until_17 = [&](const kit::StepReport& step) {
                    again.push_back(step.D.loss);
                    if (step.step < 17) return;
                    kit::Checkpoint checkpoint;
                    checkpoint.add(players, step.state);
                    kit::save(path, checkpoint);
                    throw Interrupted();
                };
                CHECK_THROWS_AS(kit::train(players, recipe.training, until_17), Interrupted);

                const kit::Checkpoint checkpoint = kit::load_checkpoint(path);
                kit::train(
                    second.players(noisy_points), recipe.training,
                    [&](const kit::StepReport& step) { again.push_back(step.D.loss); }, &checkpoint);
                CHECK(differences(again, losses) == "");
                CHECK(differences(second.all_weights(), whole.all_weights()) == "");
                CHECK(second.G_optimizer->steps() == 40);
            }
        }
    }
}

TEST_CASE("a checkpoint that lacks something or does not fit is refused by name", "[resume]") {
    const kit::Recipe recipe = small_recipe();
    Game game(recipe, 2);
    const kit::Players players = game.players(noisy_points);
    kit::Checkpoint good;
    good.file = "FILE";
    kit::train(players, recipe.training, [&](const kit::StepReport& step) {
        if (step.step == 1) good.add(players, step.state);
    });
    const auto complaint = [&](const std::function<void(kit::Checkpoint&)>& change) {
        kit::Checkpoint changed = good;
        change(changed);
        return error_of([&] { kit::train(players, recipe.training, nullptr, &changed); });
    };
    CHECK(complaint([](kit::Checkpoint&) {}) == "");
    CHECK(complaint([](kit::Checkpoint& c) { c.texts.erase("step"); }) ==
          "FILE: lacks \"step\": is it another kind of file?");
    for (const char* wrong : {"", "-1", "2x", "99999999999999999999"}) {
        CHECK(complaint([&](kit::Checkpoint& c) { c.texts["step"] = wrong; }) ==
              "FILE: its \"step\" is \"" + std::string(wrong) + "\"");
    }
    for (const char* wrong : {"", "1 2", "1 2 3 4", "a b c"}) {
        CHECK(complaint([&](kit::Checkpoint& c) { c.texts["random noise"] = wrong; }) ==
              "FILE: its \"random noise\" is no state of random numbers");
    }
    CHECK(complaint([](kit::Checkpoint& c) { c.texts.erase("random player 0"); }) ==
          "FILE: lacks \"random player 0\": is it another kind of file?");
    for (const std::string part :
         {"G.0.weight", "D.2.bias", "G_optimizer.steps", "D_optimizer.square.1", "average.0"}) {
        INFO(part);
        const auto lost = [&](kit::Checkpoint& c) {
            std::erase_if(c.tensors, [&](const auto& named) { return named.first == part; });
        };
        const auto reshaped = [&](kit::Checkpoint& c) {
            for (auto& [name, x] : c.tensors) x = name == part ? zeros(Shape{7}) : x;
        };
        CHECK(complaint(lost).starts_with("FILE: does not fit: "));
        CHECK(complaint(reshaped).starts_with("FILE: does not fit: "));
    }
}

// ---------------------------------------------------------------------------------------- with all that is watched

namespace {

// What a run leaves in its folder; the report without the time that it took.
std::map<std::string, std::string> files_of(const Folder& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("checkpoint_")) files[name] = read(entry.path());
    }
    return files;
}

struct Run {
    kit::Recipe recipe = small_recipe();
    kit::Observer::Options options = {.frames = 8, .checkpoint = 6};
    Index stop_after = 1000;  // steps
    std::string about = "a line of the banner";

    void on_points(const Folder& folder, const kit::Points& points) {
        Game game(recipe, points.dimensions);
        game.D.drops = false;  // the report asks D
        const auto data = [&](Index n, Random& rng) { return points.sample_for_network(n, rng); };
        const kit::Players players = game.players(data);
        play(folder, game, players, [&](kit::Observer& observer) { observer.begin(recipe, players, points); });
    }
    void on_images(const Folder& folder, const kit::Images& images) {
        Game game(recipe, images.pixels());
        const auto data = [&](Index n, Random& rng) { return images.batch(rng.indices(n, images.count())); };
        const kit::Players players = game.players(data);
        play(folder, game, players, [&](kit::Observer& observer) { observer.begin(recipe, players, images); });
    }

  private:
    void play(const Folder& folder, Game&, const kit::Players& players,
              const std::function<void(kit::Observer&)>& begin) {
        const Caught output(std::cout);
        const kit::RunInfo run{
            .program = "test", .command = "test", .folder = folder.path, .seed = 3, .about = {{"data", about}}};
        kit::Observer observer(run, options);
        begin(observer);
        const auto after_step = [&](const kit::StepReport& step) {
            observer.after_step(step);
            if (step.step == stop_after) throw Interrupted();
        };
        kit::train(players, recipe.training, after_step, observer.resumed());
        observer.end();
        observer.finish(20);
    }
};

void check_same_files(const Folder& resumed, const Folder& whole) {
    const auto expected = files_of(whole), found = files_of(resumed);
    CHECK(expected.size() >= 6);
    for (const auto& [name, content] : expected) {
        INFO(name);
        REQUIRE(found.contains(name));
        if (name != "report.html") CHECK((found.at(name) == content));
    }
    // The report says how long it took; its frames, curves and graphs are the same.
    const auto frames = [](const std::string& page) {
        return page.substr(page.find("\"runs\":"), page.rfind("</script>") - page.find("\"runs\":"));
    };
    CHECK((frames(found.at("report.html")) == frames(expected.at("report.html"))));
}

std::vector<std::string> checkpoints_in(const Folder& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with("checkpoint_")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

TEST_CASE("a run on points that goes on leaves the same files", "[resume]") {
    for (const char* set : {"ring", "mixture1d"}) {
        INFO(set);
        const kit::Points points = kit::make_points(set);
        const Folder whole, stopped, elsewhere;
        Run{}.on_points(whole, points);
        CHECK_THROWS_AS(Run{.stop_after = 21}.on_points(stopped, points), Interrupted);
        CHECK(checkpoints_in(stopped) ==
              std::vector<std::string>{"checkpoint_12.safetensors", "checkpoint_18.safetensors"});
        for (const char* from : {"checkpoint_12.safetensors", "checkpoint_18.safetensors"}) {
            Run again;
            again.options.resume = stopped / from;
            again.on_points(elsewhere, points);
            check_same_files(elsewhere, whole);
        }
        Run again;  // in its own folder, interrupted once more
        again.stop_after = 33;
        again.options.resume = stopped / "checkpoint_18.safetensors";
        CHECK_THROWS_AS(again.on_points(stopped, points), Interrupted);
        CHECK(checkpoints_in(stopped) ==
              std::vector<std::string>{"checkpoint_24.safetensors", "checkpoint_30.safetensors"});
        again.stop_after = 1000;
        again.options.resume = stopped / "checkpoint_30.safetensors";
        again.on_points(stopped, points);
        check_same_files(stopped, whole);
    }
}

TEST_CASE("a run on images that goes on leaves the same files", "[resume]") {
    kit::Images images;
    images.rows = 5;
    images.columns = 7;
    images.source = "drawn here";
    for (int i = 0; i < 30 * 35; ++i) images.bytes.push_back(static_cast<std::uint8_t>(i * 37));
    images.labels.assign(30, 1);
    const Folder whole, stopped, elsewhere;
    Run{}.on_images(whole, images);
    CHECK(std::filesystem::exists(whole / "digits_8.png"));  // pictures that are not 28 by 28 are drawn
    CHECK_THROWS_AS(Run{.stop_after = 21}.on_images(stopped, images), Interrupted);
    Run again;
    again.options.resume = stopped / "checkpoint_18.safetensors";
    again.on_images(elsewhere, images);
    check_same_files(elsewhere, whole);
    images.bytes[100] ^= 1;  // the same name, other pixels
    CHECK_THAT(error_of([&] { again.on_images(elsewhere, images); }),
               ContainsSubstring("holds another training: checksum of the data was "));
}

TEST_CASE("a checkpoint of other options or other data is refused, with what differs", "[resume]") {
    const kit::Points points = kit::make_points("ring");
    const Folder folder;
    CHECK_THROWS_AS(Run{.stop_after = 7}.on_points(folder, points), Interrupted);
    const std::string path = folder / "checkpoint_6.safetensors", other = folder / "other.safetensors";
    const auto complaint = [&](const std::function<void(Run&)>& change) {
        Run run;
        run.options.resume = path;
        change(run);
        const Folder elsewhere;
        return error_of([&] { run.on_points(elsewhere, points); });
    };
    const std::string another = path + ": holds another training: ";
    CHECK(complaint([](Run&) {}) == "");
    CHECK(complaint([](Run& r) { r.recipe.lr = 0.02; }) == another + "--lr was 0.01 and is 0.02");
    CHECK(complaint([](Run& r) { r.recipe.training.steps = 50; }) == another + "--steps was 40 and is 50");
    CHECK(complaint([](Run& r) { r.recipe.loss = "minimax"; }) == another + "--loss was non-saturating and is minimax");
    CHECK(complaint([](Run& r) { r.recipe.training.seed = 4; }) == another + "--seed was 3 and is 4");
    CHECK(complaint([](Run& r) { r.about = "other data"; }) ==
          another + "data was a line of the banner and is other data");
    CHECK(complaint([](Run& r) { r.options.report = false; }) == another + "with report was yes and is no");
    CHECK(complaint([&](Run& r) { r.options.resume = folder / "none"; }) ==
          (folder / "none") + ": there is no such file");
    CHECK(complaint([&](Run& r) { r.options.resume = folder / "losses.csv"; }).starts_with(folder / "losses.csv: "));

    // The same name, other rows.
    const File rows("rows.csv", "x,y\n1.5,2\n3,4\n5,6\n"), others("rows.csv", "x,y\n1.5,2\n3,4\n5,7\n");
    const Folder of_rows, elsewhere;
    CHECK_THROWS_AS(Run{.stop_after = 7}.on_points(of_rows, kit::make_points(rows.path)), Interrupted);
    Run run;
    run.options.resume = of_rows / "checkpoint_6.safetensors";
    CHECK_THAT(error_of([&] { run.on_points(elsewhere, kit::make_points(others.path)); }),
               ContainsSubstring("holds another training: checksum of the data was "));

    const auto damaged = [&](const std::string& key, const std::string& text) {
        kit::Checkpoint checkpoint = kit::load_checkpoint(path);
        checkpoint.texts[key] = text;
        kit::save(other, checkpoint);
        return complaint([&](Run& r) { r.options.resume = other; });
    };
    CHECK(damaged("table", "1 2 3") == other + ": its table or its report is damaged");
    CHECK(damaged("table", "one") == other + ": its table or its report is damaged");
    CHECK(damaged("report", "[1") == other + ": its table or its report is damaged");
    CHECK(damaged("report", "{}") == other + ": its table or its report is damaged");
    CHECK(damaged("moment 0", "soon") == other + ": its \"moment 0\" is \"soon\"");
    CHECK(damaged("moment 1000", "3") == "");  // pictures are counted from 0
}

TEST_CASE("the networks are saved with the settings of their run", "[resume]") {
    const kit::Points points = kit::make_points("ring", 2);
    const Folder folder;
    Run run;
    run.options.checkpoint = 0;
    run.on_points(folder, points);
    CHECK(checkpoints_in(folder).empty());
    Random rng(1);
    Mlp G({3, 12, 2}, Activation::relu(), Activation::tanh(), rng);
    G.load(load(folder / "G.safetensors"));
    const Metadata about = load_metadata(folder / "G.safetensors");
    CHECK(about.at("--lr") == "0.01");
    CHECK(about.at("scale") == "2");
    CHECK(about.at("origin y") == "0");
    CHECK(about.at("command") == "test");
    CHECK(load(folder / "D.safetensors").size() == 4);

    std::filesystem::create_directories(folder / "G.safetensors.dir");
    std::filesystem::remove(folder / "G.safetensors");
    std::filesystem::create_directory_symlink("G.safetensors.dir", folder / "G.safetensors");
    const Caught warnings(std::cerr);  // one that cannot be saved costs only itself
    CHECK(error_of([&] { run.on_points(folder, points); }) == "not everything could be written: see the warnings");
    CHECK(contains(warnings.str(), "G.safetensors: cannot be written: it is a folder"));
    CHECK(std::filesystem::exists(folder / "samples.npy"));
    CHECK(load(folder / "D.safetensors").size() == 4);
}
