// A GAN on handwritten digits: the same training loop as in 04_gan_2d, with larger networks.
//
//     z [batch, 64]  --G: 64-256-512-784, tanh-->  fake [batch, 784]  --D: 784-512-256-1-->  logits [batch, 1]
//
// Three things help a plain multilayer perceptron on so few pictures:
//   - D drops 30 % of its activations, so that it cannot learn the 10,000 pictures by heart (nn/dropout.hpp); not with
//     Wasserstein, whose penalty asks for a slope that dropout would change at each draw;
//   - the generator that is judged is the running average of the one that is trained (kit/train/average.hpp), which
//     takes away most of the speckle;
//   - the learning rate falls to 0 over the last part of the training.
//
// Writes digits_STEP.png (64 digits from fixed noise, at about five moments), losses.csv, samples.npy and report.html,
// in which the digits can be watched while they form. A classifier says which digits it sees, how clearly, and how far
// its features of generated digits are from those of real ones.
//
// With --parzen it measures the log-likelihood for which Goodfellow et al. (2014, table 1) publish 225 +- 2, by their
// protocol. That needs the 60,000 training pictures (`make data`); the last 10,000 are then left out of the training.
#include <algorithm>
#include <iostream>

#include "examples/kit/data/npy.hpp"
#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/judge.hpp"
#include "examples/kit/measure/parzen.hpp"
#include "examples/kit/measure/statistics.hpp"
#include "examples/kit/show/figure.hpp"
#include "examples/kit/show/report.hpp"

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

static Tensor generate(const Module& G, Index n, const kit::Settings& settings, Random& rng) {
    NoRecording guard;
    return G(rng.normal(Shape{n, settings.latent}));
}

// The pictures first, first + step, ..., count of them.
static Tensor pictures(const kit::Images& images, Index first, Index count, Index step = 1) {
    std::vector<Index> which;
    for (Index i = 0; i < count; ++i) which.push_back(first + i * step);
    return images.batch(which);
}

// The classifier learns 8,000 of the 10,000 test pictures. As many generated pictures as there are in one set of real
// ones, new to it, are compared with that set; a second set says how far apart two sets of real pictures are. The sets
// are interleaved: 10,000 each of the training pictures, or 1,000 each of the other 2,000 test pictures where there are
// no training pictures.
static std::string verdict(const Module& G, const kit::Settings& settings, const Tensor& samples,
                           const kit::Images& images, Index trained_on, std::uint64_t seed) {
    const kit::Images test = kit::load_images("mnist", kit::Part::test);
    const kit::DigitJudge judge(test, 1);
    const bool many = !images.is_test_set && trained_on >= 20000;
    const kit::Images& real_images = many ? images : test;
    const Index begin = many ? 0 : 8000;
    const Index count = many ? 10000 : 1000;
    const Index step = many ? trained_on / count : 2;
    const auto real_features = [&](Index offset) {
        return judge.features(
            count, [&](Index first, Index n) { return pictures(real_images, begin + offset + first * step, n, step); });
    };
    Random rng(seed, 8);
    const Tensor of_fake = judge.features(count, [&](Index, Index n) { return generate(G, n, settings, rng); });
    const Tensor of_real = real_features(0);
    const Tensor of_other_real = real_features(step / 2);
    const kit::Compared distance = kit::against_reference(kit::frechet_distance, of_fake, of_real, of_other_real);
    const kit::Verdict seen = judge.judge(pictures(test, 8000, 1000, 2));
    const std::string size = many ? "10,000" : "1,000";
    return "a classifier that is right on " + kit::to_text(100 * judge.accuracy()) + " % of digits new to it sees:\n" +
           judge.judge(samples).str() + "\n(real digits: class entropy " + kit::fixed(seen.class_entropy, 3) +
           ", mean confidence " + kit::fixed(seen.confidence, 3) + ")\n" + "Frechet distance of its features, " + size +
           " pictures against " + size + ": " + distance.str();
}

// As in Goodfellow et al. 2014, see kit/measure/parzen.hpp. `images` are the 60,000.
static std::string log_likelihood(const Module& G, const kit::Settings& settings, const kit::Images& images,
                                  const kit::Images& test, std::uint64_t seed) {
    Random rng(seed, 9);
    const Tensor generated = kit::pixels_from_network(generate(G, 10000, settings, rng));
    const Tensor validation = kit::pixels_from_network(pictures(images, images.count() - 10000, 1000));
    const Tensor test_pictures = kit::pixels_from_network(pictures(test, 0, test.count()));
    return "Parzen log-likelihood: " + kit::parzen_score(generated, validation, test_pictures).str();
}

// Chosen by trainings of some 80 s on one core with the 60,000 pictures. Frechet distance at the end, non-saturating:
//
//     learning rate, batches of 128   5e-4  41      1e-3  7.2     2e-3  6.8
//     batch, learning rate 1e-3        128  7.2       64  3.1       32  2.7    (two cores share a batch: 64)
//     dropout, batches of 64             0  12.8     0.3  3.1      0.5  3.6
//
// Wasserstein in that time: 37 with batches of 128, 6.7 with 64.
static void body(kit::Options& options) {
    kit::Settings settings;
    settings.steps = 14000;
    settings.batch = 64;
    settings.hidden = 256;
    settings.latent = 64;
    settings.lr = 1e-3;
    settings.beta1 = 0.5;
    settings.beta2 = 0.999;
    settings.decay_from = 0.5;
    settings.average = 0.999;
    settings.samples = 2000;
    settings.least_squares_lr = 1e-3;
    settings.for_wasserstein = {.lambda = 10, .lr = 1e-3, .decay_from = 0.5, .critic_steps = 2, .steps = 5500};
    std::string data = "mnist";
    double dropped = 0.3;
    bool parzen = false;
    options.text("--data", data, "mnist, fashion, or a folder with files named like MNIST's", kit::check_image_set);
    options.number("--dropout", dropped, kit::from_below(0, 1),
                   "share of D's activations that are dropped (wasserstein: 0)");
    options.flag("--parzen", parzen, "log-likelihood by Goodfellow's protocol; needs the 60,000 training images");
    settings.declare(options);
    kit::Report report(options, 40);
    options.parse();
    settings.complete(options);
    if (settings.loss == "wasserstein" && !options.given("--dropout")) dropped = 0;
    const auto seed = static_cast<std::uint64_t>(options.seed());
    const kit::Images images = kit::load_images(data);
    if (parzen && images.count() < 60000) options.refuse("--parzen", "needs the 60,000 training images: make data");
    const Index trained_on = parzen ? images.count() - 10000 : images.count();
    const kit::Images test = parzen ? kit::load_images(data, kit::Part::test) : kit::Images();

    Random weights(seed);
    const Index h = settings.hidden;
    Mlp G({settings.latent, h, 2 * h, images.pixels()}, Activation::leaky_relu(0.2), Activation::tanh(), weights);
    DigitDiscriminator D(images.pixels(), h, dropped, weights, seed);
    const auto loss = settings.make_loss();
    const auto G_optimizer = settings.make_optimizer(G.parameters());
    const auto D_optimizer = settings.make_optimizer(D.parameters());
    const std::string used = parzen ? ", the first " + std::to_string(trained_on) + " of them" : "";
    const kit::Lines about{{"data", images.source + used},
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
                                   return images.batch(rng.indices(n, trained_on));
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
    const Tensor samples = generate(G, settings.samples, settings, sample_rng);
    kit::write_npy(options.out("samples.npy"), (samples + 1) / 2);
    kit::Lines results;
    if (data == "mnist") results.push_back({"result", verdict(G, settings, samples, images, trained_on, seed)});
    if (parzen) results.push_back({"likelihood", log_likelihood(G, settings, images, test, seed)});
    for (const auto& [label, text] : results) std::cout << text << "\n";
    report.note(results);
    report.write();
    std::cout << "wrote digits_*.png, losses.csv and samples.npy in " << options.out("").string() << "\n";
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains a generator of handwritten digits against a discriminator", body);
}
