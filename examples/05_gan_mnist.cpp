// A GAN on handwritten digits: the same training loop as in 04_gan_2d, with larger networks.
//
//     z [batch, 64]  --G: 64-256-512-784, tanh-->  fake [batch, 784]  --D: 784-512-256-1-->  logits [batch, 1]
//
// Three things help a plain multilayer perceptron on so few pictures. D drops 30 % of its activations, so that it can
// not learn the 10,000 pictures by heart (nn/dropout.hpp); but not with Wasserstein, whose penalty asks for a slope,
// which dropout would change at each draw. The generator that is judged is the running average of the trained one: that
// takes away most of the speckle. And the learning rate falls to 0 over the second half of the training.
//
// Writes digits_STEP.png (64 digits from fixed noise, at about five moments), losses.csv, samples.npy and report.html,
// in which the digits can be watched while they form. A classifier says which digits it sees, how clearly, and how far
// its features of generated digits are from those of real ones. With --parzen it measures the log-likelihood for which
// Goodfellow et al. (2014, table 1) publish 225 +- 2, by their protocol. That needs the 60,000 training pictures
// (`make data`); the last 10,000 are then left out of the training.
#include "examples/kit/data/csv.hpp"
#include "examples/kit/measure/judge.hpp"
#include "examples/kit/measure/parzen.hpp"
#include "examples/kit/run/settings.hpp"

using namespace gantry;

struct DigitDiscriminator : Mlp {
    DigitDiscriminator(Index pixels, Index h, double p, Random& weights, std::uint64_t seed)
        : Mlp({pixels, 2 * h, h, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights),
          dropped(p),
          rng(seed, 6) {}

    Tensor forward(const Tensor& x) const override {  // with dropout after each hidden layer
        Tensor h = x;
        for (std::size_t i = 0; i + 1 < layers().size(); ++i) {
            h = leaky_relu(layers()[i](h), 0.2);
            if (dropped > 0) h = dropout(h, dropped, rng);
        }
        return layers().back()(h);
    }
    double dropped;
    mutable Random rng;
};

// Chosen by trainings of some 80 s on one core with the 60,000 pictures. Frechet distance at the end, non-saturating:
//
//     learning rate, batches of 128   5e-4  41      1e-3  7.2     2e-3  6.8
//     batch, learning rate 1e-3        128  7.2       64  3.1       32  2.7    (two cores share a batch: 64)
//     dropout, batches of 64             0  12.8     0.3  3.1      0.5  3.6
//     Wasserstein, batches of          128   37       64  6.7
static void body(kit::Options& options) {
    kit::Settings settings;
    settings.training = {.steps = 14000, .batch = 64, .latent = 64, .decay_from = 0.5, .average = 0.999};
    settings.hidden = 256;
    settings.beta1 = 0.5;
    settings.beta2 = 0.999;
    settings.samples = 2000;
    settings.for_wasserstein = {.lambda = 10, .decay_from = 0.5, .critic_steps = 2, .steps = 5500};
    std::string data = "mnist";
    double dropped = 0.3;
    bool parzen = false;
    options.text("--data", data, "mnist, fashion, or a folder with files named like MNIST's", kit::check_image_set);
    options.number("--dropout", dropped, kit::from_below(0, 1),
                   "share of D's activations that are dropped (wasserstein: 0)");
    options.flag("--parzen", parzen, "log-likelihood by Goodfellow's protocol; needs the 60,000 training images");
    settings.declare(options);
    settings.declare_checkpoints(options);
    options.parse();
    settings.complete(options);
    if (settings.loss == "wasserstein" && !options.given("--dropout")) dropped = 0;
    const kit::Images images = kit::load_images(data);
    if (parzen && images.count() < 60000) options.refuse("--parzen", "needs the 60,000 training images: make data");
    const kit::Images test = parzen ? kit::load_images(data, kit::Part::test) : kit::Images();
    const Index trained_on = parzen ? images.count() - 10000 : images.count();
    const std::string used = parzen ? ", the first " + std::to_string(trained_on) + " of them" : "";

    const Index h = settings.hidden, latent = settings.training.latent;  // the players
    Random weights(options.seed());
    Mlp G({latent, h, 2 * h, images.pixels()}, Activation::leaky_relu(0.2), Activation::tanh(), weights);
    DigitDiscriminator D(images.pixels(), h, dropped, weights, options.seed());
    const auto loss = settings.make_loss();
    const auto G_optimizer = settings.make_optimizer(G.parameters());
    const auto D_optimizer = settings.make_optimizer(D.parameters());
    const auto batch = [&](Index n, Random& rng) { return images.batch(rng.indices(n, trained_on)); };
    const kit::Players players{G, D, *loss, *G_optimizer, *D_optimizer, batch, {&D.rng}};

    const kit::RunInfo run = options.begin_run({{"data", images.source + used},
                                                {"G", G.str()},
                                                {"D", D.str() + ", dropout " + kit::to_text(dropped)},
                                                {"training", kit::in_words(settings)}});
    kit::Observer observer(run, settings.watching(40));
    observer.begin(settings, players, images);
    const auto after_step = [&](const kit::StepReport& step) { observer.after_step(step); };
    kit::train(players, settings.training, after_step, observer.resumed());
    observer.end();
    Random sample_rng(run.seed, 5), judge_rng(run.seed, 8), parzen_rng(run.seed, 9);
    kit::Lines results;
    if (data == "mnist" && !kit::stop_signal()) {  // whoever interrupts does not want to wait
        const auto more = [&](Index n) { return kit::generate(G, n, latent, judge_rng); };
        const Tensor samples = kit::generate(G, std::min<Index>(settings.samples, 10000), latent, sample_rng);
        results.push_back({"result", kit::judge_generator(more, samples, images, trained_on)});
    }
    if (parzen && !kit::stop_signal()) {
        const Tensor generated = kit::pixels_from_network(kit::generate(G, 10000, latent, parzen_rng));
        const Tensor validation = kit::pixels_from_network(kit::pictures(images, trained_on, 1000));
        const Tensor tested = kit::pixels_from_network(kit::pictures(test, 0, test.count()));
        const std::string score = kit::parzen_score(generated, validation, tested).str();
        results.push_back({"likelihood", "Parzen log-likelihood: " + score});
    }
    observer.finish(settings.samples, results);
}

int main(int argc, char** argv) {
    return kit::run_program(argc, argv, "trains a generator of handwritten digits against a discriminator", body);
}
