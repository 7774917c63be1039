#include "nn/module.hpp"

#include <map>

namespace gantry {

Tensors Module::parameters() const {
    Tensors result;
    for (const auto& [name, parameter] : named_parameters()) result.push_back(parameter);
    return result;
}

void Module::load(const NamedTensors& named) {
    std::map<std::string, Tensor> given;
    for (const auto& [name, values] : named) {
        if (!given.emplace(name, values).second) fail("load", "\"" + name + "\" is given twice");
    }
    NamedTensors own = named_parameters();
    for (const auto& [name, parameter] : own) {
        const auto found = given.find(name);
        if (found == given.end()) fail("load", "\"" + name + "\" is missing");
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
