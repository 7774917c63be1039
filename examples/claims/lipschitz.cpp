// Claim: clipping the critic's weights is a terrible way to bound its slope, a gradient penalty is a good one.
//
//     clipped     every weight w <- min(max(w, -c), c) after each step; the slope is at most about (c width)^layers,
//                 and where half of the units are at 0, (c width / 2)^layers is a guess, not a bound
//     penalty     lambda mean (|dD/dx| - 1)^2 between the real and the fake points
//
// Only critics learn, each against a fixed generator: the data with unit noise added. Part 1 looks at their weights and
// surfaces, part 2 at the gradient in a deep one.
#include <cmath>

#include "examples/kit/data/points.hpp"
#include "examples/kit/measure/distances.hpp"
#include "examples/kit/run/card.hpp"
#include "examples/kit/train/training.hpp"

using namespace gantry;

static const kit::Claim claim = {
    .claim =
        "Weight clipping pushes the weights to the box, makes the critic too simple, and lets gradients vanish or "
        "explode through depth. A gradient penalty does none of this.",
    .source = "Gulrajani et al. 2017, sections 3.1 and 3.2, and figure 1",
    .experiment =
        "Critics (64 wide, ReLU, He's start, Adam 0.0005, batch 128) against a fixed generator, data + unit noise:\n"
        "1. 3 layers: where the weights are, and how much of W1 the critic sees;\n"
        "2. 12 layers, swissroll: the gradient at the activations of each layer.",
    .too_short_for = "what penalties see of grid and swissroll in the end",
};

// ---------------------------------------------------------------------------------------- a critic alone
//
// The generator is fixed: real data plus unit Gaussian noise, as in Gulrajani et al. 2017, section 3.1 (the surfaces of
// critics; their section 3.2, on depth, is our part 2).

struct Bound {
    double clip = 0, lambda = 0;

    std::string str() const { return clip > 0 ? "clipped to " + kit::digits(clip) : "penalty " + kit::digits(lambda); }
};

struct Batch {
    Tensor real, fake;
};

static Batch draw(const kit::Points& data, Index n, Random& rng) {
    const Tensor real = data.sample(n, rng);
    const Tensor others = data.sample(n, rng);
    return {real, others + rng.normal({n, 2})};
}

static Mlp train_critic(const kit::Points& data, Index depth, const Bound& bound, Index steps, std::uint64_t seed) {
    std::vector<Index> sizes(depth, 64);
    sizes.insert(sizes.begin(), 2);
    sizes.push_back(1);
    Random weights(seed), rng(seed, 1), penalty_rng(seed, 3);
    Mlp D(sizes, Activation::relu(), Activation::identity(), weights);
    for (const Linear& layer : D.layers()) {  // He's start: PyTorch's shrinks the gradient in each layer by itself
        Tensor W = layer.W, b = layer.b;
        W.assign(init::he_normal(W.shape()[0], W.shape()[1], 0, weights));
        b.assign(zeros(b.shape()));
    }
    Adam optimizer(D.parameters(), {.lr = 5e-4, .beta1 = 0, .beta2 = 0.99});
    for (Index step = 0; step < steps; ++step) {
        const Batch batch = draw(data, 128, rng);
        const Tensor real_logits = D(batch.real);
        const Tensor fake_logits = D(batch.fake);
        Tensor loss = Wasserstein().discriminator(real_logits, fake_logits);
        if (bound.lambda > 0) loss += gradient_penalty(D, batch.real, batch.fake, bound.lambda, penalty_rng);
        optimizer.step(grad(loss, D.parameters()));
        if (bound.clip > 0) clip_weights(D.parameters(), bound.clip);
    }
    return D;
}

// ---------------------------------------------------------------------------------------- 1. surfaces and weights
//
// For any D, (E_p D - E_q D) / max |dD/dx| is at most W1: the larger, the better the critic. The largest slope is taken
// over the samples.

static double share_at_box(const Mlp& D, double c) {
    double hits = 0, count = 0;
    for (const Tensor& p : D.parameters()) {
        for (Real w : p.values()) hits += std::fabs(w) > 0.999 * c;
        count += p.size();
    }
    return hits / count;
}

static double seen_of_distance(const Mlp& D, const Batch& batch) {
    const Index n = batch.real.shape()[0];
    Tensor x = concat({batch.real, batch.fake}, 0);
    x.set_requires_grad(true);
    const Tensor logits = D(x);
    const Tensor value = mean(slice(logits, 0, 0, n)) - mean(slice(logits, 0, n, 2 * n));
    const Tensor slopes = norm_per_sample(grad(sum(logits), {x})[0]);
    return value.item() / max(slopes, 0).item();
}

static void against_fixed_generator(kit::Card& card) {
    enum { is_clipped, is_light, is_heavy };  // rows of the picture
    const std::vector<Bound> bounds = {{.clip = 0.1}, {.lambda = 0.1}, {.lambda = 10}};
    kit::Figure figure(3, 3, 300, 290);
    figure.title = "critics against data + unit noise";
    card.table("1. critics of 3 layers, median [min, max] over seeds; W1 is at least pi/2 times the sliced one",
               {"data", "critic", "weights at the box, %", "value / largest slope", "W1 at least"});
    for (int column : {0, 1, 2}) {
        const std::string name = std::vector<std::string>{"ring", "grid", "swissroll"}[column];
        const kit::Points data = kit::make_points(name, 2.0);
        kit::Sample seen[3], at_box;
        for (int row : {0, 1, 2}) {
            kit::Sample distance;
            for (std::uint64_t seed : card.seeds(2, 5)) {
                const Mlp D = train_critic(data, 3, bounds[row], card.pick(2500, 8000), seed);
                Random test(seed, 5);
                const Batch batch = draw(data, 2000, test);
                seen[row].add(seen_of_distance(D, batch));
                distance.add(kit::sliced_wasserstein(batch.real, batch.fake) * M_PI / 2);
                if (row == is_clipped) at_box.add(100 * share_at_box(D, bounds[row].clip));
                if (seed != card.seed()) continue;
                kit::Panel& panel = figure.panel(row, column);
                const kit::Box around{-4, 4, -4, 4};
                panel.title = name + ", " + bounds[row].str();
                panel.square = true;
                panel.limits = around;
                panel.heat("f", D(kit::grid_points(around, 80, 80)), 80, 80, around);
                panel.scatter("data", slice(batch.real, 0, 0, 400), kit::vermilion, 2);
            }
            card.row({name, bounds[row].str(), row == is_clipped ? kit::range(at_box) : kit::Cell("-"),
                      kit::range(seen[row]), distance.mean()});
        }
        const kit::Sample &clipped = seen[is_clipped], &light = seen[is_light], &heavy = seen[is_heavy];
        const bool light_always = light.min() > clipped.max(), heavy_always = heavy.min() > clipped.max();
        if (name == "ring") card.observe("1. ring: critics with penalty 0.1 see more of W1, every seed", light_always);
        if (card.full()) {
            card.observe("1. " + name + ": critics with either penalty see more of W1 than clipped ones, median",
                         light.median() > clipped.median() && heavy.median() > clipped.median());
            if (name == "grid")
                card.observe("1. grid: with penalty 0.1 in every seed, with 10 not", light_always && !heavy_always);
            if (name == "swissroll")
                card.observe("1. swissroll: with penalty 10 in every seed, with 0.1 not",
                             heavy_always && !light_always);
        }
        card.observe("1. " + name + ": more than half of the clipped weights lie at the box, every seed",
                     at_box.min() > 50);
    }
    card.picture(figure, "surfaces.png");
}

// ---------------------------------------------------------------------------------------- 2. twelve layers
//
// |dL/dh| for the activations h of each layer, L the critic's loss. The last layer's is set by its own weights alone.

static std::vector<double> gradients(const Mlp& D, const Batch& batch) {
    const Index n = batch.real.shape()[0];
    Tensors activations;
    Tensor h = concat({batch.real, batch.fake}, 0);
    for (std::size_t i = 0; i + 1 < D.layers().size(); ++i) {
        h = relu(D.layers()[i](h));
        activations.push_back(h);
    }
    const Tensor logits = D.layers().back()(h);
    const Tensor real_logits = slice(logits, 0, 0, n);
    const Tensor fake_logits = slice(logits, 0, n, 2 * n);
    std::vector<double> norms;
    for (const Tensor& g : grad(Wasserstein().discriminator(real_logits, fake_logits), activations))
        norms.push_back(kit::norm({g}));
    return norms;
}

static void through_depth(kit::Card& card) {
    const kit::Points swissroll = kit::make_points("swissroll", 2.0);
    kit::Figure figure(1, 1);
    kit::Panel& panel = figure.panel(0, 0);
    panel.title = "|dL/d(activations)| in a critic of 12 layers";
    panel.x_label = "layer";
    panel.log_y = true;
    card.table("2. |gradient| at the activations, swissroll, 12 layers of 64, median [min, max] over seeds",
               {"critic", "layer 1", "layer 6", "layer 12", "layer 1 / layer 12"});
    std::string ratios;
    for (const Bound& bound : std::vector<Bound>{{.clip = 0.1}, {.clip = 0.01}, {.clip = 0.001}, {.lambda = 10}}) {
        std::vector<kit::Sample> norms(12);
        kit::Sample ratio;
        for (std::uint64_t seed : card.seeds(2, 6)) {
            const Mlp D = train_critic(swissroll, 12, bound, card.pick(300, 3000), seed);
            Random test(seed, 5);
            const std::vector<double> of_layer = gradients(D, draw(swissroll, 256, test));
            for (std::size_t i = 0; i < 12; ++i) norms[i].add(of_layer[i]);
            ratio.add(of_layer.front() / of_layer.back());
        }
        card.row({bound.str(), kit::range(norms.front()), kit::range(norms[5]), kit::range(norms.back()),
                  kit::range(ratio)});
        ratios += (ratios.empty() ? "" : ", ") + bound.str() + " " + kit::digits(ratio.median(), 2);
        std::vector<double> layers, medians;
        for (std::size_t i = 0; i < 12; ++i) {
            layers.push_back(i + 1);
            medians.push_back(norms[i].median());
        }
        panel.line(bound.str(), layers, medians);
        if (bound.clip == 0.1)
            card.observe("2. clipped to 0.1 the gradient explodes: more than 100-fold", ratio.min() > 100);
        if (bound.clip == 0.01)
            card.observe("2. clipped to 0.01 it vanishes: less than 1e-6 of it is left", ratio.max() < 1e-6);
        if (bound.lambda > 0)
            card.observe("2. with the penalty it stays within a factor of 10", ratio.min() > 0.1 && ratio.max() < 10);
    }
    card.picture(figure, "depth.png");
    card.key_numbers("12 layers, length of the gradient at layer 1 divided by that at layer 12, median: " + ratios);
}

// ---------------------------------------------------------------------------------------- the card

static void body(kit::Card& card) {
    against_fixed_generator(card);
    through_depth(card);
    card.verdict(
        kit::partly,
        "What is said of clipping is true, and a critic with a gradient penalty is the better one, but its weight has "
        "to fit the data. Clipped weights end at the borders of the box; the critic sees less of the distance W1; and "
        "through twelve layers its gradient explodes or vanishes, which the penalty prevents. With enough steps, "
        "critics with either penalty see more of W1 in the median. With every seed only the weight 0.1 does so on the "
        "grid, and only 10 on the swissroll.");
}

int main(int argc, char** argv) { return kit::run_card(argc, argv, claim, body); }
