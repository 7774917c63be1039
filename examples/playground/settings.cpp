#include "examples/playground/settings.hpp"

#include <algorithm>
#include <cmath>

#include "examples/kit/data/csv.hpp"

namespace gantry::playground {

using kit::Lipschitz;
using kit::to_text;

// ---------------------------------------------------------------------------------------- the table

struct Number {
    const char* name;
    double* value;
    double least, most;
};
struct Count {
    const char* name;
    Index* value;
    Index least, most;
};

static const double huge = 1e6;

static std::vector<Number> numbers(kit::Recipe& r) {
    return {{"a", &r.labels.a, -10, 10},
            {"b", &r.labels.b, -10, 10},
            {"c", &r.labels.c, -10, 10},
            {"smoothing", &r.smoothing, 0, 1},
            {"lambda", &r.training.lambda, 0, huge},
            {"clip", &r.training.clip, 1e-6, huge},
            {"lr", &r.lr, 1e-9, 100},
            {"D_rate", &r.D_rate, 1e-6, huge},
            {"beta1", &r.beta1, 0, 0.9999},
            {"beta2", &r.beta2, 0, 0.99999},
            {"momentum", &r.momentum, 0, 0.9999}};
}

static std::vector<Count> counts(kit::Recipe& r) {
    return {{"critic_steps", &r.training.critic_steps, 1, 20},
            {"hidden", &r.hidden, 1, 256},
            {"layers", &r.layers, 0, 6},
            {"latent", &r.training.latent, 1, 64},
            {"batch", &r.training.batch, 1, 1024},
            {"frozen", &r.training.frozen_steps, 0, 1000000}};
}

static const std::vector<std::string> bounds = {"none", "clip", "penalty"};  // in the order of Lipschitz
static const std::vector<std::string> optimizers = {"adam", "rmsprop", "sgd"};

static std::vector<std::string> data_names() {
    std::vector<std::string> names = kit::point_set_names();
    names.insert(names.end(), {"drawn", "dirac"});
    return names;
}

// ---------------------------------------------------------------------------------------- reading

static std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find(separator, at), text.size());
        parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

static double number(const std::string& name, const std::string& text, double least, double most) {
    const std::optional<double> value = kit::parse_number(text);
    if (value && *value >= least && *value <= most) return *value;
    fail("settings", name + " is \"" + text + "\" and must be from " + to_text(least) + " to " + to_text(most));
}

static Index whole(const std::string& name, const std::string& text, double least, double most) {
    const double value = number(name, text, least, most);
    if (value == std::trunc(value)) return static_cast<Index>(value);
    fail("settings", name + " is \"" + text + "\" and must be a whole number");
}

static std::size_t one_of(const std::vector<std::string>& names, const std::string& name, const std::string& text) {
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string allowed;
    for (const std::string& one : names) allowed += (allowed.empty() ? "" : ", ") + one;
    fail("settings", name + " is \"" + text + "\" and must be one of " + allowed);
}

static std::vector<kit::Point> points_of(const std::string& drawn) {
    const std::vector<std::string> parts = split(drawn, ',');
    std::vector<kit::Point> points;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2)
        points.push_back({number("drawn", parts[i], -10, 10), number("drawn", parts[i + 1], -10, 10)});
    const bool pairs = parts.size() % 2 == 0 && !points.empty();
    if (!pairs || points.size() > 1000) fail("settings", "drawn must be 1 to 1000 points, \"x,y,x,y,...\"");
    return points;
}

static void set(Settings& to, const std::string& name, const std::string& text) {
    for (const Number& n : numbers(to.recipe))
        if (name == n.name) return void(*n.value = number(name, text, n.least, n.most));
    for (const Count& n : counts(to.recipe))
        if (name == n.name) return void(*n.value = whole(name, text, double(n.least), double(n.most)));
    if (name == "data") {
        one_of(data_names(), name, text);
        to.data = text;
    } else if (name == "drawn") {
        if (!text.empty()) points_of(text);
        to.drawn = text;
    } else if (name == "std") {
        if (text != "own") number(name, text, 0, 1);
        to.std = text;
    } else if (name == "loss") {
        one_of(loss_names(), name, text);
        to.recipe.loss = text;
    } else if (name == "optimizer") {
        one_of(optimizers, name, text);
        to.recipe.optimizer = text;
    } else if (name == "bound") {
        to.recipe.training.lipschitz = static_cast<Lipschitz>(one_of(bounds, name, text));
    } else if (name == "seed") {
        to.recipe.training.seed = static_cast<std::uint64_t>(whole(name, text, 0, 1e15));
    } else {
        fail("settings", "there is no setting \"" + name + "\"");
    }
}

void Settings::read(const std::string& text) {
    Settings changed = *this;
    for (const std::string& part : split(text, '&')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        if (!part.empty()) set(changed, part.substr(0, equals), part.substr(std::min(equals + 1, part.size())));
    }
    changed.points();  // refuses "drawn" without points
    *this = changed;
}

std::string Settings::str() const {
    kit::Recipe own = recipe;
    std::string text = "data=" + data + "&std=" + std + "&loss=" + own.loss +
                       "&bound=" + bounds[static_cast<std::size_t>(own.training.lipschitz)] +
                       "&optimizer=" + own.optimizer + "&seed=" + std::to_string(own.training.seed);
    for (const Number& n : numbers(own)) text += "&" + std::string(n.name) + "=" + to_text(*n.value);
    for (const Count& n : counts(own)) text += "&" + std::string(n.name) + "=" + std::to_string(*n.value);
    return text + "&drawn=" + drawn;
}

// ---------------------------------------------------------------------------------------- data

static kit::Point at_zero(const kit::Points&, const kit::Points::Draw&) { return {0, 0}; }

static kit::Point near_row(const kit::Points& set, const kit::Points::Draw& d) {
    return {set.rows[d.part][0] + set.std * d.e, set.rows[d.part][1] + set.std * d.f};
}

kit::Points Settings::points() const {
    const std::optional<double> own_std = kit::parse_number(std);
    kit::Points set;
    set.name = set.about = data;
    if (data == "dirac") {
        set.dimensions = 1;
        set.centres = {{0, 0}};
        set.place = at_zero;
        return set;
    }
    if (data != "drawn") return kit::make_points(data, std::nullopt, own_std);
    set.rows = points_of(drawn);
    set.parts = static_cast<Index>(set.rows.size());
    set.std = own_std.value_or(0.02);
    set.place = near_row;
    return set;
}

}  // namespace gantry::playground
