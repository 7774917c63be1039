#include "examples/kit/show/frames.hpp"

#include <algorithm>
#include <cmath>

#include "examples/kit/data/csv.hpp"

namespace gantry::kit {

static constexpr Colour fake{0.69, 0.21, 0};  // the page's; darker than vermilion, to be seen on the surface

// The middle of cell i of n between low and high.
static double middle(Index i, Index n, double low, double high) { return low + (high - low) * (i + 0.5) / n; }

Box surroundings(const Tensor& real) {
    const Index dimensions = real.shape()[1];
    Box box{1e30, -1e30, 1e30, -1e30};
    for (Index i = 0; i < real.shape()[0]; ++i) {
        const double x = real.data()[i * dimensions];
        const double y = real.data()[i * dimensions + dimensions - 1];
        box = {std::min(box.left, x), std::max(box.right, x), std::min(box.bottom, y), std::max(box.top, y)};
    }
    const double margin = 0.25 * std::max(box.right - box.left, box.top - box.bottom);
    return {box.left - margin, box.right + margin, box.bottom - margin, box.top + margin};
}

static void draw_surface(Panel& panel, const Recipe& recipe, const Points& points, const Box& box, const Module& D) {
    constexpr Index cells = 64;
    const Tensor f = D(points.to_network(grid_points(box, cells, cells)));
    if (recipe.is_logistic()) {
        panel.heat("s(f)", sigmoid(f), cells, cells, box, 0, 1);
    } else if (recipe.undecided()) {
        panel.heat("f", f, cells, cells, box, recipe.labels.a, recipe.labels.b);
    } else {
        panel.heat("f", f, cells, cells, box);
    }
}

static void draw_histogram(Panel& panel, const std::string& label, const Tensor& x, const Box& box, int style) {
    constexpr Index bins = 60;
    std::vector<double> place, density(bins, 0);
    for (Index i = 0; i < bins; ++i) place.push_back(middle(i, bins, box.left, box.right));
    const double width = (box.right - box.left) / bins;
    for (Real value : x.values()) {
        const double bin = std::floor((value - box.left) / width);
        if (bin >= 0 && bin < bins) density[static_cast<int>(bin)] += 1 / (width * x.size());
    }
    panel.line(label, place, density, style);
}

static void draw_curve(Panel& panel, const Recipe& recipe, const Points& points, const Box& box, const Module& D) {
    constexpr Index places = 120;
    std::vector<double> at, said;
    Tensor x = empty(Shape{places, 1});
    Real* place = x.mutable_data();
    for (Index i = 0; i < places; ++i) {
        at.push_back(middle(i, places, box.left, box.right));
        place[i] = static_cast<Real>(at.back());
    }
    const Tensor f = D(points.to_network(x));
    for (const Real value : (recipe.is_logistic() ? sigmoid(f) : f).values()) said.push_back(value);
    panel.line(recipe.is_logistic() ? "s(f)" : "f", at, said, 2);
}

void draw_frame(Panel& panel, const Recipe& recipe, const Points& points, const Tensor& real, const Tensor& generated,
                const Module& D) {
    NoRecording guard;
    const Box box = surroundings(real);
    if (points.origin[0] != 0) panel.x_label = "minus " + to_text(points.origin[0]);
    if (points.origin[1] != 0) panel.y_label = "minus " + to_text(points.origin[1]);
    if (points.dimensions == 1) {
        draw_histogram(panel, "real", real, box, 0);
        draw_histogram(panel, "generated", generated, box, 1);
        draw_curve(panel, recipe, points, box, D);
        return;
    }
    panel.limits = box;
    panel.square = true;
    draw_surface(panel, recipe, points, box, D);
    panel.scatter("real", real, black, 2);
    panel.scatter("generated", generated, fake, 2);
}

}  // namespace gantry::kit
