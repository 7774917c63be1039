#include "examples/kit/judge.hpp"

#include <cstdio>
#include <numeric>

#include "losses/losses.hpp"
#include "optim/optim.hpp"

namespace gantry::kit {

static constexpr Index trained_on = 8000, batch = 128, steps = 1500;

static std::vector<Index> labels_of(const Images& images, const std::vector<Index>& which) {
    std::vector<Index> labels;
    for (Index i : which) labels.push_back(images.labels[static_cast<std::size_t>(i)]);
    return labels;
}

DigitJudge::DigitJudge(const Images& images, std::uint64_t seed)
    : rng_(seed, 7), net_({images.pixels(), 256, 128, 10}, Activation::relu(), Activation::identity(), rng_) {
    if (images.count() < 10000) fail("DigitJudge", std::to_string(images.count()) + " pictures are fewer than 10000");
    Adam optimizer(net_.parameters(), {.lr = 1e-3});
    for (Index step = 0; step < steps; ++step) {
        if (step == steps * 2 / 3) optimizer.set_lr(1e-4);
        const std::vector<Index> which = rng_.indices(batch, trained_on);
        const Tensor pictures = dropout(images.batch(which), 0.2, rng_);
        const Tensor loss = cross_entropy(net_(pictures), labels_of(images, which));
        optimizer.step(grad(loss, net_.parameters()));
    }
    std::vector<Index> unseen(static_cast<std::size_t>(images.count() - trained_on));
    std::iota(unseen.begin(), unseen.end(), trained_on);
    const std::vector<Real> seen_as = argmax(probabilities(images.batch(unseen)), 1).values();
    const std::vector<Index> labels = labels_of(images, unseen);
    for (std::size_t i = 0; i < labels.size(); ++i) accuracy_ += static_cast<Index>(seen_as[i]) == labels[i];
    accuracy_ /= static_cast<double>(labels.size());
}

Tensor DigitJudge::probabilities(const Tensor& pictures) const {
    NoRecording guard;
    return exp(log_softmax(net_(pictures)));
}

Verdict DigitJudge::judge(const Tensor& pictures) const {
    const Tensor p = probabilities(pictures);
    Verdict verdict;
    verdict.shares.assign(10, 0);
    for (Real digit : argmax(p, 1).values())
        verdict.shares[static_cast<std::size_t>(digit)] += 1 / static_cast<double>(p.shape()[0]);
    for (double share : verdict.shares) verdict.digits += share >= 0.03;
    verdict.confidence = mean(max(p, 1)).item();
    return verdict;
}

std::string Verdict::str() const {
    char text[200];
    std::snprintf(text, sizeof text,
                  "%d of 10 digits make up 3 %% or more, mean confidence %.3f; shares in %%:", static_cast<int>(digits),
                  confidence);
    std::string result = text;
    for (double share : shares) {
        std::snprintf(text, sizeof text, " %.1f", 100 * share);
        result += text;
    }
    return result;
}

}  // namespace gantry::kit
