#include "losses/cross_entropy.hpp"

namespace gantry {

Tensor cross_entropy(const Tensor& logits, const std::vector<Index>& labels) {
    const Shape& shape = logits.shape();
    if (shape.rank() != 2 || shape.size() == 0)
        fail("cross_entropy", "logits are " + shape.str() + " and must be [N, K], not empty");
    if (std::ssize(labels) != shape[0]) {
        fail("cross_entropy",
             "logits are " + shape.str() + ", but there are " + std::to_string(labels.size()) + " labels");
    }
    Tensor chosen = zeros(shape);  // 1 at the label of each row
    Real* one = chosen.mutable_data();
    for (Index i = 0; i < shape[0]; ++i) {
        if (labels[i] < 0 || labels[i] >= shape[1]) {
            fail("cross_entropy", "label " + std::to_string(labels[i]) + " of sample " + std::to_string(i) +
                                      " is outside 0 .. " + std::to_string(shape[1] - 1));
        }
        one[i * shape[1] + labels[i]] = 1;
    }
    // relu_grad selects. A product with `chosen` would be NaN where another class is impossible: 0 times infinity.
    const Tensor log_likelihood = sum(relu_grad(log_softmax(logits), chosen));
    return -log_likelihood / shape[0];
}

Tensor cross_entropy(const Tensor& logits, const Tensor& labels) {
    std::vector<Index> whole;
    for (Real label : labels.values()) {
        whole.push_back(static_cast<Index>(label));
        if (Real(whole.back()) != label)
            fail("cross_entropy", "label " + std::to_string(label) + " is no whole number");
    }
    return cross_entropy(logits, whole);
}

}  // namespace gantry
