// What no row of the table grades: reverse mode itself, the optimizers, clipping, the points of the penalty and the
// training loop. Each is followed by plain numbers (the loop by the engine's own operations), once right and once with
// each known mistake.
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "examples/kit/train/training.hpp"
#include "tests/grade/grade.hpp"

using namespace gantry;

namespace grade {

using Numbers = std::vector<double>;

static void append(Numbers& all, const Tensor& x) {
    for (Real value : x.values()) all.push_back(value);
}

static Tensor leaf(const Shape& shape, const std::vector<Real>& values) {
    Tensor x = tensor(shape, values);
    x.set_requires_grad(true);
    return x;
}

// ----------------------------------------------------------------------------------------- plain_grad

// Two operations of our own: one counts how often its rule is called, the other's gradient is zero.
struct Visited : Function {
    static inline int calls = 0;
    const char* name() const override { return "counted"; }
    Tensors backward(const Tensor& dy, Needs) const override {
        ++calls;
        return {dy};
    }
};
struct Flat : Function {
    const char* name() const override { return "flat"; }
    Tensors backward(const Tensor&, Needs) const override { return {Tensor()}; }
};

// Small graphs, one for each thing that can go wrong, from simple to less so.
static Verdict plain_grad_on_graphs() {
    const Tensor x = leaf({2}, {0.5, -1.5});
    const auto failed = [](const std::string& what, double expected, double came, const std::string& mistake) {
        return Verdict{.checked = what, .expected = number(expected), .came = number(came), .mistake = mistake};
    };
    const auto first = [](const Tensors& gradients) {
        return gradients.at(0).defined() ? double(gradients[0].data()[0]) : NAN;
    };

    const std::string nothing_reached =
        "No gradient reaches x. A rule computes only for inputs that Needs names, and leaves the others undefined.";
    const double chain = first(plain_grad(sum(3 * x), {x}, false));
    if (chain != 3) {
        return failed("L = sum(3 x), dL/dx[0]", 3, chain,
                      chain == -3         ? "The sign is turned. Where does the walk begin? dL/dL is 1."
                      : chain == 0        ? "Nothing arrives: the walk must begin with dL/dL = 1."
                      : std::isnan(chain) ? nothing_reached
                                          : "");
    }
    const double used_twice = 2 * x.data()[0];
    const double product = first(plain_grad(sum(x * x), {x}, false));
    if (product != used_twice) {
        return failed("L = sum(x x), dL/dx[0] at x = 0.5", used_twice, product,
                      std::isnan(product) || product == 0 ? nothing_reached
                      : product == used_twice / 2
                          ? "x was used twice, and its two shares are not added up: one replaces the "
                            "other."
                          : "");
    }
    const Tensor a = 3 * x, b = a * a;
    const Tensor both = b + a;  // a's share through b is ready only when b was visited
    const double diamond = first(plain_grad(sum(both), {x}, false)), truth = 18 * x.data()[0] + 3;
    if (!(std::fabs(diamond - truth) <= 1e-12)) {  // also when it is not a number
        return failed(
            "L = sum(a a + a) with a = 3 x, dL/dx[0]", truth, diamond,
            "a tensor was visited before all that was computed from it had sent its share. Visit the youngest "
            "first: the greatest number in the map.");
    }
    const Tensor other = leaf({3}, {1, 2, 3});
    const Tensors with_other = plain_grad(sum(x), {x, other}, false);
    if (with_other.size() != 2 || !with_other[1].defined() || with_other[1].shape() != other.shape()) {
        return {.checked = "L = sum(x), dL/dw for a w that L does not depend on",
                .expected = "zeros of w's shape",
                .came = "a tensor that is not defined",
                .mistake = "a tensor that was not reached has the gradient zero: zeros_like(w)."};
    }
    const Tensor cube = sum(x * x * x);
    const Tensor slope = plain_grad(cube, {x}, true)[0];
    const double bend = slope.maker() ? first(plain_grad(sum(slope), {x}, false)) : NAN;
    if (!(std::fabs(bend - 6 * x.data()[0]) <= 1e-12))
        return failed("L = sum(x^3) with create_graph, the second derivative", 6 * x.data()[0], bend,
                      "with create_graph the walk itself has to be recorded. A NoRecording lives only without it.");
    const Tensor counted = zeros({2});
    record<Visited>(counted, {x});
    Visited::calls = 0;
    const Tensor squared = counted * counted;
    plain_grad(sum(squared + counted), {x}, false);
    if (Visited::calls != 1) {
        return failed("L = sum(a a + a), how often a's rule is called", 1, Visited::calls,
                      "the walk goes along every path, so a tensor is visited again and again: in a deep network that "
                      "never ends. Let each wait until all that was computed from it has sent its share.");
    }
    const Tensor flat = zeros({2});
    record<Flat>(flat, {x});
    const double share = first(plain_grad(sum(flat + x), {x}, false));
    if (share != 1) {
        return failed("L = sum(flat(x) + x), where the rule of flat returns an undefined Tensor", 1, share,
                      "an undefined Tensor means zero: such a share is not added.");
    }
    if (plain_grad(cube, {x}, false)[0].maker()) {
        return {
            .checked = "L = sum(x^3) without create_graph",
            .expected = "a gradient without history",
            .came = "a gradient that was recorded",
            .mistake = "The walk was recorded although create_graph is false: a NoRecording has to live meanwhile."};
    }
    return {.passed = true, .figures = "9 gradients on 8 graphs are right"};
}

// ----------------------------------------------------------------------------------------- optimizers

// One number with its running averages, and what a rule makes of it at step t with the gradient g.
struct Scalar {
    double p = 0, m = 0, v = 0;
};
using Recursion = std::function<void(Scalar& s, double g, double t, double lr)>;

static const std::vector<std::vector<double>> gradients = {
    {0.5, -2, 0.03}, {-1.5, 0.25, 0.3}, {0.75, 1, -0.02}, {2, -0.5, 0.1}};
static const std::vector<double> rates = {0.1, 0.1, 0.05, 0.05};  // changes, so that it matters where it stands

static Numbers followed(const Recursion& recursion) {
    std::vector<Scalar> all = {{1}, {-2}, {0.5}};
    Numbers after;
    for (std::size_t t = 0; t < gradients.size(); ++t) {
        for (std::size_t k = 0; k < all.size(); ++k) {
            recursion(all[k], gradients[t][k], static_cast<double>(t + 1), rates[t]);
            after.push_back(all[k].p);
        }
    }
    return after;
}

template <class O>
static Numbers stepped(O& optimizer, const Tensor& p) {
    Numbers after;
    for (std::size_t t = 0; t < gradients.size(); ++t) {
        optimizer.set_lr(rates[t]);
        optimizer.step({tensor({3}, std::vector<Real>(gradients[t].begin(), gradients[t].end()))});
        append(after, p);
    }
    return after;
}

using Named = std::vector<std::pair<std::string, Recursion>>;

static std::string weight_and_step(std::size_t k) {
    return "weight " + std::to_string(k % 3) + " after step " + std::to_string(k / 3 + 1);
}

static Verdict judge_optimizer(const std::string& what, const Numbers& came, const Recursion& right,
                               const Named& wrong) {
    Trial trial{.what = what + " on three weights, 4 steps",
                .place = weight_and_step,
                .expected = followed(right),
                .came = came};
    for (const auto& [says, recursion] : wrong) trial.mistakes.emplace_back(says, followed(recursion));
    trial.mistakes.emplace_back(
        "No weight moved. Write into the numbers, as parameters_[i].mutable_data() gives them; = makes a new tensor "
        "and "
        "leaves the parameter as it was.",
        followed([](Scalar&, double, double, double) {}));
    trial.mistakes.emplace_back(
        "The first step is right, and then the averages are lost: they have to be kept from step to step.",
        followed([&](Scalar& s, double g, double t, double lr) {
            s.m = s.v = 0;
            right(s, g, t, lr);
        }));
    return judge(trial);
}

static Verdict sgd() {
    const Tensor p = leaf({3}, {1, -2, 0.5}), q = leaf({3}, {1, -2, 0.5});
    Sgd plain(std::vector<Tensor>{p}, {.lr = 0.1});
    Sgd heavy(std::vector<Tensor>{q}, {.lr = 0.1, .momentum = 0.6});
    const Recursion right = [](Scalar& s, double g, double, double lr) { s.p -= lr * g; };
    const Verdict without = judge_optimizer(
        "Sgd without momentum", stepped(plain, p), right,
        {{"The sign is turned: the step goes uphill.", [](Scalar& s, double g, double, double lr) { s.p += lr * g; }},
         {"The learning rate is missing.", [](Scalar& s, double g, double, double) { s.p -= g; }}});
    if (!without.passed) return without;
    return judge_optimizer(
        "Sgd with momentum 0.6", stepped(heavy, q),
        [](Scalar& s, double g, double, double lr) {
            s.m = 0.6 * s.m + g;
            s.p -= lr * s.m;
        },
        {{"The sign is turned: the step goes uphill.",
          [](Scalar& s, double g, double, double lr) {
              s.m = 0.6 * s.m + g;
              s.p += lr * s.m;
          }},
         {"The learning rate stands inside of the velocity. With a constant rate that is the same; here it changes.",
          [](Scalar& s, double g, double, double lr) {
              s.m = 0.6 * s.m + lr * g;
              s.p -= s.m;
          }},
         {"g is multiplied by 1 - momentum: that is a mean of gradients, not this velocity.",
          [](Scalar& s, double g, double, double lr) {
              s.m = 0.6 * s.m + 0.4 * g;
              s.p -= lr * s.m;
          }},
         {"The velocity is not accumulated: it is the gradient of this step alone.",
          [](Scalar& s, double g, double, double lr) {
              s.m = g;
              s.p -= lr * s.m;
          }},
         {"momentum is not multiplied: the velocity forgets nothing.", [](Scalar& s, double g, double, double lr) {
              s.m += g;
              s.p -= lr * s.m;
          }}});
}

static Verdict rmsprop() {
    const Tensor p = leaf({3}, {1, -2, 0.5});
    RmsProp optimizer(std::vector<Tensor>{p}, {.lr = 0.1, .alpha = 0.8, .eps = 0.01});
    const double a = 0.8, eps = 0.01;
    const auto variant = [=](double keep, double add, int power, const std::function<double(double)>& divisor,
                             double sign) {
        return [=](Scalar& s, double g, double, double lr) {
            s.v = keep * s.v + add * (power == 2 ? g * g : g);
            s.p -= sign * lr * g / divisor(s.v);
        };
    };
    const auto root = [=](double v) { return std::sqrt(v) + eps; };
    return judge_optimizer(
        "RmsProp", stepped(optimizer, p), variant(a, 1 - a, 2, root, 1),
        {{"The sign is turned: the step goes uphill.", variant(a, 1 - a, 2, root, -1)},
         {"The root of v is missing.", variant(
                                           a, 1 - a, 2, [=](double v) { return v + eps; }, 1)},
         {"eps stands inside of the root: sqrt(v) + eps is meant.",
          variant(
              a, 1 - a, 2, [=](double v) { return std::sqrt(v + eps); }, 1)},
         {"alpha and 1 - alpha are exchanged: v keeps the share alpha.", variant(1 - a, a, 2, root, 1)},
         {"The square of g is missing in v.", variant(a, 1 - a, 1, root, 1)},
         {"g^2 is not multiplied by 1 - alpha.", variant(a, 1, 2, root, 1)}});
}

struct AdamParts {
    double b1 = 0.6, b2 = 0.9;        // of m and of v
    double for_m = 0.6, for_v = 0.9;  // in the corrections
    double late = 0, root = 1, sign = 1;
    double add_m = 0.4, add_v = 0.1;  // the shares of g and of g^2
    bool correct_m = true, correct_v = true, eps_inside = false, eps_at_root = false, g_instead = false,
         no_square = false, root_of_v = true;
};

static Recursion adam_recursion(AdamParts parts) {
    return [=](Scalar& s, double g, double t, double lr) {
        const double eps = 0.01;
        s.m = parts.b1 * s.m + parts.add_m * g;
        s.v = parts.b2 * s.v + parts.add_v * (parts.no_square ? g : g * g);
        const double rate = lr / (parts.correct_m ? 1 - std::pow(parts.for_m, t + parts.late) : 1);
        const double left = 1 - std::pow(parts.for_v, t + parts.late);
        const double factor = parts.correct_v ? 1 / (parts.root > 0 ? std::sqrt(left) : left) : 1;
        const double length = parts.eps_inside    ? std::sqrt(s.v + eps) * factor
                              : parts.eps_at_root ? std::sqrt(s.v * factor * factor + eps)
                              : parts.root_of_v   ? std::sqrt(s.v) * factor + eps
                                                  : s.v * factor + eps;
        s.p -= parts.sign * rate * (parts.g_instead ? g : s.m) / length;
    };
}

static Verdict adam() {
    const Tensor p = leaf({3}, {1, -2, 0.5});
    Adam optimizer(std::vector<Tensor>{p}, {.lr = 0.1, .beta1 = 0.6, .beta2 = 0.9, .eps = 0.01});
    const auto with = [](const std::function<void(AdamParts&)>& change) {
        AdamParts parts;
        change(parts);
        return adam_recursion(parts);
    };
    return judge_optimizer(
        "Adam", stepped(optimizer, p), adam_recursion({}),
        {{"The sign is turned: the step goes uphill.", with([](AdamParts& a) { a.sign = -1; })},
         {"eps stands inside of the root: sqrt(v^) + eps is meant.", with([](AdamParts& a) { a.eps_inside = true; })},
         {"eps stands inside of the root: sqrt(v^) + eps is meant.", with([](AdamParts& a) { a.eps_at_root = true; })},
         {"The root of v is missing.", with([](AdamParts& a) { a.root_of_v = false; })},
         {"g is not multiplied by 1 - beta1 in m.", with([](AdamParts& a) { a.add_m = 1; })},
         {"g^2 is not multiplied by 1 - beta2 in v.", with([](AdamParts& a) { a.add_v = 1; })},
         {"Neither g nor g^2 is multiplied by 1 - beta.", with([](AdamParts& a) { a.add_m = a.add_v = 1; })},
         {"beta1 and 1 - beta1 are exchanged: m keeps the share beta1.",
          with([](AdamParts& a) { a.b1 = 0.4, a.add_m = 0.6; })},
         {"beta2 and 1 - beta2 are exchanged: v keeps the share beta2.",
          with([](AdamParts& a) { a.b2 = 0.1, a.add_v = 0.9; })},
         {"beta1 and beta2 are exchanged in m and v.",
          with([](AdamParts& a) { a.b1 = 0.9, a.add_m = 0.1, a.b2 = 0.6, a.add_v = 0.4; })},
         {"The step uses g instead of m, the mean of gradients.", with([](AdamParts& a) { a.g_instead = true; })},
         {"The square of g is missing in v.", with([](AdamParts& a) { a.no_square = true; })},
         {"m and v are used without correction: they start at 0 and are too small at first.",
          with([](AdamParts& a) { a.correct_m = a.correct_v = false; })},
         {"only m is corrected; v starts at 0 as well.", with([](AdamParts& a) { a.correct_v = false; })},
         {"only v is corrected; m starts at 0 as well.", with([](AdamParts& a) { a.correct_m = false; })},
         {"t is one step too late: it is 1 in the first step.", with([](AdamParts& a) { a.late = 1; })},
         {"beta1 and beta2 are exchanged in the corrections.",
          with([](AdamParts& a) { a.for_m = 0.9, a.for_v = 0.6; })},
         {"The root is missing in the correction of v: it stands beside sqrt(v).",
          with([](AdamParts& a) { a.root = 0; })}});
}

// ----------------------------------------------------------------------------------------- clip, interpolate

static Verdict clip() {
    const Numbers before = {-3, -0.5, 0, 0.2, 0.7, 5};
    const Tensor p = tensor({6}, std::vector<Real>(before.begin(), before.end()));
    clip_weights({p}, 0.5);
    const auto each = [&](const std::function<double(double)>& f) {
        Numbers after;
        for (double x : before) after.push_back(f(x));
        return after;
    };
    Trial trial{.what = "weights clipped to [-0.5, 0.5]",
                .expected = each([](double x) { return std::clamp(x, -0.5, 0.5); }),
                .came = {}};
    append(trial.came, p);
    trial.mistakes = {
        {"Only the upper bound holds; weights below -c stay.", each([](double x) { return std::fmin(x, 0.5); })},
        {"Only the lower bound holds; weights above c stay.", each([](double x) { return std::fmax(x, -0.5); })},
        {"The weights are scaled by c; those inside of the box should stay as they are.",
         each([](double x) { return x / 2; })},
        {"negative weights become 0; the box is [-c, c].", each([](double x) { return std::clamp(x, 0.0, 0.5); })},
        {"Nothing is clipped.", before}};
    const Verdict verdict = judge(trial);
    if (!verdict.passed) return verdict;
    try {
        clip_weights({p}, -1);
    } catch (const std::invalid_argument&) {
        return verdict;
    }
    return {.checked = "clip_weights with c = -1",
            .expected = "std::invalid_argument",
            .came = "no exception",
            .mistake = "c must be above 0, and anything else has to be refused."};
}

static Verdict points_between() {
    Random rng(5), same_rng(5), each_rng(5), whole_rng(5), data(6);
    const Tensor real =
        data.normal({3, 3, 2});  // as many rows in a sample as there are samples: the axes can be mistaken
    const Tensor fake = data.normal({3, 3, 2});
    const auto mixed = [&](const Tensor& e, const Tensor& a, const Tensor& b) {
        const Tensor first = e * a, second = (1 - e) * b;
        Numbers all;
        append(all, first + second);
        return all;
    };
    const Tensor e = same_rng.uniform({3, 1, 1}, 0, 1);
    Trial trial{.what = "e x + (1 - e) y for three samples x = real, y = fake of shape [3, 2], with the e of Random(5)",
                .expected = mixed(e, real, fake),
                .came = {}};
    append(trial.came, interpolate(real, fake, rng));
    Numbers same_e;
    append(same_e, e * real + e * fake);
    trial.mistakes = {
        {"An e of its own for each number (pixel): one for each sample is meant, of shape [N, 1, ...].",
         mixed(each_rng.uniform({3, 3, 2}, 0, 1), real, fake)},
        {"e has the shape [N, 1], which belongs to the last two axes: it needs one axis of size 1 for each axis of x.",
         mixed(reshape(e, {3, 1}), real, fake)},
        {"real and fake are exchanged.", mixed(e, fake, real)},
        {"One e for the whole batch: one for each sample is meant.", mixed(whole_rng.uniform({}, 0, 1), real, fake)},
        {"Always the point in the middle: e is random.", mixed(full({1}, 0.5), real, fake)},
        {"The second part is to be multiplied by 1 - e, not by e.", same_e}};
    return judge(trial);
}

// ----------------------------------------------------------------------------------------- the training loop

enum class Slip {
    none,
    clip_before,
    no_clip,
    always_clip,
    exchanged,
    no_penalty,
    always_penalty,
    minus_penalty,
    lambda_twice,
    other_points,
    other_noise,
    uniform_noise,
    noise_from_data,
    streams_exchanged,
    generators_loss,
    no_update,
    two_updates,
    first_update_only,
    accumulated
};

// What a training leaves: the weights of D, then of G, and what its reports say.
struct Played {
    Numbers weights = {}, reported = {};
};

static void append(Numbers& all, const kit::Turn& of_D) {
    all.push_back(of_D.loss);
    all.push_back(of_D.penalty);
    for (const Tensor& x : {of_D.real, of_D.fake, of_D.real_logits, of_D.fake_logits}) {
        if (x.defined()) append(all, x);
    }
    for (const Tensor& x : of_D.gradients) append(all, x);
}

// Four iterations on points near (1, 1), with the loop of the student or with this one.
class Training {
  public:
    explicit Training(kit::Lipschitz lipschitz) {
        options_.steps = 4;
        options_.batch = 5;
        options_.latent = 2;
        options_.critic_steps = 2;
        options_.lipschitz = lipschitz;
        options_.clip = 0.3;
    }

    Played by_student(const kit::RealData& data) {
        Played played;
        kit::train({G_, D_, loss_, of_G_, of_D_, data}, options_,
                   [&played](const kit::StepReport& report) { append(played.reported, report.D); });
        append_weights(played.weights);
        return played;
    }

    Played followed(const kit::RealData& data, Slip slip) {
        Played played;
        Random of_data(options_.seed, slip == Slip::streams_exchanged ? 2 : 1);
        Random of_noise(options_.seed, slip == Slip::streams_exchanged ? 1 : 2);
        Random between(options_.seed, 3);
        for (Index step = 0; step < options_.steps; ++step) {
            Tensor fake;
            kit::Turn turn;
            for (Index k = 0; k < options_.critic_steps; ++k) {
                const Tensor real = data(options_.batch, of_data);
                fake = G_(noise(slip, of_data, of_noise));
                const Tensor seen = slip == Slip::other_noise ? G_(noise(slip, of_data, of_noise)) : fake;
                turn = critic_turn(slip, real, seen.detach(), slip == Slip::other_points ? of_noise : between, k);
            }
            of_G_.step(grad(loss_.generator(D_(fake)), G_.parameters()));
            append(played.reported, turn);
        }
        append_weights(played.weights);
        return played;
    }

    std::string turn_of_exception() const {
        const Index done = of_D_.steps();
        const bool of_G = done > 0 && done % options_.critic_steps == 0 && of_G_.steps() < done / options_.critic_steps;
        return of_G ? "G" : "D";
    }

  private:
    Tensor noise(Slip slip, Random& of_data, Random& of_noise) {
        const Shape shape = {options_.batch, options_.latent};
        if (slip == Slip::noise_from_data) return of_data.normal(shape);
        return slip == Slip::uniform_noise ? of_noise.uniform(shape, -1, 1) : of_noise.normal(shape);
    }

    kit::Turn critic_turn(Slip slip, const Tensor& real, const Tensor& fake, Random& between, Index k) {
        const Tensor r = D_(real), f = D_(fake);
        Tensor value = slip == Slip::exchanged         ? loss_.discriminator(f, r)
                       : slip == Slip::generators_loss ? loss_.generator(f)
                                                       : loss_.discriminator(r, f);
        Tensor penalty = scalar(0);
        if (options_.lipschitz == kit::Lipschitz::penalty || slip == Slip::always_penalty) {
            penalty = gradient_penalty(D_, real, fake, options_.lambda, between);
            const double times = slip == Slip::no_penalty      ? 0
                                 : slip == Slip::minus_penalty ? -1
                                 : slip == Slip::lambda_twice  ? options_.lambda
                                                               : 1;
            value += static_cast<Real>(times) * penalty;
        }
        if (slip == Slip::accumulated) backward(value);
        const Tensors g = grad(value, D_.parameters());
        const bool clips =
            slip == Slip::always_clip || (options_.lipschitz == kit::Lipschitz::clip && slip != Slip::no_clip);
        if (clips && slip == Slip::clip_before) clip_weights(D_.parameters(), options_.clip);
        if (slip == Slip::accumulated) {
            of_D_.step();
        } else if (slip != Slip::no_update && !(slip == Slip::first_update_only && k > 0)) {
            of_D_.step(g);
        }
        if (slip == Slip::two_updates) of_D_.step(g);
        if (clips && slip != Slip::clip_before) clip_weights(D_.parameters(), options_.clip);
        return {.loss = value.item(),
                .penalty = penalty.item(),
                .real = real,
                .fake = fake,
                .real_logits = r,
                .fake_logits = f,
                .gradients = g};
    }

    void append_weights(Numbers& all) const {
        for (const Module* net : {&D_, &G_}) {
            for (const Tensor& p : net->parameters()) append(all, p);
        }
    }

    Random initial_{1};
    Mlp G_{{2, 3, 2}, Activation::tanh(), Activation::identity(), initial_};
    Mlp D_{{2, 3, 1}, Activation::tanh(), Activation::identity(), initial_};
    Sgd of_G_{G_.parameters(), {.lr = 0.05}}, of_D_{D_.parameters(), {.lr = 0.2}};
    const Wasserstein loss_;
    kit::TrainingOptions options_;
};

constexpr std::size_t weights_of_D = 2 * 3 + 3 + 3 + 1;

static std::string weight_of_player(std::size_t k) {
    const bool of_D = k < weights_of_D;
    return "weight " + std::to_string(of_D ? k : k - weights_of_D) + (of_D ? " of D" : " of G");
}

static const std::pair<Slip, const char*> slips[] = {
    {Slip::clip_before, "The weights are clipped before the step; after it they leave the box again."},
    {Slip::no_clip, "The weights are not clipped."},
    {Slip::always_clip, "The weights are clipped although options.lipschitz is not Lipschitz::clip."},
    {Slip::exchanged, "real and fake logits are exchanged in D's loss, or its sign is turned."},
    {Slip::no_penalty, "The penalty is not added to the loss."},
    {Slip::always_penalty, "The penalty is added although options.lipschitz is not Lipschitz::penalty."},
    {Slip::minus_penalty, "The penalty is subtracted; it is added to the loss that D minimises."},
    {Slip::lambda_twice, "The penalty is multiplied by lambda once more: gradient_penalty() has done it."},
    {Slip::other_points, "The penalty's points are drawn from the stream of the noise; state.penalty_rng is theirs."},
    {Slip::other_noise, "D's loss sees other fakes, of another noise, than those that were generated in step 2."},
    {Slip::uniform_noise, "The noise is uniform: z is normal."},
    {Slip::noise_from_data, "The noise is drawn from the stream of the data; state.noise_rng is its own."},
    {Slip::streams_exchanged, "The streams of data and noise are exchanged: state.data_rng and state.noise_rng."},
    {Slip::generators_loss, "In D's turn the loss of the generator is minimised: loss.discriminator() is meant."},
    {Slip::no_update, "D is never updated."},
    {Slip::two_updates, "The step is taken twice with the same gradients."},
    {Slip::first_update_only, "D is updated in the first of its critic_steps only."},
    {Slip::accumulated, "The gradients of all steps are added up: backward() adds, so zero_grad() stands before it."}};

static Tensor near_one(Index n, Random& rng) { return rng.normal(Shape{n, 2}) + 1; }

static Verdict train_threw(const std::string& what, const Training& training, const std::string& says) {
    const std::string whose = training.turn_of_exception();
    std::string mistake = "It was thrown in D's turn, by your code or by what it calls.";
    if (whose == "G" && says.find("undefined") != std::string::npos) {
        mistake =
            "`fake` holds nothing in G's turn: it is declared in front of the loop, and D's turn has to assign it. "
            "A new `const Tensor fake` inside of the loop hides it.";
    } else if (whose == "G" && says.find("depends on") != std::string::npos) {
        mistake =
            "In G's turn `fake` has no history: only what D sees is detached. Keep the result of G in `fake`, "
            "outside of any NoRecording, and call fake.detach() for D.";
    } else if (whose == "G") {
        mistake = "It was thrown in G's turn, which uses the `fake` of your last turn of D and the D that you updated.";
    } else if (says.find("depends on") != std::string::npos) {
        mistake = "In D's turn the gradients of D's parameters are asked for: grad(loss, D_parameters).";
    }
    return {.checked = what + ", in " + whose + "'s turn",
            .expected = "no exception",
            .came = "an exception: " + says,
            .mistake = mistake};
}

// A loss that is not finite has to end the training before the update.
static Verdict stops_at_nan() {
    const std::string what = "data that hold NaN, in step 1";
    std::string came = "no exception";
    try {
        Training(kit::Lipschitz::none).by_student([](Index n, Random&) { return full({n, 2}, NAN); });
    } catch (const std::runtime_error& error) {
        came = std::string("an exception: ") + error.what();
    }
    if (came.find("discriminator's loss is not finite") != std::string::npos) return {.passed = true};
    return {.checked = what,
            .expected = "an exception: the discriminator's loss is not finite",
            .came = came,
            .mistake =
                "check_finite(loss, \"discriminator\", step, first && k == 0) is missing in D's turn: without it D "
                "is updated with NaN."};
}

static Verdict training() {
    Verdict verdict;
    std::string right_so_far;
    for (const auto& [lipschitz, name] : {std::pair{kit::Lipschitz::none, "Wasserstein"},
                                          {kit::Lipschitz::clip, "Wasserstein with clipping"},
                                          {kit::Lipschitz::penalty, "Wasserstein with the penalty"}}) {
        Training student(lipschitz);
        const Played right = Training(lipschitz).followed(near_one, Slip::none);
        const std::string what = std::string(name) + ", 4 iterations";
        Played came;
        try {
            came = student.by_student(near_one);
        } catch (const std::exception& error) {
            if (std::string(error.what()).find("your turn") != std::string::npos) throw;
            return train_threw(what, student, error.what());
        }
        Trial trial{
            .what = what + right_so_far, .place = weight_of_player, .expected = right.weights, .came = came.weights};
        for (const auto& [slip, says] : slips)
            trial.mistakes.emplace_back(says, Training(lipschitz).followed(near_one, slip).weights);
        verdict = judge(trial);
        if (!verdict.passed) return verdict;
        if (!same(came.reported, right.reported)) {
            return {.checked = what + ", what is reported of D's turn",
                    .expected =
                        "of_D with the loss, the penalty, the batches, the logits and the gradients of D's last turn",
                    .came = came.reported.size() < right.reported.size() ? "a part of it, or nothing" : "other numbers",
                    .mistake =
                        "All weights are right, but D's turn has to end with of_D = {.loss = ..., ...}: the "
                        "programs print and draw what it says. struct Turn in training.hpp names its parts."};
        }
        right_so_far = right_so_far.empty() ? " (without clipping and penalty all weights are right)"
                                            : " (without the penalty all weights are right)";
    }
    verdict = stops_at_nan();
    if (verdict.passed)
        verdict.figures =
            "30 weights after 4 iterations, plain, with clipping and with the penalty, and what is "
            "reported of D's turn are right";
    return verdict;
}

Verdict grade_steps(const std::string& name) {
    if (name == "plain_grad") return plain_grad_on_graphs();
    if (name == "sgd") return sgd();
    if (name == "rmsprop") return rmsprop();
    if (name == "adam" || name == "adam_bias") return adam();
    if (name == "clip") return clip();
    if (name == "interpolate") return points_between();
    if (name == "training") return training();
    throw std::invalid_argument("nothing to grade is called " + name);
}

}  // namespace grade
