#include "examples/kit/measure/judge.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "examples/kit/measure/distances.hpp"
#include "examples/kit/measure/statistics.hpp"
#include "losses/losses.hpp"
#include "optim/optim.hpp"

namespace gantry::kit {

static constexpr Index batch = 128;

static std::vector<Index> labels_of(const Images& images, const std::vector<Index>& which) {
    std::vector<Index> labels;
    for (Index i : which) labels.push_back(images.labels[i]);
    return labels;
}

// 24 passes over 8,000 pictures.
DigitJudge::DigitJudge(const Images& images, std::uint64_t seed)
    : rng_(seed, 7), net_({images.pixels(), 256, 128, 10}, Activation::relu(), Activation::identity(), rng_) {
    if (images.count() < 10000) fail("DigitJudge", std::to_string(images.count()) + " pictures are fewer than 10000");
    const Index trained_on = images.count() / 5 * 4;
    const Index steps = std::max<Index>(1500, 15 * trained_on / batch);
    Adam optimizer(net_.parameters(), {.lr = 1e-3});
    for (Index step = 0; step < steps; ++step) {
        if (step == steps * 2 / 3) optimizer.set_lr(1e-4);
        const std::vector<Index> which = rng_.indices(batch, trained_on);
        const Tensor some = dropout(images.batch(which), 0.2, rng_);
        const Tensor loss = cross_entropy(net_(some), labels_of(images, which));
        optimizer.step(grad(loss, net_.parameters()));
    }
    const Index unseen = images.count() - trained_on;
    const std::vector<Real> seen_as = argmax(probabilities(pictures(images, trained_on, unseen)), 1).values();
    double right = 0;
    for (Index i = 0; i < unseen; ++i) right += seen_as[i] == images.labels[trained_on + i];
    accuracy_ = right / unseen;
}

Tensor DigitJudge::probabilities(const Tensor& pictures) const {
    NoRecording guard;
    return exp(log_softmax(net_(pictures)));
}

Tensor DigitJudge::features(const Tensor& pictures) const {
    NoRecording guard;
    Tensor h = pictures;
    for (std::size_t i = 0; i + 1 < net_.layers().size(); ++i) h = relu(net_.layers()[i](h));
    return h;
}

Tensor DigitJudge::features(Index count, const std::function<Tensor(Index first, Index n)>& some) const {
    constexpr Index at_a_time = 1000;
    Tensors parts;
    for (Index first = 0; first < count; first += at_a_time)
        parts.push_back(features(some(first, std::min(at_a_time, count - first))));
    NoRecording guard;
    return concat(parts, 0);
}

Verdict DigitJudge::judge(const Tensor& pictures) const { return verdict_of(probabilities(pictures)); }

Verdict verdict_of(const Tensor& p) {
    Verdict verdict;
    verdict.shares.assign(10, 0);
    for (Real digit : argmax(p, 1).values()) verdict.shares[static_cast<std::size_t>(digit)] += 1.0 / p.shape()[0];
    for (double share : verdict.shares) {
        verdict.digits += share >= 0.03;
        if (share > 0) verdict.class_entropy -= share * std::log(share);
    }
    verdict.confidence = mean(max(p, 1)).item();
    return verdict;
}

std::string Verdict::str() const {
    char text[200];
    std::snprintf(
        text, sizeof text,
        "%d of 10 digits make up 3 %% or more, class entropy %.3f of 2.303, mean confidence %.3f; shares in %%:",
        static_cast<int>(digits), class_entropy, confidence);
    std::string result = text;
    for (double share : shares) {
        std::snprintf(text, sizeof text, " %.1f", 100 * share);
        result += text;
    }
    return result;
}

Tensor pictures(const Images& images, Index first, Index count, Index step) {
    std::vector<Index> which;
    for (Index i = 0; i < count; ++i) which.push_back(first + i * step);
    return images.batch(which);
}

std::string judge_generator(const std::function<Tensor(Index n)>& generate, const Tensor& samples, const Images& images,
                            Index trained_on) {
    const Images test = load_images("mnist", Part::test);
    const DigitJudge judge(test, 1);
    const bool many = !images.is_test_set && trained_on >= 20000;
    const Images& real_images = many ? images : test;
    const Index begin = many ? 0 : 8000;
    const Index count = many ? 10000 : 1000;
    const Index step = many ? trained_on / count : 2;
    const auto real_features = [&](Index offset) {
        return judge.features(
            count, [&](Index first, Index n) { return pictures(real_images, begin + offset + first * step, n, step); });
    };
    const Tensor of_fake = judge.features(count, [&](Index, Index n) { return generate(n); });
    const Tensor of_real = real_features(0);
    const double distance = frechet_distance(of_fake, of_real);
    const double reference = frechet_distance(real_features(step / 2), of_real);
    const Verdict seen = judge.judge(pictures(test, 8000, 1000, 2));
    const std::string size = many ? "10,000" : "1,000";
    return "a classifier that is right on " + kit::digits(100 * judge.accuracy()) + " % of digits new to it sees:\n" +
           judge.judge(samples).str() + "\n(real digits: class entropy " + fixed(seen.class_entropy, 3) +
           ", mean confidence " + fixed(seen.confidence, 3) + ")\n" + "Frechet distance of its features, " + size +
           " pictures against " + size + ": " + kit::digits(distance, 3) +
           " (real against real: " + kit::digits(reference, 3) + ")";
}

}  // namespace gantry::kit
