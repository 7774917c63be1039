#include "nn/mlp.hpp"

namespace gantry {

Mlp::Mlp(const std::vector<Index>& sizes, Activation hidden, Activation output, Random& rng)
    : hidden_(hidden), output_(output) {
    if (sizes.size() < 2) fail("Mlp", "needs an input and an output size at least");
    for (std::size_t i = 0; i + 1 < sizes.size(); ++i) layers_.emplace_back(sizes[i], sizes[i + 1], rng);
    for (auto& [name, parameter] : named_parameters()) parameter.set_name(name);
}

Tensor Mlp::forward(const Tensor& x) const {
    Tensor h = x;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const Activation& activation = i + 1 == layers_.size() ? output_ : hidden_;
        h = layers_[i](h);
        if (!activation.is_identity()) h = activation(h);
    }
    return h;
}

NamedTensors Mlp::named_parameters() const {
    NamedTensors named;
    named.reserve(2 * layers_.size());
    for (std::size_t i = 0; i < layers_.size(); ++i) {
        const std::string place = std::to_string(2 * i);  // layer, activation, layer, ...
        named.emplace_back(place + ".weight", layers_[i].W);
        named.emplace_back(place + ".bias", layers_[i].b);
    }
    return named;
}

std::string Mlp::str() const {
    std::string text = std::to_string(layers_.front().W.shape()[1]);
    for (const Linear& layer : layers_) text += "-" + std::to_string(layer.W.shape()[0]);
    return text + ", " + hidden_.str() + ", " + output_.str();
}

// The sizes are those of the parameters, which are there: a text may claim any.
Mlp Mlp::from(const std::string& text, const NamedTensors& parameters) {
    const std::size_t first = text.find(", "), second = text.rfind(", ");
    if (first == second) fail("Mlp", "\"" + text + "\" is no description like \"2-16-1, relu, identity\"");
    std::vector<Index> sizes;
    for (const auto& [name, x] : parameters) {
        if (!name.ends_with(".weight") || x.shape().rank() != 2) continue;
        if (sizes.empty()) sizes.push_back(x.shape()[1]);
        sizes.push_back(x.shape()[0]);
    }
    Random rng(0);
    Mlp net(sizes, Activation::from(text.substr(first + 2, second - first - 2)),
            Activation::from(text.substr(second + 2)), rng);
    net.load(parameters);
    if (net.str() != text) fail("Mlp", "the parameters are of " + net.str() + ", not of \"" + text + "\"");
    return net;
}

}  // namespace gantry
