// Claim: this loss makes better pictures than that one.
//
// Every loss trains the same small networks on digits, without a gradient penalty and with it, for the same few steps
// and with five seeds. How far the samples are from real digits is measured by a classifier's features
// (kit/measure/judge.hpp). What is asked is not which loss is first, but whether five seeds can tell.
#include <map>

#include "examples/claims/digits_gan.hpp"
#include "examples/kit/run/card.hpp"

using namespace gantry;
using digits_gan::Kind;

static const kit::Claim claim = {
    .claim = "Newer losses, least squares and Wasserstein, generate better samples than the original GAN.",
    .source =
        "Mao et al. 2017, abstract; Arjovsky et al. 2017 and Gulrajani et al. 2017, abstracts; the doubt is that of "
        "Lucic et al. 2018, \"Are GANs created equal?\"",
    .experiment =
        "Small GANs on 8,000 embedded digits (batch 64, Adam 0.001 with betas 0.5 and 0.999, one step of D for one of "
        "G, penalty of weight 10), all with the same number of steps. Frechet distance between the features of 1,000 "
        "generated and 1,000 real digits in a classifier of ours: smaller is better. Mean and 95 % confidence "
        "interval.",
    .too_short_for = "anything but the worst differences: 2 seeds, 150 steps",
};

static void body(kit::Card& card) {
    const kit::Images digits = kit::load_images("mnist", kit::Part::test);
    const kit::DigitJudge judge(digits, 1);
    const Tensor real = judge.features(kit::pictures(digits, 8000, 1000, 2));
    const double floor = kit::frechet_distance(judge.features(kit::pictures(digits, 8001, 1000, 2)), real);
    card.table("after " + std::to_string(card.pick(150, 600)) + " steps; two sets of real digits have the distance " +
                   kit::digits(floor, 3),
               {"loss", "Frechet distance", "digits of 10", "confidence"});
    std::map<std::string, kit::Sample> distances;  // over seeds, by the name of a kind
    Tensors sheet;                                 // 16 pictures of each kind, of the first seed
    for (const Kind& kind : points_gan::all_kinds()) {
        kit::Sample classes, confidence, &distance = distances[kind.name()];
        for (std::uint64_t seed : card.seeds(2, 5)) {
            const Tensor samples = digits_gan::samples(digits, kind, card.pick(150, 600), seed, 1000);
            const kit::Verdict seen = judge.judge(samples);
            distance.add(kit::frechet_distance(judge.features(samples), real));
            classes.add(seen.digits);
            confidence.add(seen.confidence);
            if (seed == card.seed()) sheet.push_back(slice(samples, 0, 0, 16));
        }
        card.row({kind.name(), distance, kit::range(classes), confidence});
    }
    kit::write_image_grid(card.out("samples.png"), concat(sheet, 0), sheet.size(), 16, 2);
    card.picture("samples.png");
    card.remark("One line of digits for each row of the table, in its order.");

    const auto of = [&](const std::string& loss, bool penalised = false) -> const kit::Sample& {
        return distances[Kind{loss, penalised}.name()];
    };
    const auto nearer = [](const kit::Sample& a, const kit::Sample& b) {  // beyond both intervals
        return a.mean() + a.interval() < b.mean() - b.interval();
    };
    const kit::Sample &minimax = of("minimax"), &least_squares = of("least-squares"), &critic = of("wasserstein", true);
    card.observe("least squares without the penalty is nearest to real digits, but its interval overlaps minimax's",
                 least_squares.mean() < minimax.mean() && !nearer(least_squares, minimax));
    card.observe("Wasserstein, with the penalty, is farther from them than minimax without, beyond both intervals",
                 nearer(minimax, critic));
    bool nearest = true;
    for (const std::string other : {"minimax", "non-saturating", "least-squares"})
        nearest = nearest && nearer(critic, of(other, true));
    card.observe("of the losses with the penalty Wasserstein is the nearest, beyond both intervals", nearest);
    card.key_numbers("Frechet distance: without the penalty minimax " + minimax.str() + ", non-saturating " +
                     of("non-saturating").str() + ", least squares " + least_squares.str() + "; with it Wasserstein " +
                     critic.str() + ", non-saturating " + of("non-saturating", true).str());
    card.verdict(
        kit::is_false,
        "In short trainings with the same settings, the newer losses do not make better digits than the original GAN "
        "beyond what five seeds can tell. Least squares comes nearest to real digits on average, but its interval "
        "overlaps that of minimax. Wasserstein, which needs the gradient penalty, is farther away than minimax without "
        "it, because the penalty slows the beginning down for every loss; among the losses with the penalty it is the "
        "nearest. Longer trainings order the losses in another way (examples/README.md), so no order is a property of "
        "the loss alone.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
