// The four losses as functions of one logit: the value, and the gradient that reaches the network.
//
// The generator learns from dG/df, the gradient of its loss at the logits f of its fakes. Early in training
// the discriminator is sure of them, f << 0, and that is where the losses differ most:
//
//     minimax          -s(f)      dies: 0.000045 at f = -10. The generator stands still just when it is worst
//     non-saturating   -s(-f)     near -1 there; it dies where the fakes are taken for real, f >> 0
//     wasserstein      -1         the same everywhere
//     least-squares    f - 1      grows with the distance from the label 1, and pulls back from beyond it
//
// The discriminator's loss is a term in the real logits r plus a term in the fake logits f. To see one of
// them, the other logit is held where its own term is 0. Compare the pictures: the non-saturating generator
// descends the discriminator's real term (it calls its fakes real), the minimax generator climbs the
// discriminator's fake term.
#include <cmath>
#include <cstdio>
#include <iostream>

#include "examples/kit/data/csv.hpp"
#include "examples/kit/run/options.hpp"
#include "examples/kit/show/figure.hpp"
#include "losses/losses.hpp"

using namespace gantry;

// One term of one loss along the logits.
struct Curve {
    std::string loss;
    int style = 0;  // of its line
    std::vector<double> values, slopes;
};

// The same term of all losses.
struct Term {
    std::string file, title, logit;
    std::vector<Curve> curves;
};

static Tensor one_logit(double value) {
    Tensor x = full(Shape{1}, value);
    x.set_requires_grad(true);
    return x;
}

// The engine computes both: the value forward, the gradient backward. (0 is added to print -0 as 0.)
static void add_point(Curve& curve, const Tensor& loss, const Tensor& logit) {
    const Tensor slope = grad(loss, {logit})[0];
    curve.values.push_back(loss.item() + 0.0);
    curve.slopes.push_back(slope.item() + 0.0);
}

// The logits where the discriminator's two terms are 0: infinitely sure and right, or at the label.
struct Rest {
    double real, fake;
};
static Rest rest_of(const std::string& loss) {
    if (loss == "wasserstein") return {0, 0};
    if (loss == "least-squares") return {1, 0};
    return {1e4, -1e4};  // of a loss with a margin, too
}

static void print_table(const Term& term, const std::vector<double>& logits) {
    std::printf("%s: value and gradient\n%4s", term.title.c_str(), term.logit.c_str());
    for (const Curve& curve : term.curves) std::printf("%19s", curve.loss.c_str());
    for (std::size_t i = 0; i < logits.size(); i += 20) {
        std::printf("\n%4.0f", logits[i]);
        for (const Curve& c : term.curves) std::printf("%9.4f%10.6f", c.values[i], c.slopes[i]);
    }
    std::printf("\n\n");
}

static void write_csv(const Term& term, const std::vector<double>& logits, const std::filesystem::path& path) {
    std::vector<std::string> header = {term.logit};
    for (const Curve& c : term.curves) header.insert(header.end(), {c.loss + " value", c.loss + " gradient"});
    kit::CsvWriter csv(path, header);
    for (std::size_t i = 0; i < logits.size(); ++i) {
        std::vector<double> row = {logits[i]};
        for (const Curve& c : term.curves) row.insert(row.end(), {c.values[i], c.slopes[i]});
        csv.row(row);
    }
}

static void draw_panels(const Term& term, const std::vector<double>& logits, const std::filesystem::path& path) {
    kit::Figure figure(1, 3);
    figure.title = term.title;
    kit::Panel& value = figure.panel(0, 0);
    kit::Panel& slope = figure.panel(0, 1);
    kit::Panel& size = figure.panel(0, 2);
    value.title = "value";
    slope.title = "gradient";
    size.title = "size of the gradient";
    size.log_y = true;                          // an exponential death is a straight line
    value.limits = kit::Box{-10, 10, -11, 15};  // least squares leaves them: 60 at -10
    slope.limits = kit::Box{-10, 10, -2.5, 2.5};
    size.limits = kit::Box{-10, 10, 1e-5, 100};
    value.x_label = slope.x_label = size.x_label = "logit " + term.logit;
    for (const Curve& c : term.curves) {
        std::vector<double> sizes;
        for (double s : c.slopes) sizes.push_back(std::fabs(s));
        value.line(c.loss, logits, c.values, c.style);
        slope.line(c.loss, logits, c.slopes, c.style);
        size.line(c.loss, logits, sizes, c.style);
    }
    figure.write(path);
}

static void body(kit::Options& options) {
    options.parse();
    options.print_banner(
        {{"logits", "-10 to 10, 201 of them"},
         {"losses", "least squares with labels 0, 1, 1; logistic: the D of minimax and non-saturating"}});

    std::vector<double> logits;
    for (int i = -100; i <= 100; ++i) logits.push_back(i / 10.0);
    Term generator = {"generator", "Generator's loss at a fake", "f", {}};
    Term real = {"discriminator_real", "Discriminator's loss at a real sample", "r", {}};
    Term fake = {"discriminator_fake", "Discriminator's loss at a fake", "f", {}};
    for (const std::string& name : loss_names()) {
        const std::unique_ptr<GanLoss> loss = make_loss(name);
        const Rest rest = rest_of(name);
        const int style = generator.curves.size();
        Curve on_generator = {name, style, {}, {}};
        Curve on_real = {name == "non-saturating" ? "logistic" : name, style, {}, {}};
        Curve on_fake = on_real;
        for (double position : logits) {
            const Tensor x = one_logit(position);
            add_point(on_generator, loss->generator(x), x);
            add_point(on_real, loss->discriminator(x, one_logit(rest.fake)), x);
            add_point(on_fake, loss->discriminator(one_logit(rest.real), x), x);
        }
        generator.curves.push_back(on_generator);
        if (name == "minimax") continue;  // its discriminator comes with the next loss
        real.curves.push_back(on_real);
        fake.curves.push_back(on_fake);
    }
    for (const Term& term : {generator, real, fake}) {
        print_table(term, logits);
        write_csv(term, logits, options.out(term.file + ".csv"));
        draw_panels(term, logits, options.out(term.file + ".png"));
    }
    std::cout << "wrote three tables (.csv) and three pictures (.png) in " << options.out("").string() << '\n';
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "value and gradient of every loss against the logit", body);
}
