#include "examples/kit/show/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "examples/kit/measure/metrics.hpp"
#include "examples/kit/show/animation.hpp"
#include "examples/kit/show/frames.hpp"
#include "examples/kit/show/module_graph.hpp"

// The files of these names, put into a source file by the Makefile.
extern const char* const report_html;
extern const char* const report_css;
extern const char* const report_js;
extern const char* const report_index_html;

namespace gantry::kit {

// Sizes: large enough to see, small enough for a file of less than 1 MB.
static constexpr Index judged_points = 1000;  // modes are counted on these
static constexpr Index shown_points = 500;    // of them
static constexpr Index arrows = 100;          // of these
static constexpr Index cells = 40;            // of the surface, each way; 3 * cells places on a line
static constexpr Index lattice_nodes = 25;    // of the latent grid, each way: 1/6 apart in [-2, 2]
static constexpr Index digits = 64, walk_steps = 16;
static constexpr int animation_frames = 16;

static constexpr std::uint64_t report_stream = 7;  // of the seed; 0 to 6 are the examples' and the training's

static double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Adds the time that it lives to a total: what the report costs.
struct Stopwatch {
    explicit Stopwatch(double& to) : total(to) {}
    ~Stopwatch() { total += seconds_since(start); }
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    double& total;
    const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

// ---------------------------------------------------------------------------------------- JSON
//
// Text, and numbers of 4 digits; long rows of numbers as base64 of 16-bit integers:
//
//     stored = round((x - low) / (high - low) * 65534)       65535: not a finite number

static std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        const bool escaped = code < 0x20 || c == '"' || c == '\\' || c == '<';  // '<': no tag within the page's script
        char unicode[8];
        std::snprintf(unicode, sizeof unicode, "\\u%04x", code);
        result += escaped ? std::string(unicode) : std::string(1, c);
    }
    return result + "\"";
}

static std::string number(double x) {
    if (!std::isfinite(x)) return "null";
    char text[32];
    std::snprintf(text, sizeof text, x == std::trunc(x) && std::fabs(x) < 1e9 ? "%.0f" : "%.4g", x);
    return text;
}

static std::string numbers(const std::vector<double>& values) {
    std::string text = "[";
    for (double x : values) text += (text.size() > 1 ? "," : "") + number(x);
    return text + "]";
}

static std::string base64(const std::vector<std::uint8_t>& bytes) {
    const char* letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text = "\"";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t three = 0;  // bytes, four letters
        for (std::size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? bytes[i + k] : 0);
        for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : letters[three >> (18 - 6 * k) & 63];
    }
    return text + "\"";
}

static void append(std::vector<std::uint8_t>& bytes, double x, double low, double high) {
    const double share = high > low ? std::clamp((x - low) / (high - low), 0.0, 1.0) : 0;
    const auto stored = static_cast<std::uint32_t>(std::isfinite(x) ? std::lround(65534 * share) : 65535);
    bytes.push_back(static_cast<std::uint8_t>(stored & 255));
    bytes.push_back(static_cast<std::uint8_t>(stored >> 8));
}

static std::string packed(const Tensor& x, double low, double high) {
    std::vector<std::uint8_t> bytes;
    for (Index i = 0; i < x.size(); ++i) append(bytes, x.data()[i], low, high);
    return base64(bytes);
}

// The box three times as wide and high: points may stray.
static Box surroundings_of(const Box& box) {
    const double width = box.right - box.left;
    const double height = box.top - box.bottom;
    return {box.left - width, box.right + width, box.bottom - height, box.top + height};
}

// Points [N, 1 or 2] within the surroundings of the box.
static std::string packed_points(const Tensor& points, const Box& box) {
    const Box range = surroundings_of(box);
    const Index d = points.shape()[1];
    std::vector<std::uint8_t> bytes;
    for (Index i = 0; i < points.size(); ++i) {
        const bool is_x = i % d == 0;
        append(bytes, points.data()[i], is_x ? range.left : range.bottom, is_x ? range.right : range.top);
    }
    return base64(bytes);
}

// [-1, 1] to a byte each.
static std::string packed_pixels(const Tensor& pixels) {
    std::vector<std::uint8_t> bytes;
    for (Index i = 0; i < pixels.size(); ++i) {
        const double share = (std::clamp(static_cast<double>(pixels.data()[i]), -1.0, 1.0) + 1) / 2;
        bytes.push_back(std::isfinite(share) ? static_cast<std::uint8_t>(std::lround(255 * share)) : 0);
    }
    return base64(bytes);
}

// The smallest and the largest finite number; 0 and 0 if there is none.
static std::pair<double, double> range(const Tensor& x) {
    double low = INFINITY, high = -INFINITY;
    for (Index i = 0; i < x.size(); ++i) {
        const double value = x.data()[i];
        if (!std::isfinite(value)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
    }
    return low <= high ? std::pair(low, high) : std::pair(0.0, 0.0);
}

static double largest(const Tensor& x) {
    const auto [low, high] = range(x);
    return std::max(-low, high);
}

// What the page will read: the ends of a range must be the same here and there.
static double as_written(double x) { return std::strtod(number(x).c_str(), nullptr); }

// ---------------------------------------------------------------------------------------- what is looked at

// Nodes of a grid over [-2, 2]^2 in the first two latent coordinates, the others 0; only a row where there is one.
static Tensor latent_lattice(Index latent) {
    const Index rows = latent > 1 ? lattice_nodes : 1;
    Tensor z = zeros(Shape{rows * lattice_nodes, latent});
    Real* to = z.mutable_data();
    const auto place = [](Index i) {
        return static_cast<Real>(-2 + 4.0 * static_cast<double>(i) / (lattice_nodes - 1));
    };
    for (Index i = 0; i < rows * lattice_nodes; ++i) {
        to[i * latent] = place(i % lattice_nodes);
        if (latent > 1) to[i * latent + 1] = place(i / lattice_nodes);
    }
    return z;
}

// From a to b along the great circle between them: in many dimensions normal noise lies near a sphere, and the straight
// line would lead through its empty middle (White 2016, "Sampling Generative Networks").
static Tensor latent_walk(Index latent, Random& rng) {
    const Tensor ends = rng.normal(Shape{2, latent});
    const Real* a = ends.data();
    const Real* b = a + latent;
    double aa = 0, bb = 0, ab = 0;
    for (Index k = 0; k < latent; ++k) {
        aa += static_cast<double>(a[k]) * a[k];
        bb += static_cast<double>(b[k]) * b[k];
        ab += static_cast<double>(a[k]) * b[k];
    }
    const double angle = std::acos(std::clamp(ab / std::sqrt(aa * bb), -1.0, 1.0));
    Tensor z = empty(Shape{walk_steps, latent});
    Real* to = z.mutable_data();
    for (Index i = 0; i < walk_steps; ++i) {
        const double t = static_cast<double>(i) / (walk_steps - 1);
        const bool parallel = std::sin(angle) < 1e-6;
        const double from_a = parallel ? 1 - t : std::sin((1 - t) * angle) / std::sin(angle);
        const double from_b = parallel ? t : std::sin(t * angle) / std::sin(angle);
        for (Index k = 0; k < latent; ++k) to[i * latent + k] = static_cast<Real>(from_a * a[k] + from_b * b[k]);
    }
    return z;
}

static Tensor places_on_line(const Box& box) {
    Tensor x = empty(Shape{3 * cells, 1});
    Real* to = x.mutable_data();
    for (Index i = 0; i < x.size(); ++i) {
        const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(x.size());
        to[i] = static_cast<Real>(box.left + share * (box.right - box.left));
    }
    return x;
}

void Report::look_at_points(Frame& frame) {
    Run& run = runs_.back();
    Tensor fakes;  // in network coordinates
    std::string quality = "null";
    {
        NoRecording guard;
        fakes = players_->generator(noise_);
        const Tensor judged = points_->from_network(fakes);
        if (!points_->centres.empty() && points_->std > 0) {
            const ModeMetrics m = mode_metrics(judged, *points_);
            quality = numbers({static_cast<double>(m.modes), m.high_quality, m.reverse_kl});
        }
        frame.fakes = slice(judged, 0, 0, shown_points);
        const Tensor places = points_->dimensions == 1 ? places_on_line(run.box) : grid_points(run.box, cells, cells);
        frame.surface = players_->discriminator(points_->to_network(places));
    }

    // The generator's gradient at its samples: each fake would like to move along -dL_G/dx, times the batch, for the
    // loss is a mean.
    Tensor some = slice(fakes, 0, 0, arrows).detach();
    some.set_requires_grad(true);
    const Tensor loss = players_->loss.generator(players_->discriminator(some));
    const Tensor gradient = grad(loss, {some})[0] * Real(-arrows);

    NoRecording guard;
    const double longest = as_written(largest(gradient));
    const auto [lowest, highest] = range(frame.surface);
    const double low = as_written(lowest), high = as_written(highest);
    frame.json = "{\"step\":" + std::to_string(frame.step) + ",\"fakes\":" + packed_points(frame.fakes, run.box) +
                 ",\"low\":" + number(low) + ",\"high\":" + number(high) +
                 ",\"surface\":" + packed(frame.surface, low, high) + ",\"longest\":" + number(longest) +
                 ",\"arrows\":" + packed(gradient, -longest, longest) +
                 ",\"lattice\":" + packed_points(points_->from_network(players_->generator(lattice_)), run.box) +
                 ",\"quality\":" + quality + "}";
}

void Report::look_at_images(Frame& frame) {
    NoRecording guard;
    frame.json = "{\"step\":" + std::to_string(frame.step) +
                 ",\"images\":" + packed_pixels(players_->generator(noise_)) +
                 ",\"walk\":" + packed_pixels(players_->generator(walk_)) + "}";
}

// Graphviz' SVG as it stands within a page, where several graphs must not share the names of their parts.
static std::string svg_within_page(const std::filesystem::path& path) {
    std::ostringstream file;
    file << std::ifstream(path).rdbuf();
    const std::string text = file.str();
    static const std::regex left_out(" (id|xmlns|xmlns:xlink)=\"[^\"]*\"|<title>[^<]*</title>\n|<!--[^>]*-->\n");
    return std::regex_replace(text.substr(text.find("<svg")), left_out, "");
}

void Report::look_at_graphs(const StepReport& first) {
    const Stopwatch stopwatch(seconds_);
    const std::filesystem::path picture = options_.out("report_graph.svg");
    const std::filesystem::path text = std::filesystem::path(picture).replace_extension(".dot");
    try {
        for (const Tensor& loss : {first.discriminator_objective, first.generator_objective}) {
            drawing::write(module_graph_text(loss), picture.string());
            runs_.back().graphs.push_back(svg_within_page(picture));
        }
    } catch (const std::runtime_error&) {  // Graphviz is missing or failed: the page says so, the training goes on
        graphs_failed_ = true;
    }
    std::filesystem::remove(picture);
    std::filesystem::remove(text);
}

// ---------------------------------------------------------------------------------------- during the training

Report::Report(Options& options, Index frames) : options_(options), wanted_frames_(frames) {
    options.flag("--no-report", off_, "do not write report.html");
}

void Report::begin_run(const Settings& settings, const Players& players, const Health& health) {
    players_ = &players;
    health_ = &health;
    points_ = nullptr;
    images_ = nullptr;
    Run& run = runs_.emplace_back();
    run.name = settings.loss;
    run.settings = settings;
    start_ = std::chrono::steady_clock::now();
}

void Report::begin(const Settings& settings, const Players& players, const Points& points, const Health& health) {
    if (off_) return;
    begin_run(settings, players, health);
    const Stopwatch stopwatch(seconds_);
    points_ = &points;
    Run& run = runs_.back();
    Random rng(static_cast<std::uint64_t>(options_.seed()), report_stream);
    noise_ = rng.normal(Shape{judged_points, settings.latent});
    lattice_ = latent_lattice(settings.latent);
    run.real = points.sample(shown_points, rng);
    run.box = surroundings(run.real);
    const std::optional<double> undecided = settings.undecided();
    run.json = "\"dimensions\":" + std::to_string(points.dimensions) +
               ",\"box\":" + numbers({run.box.left, run.box.right, run.box.bottom, run.box.top}) +
               ",\"real\":" + packed_points(run.real, run.box) +
               ",\"centres\":" + std::to_string(points.centres.size()) +
               ",\"undecided\":" + (undecided ? number(*undecided) : "null") +
               ",\"rows\":" + std::to_string(settings.latent > 1 ? lattice_nodes : 1) +
               ",\"columns\":" + std::to_string(lattice_nodes) + ",\"cells\":" + std::to_string(cells);
    look(0);
}

void Report::begin(const Settings& settings, const Players& players, const Images& images, const Health& health) {
    if (off_) return;
    begin_run(settings, players, health);
    const Stopwatch stopwatch(seconds_);
    images_ = &images;
    Random rng(static_cast<std::uint64_t>(options_.seed()), report_stream);
    noise_ = rng.normal(Shape{digits, settings.latent});
    walk_ = latent_walk(settings.latent, rng);
    const Tensor real = images.batch(rng.indices(digits, images.count()));
    runs_.back().json = "\"width\":" + std::to_string(images.columns) + ",\"height\":" + std::to_string(images.rows) +
                        ",\"real\":" + packed_pixels(real);
    look(0);
}

// Frame k of n is due at the share (k / n)^1.5 of the steps.
bool Report::is_due(Index step) const {
    const auto next = static_cast<double>(runs_.back().frames.size());
    const double share = std::pow(next / static_cast<double>(wanted_frames_ - 1), 1.5);
    const auto steps = static_cast<double>(runs_.back().settings.steps);
    return static_cast<double>(step) >= std::min(share, 1.0) * steps;
}

void Report::look(Index step) {
    Frame frame{step, {}, {}, ""};
    if (points_ != nullptr) look_at_points(frame);
    if (images_ != nullptr) look_at_images(frame);
    runs_.back().frames.push_back(frame);
}

void Report::after_step(const StepReport& step) {
    if (off_) return;
    Run& run = runs_.back();
    for (std::size_t i = run.rows.size(); i < health_->rows().size(); ++i) run.rows.push_back(health_->rows()[i]);
    if (step.step == 1) look_at_graphs(step);
    const bool last = step.step == run.settings.steps;
    if (last || is_due(step.step)) {
        const Stopwatch stopwatch(seconds_);
        run.episodes = health_->episodes();
        step.average.exchange();
        look(step.step);
        step.average.exchange();
    }
    if (last) training_seconds_ += seconds_since(start_);
}

void Report::note(const std::string& label, const std::string& text) { notes_.emplace_back(label, text); }

void Report::note(const Lines& lines) { notes_.insert(notes_.end(), lines.begin(), lines.end()); }

// ---------------------------------------------------------------------------------------- the page

// Every n-th row, so that at most some 450 remain, and the last.
static std::string curves_json(const std::vector<Vitals>& rows) {
    const std::size_t stride = rows.size() / 450 + 1;
    const auto column = [&](double Vitals::*field) {
        std::vector<double> values;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i % stride == 0 || i + 1 == rows.size()) values.push_back(rows[i].*field);
        }
        return numbers(values);
    };
    return "{\"step\":" + column(&Vitals::step) + ",\"D_loss\":" + column(&Vitals::discriminator_loss) +
           ",\"G_loss\":" + column(&Vitals::generator_loss) + ",\"real\":" + column(&Vitals::real_score) +
           ",\"fake\":" + column(&Vitals::fake_score) + ",\"real_right\":" + column(&Vitals::real_accuracy) +
           ",\"fake_right\":" + column(&Vitals::fake_accuracy) +
           ",\"D_gradient\":" + column(&Vitals::discriminator_gradient) +
           ",\"G_gradient\":" + column(&Vitals::generator_gradient) + "}";
}

std::string Report::data_json() const {
    std::string text = "{\"program\":" + quoted(options_.name()) + ",\"command\":" + quoted(options_.command()) +
                       ",\"seed\":" + std::to_string(options_.seed()) +
                       ",\"graphsFailed\":" + (graphs_failed_ ? "true" : "false") + ",\"notes\":[";
    for (const auto& [label, line] : notes_) {
        text += (text.back() == '[' ? "" : ",") + ("[" + quoted(label)) + "," + quoted(line) + "]";
    }
    text += "],\"runs\":[";
    for (const Run& run : runs_) {
        if (run.frames.empty()) continue;
        text += (text.back() == '[' ? "" : ",") + ("{\"name\":" + quoted(run.name)) +
                ",\"training\":" + quoted(run.settings.str()) + ",\"steps\":" + std::to_string(run.settings.steps) +
                ",\"latent\":" + std::to_string(run.settings.latent) + ",\"average\":" + number(run.settings.average) +
                ",\"logistic\":" + (run.settings.is_logistic() ? "true" : "false") + "," + run.json +
                ",\"curves\":" + curves_json(run.rows) + ",\"findings\":[";
        for (const Health::Episode& e : run.episodes) {
            text += (text.back() == '[' ? "" : ",") + ("{\"first\":" + std::to_string(e.first)) +
                    ",\"last\":" + std::to_string(e.last) + ",\"name\":" + quoted(e.finding.name) +
                    ",\"text\":" + quoted(e.finding.text) + ",\"card\":" + quoted(e.finding.card) + "}";
        }
        text += "],\"graphs\":[";
        for (const std::string& graph : run.graphs) text += (text.back() == '[' ? "" : ",") + quoted(graph);
        text += "],\"frames\":[\n";
        for (const Frame& frame : run.frames) text += (text.ends_with("\n") ? "" : ",\n") + frame.json;
        text += "]}";
    }
    return text + "]}";
}

static std::string replaced(const std::string& page, const std::string& place, const std::string& text) {
    const std::size_t at = page.find(place);
    if (at == std::string::npos) fail("Report", "the page has no place for " + place);
    return page.substr(0, at) + text + page.substr(at + place.size());
}

static std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '&') result += "&amp;";
        if (c == '<') result += "&lt;";
        if (c == '"') result += "&quot;";
        if (c != '&' && c != '<' && c != '"') result += c;
    }
    return result;
}

// Written under another name first, so that nobody ever reads half a file.
static void write_file(const std::filesystem::path& path, const std::string& content) {
    const std::filesystem::path part = path.string() + ".part";
    std::ofstream file(part, std::ios::binary);
    file << content << std::flush;
    if (!file) throw std::runtime_error(path.string() + ": cannot be written");
    file.close();
    std::filesystem::rename(part, path);
}

std::string Report::page() const {
    std::string losses;
    for (const Run& run : runs_) losses += (losses.empty() ? "" : ", ") + run.name;
    std::string text = replaced(report_html, "{{title}}", escaped(options_.name() + ": " + losses));
    text = replaced(text, "{{description}}", escaped(options_.command()));
    text = replaced(text, "{{style}}", report_css);
    text = replaced(text, "{{script}}", report_js);
    return replaced(text, "{{data}}", data_json());
}

// Every third frame or so of the last training on points of the plane.
void Report::write_animation(const std::filesystem::path& path) const {
    const Run& run = runs_.back();
    const auto stride = static_cast<std::size_t>(std::max<Index>(1, wanted_frames_ / animation_frames));
    Animation animation;
    for (std::size_t i = 0; i < run.frames.size(); ++i) {
        if (i % stride != 0 && i + 1 != run.frames.size()) continue;
        const Frame& frame = run.frames[i];
        Figure figure(1, 1, 360, 400);
        Panel& panel = figure.panel(0, 0);
        panel.title = run.name + ", step " + std::to_string(frame.step);
        panel.limits = run.box;
        panel.square = true;
        panel.heat("D(x)", frame.surface, cells, cells, run.box);
        panel.scatter("real", run.real, black, 2);
        panel.scatter("generated", frame.fakes, vermilion, 2);
        animation.add(figure.picture());
    }
    animation.write(path);
}

void Report::write() {
    if (off_ || runs_.empty()) return;
    written_ = true;
    const double training = training_seconds_ - seconds_;
    const Run& last = runs_.back();
    const bool moves = runs_.size() == 1 && last.real.defined() && last.real.shape()[1] == 2;
    char cost[100] = "the training did not end";
    const std::string to_come = "{{cost}}";  // known when the page is made
    note("this report took", to_come);
    std::string text;
    {
        const Stopwatch stopwatch(seconds_);
        if (moves) write_animation(options_.out("training.gif"));
        text = page();
    }
    if (training > 0) {
        std::snprintf(cost, sizeof cost, "%.2f s, %.1f %% of the training's %.1f s", seconds_,
                      100 * seconds_ / training, training);
    }
    const std::filesystem::path path = options_.out("report.html");
    write_file(path, replaced(text, to_come, cost));
    std::cout << "report  " << path.string() << (moves ? " and training.gif (" : " (") << cost << ")\n";
    if (graphs_failed_) std::cout << "        without graphs: they need Graphviz' `dot` (make deps installs it)\n";
    // Above runs/NAME or runs/claims/NAME; a folder of another name is not ours to write to.
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path().parent_path();
    for (const std::filesystem::path& above : {folder, folder.parent_path()}) {
        if (above.filename() == "runs") write_index(above);
    }
}

Report::~Report() {
    if (off_ || written_ || runs_.empty() || std::uncaught_exceptions() == 0) return;
    try {
        Run& run = runs_.back();
        const Index step = run.rows.empty() ? 0 : static_cast<Index>(run.rows.back().step);
        run.episodes.push_back({{"the training failed",
                                 "a number was no longer finite, or the program could not go on: "
                                 "its last words say which",
                                 "stability"},
                                step,
                                run.settings.steps});
        write();
    } catch (const std::exception& error) {
        std::cerr << options_.name() << ": no report: " << error.what() << "\n";
    }
}

// ---------------------------------------------------------------------------------------- the index

// What stands between two marks in the first lines of a file; "" if they are not there.
static std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const std::size_t begin = text.find(before);
    if (begin == std::string::npos) return "";
    const std::size_t end = text.find(after, begin + before.size());
    return end == std::string::npos ? "" : text.substr(begin + before.size(), end - begin - before.size());
}

void write_index(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const std::filesystem::path name = std::filesystem::relative(entry.path(), folder);
        if (name.filename() == "report.html") names.push_back(name.parent_path().generic_string());
    }
    std::sort(names.begin(), names.end());
    std::string list;
    for (const std::string& name : names) {
        std::ifstream file(folder / name / "report.html", std::ios::binary);
        std::string head(2000, '\0');
        file.read(head.data(), static_cast<std::streamsize>(head.size()));
        list += "<li><a href=\"" + escaped(name) + "/report.html\">" + escaped(name) + "</a><p>" +
                between(head, "<title>", "</title>") + "</p><code>" +
                between(head, "<meta name=\"description\" content=\"", "\"") + "</code></li>\n";
    }
    write_file(folder / "index.html", replaced(report_index_html, "{{list}}", list));
}

}  // namespace gantry::kit
