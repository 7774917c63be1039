#include "losses/gan_loss.hpp"

#include "losses/least_squares.hpp"
#include "losses/minimax.hpp"
#include "losses/non_saturating.hpp"
#include "losses/wasserstein.hpp"

namespace gantry {

const std::vector<std::string>& loss_names() {
    static const std::vector<std::string> names = {"minimax", "non-saturating", "wasserstein", "least-squares"};
    return names;
}

std::unique_ptr<GanLoss> make_loss(const std::string& name) {
    if (name == "minimax") return std::make_unique<Minimax>();
    if (name == "non-saturating") return std::make_unique<NonSaturating>();
    if (name == "wasserstein") return std::make_unique<Wasserstein>();
    if (name == "least-squares") return std::make_unique<LeastSquares>();
    std::string allowed;
    for (const std::string& known : loss_names()) allowed += (allowed.empty() ? "" : ", ") + known;
    fail("make_loss", "\"" + name + "\" is none of " + allowed);
}

void check_logits(const char* loss, const char* which, const Tensor& logits) {
    const Shape& shape = logits.shape();
    const bool column = shape.rank() == 2 && shape[1] == 1;
    if (shape.rank() != 1 && !column) {
        fail(loss, std::string(which) + " is " + shape.str() + " and must be [N] or [N, 1], one logit for each sample");
    }
    if (shape.size() == 0)
        fail(loss, std::string(which) + " is " + shape.str() + ": the mean of an empty batch does not exist");
}

}  // namespace gantry
