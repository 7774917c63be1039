// A GAN on handwritten digits: the same training loop as in 04_gan_2d, with larger networks.
//
//     z [batch, 64]  --G: 64-256-512-784, tanh-->  fake [batch, 784]  --D: 784-512-256-1-->  logits [batch, 1]
//
// Three things help a plain multilayer perceptron on so few pictures:
//   - D drops 30 % of its activations, so that it cannot learn the 10,000 pictures by heart (nn/dropout.hpp);
//   - the generator that is judged is the running average of the one that is trained (examples/kit/average.hpp), which
//     takes away most of the speckle;
//   - the learning rate falls to 0 over the last part of the training.
//
// Writes digits_STEP.png (64 digits from fixed noise, at about five moments), losses.csv, samples.npy and report.html, in
// which the digits can be watched while they form; and lets a classifier say which digits it sees.
#include <algorithm>
#include <iostream>

#include "examples/kit/figure.hpp"
#include "examples/kit/judge.hpp"
#include "examples/kit/npy.hpp"
#include "examples/kit/report.hpp"

using namespace gantry;

// 784-2h-h-1 with leaky ReLU, and dropout after each hidden layer.
struct DigitDiscriminator : Module {
    DigitDiscriminator(Index pixels, Index hidden, double p, Random& weights, std::uint64_t seed)
        : net({pixels, 2 * hidden, hidden, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights),
          dropped(p),
          rng(seed, 6) {}

    Tensor forward(const Tensor& x) const override {
        Tensor h = x;
        for (std::size_t i = 0; i + 1 < net.layers().size(); ++i) {
            h = leaky_relu(net.layers()[i](h), Real(0.2));
            h = dropout(h, dropped, rng);
        }
        return net.layers().back()(h);
    }
    NamedTensors named_parameters() const override { return net.named_parameters(); }

    Mlp net;
    double dropped;
    mutable Random rng;
};

static void body(kit::Options& options) {
    kit::Settings settings;
    settings.steps = 9000;
    settings.batch = 128;
    settings.hidden = 256;
    settings.latent = 64;
    settings.lr = 5e-4;
    settings.beta1 = 0.5;
    settings.beta2 = 0.999;
    settings.decay_from = 0.5;
    settings.average = 0.999;
    settings.samples = 2000;
    settings.for_wasserstein = {.lambda = 10, .lr = 2e-4, .decay_from = 0.5, .critic_steps = 2, .steps = 3500};
    std::string data = "mnist";
    double dropped = 0.3;
    options.text("--data", data, "mnist, fashion, or a folder with files named like MNIST's", kit::check_image_set);
    options.number("--dropout", dropped, kit::from_below(0, 1), "share of D's activations that are dropped");
    settings.declare(options);
    kit::Report report(options, 40);
    options.parse();
    settings.complete(options);
    const auto seed = static_cast<std::uint64_t>(options.seed());
    const kit::Images images = kit::load_images(data);

    Random weights(seed);
    const Index h = settings.hidden;
    Mlp G({settings.latent, h, 2 * h, images.pixels()}, Activation::leaky_relu(0.2), Activation::tanh(), weights);
    DigitDiscriminator D(images.pixels(), h, dropped, weights, seed);
    const auto loss = settings.make_loss();
    const auto G_optimizer = settings.make_optimizer(G.parameters());
    const auto D_optimizer = settings.make_optimizer(D.parameters());
    const kit::Lines about{{"data", images.source},
                           {"G", G.str()},
                           {"D", D.net.str() + ", dropout " + kit::to_text(dropped)},
                           {"training", settings.str()}};
    options.print_banner(about);
    report.note(about);

    Random picture_rng(seed, 4);
    const Tensor picture_noise = picture_rng.normal(Shape{64, settings.latent});
    auto draw_digits = [&](Index step) {
        NoRecording guard;
        kit::write_image_grid(options.out("digits_" + std::to_string(step) + ".png"), G(picture_noise), 8, 8);
    };

    const Index between_pictures = std::max<Index>(1, settings.steps / 5);
    const kit::Players players{G, D, *loss, *G_optimizer, *D_optimizer, [&](Index n, Random& rng) {
                                   return images.batch(rng.indices(n, images.count()));
                               }};
    kit::Health health(options.out("losses.csv"), settings, players);
    report.begin(settings, players, images, health);
    kit::train(players, settings.training(options), [&](const kit::StepReport& step) {
        health.after_step(step);
        report.after_step(step);
        if (step.step < settings.steps && step.step % between_pictures == 0) {
            step.average.exchange();
            draw_digits(step.step);
            step.average.exchange();
        }
    });
    health.print();
    draw_digits(settings.steps);

    Random sample_rng(seed, 5);
    const Tensor samples = G(sample_rng.normal(Shape{settings.samples, settings.latent})).detach();
    kit::write_npy(options.out("samples.npy"), (samples + 1) / 2);
    if (data == "mnist") {
        const kit::DigitJudge judge(kit::load_images(data, kit::Part::test), 1);
        const std::string verdict = "a classifier that is right on " + kit::to_text(100 * judge.accuracy()) +
                                    " % of digits new to it sees:\n" + judge.judge(samples).str();
        std::cout << verdict << "\n";
        report.note("result", verdict);
    }
    report.write();
    std::cout << "wrote digits_*.png, losses.csv and samples.npy in " << options.out("").string() << "\n";
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains a generator of handwritten digits against a discriminator", body);
}
