// Claim: the log-likelihood by a Parzen window tells which generator is the better one.
//
//     log p(x) = log 1/N sum_i exp(-|x - g_i|^2 / (2 sigma^2)) - d/2 log(2 pi sigma^2)        g_1 .. g_N the samples
//
// The first GANs were compared by this number (kit/measure/parzen.hpp has the protocol). Here nothing about a generator
// is changed but what everybody can see: its finished samples are blurred, or get white dots.
#include <cmath>

#include "examples/claims/digits_gan.hpp"
#include "examples/kit/measure/parzen.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;
using digits_gan::Kind;

static const kit::Claim claim = {
    .claim =
        "The log-likelihood of test pictures under a Parzen window measures how good a generator's samples are: the "
        "higher, the better.",
    .source =
        "Goodfellow et al. 2014, section 5 and table 1 (MNIST: 225 +- 2); against it: Theis et al. 2016, \"A note on "
        "the evaluation of generative models\"",
    .experiment =
        "A non-saturating GAN learns 8,000 embedded digits. The score of its 8,000 finished "
        "samples, and of the 8,000 real digits themselves, under the best of ten widths sigma (1,000 other digits "
        "choose it, 1,000 more are scored); then again after a change that one sees: a Gaussian blur of 0.8 pixels, or "
        "0.5 % of the pixels made white. The published protocol has 10,000 samples and test digits, so our rows are to "
        "be compared with each other.",
    .too_short_for = "the generator, which 600 steps leave unfinished",
};

// ---------------------------------------------------------------------------------------- what is done to pictures
//
// Both take and return [n, 784] in [0, 1].

static Tensor blurred(const Tensor& pictures, double width) {
    constexpr Index side = 28, reach = 3;
    std::vector<double> kernel;
    double sum = 0;
    for (Index k = -reach; k <= reach; ++k) kernel.push_back(std::exp(-k * k / (2 * width * width)));
    for (double w : kernel) sum += w;
    std::vector<Real> x = pictures.values();
    // Along the rows, then along the columns. Outside of a picture is paper: 0.
    for (Index stride : {Index(1), side}) {
        const std::vector<Real> before = x;
        for (Index i = 0; i < Index(x.size()); ++i) {
            const Index place = stride == 1 ? i % side : i / side % side;
            double value = 0;
            for (Index k = -reach; k <= reach; ++k)
                if (place + k >= 0 && place + k < side) value += kernel[k + reach] / sum * before[i + k * stride];
            x[i] = value;
        }
    }
    return tensor(pictures.shape(), x);
}

static Tensor with_dots(const Tensor& pictures, double share, std::uint64_t seed) {
    Random rng(seed, 12);
    const std::vector<Real> dice = rng.uniform(pictures.shape(), 0, 1).values();
    std::vector<Real> x = pictures.values();
    for (std::size_t i = 0; i < x.size(); ++i)
        if (dice[i] < share) x[i] = 1;
    return tensor(pictures.shape(), x);
}

// ---------------------------------------------------------------------------------------- the scores

struct Scores {
    double plain, blurred, dotted;  // nats
};

static Scores scores(kit::Card& card, const std::string& name, const Tensor& pictures, const kit::Images& digits) {
    const Tensor validation = kit::pixels_from_network(kit::pictures(digits, 8000, 1000, 2));
    const Tensor test = kit::pixels_from_network(kit::pictures(digits, 8001, 1000, 2));
    const auto row = [&](const std::string& change, const Tensor& changed) {
        const kit::ParzenScore score = kit::parzen_score(changed, validation, test);
        card.row({name + change, kit::fixed(score.mean, 1) + " +- " + kit::fixed(score.standard_error, 1),
                  kit::fixed(score.sigma, 3)});
        return score.mean;
    };
    return {row("", pictures), row(", blurred by 0.8 pixels", blurred(pictures, 0.8)),
            row(", 0.5 % of the pixels white", with_dots(pictures, 0.005, card.seed()))};
}

// Rows of 16: as they are, blurred, with dots.
static void draw(kit::Card& card, const Tensor& pictures) {
    const Tensor some = slice(pictures, 0, 0, 16);
    const Tensor sheet = concat({some, blurred(some, 0.8), with_dots(some, 0.005, card.seed())}, 0);
    kit::write_image_grid(card.out("samples.png"), sheet * 2 - 1, 3, 16, 2);
    card.picture("samples.png");
}

static void body(kit::Card& card) {
    const kit::Images digits = kit::load_images("mnist", kit::Part::test);
    const Kind kind{"non-saturating"};
    const Index count = digits_gan::trained_on;
    const Tensor samples =
        kit::pixels_from_network(digits_gan::samples(digits, kind, card.pick(600, 8000), card.seed(), count));
    card.table("log-likelihood of 1,000 real digits in nats, +- its standard error", {"windows at", "score", "sigma"});
    const Scores real = scores(card, "real digits", kit::pixels_from_network(kit::pictures(digits, 0, count)), digits);
    const Scores fake = scores(card, "generated", samples, digits);
    draw(card, samples);
    card.observe("a blur lifts the score of the generated pictures by more than 30 nats",
                 fake.blurred > fake.plain + 30);
    card.observe("blurred real digits score higher than the real digits, by more than 30 nats",
                 real.blurred > real.plain + 30);
    card.observe("white dots, four in a picture, cost real digits more than 20 nats", real.dotted < real.plain - 20);
    card.key_numbers("nats: generated " + kit::fixed(fake.plain, 0) + ", blurred " + kit::fixed(fake.blurred, 0) +
                     ", with white dots " + kit::fixed(fake.dotted, 0) + "; real digits " + kit::fixed(real.plain, 0) +
                     ", blurred " + kit::fixed(real.blurred, 0) + ", with white dots " + kit::fixed(real.dotted, 0));
    card.verdict(
        kit::is_false,
        "The score rewards smooth pictures, not good ones: a blur that everybody sees makes it better. It lifts the "
        "samples of a GAN by about 100 nats, close to what real digits have, and it lifts the real digits above "
        "themselves. Four white dots in a picture, which change no digit, cost real digits about 50 nats. So this "
        "number cannot rank two generators.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
