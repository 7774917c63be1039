#include "examples/kit/train/average.hpp"

#include <algorithm>

namespace gantry::kit {

WeightAverage::WeightAverage(const Tensors& weights, double keep) : weights_(weights), keep_(keep) {
    if (!(keep >= 0 && keep < 1))
        fail("WeightAverage", "keep is " + std::to_string(keep) + " and must be at least 0 and below 1");
    if (keep == 0) return;
    for (const Tensor& weight : weights) averages_.push_back(zeros_like(weight));
}

// At first it is the plain mean of all weights so far, so that the random start is forgotten at once.
void WeightAverage::update() {
    ++updates_;
    const double grown = 1 - 1.0 / updates_;
    const Real keep = std::min(keep_, grown);
    for (std::size_t i = 0; i < averages_.size(); ++i) {
        Real* average = averages_[i].mutable_data();
        const Real* weight = weights_[i].data();
        kernels::each(averages_[i].size(), [=](Index k) { average[k] = keep * average[k] + (1 - keep) * weight[k]; });
    }
}

void WeightAverage::exchange() {
    for (std::size_t i = 0; i < averages_.size(); ++i) {
        const Tensor before = tensor(weights_[i].shape(), weights_[i].values());
        weights_[i].assign(averages_[i]);
        averages_[i].assign(before);
    }
}

void WeightAverage::store() {
    for (std::size_t i = 0; i < averages_.size(); ++i) weights_[i].assign(averages_[i]);
}

NamedTensors WeightAverage::state() const {
    NamedTensors named;
    for (std::size_t i = 0; i < averages_.size(); ++i) named.emplace_back(std::to_string(i), averages_[i]);
    return named;
}

void WeightAverage::load_state(const NamedTensors& named, Index updates) {
    if (named.size() != averages_.size()) {
        fail("WeightAverage",
             "the state holds " + std::to_string(named.size()) + " tensors, not " + std::to_string(averages_.size()));
    }
    for (std::size_t i = 0; i < named.size(); ++i)
        shapes::check_same("WeightAverage", "the average", averages_[i].shape(), "the given", named[i].second.shape());
    for (std::size_t i = 0; i < named.size(); ++i) averages_[i].assign(named[i].second);
    updates_ = updates;
}

}  // namespace gantry::kit
