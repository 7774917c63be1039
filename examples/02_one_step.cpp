// One training iteration of the smallest GAN, every number printed: follow it with paper and a calculator.
//
//     G(z) = w z + b          one number of noise in, one sample out
//     D(x) = u x + c          one sample in, one logit out; to the logistic losses sigmoid(logit) is P(real)
//
//     real x -----------------> D --> r --.
//     noise z --> G --> fake -> D --> f --+--> L_D --> gradients of u, c     first, the discriminator's turn
//                        '----> D --> f -----> L_G --> gradients of w, b     then, the generator's turn
//
// Real GANs have more weights and draw x and z at random. Nothing else is different: the same five steps, in
// the same order, make the training loop in examples/kit/train/training.cpp. Every step is one statement here, so
// that a debugger can stop at it (`make gdb` does).
#include <cstdio>

#include "examples/kit/run/options.hpp"
#include "losses/losses.hpp"
#include "optim/optim.hpp"

using namespace gantry;

// What each player minimises, of real logits r and fake logits f. A loss of your own may stand here too.
struct Formulas {
    std::string discriminator, generator;
};
static Formulas formulas_of(const std::string& loss) {
    if (loss == "minimax") return {"mean softplus(-r) + mean softplus(f)", "mean -softplus(f)"};
    if (loss == "non-saturating") return {"mean softplus(-r) + mean softplus(f)", "mean softplus(-f)"};
    if (loss == "wasserstein") return {"mean f - mean r", "-mean f"};
    if (loss == "least-squares") return {"1/2 mean (r-1)^2 + 1/2 mean f^2", "1/2 mean (f-1)^2"};
    if (loss == "hinge") return {"mean max(0, 1-r) + mean max(0, 1+f)", "-mean f"};
    return {"the discriminator's loss of " + loss, "the generator's loss of " + loss};
}

static Tensor parameter(const char* name, const Shape& shape, Real value) {
    Tensor p = full(shape, value);
    p.set_name(name);
    p.set_requires_grad(true);
    return p;
}

static void show(const char* what, const Tensor& numbers) {
    std::printf("     %-28s", what);
    for (Real number : numbers.values()) std::printf(" %12.7g", number);
    std::printf("\n");
}

static void body(kit::Options& options) {
    std::string name = "non-saturating";
    double lr = 0.5;
    options.choice("--loss", name, all_loss_names(), "the loss of both players");
    options.number("--lr", lr, kit::above(0), "learning rate of both players (plain gradient descent)");
    options.parse();
    options.print_banner({{"sizes", "batch 2, G and D with 2 weights each"},
                          {"D minimises", formulas_of(name).discriminator},
                          {"G minimises", formulas_of(name).generator}});

    const std::unique_ptr<GanLoss> chosen = make_loss(name);
    const GanLoss& loss = *chosen;
    Tensor w = parameter("w", Shape{1, 1}, 0.5);
    Tensor b = parameter("b", Shape{1}, 0.25);
    Tensor u = parameter("u", Shape{1, 1}, 1);
    Tensor c = parameter("c", Shape{1}, -1);
    Sgd G_optimizer({w, b}, {.lr = lr});
    Sgd D_optimizer({u, c}, {.lr = lr});
    std::puts("The weights before");
    show("w", w);
    show("b", b);
    show("u", u);
    show("c", c);

    std::puts("\nThe discriminator's turn\n\n1  sample real data");
    const Tensor x = tensor(Shape{2, 1}, {2, 3});
    show("x", x);

    std::puts("2  generate fake data");
    const Tensor z = tensor(Shape{2, 1}, {-1, 2});
    const Tensor fake = linear(z, w, b);
    show("z", z);
    show("G(z) = w z + b", fake);

    std::puts("3  discriminator predictions");
    const Tensor r = linear(x, u, c);
    const Tensor f = linear(fake.detach(), u, c);
    show("r = D(x) = u x + c", r);
    show("f = D(G(z))", f);
    show("sigmoid(r)", sigmoid(r));
    show("sigmoid(f)", sigmoid(f));

    std::puts("4  loss calculation");
    const Tensor D_loss = loss.discriminator(r, f);
    show("L_D", D_loss);

    std::puts("5  backpropagation and update");
    const Tensors D_gradients = grad(D_loss, {r, f, u, c});
    show("dL_D/dr", D_gradients[0]);
    show("dL_D/df", D_gradients[1]);
    show("dL_D/du = sum dr x + df G(z)", D_gradients[2]);
    show("dL_D/dc = sum dr + df", D_gradients[3]);
    D_optimizer.step({D_gradients[2], D_gradients[3]});
    show("u - lr dL_D/du", u);
    show("c - lr dL_D/dc", c);

    std::puts("\nThe generator's turn: the same fakes, the new discriminator\n\n3  discriminator predictions");
    const Tensor new_f = linear(fake, u, c);
    show("f = D(G(z))", new_f);
    show("sigmoid(f)", sigmoid(new_f));

    std::puts("4  loss calculation");
    const Tensor G_loss = loss.generator(r, new_f);
    show("L_G", G_loss);

    std::puts("5  backpropagation and update");
    const Tensors G_gradients = grad(G_loss, {new_f, fake, w, b});
    show("dL_G/df", G_gradients[0]);
    show("dL_G/dG(z) = df u", G_gradients[1]);
    show("dL_G/dw = sum dG(z) z", G_gradients[2]);
    show("dL_G/db = sum dG(z)", G_gradients[3]);
    G_optimizer.step({G_gradients[2], G_gradients[3]});
    show("w - lr dL_G/dw", w);
    show("b - lr dL_G/db", b);

    std::puts("\nAfter the iteration");
    const Tensor new_fake = linear(z, w, b);
    show("G(z)", new_fake);
    show("D(G(z))", linear(new_fake, u, c));
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "one training iteration of the smallest GAN, to be redone on paper", body);
}
