#include "examples/stories/stories.hpp"

namespace gantry {

void tell_branches(Comparison& comparison, const kit::Settings& settings) {
    for (const std::string& loss : loss_names()) {
        kit::Settings own = settings;
        own.loss = loss;
        own.use_defaults_of_loss();
        int row = 0;
        for (Index steps_of_D : {1, 5, 20}) {
            own.training.critic_steps = steps_of_D;
            kit::Gan gan(own, 2, comparison.real_data);
            const std::string steps = std::to_string(steps_of_D);
            comparison.train(
                own, gan,
                {.about = "D steps " + steps, .file = "_D" + steps, .when = "D steps " + steps + ": ", .row = row++});
        }
    }
}

}  // namespace gantry
