#include "examples/kit/show/figure.hpp"

#include <cairo.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>

#include "nn/file.hpp"

namespace gantry::kit {
namespace {

struct Release {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using Surface = std::unique_ptr<cairo_surface_t, Release>;
using Context = std::unique_ptr<cairo_t, Release>;

/// A drawing that fails leaves a blank picture, and only a status says so.
void check(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error(std::string("a picture cannot be drawn: ") + cairo_status_to_string(status));
}

void write_png(const Surface& surface, const std::filesystem::path& path) {
    std::string png;
    const auto append = [](void* to, const unsigned char* bytes, unsigned count) {
        static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), count);
        return CAIRO_STATUS_SUCCESS;
    };
    const cairo_status_t status = cairo_surface_write_to_png_stream(surface.get(), append, &png);
    if (status != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error(path.string() + ": cannot be drawn: " + cairo_status_to_string(status));
    write_file(path, {png});
}

void set_colour(cairo_t* cr, const Colour& c, double opacity = 1) {
    cairo_set_source_rgba(cr, c.red, c.green, c.blue, opacity);
}

// The colour for a share from 0 (low) to 1 (high), nearly white at 1/2. Blue and gold stay apart for readers who do not
// see red and green. The page's colours of the same names are these (report.css).
Colour heat_colour(double share) {
    const Colour low{0.63, 0.72, 0.87}, middle{0.97, 0.97, 0.96}, high{0.93, 0.80, 0.45};
    const double t = std::clamp(2 * share - 1, -1.0, 1.0), far = std::fabs(t);
    const Colour& end = t < 0 ? low : high;
    return {middle.red + far * (end.red - middle.red), middle.green + far * (end.green - middle.green),
            middle.blue + far * (end.blue - middle.blue)};
}

/// A picture of these colours, colour(row, column), the uppermost row first.
template <typename Function>
Surface picture_of(Index rows, Index columns, const Function& colour) {
    Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(columns), static_cast<int>(rows)));
    check(cairo_surface_status(surface.get()));
    const auto byte = [](double share) { return static_cast<std::uint32_t>(std::lround(255 * share)); };
    for (Index row = 0; row < rows; ++row) {
        unsigned char* bytes = cairo_image_surface_get_data(surface.get());
        auto* out = reinterpret_cast<std::uint32_t*>(bytes + row * cairo_image_surface_get_stride(surface.get()));
        for (Index column = 0; column < columns; ++column) {
            const Colour c = colour(row, column);
            out[column] = byte(c.red) << 16 | byte(c.green) << 8 | byte(c.blue);
        }
    }
    cairo_surface_mark_dirty(surface.get());
    return surface;
}

const Colour line_colours[] = {blue, vermilion, green, purple, orange, sky_blue, black};
const std::vector<double> line_dashes[] = {{}, {7, 3}, {2, 2}, {9, 3, 2, 3}};

// ---------------------------------------------------------------------------------------- text

constexpr double small = 12, large = 14;  // heights of the letters in pixels: readable at 100 %

/// The text with U+FFFD for what is not UTF-8 (a file's name may be any bytes): cairo would draw nothing more.
std::string utf8(const std::string& text) {
    using nlohmann::json;
    return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

double text_width(cairo_t* cr, const std::string& text, double size) {
    cairo_text_extents_t extents;
    cairo_set_font_size(cr, size);
    cairo_text_extents(cr, utf8(text).c_str(), &extents);
    return extents.x_advance;
}

/// Text whose baseline runs through y; `anchor` of its width lies left of x: 0 begins at x, 1 ends there.
void draw_text(cairo_t* cr, double x, double y, const std::string& text, double anchor, double size) {
    const double width = text_width(cr, text, size);
    set_colour(cr, black);
    cairo_move_to(cr, std::round(x - anchor * width), std::round(y));
    cairo_show_text(cr, utf8(text).c_str());
}

/// "0.05", and on logarithmic axes "10⁻⁵" for what would be long.
std::string tick_text(double value, bool logarithmic) {
    const double exponent = logarithmic ? std::round(std::log10(value)) : 0;
    char text[40];
    if (std::fabs(exponent) < 4) {
        std::snprintf(text, sizeof text, "%.6g", value);
        return text;
    }
    const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string power = exponent < 0 ? "10⁻" : "10";
    for (char digit : std::to_string(static_cast<int>(std::fabs(exponent)))) power += digits[digit - '0'];
    return power;
}

// ---------------------------------------------------------------------------------------- ticks

/// Multiples of 1, 2 or 5 times a power of ten, about `most` and three at least. On a logarithmic axis powers of ten,
/// and where these are fewer than three, twice and five times as much too; multiples again where all this is too few.
std::vector<double> ticks(double low, double high, bool logarithmic, double most) {
    std::vector<double> result;
    if (logarithmic) {
        const double first = std::floor(std::log10(low));
        const double last = std::ceil(std::log10(high));
        const double stride = std::max(1.0, std::ceil((last - first) / most));
        const bool few = std::log10(high / low) < 2.5;
        for (double k = first; k <= last; k += stride) {
            for (double factor : {1.0, 2.0, 5.0}) {
                const double tick = factor * std::pow(10, k);
                if ((factor == 1 || few) && tick >= low && tick <= high) result.push_back(tick);
            }
        }
        return result.size() > 2 ? result : ticks(low, high, false, most);
    }
    const double rough = (high - low) / most;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    const double factor = rough / power;
    const double step = power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    const double first = std::ceil(low / step);
    for (int i = 0; i < 100 && (first + i) * step <= high + 1e-9 * step; ++i) {  // 100: beyond 2^53 sums stand still
        result.push_back((first + i) * step + 0.0);                              // + 0.0: never "-0"
    }
    return result.size() > 2 || most > 12 ? result : ticks(low, high, false, 1.5 * most + 1);
}

/// The smallest and the largest number that was included.
struct Range {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void include(double x) {
        if (!std::isfinite(x)) return;
        low = std::min(low, x);
        high = std::max(high, x);
    }

    /// Room around the data, and something to show if there are none or all are the same.
    void widen(bool logarithmic) {
        if (low > high) *this = {1, 1};
        const double factor = std::max(std::pow(high / low, 0.04), 1.1);
        const double margin = high > low ? 0.04 * (high - low) : std::max(0.5, 0.1 * std::fabs(low));
        low = logarithmic ? low / factor : low - margin;
        high = logarithmic ? high * factor : high + margin;
    }
};

}  // namespace

// ---------------------------------------------------------------------------------------- adding to a panel

Panel::Layer& Panel::add(Layer::Kind kind, const std::string& label) {
    Layer& layer = layers_.emplace_back();
    layer.kind = kind;
    layer.label = label;
    return layer;
}

void Panel::line(const std::string& label, const std::vector<double>& x, const std::vector<double>& y, int style) {
    if (x.size() != y.size()) {
        fail("Panel::line", label + " has " + std::to_string(x.size()) + " x and " + std::to_string(y.size()) + " y");
    }
    Layer& layer = add(Layer::is_line, label);
    layer.x = x;
    layer.y = y;
    layer.style = style >= 0 ? style : lines_;
    ++lines_;
}

void Panel::band(const std::vector<double>& x, const std::vector<double>& low, const std::vector<double>& high,
                 int style) {
    if (x.size() != low.size() || x.size() != high.size()) fail("Panel::band", "x, low and high differ in length");
    Layer& layer = add(Layer::is_band, "");
    layer.x = x;
    layer.y = low;
    layer.v = high;
    layer.style = style;
}

/// One coordinate of all points; the second is 0 where there is only one.
static std::vector<double> column(const char* where, const Tensor& points, Index axis) {
    const Shape& shape = points.shape();
    const bool fits = shape.rank() == 2 && shape[1] >= 1 && shape[1] <= 2;
    if (!fits) fail(where, "points are " + shape.str() + ", must be [N, 2]");
    std::vector<double> result(shape[0], 0.0);
    if (axis >= shape[1]) return result;
    for (Index i = 0; i < shape[0]; ++i) result[i] = points.data()[i * shape[1] + axis];
    return result;
}

void Panel::scatter(const std::string& label, const Tensor& points, Colour colour, double size) {
    const std::vector<double> x = column("Panel::scatter", points, 0);
    Layer& layer = add(Layer::is_scatter, label);
    layer.x = x;
    layer.y = column("Panel::scatter", points, 1);
    layer.colour = colour;
    layer.size = size;
}

void Panel::arrows(const Tensor& from, const Tensor& direction, Colour colour) {
    shapes::check_same("Panel::arrows", "from", from.shape(), "direction", direction.shape());
    const std::vector<double> x = column("Panel::arrows", from, 0);
    Layer& layer = add(Layer::is_arrows, "");
    layer.x = x;
    layer.y = column("Panel::arrows", from, 1);
    layer.u = column("Panel::arrows", direction, 0);
    layer.v = column("Panel::arrows", direction, 1);
    layer.colour = colour;
}

Tensor grid_points(const Box& box, Index rows, Index columns) {
    Tensor points = empty({rows * columns, 2});
    Real* out = points.mutable_data();
    for (Index i = 0; i < rows * columns; ++i) {
        const double across = (i % columns + 0.5) / columns;
        const double up = (i / columns + 0.5) / rows;
        out[2 * i] = static_cast<Real>(box.left + across * (box.right - box.left));
        out[2 * i + 1] = static_cast<Real>(box.bottom + up * (box.top - box.bottom));
    }
    return points;
}

void Panel::heat(const std::string& label, const Tensor& values, Index rows, Index columns, const Box& box,
                 std::optional<double> low, std::optional<double> high) {
    if (rows < 1 || columns < 1 || values.size() != rows * columns) {
        fail("Panel::heat", "values are " + values.shape().str() + ", must be " + std::to_string(rows) + " * " +
                                std::to_string(columns));
    }
    Layer& layer = add(Layer::is_heat, label);
    layer.x = {box.left, box.right};
    layer.y = {box.bottom, box.top};
    layer.u.assign(values.data(), values.data() + values.size());
    layer.rows = rows;
    layer.columns = columns;
    layer.own_range = !low && !high;
    if (layer.own_range) {
        std::vector<double> finite;
        for (double value : layer.u)
            if (std::isfinite(value)) finite.push_back(value);
        const auto half = finite.begin() + std::ptrdiff_t(finite.size() / 2);
        std::nth_element(finite.begin(), half, finite.end());
        const double median = finite.empty() ? 0 : *half;
        for (double& value : layer.u) {
            value -= median;
            if (std::isfinite(value)) layer.high = std::max(layer.high, std::fabs(value));
        }
        layer.low = -layer.high;
        return;
    }
    layer.low = low.value_or(0);
    layer.high = high.value_or(0);
}

// ---------------------------------------------------------------------------------------- drawing a panel
//
//     +---------------------------+
//     |           title           |
//     |  -- legend   . in rows    |     above the axes, where it hides no data
//     |   y +------------------+  |
//     |     |                  |  |
//     |     +------------------+  |
//     |              x            |
//     +---------------------------+

struct PanelPainter {
    cairo_t* cr;
    const Panel& panel;
    double x0, y0, width, height;  // of the panel, pixels
    int legend_rows = 0;           // as many as the panel of the figure with the most: all plots are of one size
    Box plot{}, data{};            // the axes in pixels (y grows downward) and in data units

    // Far outside the axes everything stays at 1,000 times their size: cairo's coordinates would wrap around.
    double across(double x) const {
        const double share = panel.log_x ? std::log(x / data.left) / std::log(data.right / data.left)
                                         : (x - data.left) / (data.right - data.left);
        return plot.left + std::clamp(share, -1e3, 1e3) * (plot.right - plot.left);
    }
    double down(double y) const {
        const double share = panel.log_y ? std::log(y / data.bottom) / std::log(data.top / data.bottom)
                                         : (y - data.bottom) / (data.top - data.bottom);
        return plot.bottom + std::clamp(share, -1e3, 1e3) * (plot.top - plot.bottom);
    }
    bool usable(double x, double y) const {
        return std::isfinite(x) && std::isfinite(y) && (!panel.log_x || x > 0) && (!panel.log_y || y > 0);
    }

    void paint() {
        cairo_set_line_width(cr, 1);
        if (panel.layers_.empty()) return;  // a place that is left free
        if (!panel.title.empty()) draw_text(cr, x0 + width / 2, y0 + 20, panel.title, 0.5, large);
        const double legend_top = y0 + (panel.title.empty() ? 6 : 28);
        paint_legend(legend_top);
        const double legend_bottom = legend_top + legend_rows * row_height;
        const double left_margin = panel.y_label.empty() ? 50 : 66;
        const double bottom_margin = panel.x_label.empty() ? 24 : 42;
        plot = {x0 + left_margin, x0 + width - 14, y0 + height - bottom_margin, legend_bottom + 8};
        choose_limits();
        cairo_save(cr);
        cairo_rectangle(cr, plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top);
        cairo_clip(cr);
        for (const Panel::Layer& layer : panel.layers_) {
            if (layer.kind == Panel::Layer::is_heat) paint_heat(layer);
            if (layer.kind == Panel::Layer::is_line) paint_line(layer);
            if (layer.kind == Panel::Layer::is_band) paint_band(layer);
            if (layer.kind == Panel::Layer::is_scatter) paint_scatter(layer);
            if (layer.kind == Panel::Layer::is_arrows) paint_arrows(layer);
        }
        cairo_restore(cr);
        paint_axes();
    }

    void choose_limits() {
        Range x, y;
        bool margin = false;
        for (const Panel::Layer& layer : panel.layers_) {
            margin = margin || layer.kind != Panel::Layer::is_heat;  // a heat map alone fills its axes
            for (std::size_t i = 0; i < layer.x.size(); ++i) {
                if (!usable(layer.x[i], layer.y[i])) continue;
                x.include(layer.x[i]);
                y.include(layer.y[i]);
                if (layer.kind == Panel::Layer::is_band && usable(layer.x[i], layer.v[i])) y.include(layer.v[i]);
            }
        }
        if (margin) {
            x.widen(panel.log_x);
            y.widen(panel.log_y);
        }
        data = panel.limits.value_or(Box{x.low, x.high, y.low, y.high});
        if (!panel.square) return;
        const double unit_x = (plot.right - plot.left) / (data.right - data.left);  // pixels per unit
        const double unit_y = (plot.bottom - plot.top) / (data.top - data.bottom);
        const double unit = std::min(unit_x, unit_y);
        const double spare_x = (plot.right - plot.left) - unit * (data.right - data.left);
        const double spare_y = (plot.bottom - plot.top) - unit * (data.top - data.bottom);
        plot = {plot.left + spare_x / 2, plot.right - spare_x / 2, plot.bottom - spare_y / 2, plot.top + spare_y / 2};
    }

    void stroke_style(int style, double line_width) {
        set_colour(cr, line_colours[style % std::size(line_colours)]);
        const std::vector<double>& dashes = line_dashes[style % std::size(line_dashes)];
        cairo_set_dash(cr, dashes.data(), static_cast<int>(dashes.size()), 0);
        cairo_set_line_width(cr, line_width);
    }

    void paint_line(const Panel::Layer& layer) {
        bool pen_down = false;
        for (std::size_t i = 0; i < layer.x.size(); ++i) {
            const bool drawn = usable(layer.x[i], layer.y[i]);
            if (drawn && pen_down) cairo_line_to(cr, across(layer.x[i]), down(layer.y[i]));
            if (drawn && !pen_down) cairo_move_to(cr, across(layer.x[i]), down(layer.y[i]));
            pen_down = drawn;
        }
        stroke_style(layer.style, 1.6);
        cairo_stroke(cr);
        cairo_set_dash(cr, nullptr, 0, 0);
    }

    void paint_band(const Panel::Layer& layer) {
        bool begun = false;
        const auto corner = [&](std::size_t i, double y) {
            if (!usable(layer.x[i], y)) return;
            begun ? cairo_line_to(cr, across(layer.x[i]), down(y)) : cairo_move_to(cr, across(layer.x[i]), down(y));
            begun = true;
        };
        for (std::size_t i = 0; i < layer.x.size(); ++i) corner(i, layer.y[i]);
        for (std::size_t i = layer.x.size(); i-- > 0;) corner(i, layer.v[i]);
        set_colour(cr, line_colours[layer.style % std::size(line_colours)], 0.18);
        cairo_fill(cr);
    }

    void paint_scatter(const Panel::Layer& layer) {
        set_colour(cr, layer.colour, 0.65);  // so that dense places look denser
        for (std::size_t i = 0; i < layer.x.size(); ++i) {
            if (!usable(layer.x[i], layer.y[i])) continue;
            const double x = across(layer.x[i]);
            const double y = down(layer.y[i]);
            if (layer.size > 2) {
                cairo_arc(cr, x, y, layer.size / 2, 0, 2 * std::numbers::pi);
            } else {  // two pixels: a square looks the same, and is filled in a third of the time
                cairo_rectangle(cr, x - layer.size / 2, y - layer.size / 2, layer.size, layer.size);
            }
            cairo_fill(cr);
        }
    }

    // Outlined in white, so that they are seen on points and surfaces.
    void paint_arrows(const Panel::Layer& layer) {
        for (std::size_t i = 0; i < layer.x.size(); ++i) {
            const double head_x = layer.x[i] + layer.u[i];
            const double head_y = layer.y[i] + layer.v[i];
            if (!usable(layer.x[i], layer.y[i]) || !usable(head_x, head_y)) continue;
            const double x = across(head_x);
            const double y = down(head_y);
            const double dx = x - across(layer.x[i]);
            const double dy = y - down(layer.y[i]);
            const double length = std::hypot(dx, dy);
            if (length == 0) continue;
            const double barb = std::min(5.0, 0.5 * length);
            cairo_move_to(cr, x - dx, y - dy);
            cairo_line_to(cr, x, y);
            for (double side : {-0.5, 0.5}) {  // the two strokes of the head
                cairo_move_to(cr, x, y);
                cairo_line_to(cr, x - barb * (dx - side * dy) / length, y - barb * (dy + side * dx) / length);
            }
        }
        cairo_set_source_rgb(cr, 1, 1, 1);
        cairo_set_line_width(cr, 2.8);
        cairo_stroke_preserve(cr);
        set_colour(cr, layer.colour);
        cairo_set_line_width(cr, 1.2);
        cairo_stroke(cr);
    }

    // The values become a picture of rows by columns pixels, which cairo stretches smoothly over the box.
    void paint_heat(const Panel::Layer& layer) {
        const double range = layer.high > layer.low ? layer.high - layer.low : 1;
        const Surface surface = picture_of(layer.rows, layer.columns, [&](Index row, Index column) {
            const double value = layer.u[(layer.rows - 1 - row) * layer.columns + column];
            return std::isfinite(value) ? heat_colour((value - layer.low) / range) : grey;
        });
        const double left = across(layer.x[0]);
        const double top = down(layer.y[1]);
        const double box_width = across(layer.x[1]) - left;
        const double box_height = down(layer.y[0]) - top;
        cairo_save(cr);
        cairo_rectangle(cr, left, top, box_width, box_height);
        cairo_clip(cr);
        cairo_translate(cr, left, top);
        cairo_scale(cr, box_width / layer.columns, box_height / layer.rows);
        cairo_set_source_surface(cr, surface.get(), 0, 0);
        cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_BILINEAR);
        cairo_pattern_set_extend(cairo_get_source(cr), CAIRO_EXTEND_PAD);
        cairo_paint(cr);
        cairo_restore(cr);
    }

    void paint_axes() {
        cairo_set_line_width(cr, 1);
        auto stroke = [this](double xa, double ya, double xb, double yb) {
            set_colour(cr, black);
            // + 0.5: along the middle of the pixels, so that the line is sharp
            cairo_move_to(cr, std::round(xa) + 0.5, std::round(ya) + 0.5);
            cairo_line_to(cr, std::round(xb) + 0.5, std::round(yb) + 0.5);
            cairo_stroke(cr);
        };
        for (double tick : ticks(data.left, data.right, panel.log_x, (plot.right - plot.left) / 60)) {
            stroke(across(tick), plot.bottom, across(tick), plot.bottom + 4);
            draw_text(cr, across(tick), plot.bottom + 17, tick_text(tick, panel.log_x), 0.5, small);
        }
        for (double tick : ticks(data.bottom, data.top, panel.log_y, (plot.bottom - plot.top) / 40)) {
            stroke(plot.left, down(tick), plot.left - 4, down(tick));
            draw_text(cr, plot.left - 7, down(tick) + 4, tick_text(tick, panel.log_y), 1, small);
        }
        stroke(plot.left, plot.bottom, plot.right, plot.bottom);
        stroke(plot.left, plot.top, plot.right, plot.top);
        stroke(plot.left, plot.top, plot.left, plot.bottom);
        stroke(plot.right, plot.top, plot.right, plot.bottom);
        draw_text(cr, (plot.left + plot.right) / 2, plot.bottom + 34, panel.x_label, 0.5, small);
        cairo_save(cr);
        cairo_translate(cr, plot.left - 50, (plot.top + plot.bottom) / 2);
        cairo_rotate(cr, -std::numbers::pi / 2);
        draw_text(cr, 0, 0, panel.y_label, 0.5, small);
        cairo_restore(cr);
    }

    static constexpr double row_height = 17;

    /// A sample and a label for each layer that has one. Returns in how many rows; without a top they are only counted.
    int paint_legend(std::optional<double> top) {
        const double sample = 16, gap = 4, between = 12, left = x0 + 6;
        double x = left;
        int rows = 0;
        for (const Panel::Layer& layer : panel.layers_) {
            if (layer.label.empty()) continue;
            std::string label = layer.label;
            if (layer.kind == Panel::Layer::is_heat) {
                char range[80];
                std::snprintf(range, sizeof range, " %.3g to %.3g", layer.low, layer.high);
                if (layer.own_range) std::snprintf(range, sizeof range, " - median, ±%.3g", layer.high);
                label += range;
            }
            const double needed = sample + gap + text_width(cr, label, small);
            if (rows == 0 || x + needed > x0 + width - 4) {
                x = left;
                ++rows;
            }
            if (top) {
                const double y = *top + (rows - 0.5) * row_height;
                paint_sample(layer, x, y, sample);
                draw_text(cr, x + sample + gap, y + 4, label, 0, small);
            }
            x += needed + between;
        }
        return rows;
    }

    void paint_sample(const Panel::Layer& layer, double x, double y, double length) {
        if (layer.kind == Panel::Layer::is_heat) {
            for (int i = 0; i < length; ++i) {
                set_colour(cr, heat_colour(i / (length - 1)));
                cairo_rectangle(cr, x + i, y - 5, 1, 10);
                cairo_fill(cr);
            }
        } else if (layer.kind == Panel::Layer::is_scatter) {
            set_colour(cr, layer.colour);
            cairo_arc(cr, x + length - 8, y, std::max(3.0, layer.size / 2), 0, 2 * std::numbers::pi);
            cairo_fill(cr);
        } else {
            stroke_style(layer.style, 2);
            cairo_move_to(cr, x, std::round(y));
            cairo_line_to(cr, x + length, std::round(y));
            cairo_stroke(cr);
            cairo_set_dash(cr, nullptr, 0, 0);
        }
    }
};

// ---------------------------------------------------------------------------------------- figures

Figure::Figure(int rows, int columns, int panel_width, int panel_height)
    : rows_(rows), columns_(columns), width_(panel_width), height_(panel_height) {
    if (rows < 1 || columns < 1) fail("Figure", std::to_string(rows) + " by " + std::to_string(columns) + " panels");
    panels_.resize(rows * columns);
}

Panel& Figure::panel(int row, int column) {
    if (row < 0 || row >= rows_ || column < 0 || column >= columns_) {
        fail("Figure::panel", "(" + std::to_string(row) + ", " + std::to_string(column) + ") lies outside the " +
                                  std::to_string(rows_) + " by " + std::to_string(columns_) + " panels");
    }
    return panels_[row * columns_ + column];
}

struct FigurePainter {
    static Surface paint(Figure figure) {
        double widest = 0;  // range of a heat map that has none of its own
        for (Panel& panel : figure.panels_)
            for (const Panel::Layer& layer : panel.layers_) widest = std::max(widest, layer.own_range ? layer.high : 0);
        for (Panel& panel : figure.panels_)
            for (Panel::Layer& layer : panel.layers_)
                if (layer.own_range) layer.low = -widest, layer.high = widest;
        const int width = figure.columns_ * figure.width_;
        const int head = figure.title.empty() ? 0 : 30;
        Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, figure.rows_ * figure.height_ + head));
        const Context context(cairo_create(surface.get()));
        cairo_t* cr = context.get();
        cairo_set_source_rgb(cr, 1, 1, 1);
        cairo_paint(cr);
        cairo_select_font_face(cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
        if (head > 0) draw_text(cr, width / 2.0, 22, figure.title, 0.5, large + 2);
        std::vector<PanelPainter> painters;
        int legend_rows = 0;
        for (int i = 0; i < figure.rows_ * figure.columns_; ++i) {
            const double x = i % figure.columns_ * figure.width_;
            const double y = head + i / figure.columns_ * figure.height_;
            painters.push_back({cr, figure.panels_[i], x, y, double(figure.width_), double(figure.height_)});
            legend_rows = std::max(legend_rows, painters.back().paint_legend(std::nullopt));
        }
        for (PanelPainter& painter : painters) {
            painter.legend_rows = legend_rows;
            painter.paint();
        }
        check(cairo_status(cr));
        return surface;
    }
};

void Figure::write(const std::filesystem::path& path) const { write_png(FigurePainter::paint(*this), path); }

// ---------------------------------------------------------------------------------------- sheets of pictures

void write_image_grid(const std::filesystem::path& path, const Tensor& pixels, Index rows, Index columns, int scale,
                      Index height, Index width) {
    const Shape& shape = pixels.shape();
    if (shape.rank() != 2 || shape[1] != height * width || shape[0] > rows * columns || scale < 1) {
        fail("write_image_grid", "pixels are " + shape.str() + ", must be [N, " + std::to_string(height * width) +
                                     "] with N at most " + std::to_string(rows) + " * " + std::to_string(columns));
    }
    const Index gap = 2, step_x = width * scale + gap, step_y = height * scale + gap;
    const auto colour = [&](Index row, Index column) {
        const Index y = row % step_y - gap, x = column % step_x - gap;
        const Index which = row / step_y * columns + column / step_x;
        if (y < 0 || x < 0 || which >= shape[0]) return grey;
        const double value = pixels.data()[which * height * width + y / scale * width + x / scale];
        const double share = value > -1 ? std::min((value + 1) / 2, 1.0) : 0;  // NaN becomes black
        return Colour{share, share, share};
    };
    const Surface surface = picture_of(rows * step_y + gap, columns * step_x + gap, colour);
    write_png(surface, path);
}

}  // namespace gantry::kit
