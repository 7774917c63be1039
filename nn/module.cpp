#include "nn/module.hpp"

#include <map>

namespace gantry {

Tensors Module::parameters() const {
    Tensors result;
    for (const auto& [name, parameter] : named_parameters()) result.push_back(parameter);
    return result;
}

// A network that was part of a larger one has names with a word in front: "model.0.weight".
static std::string hint(const std::string& missing, const NamedTensors& given) {
    for (const auto& [name, values] : given) {
        if (!name.ends_with("." + missing)) continue;
        const std::string front = name.substr(0, name.size() - missing.size());
        return "; there is \"" + name + "\": take \"" + front + "\" off the names, and leave the other tensors out";
    }
    return "";
}

void Module::load(const NamedTensors& named) {
    std::map<std::string, Tensor> given;
    for (const auto& [name, values] : named) {
        if (!given.emplace(name, values).second) fail("load", "\"" + name + "\" is given twice");
    }
    NamedTensors own = named_parameters();
    for (const auto& [name, parameter] : own) {
        const auto found = given.find(name);
        if (found == given.end()) fail("load", "\"" + name + "\" is missing" + hint(name, named));
        shapes::check_same("load", ("\"" + name + "\"").c_str(), parameter.shape(), "the given", found->second.shape());
    }
    for (const auto& [name, values] : given) {
        bool known = false;
        for (const auto& [own_name, parameter] : own) known = known || own_name == name;
        if (!known) fail("load", "there is no parameter \"" + name + "\"");
    }
    for (auto& [name, parameter] : own) parameter.assign(given.at(name));
}

}  // namespace gantry
