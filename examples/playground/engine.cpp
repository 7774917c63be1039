// The functions that the playground's page calls, in the browser's worker. Text in, JSON text out; an exception becomes
// {"error": its message}. Arrays wait under their names until the next call (playground_array).
#include <cmath>
#include <sstream>

#include "examples/kit/data/csv.hpp"
#include "examples/kit/measure/metrics.hpp"
#include "examples/playground/game.hpp"

using namespace gantry;
using playground::Game;
using playground::Mover;
using playground::Settings;

namespace {

std::unique_ptr<Game> game;
std::map<std::string, std::vector<float>> arrays;
std::string answer;  // of the last call: it lives as long as the page reads it

// ---------------------------------------------------------------------------------------- JSON

std::string number(double x) { return std::isfinite(x) ? kit::to_text(x) : "null"; }

std::string quoted(const std::string& text) {
    std::string all = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') all += '\\';
        all += c == '\n' ? "\\n" : std::string(1, static_cast<unsigned char>(c) < ' ' ? ' ' : c);
    }
    return all + "\"";
}

// {"name": value, ...}
class Object {
  public:
    Object& add(const std::string& name, const std::string& json) {
        text_ += (text_.empty() ? "" : ", ") + quoted(name) + ": " + json;
        return *this;
    }
    Object& add(const std::string& name, double x) { return add(name, number(x)); }
    Object& add(const std::string& name, bool x) { return add(name, std::string(x ? "true" : "false")); }
    std::string str() const { return "{" + text_ + "}"; }

  private:
    std::string text_;
};

template <class List, class Write>
std::string list(const List& items, Write write) {
    std::string all;
    for (const auto& item : items) all += (all.empty() ? "" : ", ") + write(item);
    return "[" + all + "]";
}

// ---------------------------------------------------------------------------------------- what the page is told

void keep(const std::string& name, const Tensor& x) {
    const std::vector<Real> values = x.values();
    arrays[name].assign(values.begin(), values.end());
}

Index count(const Module& net) {
    Index all = 0;
    for (const Tensor& parameter : net.parameters()) all += parameter.size();
    return all;
}

void add_state(Object& to, bool restarted = false, const std::vector<std::string>& notes = {}) {
    const kit::Recipe& recipe = game->settings().recipe;
    const bool before_first = !game->G_turn.fake.defined();
    const auto known = [=](double x) { return before_first ? NAN : x; };
    to.add("step", double(game->step()))
        .add("dimensions", double(game->points().dimensions))
        .add("settings", quoted(game->settings().str()))
        .add("restarted", restarted)
        .add("notes", list(notes, quoted))
        .add("findings", list(game->findings(), quoted))
        .add("G", quoted(game->describe(game->G())))
        .add("D", quoted(game->describe(game->D())))
        .add("parameters", Object().add("G", double(count(game->G()))).add("D", double(count(game->D()))).str())
        .add("D_loss", known(game->D_turn.loss))
        .add("G_loss", known(game->G_turn.loss))
        .add("penalty", known(game->D_turn.penalty))
        .add("D_gradient", known(kit::norm(game->D_turn.gradients)))
        .add("G_gradient", known(kit::norm(game->G_turn.gradients)))
        .add("logistic", recipe.is_logistic())
        .add("undecided", recipe.undecided().value_or(NAN))
        .add("modes", list(game->points().centres, [](const kit::Point& x) { return list(x, number); }))
        .add("mode_std", game->points().std);
    if (game->settings().data != "dirac") return;
    to.add("theta", game->G().parameters()[0].item()).add("psi", game->D().parameters()[0].item());
}

// ---------------------------------------------------------------------------------------- a turn in five steps

struct Place {
    std::string file, find;  // the first line to show, exactly; to the end of its function, or so many lines
    Index lines = 0;
};

const char* const training = "examples/kit/train/training.cpp";

std::string stage(Index step, const char* name, const std::string& formula, const std::string& text,
                  const std::vector<Place>& source) {
    const auto place = [](const Place& at) {
        return Object().add("file", quoted(at.file)).add("find", quoted(at.find)).add("lines", double(at.lines)).str();
    };
    return Object()
        .add("number", double(step))
        .add("name", quoted(name))
        .add("formula", quoted(formula))
        .add("text", quoted(text))
        .add("source", list(source, place))
        .str();
}

// For each loss: what is minimised, and where its value and its rule are.
struct LossText {
    const char *D, *G, *D_slope_real, *D_slope_fake, *G_slope, *file;
    Place D_value, D_rule, G_value, G_rule;
};

LossText loss_text(const std::string& name) {
    const char* const logistic_D = "mean sp(-r) + mean sp(f)";
    const Place logistic_value{"losses/logistic.cpp",
                               "Tensor logistic_discriminator(const Tensor& real_logits, const Tensor& fake_logits, "
                               "LogisticOptions options) {"};
    const Place logistic_rule{"losses/logistic.cpp", "struct LogisticDiscriminatorBackward : Function {"};
    if (name == "minimax")
        return {.D = logistic_D,
                .G = "mean -sp(f)",
                .D_slope_real = "-s(-r)",
                .D_slope_fake = "s(f)",
                .G_slope = "-s(f)",
                .file = "losses/minimax.cpp",
                .D_value = logistic_value,
                .D_rule = logistic_rule,
                .G_value = {"losses/minimax.cpp", "Tensor Minimax::generator(const Tensor& fake_logits) const {"},
                .G_rule = {"losses/minimax.cpp", "struct MinimaxGeneratorBackward : Function {"}};
    if (name == "non-saturating")
        return {.D = logistic_D,
                .G = "mean sp(-f)",
                .D_slope_real = "-s(-r)",
                .D_slope_fake = "s(f)",
                .G_slope = "-s(-f)",
                .file = "losses/non_saturating.cpp",
                .D_value = logistic_value,
                .D_rule = logistic_rule,
                .G_value = {"losses/non_saturating.cpp",
                            "Tensor NonSaturating::generator(const Tensor& fake_logits) const {"},
                .G_rule = {"losses/non_saturating.cpp", "struct NonSaturatingGeneratorBackward : Function {"}};
    if (name == "wasserstein")
        return {
            .D = "mean f - mean r",
            .G = "-mean f",
            .D_slope_real = "-1",
            .D_slope_fake = "1",
            .G_slope = "-1",
            .file = "losses/wasserstein.cpp",
            .D_value = {"losses/wasserstein.cpp",
                        "Tensor Wasserstein::discriminator(const Tensor& real_logits, const Tensor& fake_logits) "
                        "const {"},
            .D_rule = {"losses/wasserstein.cpp", "struct WassersteinCriticBackward : Function {"},
            .G_value = {"losses/wasserstein.cpp", "Tensor Wasserstein::generator(const Tensor& fake_logits) const {"},
            .G_rule = {"losses/wasserstein.cpp", "struct WassersteinGeneratorBackward : Function {"}};
    return {
        .D = "1/2 mean (r - b)^2 + 1/2 mean (f - a)^2",
        .G = "1/2 mean (f - c)^2",
        .D_slope_real = "r - b",
        .D_slope_fake = "f - a",
        .G_slope = "f - c",
        .file = "losses/least_squares.cpp",
        .D_value = {"losses/least_squares.cpp",
                    "Tensor LeastSquares::discriminator(const Tensor& real_logits, const Tensor& fake_logits) "
                    "const {"},
        .D_rule = {"losses/least_squares.cpp", "struct LeastSquaresDiscriminatorBackward : Function {"},
        .G_value = {"losses/least_squares.cpp", "Tensor LeastSquares::generator(const Tensor& fake_logits) const {"},
        .G_rule = {"losses/least_squares.cpp", "struct LeastSquaresGeneratorBackward : Function {"}};
}

Place optimizer_source(const std::string& name) {
    if (name == "adam") return {"optim/adam.cpp", "void Adam::update(std::size_t i, const Tensor& gradient) {"};
    if (name == "sgd") return {"optim/sgd.cpp", "void Sgd::update(std::size_t i, const Tensor& gradient) {"};
    return {"optim/rmsprop.cpp", "void RmsProp::update(std::size_t i, const Tensor& gradient) {"};
}

double mean_of(const Tensor& x) { return x.defined() ? mean(x.detach()).item() : NAN; }

std::string shown(double x) {
    std::ostringstream text;
    text.precision(4);
    text << x;
    return text.str();
}

std::string stages(Mover mover) {
    const kit::Recipe& recipe = game->settings().recipe;
    const bool is_D = mover == Mover::D;
    const kit::Turn& turn = is_D ? game->D_turn : game->G_turn;
    const LossText loss = loss_text(recipe.loss);
    const std::string n = std::to_string(recipe.training.batch);
    const bool penalty = is_D && recipe.training.lipschitz == kit::Lipschitz::penalty;
    const bool clip = is_D && recipe.training.lipschitz == kit::Lipschitz::clip;
    const std::string logits = "mean f = " + shown(mean_of(turn.fake_logits));
    std::vector<Place> value = {{training,
                                 is_D ? "            // 4. loss calculation"
                                      : "        const Tensor loss = players.loss.generator(real_logits, fake_logits);",
                                 is_D ? 8 : 1},
                                is_D ? loss.D_value : loss.G_value};
    if (penalty)
        value.push_back({"losses/gradient_penalty.cpp",
                         "Tensor gradient_penalty_at(const std::function<Tensor(const Tensor&)>& critic, const Tensor& "
                         "points, double lambda) {"});
    std::vector<Place> update = {is_D ? loss.D_rule : loss.G_rule, optimizer_source(recipe.optimizer)};
    if (clip) update.push_back({"optim/clip.cpp", "void clip_weights(const Tensors& parameters, double c) {"});
    const std::string slope = is_D ? std::string("dL/dr = ") + loss.D_slope_real + ", dL/df = " + loss.D_slope_fake
                                   : std::string("dL/df = ") + loss.G_slope;
    const std::vector<std::string> all = {
        stage(1, "sample real data", "x from the data",
              is_D ? n + " points are drawn from the data." : "G's turn needs no real data.",
              {{training, "            // 1. sample real data", 2}}),
        stage(
            2, "generate fake data", "G(z), z normal",
            n + " fakes are made of noise" + (is_D ? "; for D they are only points." : ": G is to make D accept them."),
            {{training, "            // 2. generate fake data", 3}}),
        stage(3, "discriminator predictions", is_D ? "r = D(x), f = D(G(z))" : "f = D(G(z))",
              "D judges them: " + (is_D ? "mean r = " + shown(mean_of(turn.real_logits)) + ", " : "") + logits + ".",
              {is_D ? Place{training, "            // 3. discriminator predictions", 4}
                    : Place{training, "        const Tensor fake_logits = named(\"D(fake)\", D(fake));", 1}}),
        stage(4, "loss calculation", std::string(is_D ? loss.D : loss.G) + (penalty ? " + penalty" : ""),
              std::string(is_D ? "D's" : "G's") + " loss is " + shown(turn.loss) +
                  (penalty ? ", of which " + shown(turn.penalty) + " is the penalty." : "."),
              value),
        stage(5, "backpropagation and update", slope,
              "The gradient of all parameters has length " + shown(kit::norm(turn.gradients)) + "; " +
                  recipe.optimizer + " moves them" + (clip ? ", then D's weights are clipped." : "."),
              update)};
    return list(all, [](const std::string& one) { return one; });
}

// dL/dlogit of each sample, times their number.
Tensor slope_of(const Tensor& loss, const Tensor& logits) {
    return grad(loss, {logits})[0] * static_cast<Real>(logits.shape()[0]);
}

Tensor leaf(const Tensor& x) {
    Tensor y = x.detach();
    y.set_requires_grad(true);
    return y;
}

std::string take_turn(Mover mover) {
    game->train(1, mover);
    const bool is_D = mover == Mover::D;
    const kit::Turn& turn = is_D ? game->D_turn : game->G_turn;
    arrays.clear();
    keep("real", game->D_turn.real);
    keep("fake", turn.fake);
    keep("real_logits", game->D_turn.real_logits);
    keep("fake_logits", turn.fake_logits);
    const Tensor real_logits = leaf(game->D_turn.real_logits), fake_logits = leaf(turn.fake_logits);
    if (is_D) {
        const Tensor loss = game->loss().discriminator(real_logits, fake_logits);
        keep("real_slope", slope_of(loss, real_logits));
        keep("fake_slope", slope_of(loss, fake_logits));
        keep("fake_after", turn.fake);
    } else {
        keep("fake_slope", slope_of(game->loss().generator(fake_logits), fake_logits));
        keep("arrows", game->arrows(turn.fake));
        NoRecording guard;
        keep("fake_after", game->G()(game->last_noise));
    }
    Object turned;
    turned.add("player", quoted(is_D ? "D" : "G"))
        .add("loss", turn.loss)
        .add("batch", double(turn.fake.shape()[0]))
        .add("gradient_norm", kit::norm(turn.gradients))
        .add("stages", stages(mover));
    add_state(turned);
    return turned.str();
}

std::string state(bool restarted = false, const std::vector<std::string>& notes = {}) {
    Object all;
    add_state(all, restarted, notes);
    return all.str();
}

// [modes, share of high quality, reverse KL], or null where the data have no modes.
std::string quality(const Tensor& fake) {
    const kit::Points& points = game->points();
    if (points.centres.empty() || !(points.std > 0)) return "null";
    const kit::ModeMetrics m = kit::mode_metrics(fake, points);
    return list(std::array{double(m.modes), m.high_quality, m.reverse_kl}, number);
}

const char* answered(auto&& compute) {
    try {
        answer = compute();
    } catch (const std::exception& error) {
        answer = Object().add("error", quoted(error.what())).str();
    }
    return answer.c_str();
}

Game& playing() {
    if (!game) throw std::logic_error("playground: create() comes first");
    return *game;
}

}  // namespace

// ---------------------------------------------------------------------------------------- what the page calls

extern "C" {

const char* playground_create(const char* settings) {
    return answered([&] {
        Settings wanted;
        wanted.read(settings);
        game = std::make_unique<Game>(wanted);
        return state();
    });
}

const char* playground_change(const char* settings) {
    return answered([&] {
        Settings wanted = playing().settings();
        wanted.read(settings);
        std::vector<std::string> notes;
        if (game->change(wanted, notes)) return state(false, notes);
        game = std::make_unique<Game>(wanted);
        return state(true, {"the training starts anew: other networks, another seed or other dimensions"});
    });
}

const char* playground_train(int n) {
    return answered([&] {
        playing().train(n);
        arrays.clear();
        std::vector<float>& rows = arrays["history"];
        for (const kit::Vitals& v : game->history)
            for (const double number :
                 {v.discriminator_loss, v.generator_loss, v.penalty, v.discriminator_gradient, v.generator_gradient,
                  v.real_score, v.fake_score, v.real_accuracy, v.fake_accuracy})
                rows.push_back(static_cast<float>(number));
        return state();
    });
}

const char* playground_D_turn() {
    return answered([] { return playing(), take_turn(Mover::D); });
}

const char* playground_G_turn() {
    return answered([] { return playing(), take_turn(Mover::G); });
}

const char* playground_points(int n) {
    return answered([&] {
        const Game::Samples samples = playing().samples(n);
        arrays.clear();
        keep("real", samples.real);
        keep("fake", samples.fake);
        keep("f", samples.f);
        keep("slopes", samples.slopes);
        keep("lattice", samples.lattice);
        return Object()
            .add("rows", double(samples.lattice.shape()[0] / Game::lattice_columns))
            .add("columns", double(Game::lattice_columns))
            .add("scale", game->points().scale)
            .add("quality", quality(samples.fake))
            .str();
    });
}

const char* playground_surface(double x0, double x1, int columns, double y0, double y1, int rows) {
    return answered([&] {
        const Index dimensions = playing().points().dimensions;
        if (dimensions == 1) rows = 1;
        if (columns < 1 || rows < 1) fail("surface", "needs columns and rows");
        const auto at = [](double from, double to, int i, int n) {
            return n == 1 ? from : from + (to - from) * i / (n - 1);
        };
        std::vector<Real> places;
        for (int row = 0; row < rows; ++row) {
            for (int column = 0; column < columns; ++column) {
                places.push_back(static_cast<Real>(at(x0, x1, column, columns)));
                if (dimensions == 2) places.push_back(static_cast<Real>(at(y0, y1, row, rows)));
            }
        }
        const Tensor D = game->judge(tensor({rows * columns, dimensions}, places));
        arrays.clear();
        keep("surface", D);
        return Object()
            .add("min", -max(-reshape(D, {D.size()}), 0).item())
            .add("max", max(reshape(D, {D.size()}), 0).item())
            .str();
    });
}

const float* playground_array(const char* name) { return arrays.contains(name) ? arrays.at(name).data() : nullptr; }

int playground_array_size(const char* name) {
    return arrays.contains(name) ? static_cast<int>(arrays.at(name).size()) : 0;
}

}  // extern "C"
