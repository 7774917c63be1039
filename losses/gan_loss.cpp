#include "losses/gan_loss.hpp"

#include "losses/hinge.hpp"
#include "losses/least_squares.hpp"
#include "losses/minimax.hpp"
#include "losses/non_saturating.hpp"
#include "losses/wasserstein.hpp"

namespace gantry {

// The table of losses: a new one needs its header above and an entry here, and nothing else in the repository. Those
// that are compared stand in the pictures, tables and claims about "each loss"; the others are chosen by name.
template <class Loss>
static std::unique_ptr<GanLoss> made() {
    return std::make_unique<Loss>();
}
static const struct {
    const char* name;
    std::unique_ptr<GanLoss> (*make)();
    bool compared;
} table[] = {
    {"minimax", made<Minimax>, true},
    {"non-saturating", made<NonSaturating>, true},
    {"wasserstein", made<Wasserstein>, true},
    {"least-squares", made<LeastSquares>, true},
    {"hinge", made<Hinge>, false},
};

static std::vector<std::string> names(bool all) {
    std::vector<std::string> chosen;
    for (const auto& entry : table) {
        if (all || entry.compared) chosen.push_back(entry.name);
    }
    return chosen;
}

const std::vector<std::string>& loss_names() {
    static const std::vector<std::string> compared = names(false);
    return compared;
}

const std::vector<std::string>& all_loss_names() {
    static const std::vector<std::string> all = names(true);
    return all;
}

std::unique_ptr<GanLoss> make_loss(const std::string& name) {
    std::string allowed;
    for (const auto& entry : table) {
        if (name == entry.name) return entry.make();
        allowed += (allowed.empty() ? "" : ", ") + std::string(entry.name);
    }
    fail("make_loss", "\"" + name + "\" is none of " + allowed);
}

Tensor GanLoss::generator(const Tensor&, const Tensor& fake_logits) const { return generator(fake_logits); }

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
