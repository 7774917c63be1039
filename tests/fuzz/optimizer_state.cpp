// An optimizer's state, altered: the bytes are edits of a good one. What is accepted is what state() gives then, and
// the next step leaves finite parameters.
#include <cmath>

#include "optim/optim.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace gantry;

// An edit has six bytes: what, which tensor, and a float.
std::vector<std::string> seeds() {
    return {std::string(6, '\0'), std::string("\x01\x00\x00\x00\x00\x40", 6),
            std::string("\x01\x03\x00\x00\x80\xbf", 6), std::string("\x02\x02\x00\x00\x00\x00", 6),
            std::string("\x03\x01\x00\x00\x00\x00", 6)};
}

static NamedTensors edited(NamedTensors state, const std::string& bytes) {
    for (std::size_t at = 1; at + 6 <= bytes.size() && !state.empty(); at += 6) {
        float number = 0;
        std::memcpy(&number, bytes.data() + at + 2, sizeof number);
        const std::size_t which = static_cast<unsigned char>(bytes[at + 1]) % state.size();
        auto& [name, values] = state[which];
        switch (bytes[at] & 7) {
            case 0:
                values = full(values.shape(), Real(number));
                break;
            case 1:
                values = scalar(Real(number));
                break;
            case 2:
                values = full(Shape{2}, Real(number));
                break;
            case 3:
                state.push_back(state[which]);
                break;
            case 4:
                state.erase(state.begin() + static_cast<std::ptrdiff_t>(which));
                break;
            case 5:
                std::swap(name, state[0].first);
                break;
            case 6:
                name = bytes.substr(at + 2, 4);
                break;
            default:
                values = full(Shape{2, 3}, Real(std::fabs(number)));
        }
    }
    return state;
}

void run(const std::string& bytes) {
    if (bytes.empty()) return;
    Tensors parameters = {ones(Shape{2, 3}), ones(Shape{2}), ones(Shape{})};
    for (Tensor& parameter : parameters) parameter.set_requires_grad(true);
    std::unique_ptr<Optimizer> optimizer = std::make_unique<Adam>(parameters, AdamOptions{.lr = 0.01});
    const char* name = "Adam";
    if (bytes[0] & 1) optimizer = std::make_unique<RmsProp>(parameters), name = "RmsProp";
    if (bytes[0] & 2) optimizer = std::make_unique<Sgd>(parameters, SgdOptions{.momentum = 0.5}), name = "Sgd";
    const NamedTensors state = edited(optimizer->state(), bytes);
    const NamedTensors before = optimizer->state();
    const bool good = fuzz::accepted(name, [&] { optimizer->load_state(state); });
    const NamedTensors after = optimizer->state();
    for (const auto& [key, values] : good ? state : before) {
        bool found = key == "steps" && good;  // 0 may come as one number or as two
        for (const auto& [other, now] : after) found = found || (other == key && fuzz::same_bits(values, now));
        fuzz::require(found, good ? "an accepted state is not the state" : "a refused state changed something");
    }
    if (!good) return;
    const Index steps = optimizer->steps();
    fuzz::require(steps >= 0, "steps are negative");
    for (const auto& [key, values] : after) {
        for (Real value : values.values()) {
            if (std::fabs(value) > 1e15) return;  // finite, but the next step need not be
        }
    }
    optimizer->step({ones(Shape{2, 3}), ones(Shape{2}), ones(Shape{})});
    fuzz::require(optimizer->steps() == steps + 1, "a step is not counted");
    for (const Tensor& parameter : parameters) {
        for (Real value : parameter.values()) fuzz::require(std::isfinite(value), "a parameter is not finite");
    }
}
