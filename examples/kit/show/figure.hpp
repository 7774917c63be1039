// Pictures: a grid of panels with axes, written as PNG.
//
//     kit::Figure figure(1, 2);                                    // one row, two panels
//     figure.panel(0, 0).title = "losses";
//     figure.panel(0, 0).line("discriminator", steps, d_losses);
//     const kit::Box box{-2, 2, -2, 2};                            // the discriminator's surface, points on top
//     figure.panel(0, 1).heat("D(x)", discriminator(kit::grid_points(box, 64, 64)), 64, 64, box);
//     figure.panel(0, 1).scatter("generated", fakes, kit::vermilion);
//     figure.write(options.out("training.png"));
//
// Cairo draws them: it antialiases, has fonts and writes PNG, for which we would need libpng and a rasteriser
// of our own. Rules: things appear in the order in which they were added. The colours are those of Okabe and
// Ito (2008), chosen to stay apart for readers who do not see all colours; lines differ in their dashes as
// well. Points that are not finite (or not positive on a logarithmic axis) leave a gap.
// What it does not do: interaction, dates, bars, anything three-dimensional.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/tensor.hpp"

namespace gantry::kit {

struct Colour {
    double red, green, blue;  // 0 to 1
};
inline constexpr Colour black{0, 0, 0}, orange{0.90, 0.60, 0}, sky_blue{0.34, 0.71, 0.91}, green{0, 0.62, 0.45},
    blue{0, 0.45, 0.70}, vermilion{0.84, 0.37, 0}, purple{0.80, 0.47, 0.65}, grey{0.5, 0.5, 0.5};

/// A rectangle in data coordinates.
struct Box {
    double left, right, bottom, top;
};

/// The middles of rows * columns equal cells of the box, [rows * columns, 2]: row by row, the lowest first.
Tensor grid_points(const Box& box, Index rows, Index columns);

/// One pair of axes. The fields may be set freely; whatever is added appears in that order. A panel to which nothing is
/// added stays blank.
class Panel {
  public:
    std::string title, x_label, y_label;
    bool log_x = false, log_y = false;
    bool square = false;        // one unit is as long on the x-axis as on the y-axis
    std::optional<Box> limits;  // without: everything that was added, with a margin

    /// A line through (x[i], y[i]); both of the same length. `style` numbers its colour and dashes, so that a
    /// name can keep them from panel to panel; without, it is the number of lines before.
    void line(const std::string& label, const std::vector<double>& x, const std::vector<double>& y, int style = -1);

    /// Dots at points [N, 2], or [N, 1]: then along the x-axis, at y = 0. `size` is their diameter in pixels.
    void scatter(const std::string& label, const Tensor& points, Colour colour, double size = 3);

    /// The space between two lines: a median's range, say. Style as of a line, which it neither counts as nor labels.
    void band(const std::vector<double>& x, const std::vector<double>& low, const std::vector<double>& high, int style);

    /// Values over a box, rows * columns of them in the order of grid_points. Colours run from blue (low) over nearly
    /// white (the middle of the range) to gold (high), pale enough for points on top; what lies outside the range takes
    /// the colour of its end. Without a range the middle is the values' median, which is subtracted, and all such maps
    /// of a figure have one scale.
    void heat(const std::string& label, const Tensor& values, Index rows, Index columns, const Box& box,
              std::optional<double> low = std::nullopt, std::optional<double> high = std::nullopt);

    /// Arrows from points [N, 2] along directions [N, 2], both in data units.
    void arrows(const Tensor& from, const Tensor& direction, Colour colour);

  private:
    friend struct PanelPainter;  // both in figure.cpp
    friend struct FigurePainter;
    struct Layer {
        enum Kind { is_line, is_band, is_scatter, is_heat, is_arrows } kind = is_line;
        std::string label;
        std::vector<double> x, y;  // points; tails of arrows; corners of a heat map
        std::vector<double> u, v;  // directions of arrows; u: values of a heat map; v: upper ends of a band
        Colour colour = black;
        double size = 0;              // of dots
        int style = 0;                // of a line
        Index rows = 0, columns = 0;  // of a heat map
        double low = 0, high = 0;
        bool own_range = false;  // of a heat map: none was given
    };
    Layer& add(Layer::Kind kind, const std::string& label);
    std::vector<Layer> layers_;
    int lines_ = 0;
};

class Figure {
  public:
    Figure(int rows, int columns, int panel_width = 420, int panel_height = 320);  // pixels

    Panel& panel(int row, int column);  // throws std::invalid_argument outside the grid
    std::string title;                  // above all panels

    /// Throws std::runtime_error naming the path if it cannot be written.
    void write(const std::filesystem::path& path) const;

  private:
    friend struct FigurePainter;  // in figure.cpp
    int rows_, columns_, width_, height_;
    std::vector<Panel> panels_;
};

/// A sheet of N grey pictures: `pixels` is [N, height * width] in [-1, 1], black to white, clipped beyond; N
/// is at most rows * columns, the rest stays grey. Each is enlarged `scale` times, without smoothing.
/// Throws std::invalid_argument on sizes that do not fit, std::runtime_error if the path cannot be written.
void write_image_grid(const std::filesystem::path& path, const Tensor& pixels, Index rows, Index columns, int scale = 3,
                      Index height = 28, Index width = 28);

}  // namespace gantry::kit
