// examples/02_one_step redone by hand: plain doubles, formulas from the papers, nothing of the engine. The
// program runs, and every line of numbers that it prints must be the one computed here.
#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Line {
    std::string label;
    std::vector<double> numbers;
};

double softplus_by_hand(double x) { return std::log(1 + std::exp(x)); }

double sigmoid_by_hand(double x) { return 1 / (1 + std::exp(-x)); }

// The four losses for batches of two: value, and slope at each logit.
struct Game {
    double r0, r1, f0, f1;
    double D_value, D_slope_r0, D_slope_r1, D_slope_f0, D_slope_f1;
    double G_value, G_slope_f0, G_slope_f1;
};

Game play(const std::string& loss, double r0, double r1, double f0, double f1) {
    Game g = {r0, r1, f0, f1, 0, 0, 0, 0, 0, 0, 0, 0};
    if (loss == "minimax" || loss == "non-saturating") {
        g.D_value = (softplus_by_hand(-r0) + softplus_by_hand(-r1)) / 2;
        g.D_value += (softplus_by_hand(f0) + softplus_by_hand(f1)) / 2;
        g.D_slope_r0 = -sigmoid_by_hand(-r0) / 2;
        g.D_slope_r1 = -sigmoid_by_hand(-r1) / 2;
        g.D_slope_f0 = sigmoid_by_hand(f0) / 2;
        g.D_slope_f1 = sigmoid_by_hand(f1) / 2;
    }
    if (loss == "minimax") {
        g.G_value = (std::log(1 - sigmoid_by_hand(f0)) + std::log(1 - sigmoid_by_hand(f1))) / 2;
        g.G_slope_f0 = -sigmoid_by_hand(f0) / 2;
        g.G_slope_f1 = -sigmoid_by_hand(f1) / 2;
    }
    if (loss == "non-saturating") {
        g.G_value = -(std::log(sigmoid_by_hand(f0)) + std::log(sigmoid_by_hand(f1))) / 2;
        g.G_slope_f0 = (sigmoid_by_hand(f0) - 1) / 2;
        g.G_slope_f1 = (sigmoid_by_hand(f1) - 1) / 2;
    }
    if (loss == "wasserstein") {
        g.D_value = (f0 + f1) / 2 - (r0 + r1) / 2;
        g.D_slope_r0 = g.D_slope_r1 = -0.5;
        g.D_slope_f0 = g.D_slope_f1 = 0.5;
        g.G_value = -(f0 + f1) / 2;
        g.G_slope_f0 = g.G_slope_f1 = -0.5;
    }
    if (loss == "least-squares") {  // labels 0, 1, 1
        g.D_value = ((r0 - 1) * (r0 - 1) + (r1 - 1) * (r1 - 1)) / 4 + (f0 * f0 + f1 * f1) / 4;
        g.D_slope_r0 = (r0 - 1) / 2;
        g.D_slope_r1 = (r1 - 1) / 2;
        g.D_slope_f0 = f0 / 2;
        g.D_slope_f1 = f1 / 2;
        g.G_value = ((f0 - 1) * (f0 - 1) + (f1 - 1) * (f1 - 1)) / 4;
        g.G_slope_f0 = (f0 - 1) / 2;
        g.G_slope_f1 = (f1 - 1) / 2;
    }
    return g;
}

// What a student writes down, line by line.
std::vector<Line> by_hand(const std::string& loss, double lr) {
    double w = 0.5, b = 0.25, u = 1, c = -1;
    std::vector<Line> lines = {{"w", {w}}, {"b", {b}}, {"u", {u}}, {"c", {c}}};

    const double x0 = 2, x1 = 3, z0 = -1, z1 = 2;
    const double fake0 = w * z0 + b, fake1 = w * z1 + b;
    lines.push_back({"x", {x0, x1}});
    lines.push_back({"z", {z0, z1}});
    lines.push_back({"G(z) = w z + b", {fake0, fake1}});

    const Game d = play(loss, u * x0 + c, u * x1 + c, u * fake0 + c, u * fake1 + c);
    lines.push_back({"r = D(x) = u x + c", {d.r0, d.r1}});
    lines.push_back({"f = D(G(z))", {d.f0, d.f1}});
    lines.push_back({"sigmoid(r)", {sigmoid_by_hand(d.r0), sigmoid_by_hand(d.r1)}});
    lines.push_back({"sigmoid(f)", {sigmoid_by_hand(d.f0), sigmoid_by_hand(d.f1)}});
    lines.push_back({"L_D", {d.D_value}});

    const double du = d.D_slope_r0 * x0 + d.D_slope_r1 * x1 + d.D_slope_f0 * fake0 + d.D_slope_f1 * fake1;
    const double dc = d.D_slope_r0 + d.D_slope_r1 + d.D_slope_f0 + d.D_slope_f1;
    u -= lr * du;
    c -= lr * dc;
    lines.push_back({"dL_D/dr", {d.D_slope_r0, d.D_slope_r1}});
    lines.push_back({"dL_D/df", {d.D_slope_f0, d.D_slope_f1}});
    lines.push_back({"dL_D/du = sum dr x + df G(z)", {du}});
    lines.push_back({"dL_D/dc = sum dr + df", {dc}});
    lines.push_back({"u - lr dL_D/du", {u}});
    lines.push_back({"c - lr dL_D/dc", {c}});

    const Game g = play(loss, 0, 0, u * fake0 + c, u * fake1 + c);
    lines.push_back({"f = D(G(z))", {g.f0, g.f1}});
    lines.push_back({"sigmoid(f)", {sigmoid_by_hand(g.f0), sigmoid_by_hand(g.f1)}});
    lines.push_back({"L_G", {g.G_value}});

    const double dfake0 = g.G_slope_f0 * u, dfake1 = g.G_slope_f1 * u;
    const double dw = dfake0 * z0 + dfake1 * z1;
    const double db = dfake0 + dfake1;
    w -= lr * dw;
    b -= lr * db;
    lines.push_back({"dL_G/df", {g.G_slope_f0, g.G_slope_f1}});
    lines.push_back({"dL_G/dG(z) = df u", {dfake0, dfake1}});
    lines.push_back({"dL_G/dw = sum dG(z) z", {dw}});
    lines.push_back({"dL_G/db = sum dG(z)", {db}});
    lines.push_back({"w - lr dL_G/dw", {w}});
    lines.push_back({"b - lr dL_G/db", {b}});

    const double moved0 = w * z0 + b, moved1 = w * z1 + b;
    lines.push_back({"G(z)", {moved0, moved1}});
    lines.push_back({"D(G(z))", {u * moved0 + c, u * moved1 + c}});
    return lines;
}

// The program of the same flavour: build/FLAVOUR/tests runs build/FLAVOUR/examples/02_one_step.
std::filesystem::path program() { return help::program_folder / "examples" / "02_one_step"; }

std::string output_of(const std::string& options) {
    std::string command = "'";
    command += program().string();
    command += "' ";
    command += options;
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe);
    std::string text;
    char buffer[4096];
    while (std::fgets(buffer, sizeof buffer, pipe)) text += buffer;
    REQUIRE(pclose(pipe) == 0);
    return text;
}

// Lines of numbers are indented by five blanks: a label of 28 characters, then the numbers.
std::vector<Line> lines_of(const std::string& output) {
    std::vector<Line> lines;
    std::istringstream text(output);
    for (std::string line; std::getline(text, line);) {
        if (line.size() < 34 || line.rfind("     ", 0) != 0) continue;
        std::string label = line.substr(5, 28);
        label.erase(label.find_last_not_of(' ') + 1);
        std::istringstream numbers(line.substr(33));
        lines.push_back({label, {}});
        for (double number; numbers >> number;) lines.back().numbers.push_back(number);
        CHECK(numbers.eof());
    }
    return lines;
}

void compare(const std::string& options, const std::string& loss, double lr) {
    INFO("02_one_step " << options);
    const std::string output = output_of(options);
    const std::vector<Line> printed = lines_of(output);
    const std::vector<Line> expected = by_hand(loss, lr);
    REQUIRE(printed.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO("line " << i << ": " << expected[i].label);
        CHECK(printed[i].label == expected[i].label);
        REQUIRE(printed[i].numbers.size() == expected[i].numbers.size());
        for (std::size_t k = 0; k < expected[i].numbers.size(); ++k) {
            // Seven digits are printed; a float's round-off may reach the last, and more where terms cancel.
            CHECK(printed[i].numbers[k] == Approx(expected[i].numbers[k]).epsilon(2e-6).margin(2e-7));
        }
    }
}

}  // namespace

TEST_CASE("one training iteration of the smallest GAN is what a calculator says", "[one_step]") {
    INFO("needs " << program() << " (make builds it)");
    REQUIRE(std::filesystem::exists(program()));
    compare("", "non-saturating", 0.5);
    compare("--loss non-saturating", "non-saturating", 0.5);
    compare("--loss minimax --lr 0.1", "minimax", 0.1);
    compare("--loss wasserstein --lr 1", "wasserstein", 1);
    compare("--loss least-squares", "least-squares", 0.5);
}

TEST_CASE("the five steps appear under their names, in order", "[one_step]") {
    REQUIRE(std::filesystem::exists(program()));
    const std::string output = output_of("");
    std::size_t at = 0;
    for (const char* step : {"1  sample real data", "2  generate fake data", "3  discriminator predictions",
                             "4  loss calculation", "5  backpropagation and update", "The generator's turn",
                             "3  discriminator predictions", "4  loss calculation", "5  backpropagation and update"}) {
        INFO(step);
        at = output.find(step, at);
        REQUIRE(at != std::string::npos);
    }
}
