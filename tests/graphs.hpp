// What the tests of drawn graphs share.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "losses/losses.hpp"
#include "nn/nn.hpp"
#include "tests/help.hpp"

using namespace gantry;
using namespace help;

// The critic's whole loss with gradient penalty: three forward graphs and a backward graph.
inline Tensor penalised_loss() {
    Random rng(1);
    const Mlp D({2, 3, 3, 1}, Activation::leaky_relu(0.2), Activation::identity(), rng);
    const Tensor real = rng.normal(Shape{4, 2});
    const Tensor fake = rng.normal(Shape{4, 2});
    const Tensor real_logits = D(real);
    const Tensor fake_logits = D(fake);
    const Tensor distance = Wasserstein().discriminator(real_logits, fake_logits);
    const Tensor penalty = gradient_penalty(D, real, fake, 10, rng);
    return distance + penalty;
}

// The lines of the drawn nodes that hold a part; `shape=box` for operations.
inline std::vector<std::string> nodes_with(const std::string& text, const std::string& part) {
    std::vector<std::string> found;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        while (contains(line, "[label=") && !contains(line, "];")) {
            std::string more;
            std::getline(lines, more);
            line += "\n" + more;
        }
        if (contains(line, "[label=") && contains(line, part)) found.push_back(line);
    }
    return found;
}
