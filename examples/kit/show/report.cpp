#include "examples/kit/show/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/figure.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/show/index.hpp"
#include "examples/kit/show/module_graph.hpp"
#include "nn/file.hpp"

// The files of these names, put into a source file by the Makefile.
extern const char* const report_html;
extern const char* const report_css;
extern const char* const report_js;  // decodes, keeps the state, listens
extern const char* const report_page_js;
extern const char* const report_draw_js;
extern const char* const report_views_js;

namespace gantry::kit {

using nlohmann::json;

// Sizes: large enough to see, small enough for a file of less than 1 MB.
static constexpr Index judged_points = 1000;  // modes are counted on these
static constexpr Index shown_points = 500;    // of them
static constexpr Index arrows = 100;          // of these
static constexpr Index cells = 40;            // of the surface, each way; 3 * cells places on a line
static constexpr Index lattice_nodes = 25;    // of the latent grid, each way: 1/6 apart in [-2, 2]
static constexpr Index digits = 64, walk_steps = 16;

static constexpr std::uint64_t report_stream = 7;  // of the seed; 0 to 6 are the examples' and the training's

using Clock = std::chrono::steady_clock;
static double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// Adds the time that it lives to a total: what the report costs.
struct Stopwatch {
    explicit Stopwatch(double& to) : total(to) {}
    ~Stopwatch() { total += seconds_since(start); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    double& total;
    const Clock::time_point start = Clock::now();
};

struct Report::Run {
    Recipe recipe;
    const Players* players;
    const Health* health;
    const Points* points = nullptr;  // or
    const Images* images = nullptr;
    Box box{};
    Tensor noise = {}, lattice = {}, walk = {}, real = {};
    json page = {}, frames = json::array();  // as they will stand in the page
    std::vector<Vitals> rows = {};
    std::vector<Health::Episode> episodes = {};
    Clock::time_point start = Clock::now();
};

// ---------------------------------------------------------------------------------------- numbers for the page
//
// Text, and numbers of 4 digits; long rows of numbers as base64 of 16-bit integers:
//
//     stored = round((x - low) / (high - low) * 65534)       65535: not a finite number

static double number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", x);
    return std::strtod(text, nullptr);
}

static json numbers(const std::vector<double>& values) {
    json list = json::array();
    for (double x : values) list.push_back(number(x));
    return list;
}

static std::string base64(const std::vector<std::uint8_t>& bytes) {
    const char* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t three = 0;  // bytes, four letters
        for (std::size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? bytes[i + k] : 0);
        for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : letters[three >> (18 - 6 * k) & 63];
    }
    return text;
}

static void append(std::vector<std::uint8_t>& bytes, double x, double low, double high) {
    const double share = high > low ? std::clamp((x - low) / (high - low), 0.0, 1.0) : 0;
    const std::uint32_t stored = std::isfinite(x) ? std::lround(65534 * share) : 65535;
    bytes.push_back(stored & 255);
    bytes.push_back(stored >> 8);
}

static std::string packed(const Tensor& x, double low, double high) {
    std::vector<std::uint8_t> bytes;
    for (double value : x.values()) append(bytes, value, low, high);
    return base64(bytes);
}

// Points [N, 1 or 2] within the box three times as wide and high: they may stray.
static std::string packed(const Tensor& points, const Box& box) {
    const double width = box.right - box.left, height = box.top - box.bottom;
    const Index d = points.shape()[1];
    std::vector<std::uint8_t> bytes;
    for (Index i = 0; i < points.size(); ++i) {
        const bool is_x = i % d == 0;
        append(bytes, points.data()[i], is_x ? box.left - width : box.bottom - height,
               is_x ? box.right + width : box.top + height);
    }
    return base64(bytes);
}

// [-1, 1] to a byte each.
static std::string packed_pixels(const Tensor& pixels) {
    std::vector<std::uint8_t> bytes;
    for (double value : pixels.values())
        bytes.push_back(std::isfinite(value) ? std::lround(255 * (std::clamp(value, -1.0, 1.0) + 1) / 2) : 0);
    return base64(bytes);
}

// The smallest and the largest finite number, as they will stand in the page; 0 and 0 if there is none.
static std::pair<double, double> range(const Tensor& x) {
    double low = INFINITY, high = -INFINITY;
    for (double value : x.values()) {
        if (!std::isfinite(value)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    return low <= high ? std::pair(number(low), number(high)) : std::pair(0.0, 0.0);
}

// ---------------------------------------------------------------------------------------- what is looked at

// Nodes of a grid over [-2, 2]^2 in the first two latent coordinates, the others 0; only a row where there is one.
static Tensor latent_lattice(Index latent) {
    const double edge = 2 + 2.0 / (lattice_nodes - 1);  // nodes are the middles of cells
    const Tensor plane = grid_points({-edge, edge, -edge, edge}, latent > 1 ? lattice_nodes : 1, lattice_nodes);
    if (latent == 1) return slice(plane, 1, 0, 1);
    return latent == 2 ? plane : concat({plane, zeros({plane.shape()[0], latent - 2})}, 1);
}

// From a to b along the great circle between them: in many dimensions normal noise lies near a sphere, and the straight
// line would lead through its empty middle (White 2016, "Sampling Generative Networks").
static Tensor latent_walk(Index latent, Random& rng) {
    const Tensor ends = rng.normal(Shape{2, latent});
    const Tensor a = slice(ends, 0, 0, 1), b = slice(ends, 0, 1, 2);
    const double cosine = sum(a * b).item() / norm({a}) / norm({b});
    const double angle = std::acos(std::clamp(cosine, -1.0, 1.0));
    const bool parallel = std::sin(angle) < 1e-6;
    std::vector<Real> shares;  // of a and of b
    for (Index i = 0; i < walk_steps; ++i) {
        const double t = 1.0 * i / (walk_steps - 1);
        for (double share : {1 - t, t}) shares.push_back(parallel ? share : std::sin(share * angle) / std::sin(angle));
    }
    return matmul(tensor({walk_steps, 2}, shares), ends);
}

// What each loss makes of the same D. A fake would like to move along
//
//     -dL_G/dx = -dL_G/df grad_x f         per sample: times the batch, for the loss is a mean
//
// and grad_x f does not depend on the loss. So the page can show the arrows of every loss whose dL_G/df it knows.
void Report::look_at_slopes(json& frame, const Tensor& fakes) const {
    const Run& run = runs_.back();
    const auto pulls = [&run](const GanLoss& loss, const Tensor& logits) {  // dL_G/df
        Tensor f = logits.detach();
        f.set_requires_grad(true);
        const Tensor r = loss.generator_needs_real() ? run.players->discriminator(run.real).detach() : Tensor();
        return grad(loss.generator(r, f), {f})[0] * Real(f.size());
    };
    Tensor x = slice(fakes, 0, 0, arrows).detach();
    x.set_requires_grad(true);
    const Tensor f = run.players->discriminator(x);
    const Tensor slopes = grad(sum(f), {x})[0], own = pulls(run.players->loss, f);
    std::vector<double> sizes;
    for (const std::string& name : loss_names()) {
        Recipe other = run.recipe;
        other.loss = name;
        sizes.push_back(mean(abs(pulls(*other.make_loss(), f))).item());
    }
    const auto pack = [&](const char* name, const Tensor& values) {
        const auto [low, high] = range(values);
        frame[name] = {{"low", low}, {"high", high}, {"packed", packed(values, low, high)}};
    };
    pack("f", f);
    pack("slopes", slopes);
    pack("own", own);
    frame["pulls"] = numbers(sizes);
}

void Report::look_at_points(json& frame, const Tensor& fakes) const {
    const Run& run = runs_.back();
    const Points& points = *run.points;
    look_at_slopes(frame, fakes);
    NoRecording guard;
    const Tensor judged = points.from_network(fakes);
    const bool on_line = points.dimensions == 1;
    const Tensor plane = grid_points(run.box, on_line ? 1 : cells, on_line ? 3 * cells : cells);
    const Tensor places = points.to_network(slice(plane, 1, 0, points.dimensions));
    const Tensor surface = run.players->discriminator(places);
    const Tensor lattice = points.from_network(run.players->generator(run.lattice));
    const auto [low, high] = range(surface);
    frame.update({{"fakes", packed(slice(judged, 0, 0, shown_points), run.box)},
                  {"surface", packed(surface, low, high)},
                  {"low", low},
                  {"high", high},
                  {"lattice", packed(lattice, run.box)},
                  {"quality", json()}});
    if (points.centres.empty() || !(points.std > 0)) return;
    const ModeMetrics m = mode_metrics(judged, points);
    frame["quality"] = numbers({double(m.modes), m.high_quality, m.reverse_kl});
}

void Report::look(Index step) {
    Run& run = runs_.back();
    json frame = {{"step", step}};
    Tensor fakes, walk;
    {
        NoRecording guard;
        fakes = run.players->generator(run.noise);
        if (run.images) walk = run.players->generator(run.walk);
    }
    if (run.points) look_at_points(frame, fakes);
    if (run.images) frame.update({{"images", packed_pixels(fakes)}, {"walk", packed_pixels(walk)}});
    run.frames.push_back(frame);
}

// Graphviz' SVG as it stands within a page, where several graphs must not share the names of their parts.
static std::string svg_within_page(const std::filesystem::path& path) {
    std::ostringstream file;
    file << std::ifstream(path).rdbuf();
    const std::string text = file.str();
    static const std::regex left_out(" (id|xmlns|xmlns:xlink)=\"[^\"]*\"|<title>[^<]*</title>\n|<!--[^>]*-->\n");
    const std::size_t begin = text.find("<svg");
    if (begin == std::string::npos || text.find("</svg>") == std::string::npos)
        throw std::runtime_error("`dot` wrote no drawing");
    return std::regex_replace(text.substr(begin), left_out, "");
}

void Report::look_at_graphs(const StepReport& first) {
    const std::filesystem::path picture = run_info_.folder / "report_graph.svg";
    json& graphs = runs_.back().page["graphs"];
    try {
        for (const Tensor& loss : {first.D.objective, first.G.objective}) {
            drawing::write(module_graph_text(loss), picture.string(), 10);
            graphs.push_back(svg_within_page(picture));
        }
    } catch (const std::runtime_error&) {  // Graphviz is missing or failed: the page says so, the training goes on
        graphs_failed_ = true;
    }
    std::error_code none;
    std::filesystem::remove(picture, none);
    std::filesystem::remove(std::filesystem::path(picture).replace_extension(".dot"), none);
}

// ---------------------------------------------------------------------------------------- during the training

Report::Report(const RunInfo& run, Index frames) : run_info_(run), wanted_frames_(frames) {}

Report::Run& Report::begin_run(const Recipe& recipe, const Players& players, const Health& health) {
    Run& run = runs_.emplace_back(Run{.recipe = recipe, .players = &players, .health = &health});
    run.page = {{"name", recipe.loss},
                {"training", in_words(recipe)},
                {"steps", recipe.training.steps},
                {"latent", recipe.training.latent},
                {"average", recipe.training.average},
                {"logistic", recipe.is_logistic()},
                {"labels", {recipe.labels.a, recipe.labels.b, recipe.labels.c}},
                {"criticSteps", recipe.training.critic_steps},
                {"graphs", json::array()},
                {"findings", json::array()}};
    return run;
}

void Report::begin(const Recipe& recipe, const Players& players, const Points& points, const Health& health) {
    Run& run = begin_run(recipe, players, health);
    const Stopwatch stopwatch(seconds_);
    const Index latent = recipe.training.latent;
    run.points = &points;
    Random rng(run_info_.seed, report_stream);
    run.noise = rng.normal(Shape{judged_points, latent});
    run.lattice = latent_lattice(latent);
    const Tensor real = points.sample(shown_points, rng);
    run.box = surroundings(real);
    run.real = points.to_network(slice(real, 0, 0, arrows));
    const std::optional<double> undecided = recipe.undecided();
    run.page.update({{"dimensions", points.dimensions},
                     {"box", numbers({run.box.left, run.box.right, run.box.bottom, run.box.top})},
                     {"real", packed(real, run.box)},
                     {"centres", points.centres.size()},
                     {"modes", points.dimensions == 1 ? json(points.centres) : json::array()},
                     {"std", points.std},
                     {"scale", points.scale},
                     {"undecided", undecided ? json(*undecided) : json()},
                     {"rows", latent > 1 ? lattice_nodes : 1},
                     {"columns", lattice_nodes},
                     {"cells", cells}});
    look(0);
}

void Report::begin(const Recipe& recipe, const Players& players, const Images& images, const Health& health) {
    Run& run = begin_run(recipe, players, health);
    const Stopwatch stopwatch(seconds_);
    run.images = &images;
    Random rng(run_info_.seed, report_stream);
    run.noise = rng.normal(Shape{digits, recipe.training.latent});
    run.walk = latent_walk(recipe.training.latent, rng);
    const Tensor real = images.batch(rng.indices(digits, images.count()));
    run.page.update({{"width", images.columns}, {"height", images.rows}, {"real", packed_pixels(real)}});
    look(0);
}

// Frame k of n is due at the share (k / n)^1.5 of the steps.
bool Report::is_due(Index step) const {
    const Run& run = runs_.back();
    const double share = std::pow(1.0 * run.frames.size() / (wanted_frames_ - 1), 1.5);
    return step >= std::min(share, 1.0) * run.recipe.training.steps;
}

void Report::after_step(const StepReport& step) {
    Run& run = runs_.back();
    const std::vector<Vitals>& rows = run.health->rows();
    run.rows.insert(run.rows.end(), rows.begin() + std::ptrdiff_t(run.rows.size()), rows.end());
    {
        const Stopwatch stopwatch(seconds_);
        if (step.step == 1) look_at_graphs(step);
        if (step.last || is_due(step.step)) {
            run.episodes = run.health->episodes();
            step.average.exchange();
            look(step.step);
            step.average.exchange();
        }
    }
    if (step.last) training_seconds_ += seconds_since(run.start);
}

// ---------------------------------------------------------------------------------------- the page

// Every n-th row, so that at most some 450 remain, and the last.
static json curves_of(const std::vector<Vitals>& rows) {
    const std::pair<const char*, double Vitals::*> columns[] = {{"step", &Vitals::step},
                                                                {"D_loss", &Vitals::discriminator_loss},
                                                                {"G_loss", &Vitals::generator_loss},
                                                                {"real", &Vitals::real_score},
                                                                {"fake", &Vitals::fake_score},
                                                                {"real_right", &Vitals::real_accuracy},
                                                                {"fake_right", &Vitals::fake_accuracy},
                                                                {"D_gradient", &Vitals::discriminator_gradient},
                                                                {"G_gradient", &Vitals::generator_gradient}};
    const std::size_t stride = rows.size() / 450 + 1;
    json curves;
    for (const auto& [name, field] : columns) {
        curves[name] = json::array();
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (i % stride == 0 || i + 1 == rows.size()) curves[name].push_back(number(rows[i].*field));
    }
    return curves;
}

// What stands beside these labels.
std::string Report::noted(const std::vector<std::string>& labels) const {
    std::string all;
    for (const auto& [label, text] : run_info_.about)
        if (std::ranges::count(labels, label)) all += (all.empty() ? "" : "\n") + text;
    return all;
}

std::string Report::page(const std::string& cost) const {
    std::string losses;
    json notes = run_info_.about, runs = json::array();
    notes.push_back({"this report took", cost});
    for (const Run& run : runs_) {
        losses += (losses.empty() ? "" : ", ") + run.recipe.loss;
        json& shown = runs.emplace_back(run.page);
        shown["frames"] = run.frames;
        shown["curves"] = curves_of(run.rows);
        for (const Health::Episode& e : run.episodes) {
            shown["findings"].push_back({{"first", e.first},
                                         {"last", e.last},
                                         {"name", e.diagnosis.name},
                                         {"text", e.diagnosis.text},
                                         {"card", e.diagnosis.card}});
        }
    }
    const json data = {{"program", run_info_.program},
                       {"command", run_info_.command},
                       {"seed", run_info_.seed},
                       {"graphsFailed", graphs_failed_},
                       {"notes", notes},
                       {"losses", loss_names()},
                       {"runs", runs}};
    std::string text;  // without '<': no tag within the page's script
    for (const char c : data.dump(-1, ' ', false, json::error_handler_t::replace))
        text += c == '<' ? "\\u003c" : std::string(1, c);
    return filled(report_html, {{"title", escaped(run_info_.program + ": " + losses)},
                                {"description", escaped(run_info_.command)},
                                {"about", escaped(noted({"data"}))},
                                {"result", escaped(noted({"result", "results", "interrupted"}))},
                                {"style", report_css},
                                {"script", std::string(report_page_js) + report_js + report_draw_js + report_views_js},
                                {"data", text}});
}

void Report::write() {
    if (runs_.empty()) return;
    written_ = true;
    const double training = training_seconds_ - seconds_;
    char cost[100] = "the training did not end";
    if (training > 0) std::snprintf(cost, sizeof cost, "%.2f s", seconds_);
    if (training > 1) {  // of less a share says nothing
        std::snprintf(cost, sizeof cost, "%.2f s, %.1f %% of the training's %.1f s", seconds_,
                      100 * seconds_ / training, training);
    }
    const std::filesystem::path path = run_info_.folder / "report.html";
    write_file(path, {page(cost)});
    std::cout << folded("report  " + path.string() + " (" + cost + ")", 8) << "\n";
    if (graphs_failed_) std::cout << "        without graphs: they need Graphviz' `dot` (make deps installs it)\n";
}

std::string Report::state() const {
    const Run& run = runs_.back();
    return json{{"frames", run.frames}, {"graphs", run.page["graphs"]}, {"graphsFailed", graphs_failed_}}.dump();
}

bool Report::load_state(const std::string& text) {
    const json state = json::parse(text, nullptr, false);
    if (!state.is_object() || !state.contains("frames") || !state.contains("graphs") || !state["frames"].is_array() ||
        !state["graphs"].is_array())
        return false;
    runs_.back().frames = state["frames"];
    runs_.back().page["graphs"] = state["graphs"];
    graphs_failed_ = state.value("graphsFailed", json(false)) == json(true);
    return true;
}

Report::~Report() {
    if (written_ || runs_.empty() || std::uncaught_exceptions() == 0) return;
    try {
        Run& run = runs_.back();
        const Index step = run.rows.empty() ? 0 : static_cast<Index>(run.rows.back().step);
        const std::string why = why_it_failed().empty() ? "the program could not go on" : why_it_failed();
        const Diagnosis failed{"the training failed", why, "stability"};
        run.episodes.push_back({failed, step, run.recipe.training.steps});
        write();
    } catch (const std::exception& error) {
        std::cerr << run_info_.program << ": no report: " << in_words(error) << "\n";
    }
}

}  // namespace gantry::kit
