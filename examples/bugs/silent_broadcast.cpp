// Bug: logits are [N, 1], labels are [N], and their difference is [N, N].
//
//     loss = mean((D(x) - labels)^2)        D(x) [N, 1] - labels [N]  ->  [N, N], every logit against every label
//
// It is tempting because each part is natural: a linear layer gives a column, a list of labels is a row, and NumPy's
// rule, which tensor libraries follow, joins the two without a word. The mean of the wrong matrix is a number of the
// right size.
//
// Symptom: D learns the average label. For logits f and labels t,
//
//     1/N^2 sum_ij (f_i - t_j)^2  =  1/N sum_i (f_i - mean t)^2  +  var t
//
// so with half the labels 1 and half 0 the best D says 1/2 to everything and its loss stops at 1/4, from the beginning
// of the training to its end, as if the generator were perfect.
//
// Cure: give both the same shape, and let losses refuse every other. Ours take [N] or [N, 1] and nothing else.
#include "examples/kit/run/bug.hpp"
#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "optim/optim.hpp"

using namespace gantry;

static const kit::Bug bug = {
    .wrong = "mean(square(logits - labels))                        [128, 1] - [128]",
    .right = "mean(square(logits - reshape(labels, {128, 1})))     [128, 1] - [128, 1]",
    .symptom = "D says 1/2 to everything",
    .prevented_by = {{"losses/gan_loss.cpp", "void check_logits("},
                     {"tests/errors.cpp", "wrong inputs of every operation give the message of the table"}},
};

// Our answer to the matrix that the wrong line makes.
static std::string answer_to(const Tensor& matrix) {
    try {
        LeastSquares().generator(matrix);
    } catch (const std::invalid_argument&) {
        return "refused";
    }
    return "taken";
}

static kit::Outcome run(bool right, std::uint64_t seed) {
    Random weights(seed), data(seed, 1);
    const Mlp D({1, 16, 1}, Activation::leaky_relu(0.2), Activation::identity(), weights);
    Adam optimizer(D.parameters(), {.lr = 0.01});
    const Tensor labels = concat({ones({64}), zeros({64})}, 0);  // [128]: first the real ones, then the fakes
    Tensor logits, difference, loss;
    for (int step = 1; step <= 500; ++step) {
        const Tensor real = data.normal({64, 1}) * 0.5 + 3;
        const Tensor fake = data.normal({64, 1}) * 0.5;
        logits = D(concat({real, fake}, 0));  // [128, 1]
        difference = right ? logits - reshape(labels, {128, 1}) : logits - labels;
        loss = mean(square(difference));
        optimizer.step(grad(loss, D.parameters()));
    }
    const double real_mean = mean(slice(logits, 0, 0, 64)).item();
    const double fake_mean = mean(slice(logits, 0, 64, 128)).item();

    kit::Outcome outcome;
    outcome.row("shape of logits - labels", difference.shape().str());
    outcome.row("loss after 500 steps, real at 3, fakes at 0, std 0.5", loss.item());
    outcome.row("mean D(real), to be 1", real_mean);
    outcome.row("mean D(fake), to be 0", fake_mean);
    outcome.row("our losses, given a tensor of that shape", answer_to(difference));
    outcome.symptom = std::fabs(real_mean - 0.5) < 0.05 && std::fabs(fake_mean - 0.5) < 0.05;
    return outcome;
}

int main(int argc, char** argv) { return kit::run_bug(argc, argv, "a mean over [N, N] by silent broadcast", bug, run); }
