// Derivatives of a program. Autograd records what is computed and walks back over the record:
//
//     f(x)    = x^2 e^-x                             x ----> square ------> multiply --> f
//     f'(x)   = (-x^2 + 2x) e^-x                      \                     /
//     f''(x)  = (x^2 - 4x + 2) e^-x                    `---> scale --> exp
//     f'''(x) = (-x^2 + 6x - 6) e^-x
//
// Only f is written as a program; the engine makes each derivative from the one before, and the table
// compares them with the formulas. Two drawings show the record: graph.svg of f, and derivative.svg of f',
// which is just another program (x is used twice, so at the end of f' the shares of both uses are added).
#include <cmath>
#include <cstdio>
#include <iostream>

#include "core/core.hpp"
#include "examples/kit/run/options.hpp"

using namespace gantry;

static Tensor f(const Tensor& x) {
    const Tensor power = square(x);
    const Tensor decay = exp(-x);
    return power * decay;
}

// f and its first three derivatives, from the formulas.
static std::vector<double> by_hand(double x) {
    const double e = std::exp(-x);
    return {x * x * e, (-x * x + 2 * x) * e, (x * x - 4 * x + 2) * e, (-x * x + 6 * x - 6) * e};
}

// The same, by the engine. `true` records the walk back too, so that its result can be differentiated.
static Tensors by_engine(const Tensor& x) {
    const Tensor y = f(x);
    const Tensor dy = grad(y, {x}, true)[0];
    const Tensor ddy = grad(dy, {x}, true)[0];
    const Tensor dddy = grad(ddy, {x})[0];
    return {y, dy, ddy, dddy};
}

// Without Graphviz there is no picture, but the graph as text.
static void draw_or_say_why(const Tensor& y, std::filesystem::path path) {
    draw(y, path.replace_extension(".dot").string());
    path.replace_extension(".svg");
    try {
        draw(y, path.string());
        std::cout << "wrote " << path.string() << '\n';
    } catch (const std::runtime_error& error) {
        std::cout << error.what() << '\n';
    }
}

static void body(kit::Options& options) {
    options.parse();
    options.print_banner({{"function", "f(x) = x^2 e^-x"}});

    std::printf("    x        f(x)       f'(x)      f''(x)     f'''(x)   largest error\n");
    Tensor x = scalar(0);
    x.set_name("x");
    x.set_requires_grad(true);
    Tensors computed;
    double worst = 0;
    for (double position : {-1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0}) {
        x.assign({static_cast<Real>(position)});
        computed = by_engine(x);
        const std::vector<double> exact = by_hand(position);
        double error = 0;
        std::printf("%5.1f", position);
        for (std::size_t order = 0; order < 4; ++order) {
            std::printf("  %10.6f", computed[order].item());
            error = std::fmax(error, std::fabs(computed[order].item() - exact[order]));
        }
        std::printf("  %14.1e\n", error);
        worst = std::fmax(worst, error);
    }
    std::printf("\n");
    draw_or_say_why(computed[0], options.out("graph.svg"));
    draw_or_say_why(computed[1], options.out("derivative.svg"));
    if (worst > 1e-5) throw std::runtime_error("engine and formulas differ");  // a float has 7 digits, f''' reaches 35
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "differentiates a function three times and draws what it recorded", body);
}
