#include "core/plain_grad.hpp"

#include <map>
#include <optional>

#include "core/ops.hpp"

namespace gantry {

Tensors plain_grad(const Tensor& loss, const Tensors& wrt, bool create_graph) {
    std::optional<NoRecording> off;
    if (!create_graph) off.emplace();

    std::map<std::uint64_t, Tensor> waiting;  // tensors by age: the number counts tensors as they are made
    std::map<const Body*, Tensor> gradient;   // dL/dx as far as it has been added up, for each x met so far
    waiting[loss.body()->id] = loss;
    gradient[loss.body()] = ones_like(loss);  // dL/dL = 1

    while (!waiting.empty()) {
        const Tensor y = waiting.extract(std::prev(waiting.end())).mapped();  // the youngest
        if (!y.maker()) continue;                                             // a leaf: nobody computed it
        const Tensors& inputs = y.maker()->inputs;
        Needs need;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (inputs[i].requires_grad()) need.set(i);
        }
        const Tensors shares = y.maker()->backward(gradient[y.body()], need);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (!inputs[i].requires_grad() || !shares[i].defined()) continue;
            Tensor& sum = gradient[inputs[i].body()];
            sum = sum.defined() ? sum + shares[i] : shares[i];
            waiting[inputs[i].body()->id] = inputs[i];
        }
    }

    Tensors gradients;
    for (const Tensor& x : wrt) gradients.push_back(gradient.contains(x.body()) ? gradient[x.body()] : zeros_like(x));
    return gradients;
}

}  // namespace gantry
