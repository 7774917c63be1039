// A checkpoint: all that a training is between two steps, in one safetensors file. Besides the players' weights that
// is what their optimizers remember, the running average, and where each stream of random numbers stands. A training
// that goes on from it computes the same bits as one that was never interrupted.
//
// Rules: who watches the training may add what it needs itself, under names of its own. What it does not do: notice
// that the data or the options are others than before; that is for whoever knows them (show/observer).
#pragma once

#include "examples/kit/train/training.hpp"

namespace gantry::kit {

struct Checkpoint {
    std::string file = "checkpoint";  // for messages
    NamedTensors tensors = {};
    Metadata texts = {};

    /// Tensors under "<part>.<name>", and back. A part that was not added is empty.
    void add(const std::string& part, const NamedTensors& named);
    NamedTensors part(const std::string& part) const;

    /// Throws std::runtime_error if there is none.
    const std::string& text(const std::string& name) const;
    Index number(const std::string& name) const;

    /// The training as it stands, and back: the second throws std::runtime_error, naming the file, if something is
    /// missing or does not fit.
    void add(const Players& players, const TrainingState& state);
    void restore(const Players& players, TrainingState& state) const;
};

void save(const std::string& path, const Checkpoint& checkpoint);
Checkpoint load_checkpoint(const std::string& path);

}  // namespace gantry::kit
