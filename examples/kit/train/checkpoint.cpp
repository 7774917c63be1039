#include "examples/kit/train/checkpoint.hpp"

#include <charconv>
#include <sstream>
#include <stdexcept>

namespace gantry::kit {

void Checkpoint::add(const std::string& part, const NamedTensors& named) {
    for (const auto& [name, x] : named) tensors.emplace_back(part + "." + name, x);
}

NamedTensors Checkpoint::part(const std::string& part) const {
    NamedTensors named;
    for (const auto& [name, x] : tensors) {
        if (name.starts_with(part + ".")) named.emplace_back(name.substr(part.size() + 1), x);
    }
    return named;
}

const std::string& Checkpoint::text(const std::string& key) const {
    const auto found = texts.find(key);
    if (found == texts.end()) throw std::runtime_error(file + ": lacks \"" + key + "\": is it another kind of file?");
    return found->second;
}

Index Checkpoint::number(const std::string& key) const {
    const std::string& digits = text(key);
    Index value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 0)
        throw std::runtime_error(file + ": its \"" + key + "\" is \"" + digits + "\"");
    return value;
}

// ---------------------------------------------------------------------------------------- the training

// "seed stream next_block"
static std::string in_words(const Random& rng) {
    const Random::State state = rng.state();
    return std::to_string(state.seed) + " " + std::to_string(state.stream) + " " + std::to_string(state.next_block);
}

static Random random_from(const Checkpoint& checkpoint, const std::string& key) {
    std::istringstream words(checkpoint.text(key));
    Random::State state;
    words >> state.seed >> state.stream >> state.next_block;
    if (!words || !(words >> std::ws).eof())
        throw std::runtime_error(checkpoint.file + ": its \"" + key + "\" is no state of random numbers");
    return Random(state);
}

void Checkpoint::add(const Players& players, const TrainingState& state) {
    add("G", players.generator.named_parameters());
    add("D", players.discriminator.named_parameters());
    add("G_optimizer", players.generator_optimizer.state());
    add("D_optimizer", players.discriminator_optimizer.state());
    add("average", state.average.state());
    texts["step"] = std::to_string(state.step);
    texts["random data"] = in_words(state.data_rng);
    texts["random noise"] = in_words(state.noise_rng);
    texts["random penalty"] = in_words(state.penalty_rng);
    for (std::size_t i = 0; i < players.own_random.size(); ++i)
        texts["random player " + std::to_string(i)] = in_words(*players.own_random[i]);
}

void Checkpoint::restore(const Players& players, TrainingState& state) const {
    state.step = number("step");
    state.data_rng = random_from(*this, "random data");
    state.noise_rng = random_from(*this, "random noise");
    state.penalty_rng = random_from(*this, "random penalty");
    for (std::size_t i = 0; i < players.own_random.size(); ++i)
        *players.own_random[i] = random_from(*this, "random player " + std::to_string(i));
    try {
        players.generator.load(part("G"));
        players.discriminator.load(part("D"));
        players.generator_optimizer.load_state(part("G_optimizer"));
        players.discriminator_optimizer.load_state(part("D_optimizer"));
        state.average.load_state(part("average"), state.step);
    } catch (const std::invalid_argument& error) {
        throw std::runtime_error(file + ": does not fit: " + error.what());
    }
}

// ---------------------------------------------------------------------------------------- files

void save(const std::string& path, const Checkpoint& checkpoint) {
    gantry::save(path, checkpoint.tensors, checkpoint.texts);
}

Checkpoint load_checkpoint(const std::string& path) { return {path, load(path), load_metadata(path)}; }

}  // namespace gantry::kit
