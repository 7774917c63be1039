// The choices that every GAN example offers, and what follows from them: a recipe, filled in from the command line.
//
//     kit::Settings settings;
//     settings.training.steps = 8000;      // the values before declare() are the defaults
//     settings.declare(options);
//     options.parse();
//     settings.complete(options);          // choices that depend on others: Wasserstein wants a penalty, ...
//
// Rules: a choice that the chosen loss or optimizer does not use is not an error, but a note says so.
#pragma once

#include "examples/kit/run/options.hpp"
#include "examples/kit/show/observer.hpp"

namespace gantry::kit {

struct Settings : Recipe {
    Index samples = 2500;    // written to samples.npy
    bool no_report = false;  // leave out report.html
    Index checkpoint = 0;    // steps between two checkpoints; 0: none
    std::string resume;      // the checkpoint to go on from

    /// What Wasserstein needs: a critic near its optimum, or its value means nothing; so it gets more updates than G,
    /// and fewer of G's fit into the same time.
    struct ForWasserstein {
        double lambda = 0.1, decay_from = 0.3;
        Index critic_steps = 3, steps = 3000;
    };
    ForWasserstein for_wasserstein;

    void declare(Options& options);
    void declare_checkpoints(Options& options);  // of a program that trains once
    void complete(const Options& options);
    Observer::Options watching(Index frames = 48) const;  // what --no-report, --checkpoint and --resume say
    void use_defaults_of_loss();  // what the loss wants instead of the above, but for the number of steps

  private:
    std::string bound_ = "default";  // --lipschitz: penalty for wasserstein, else none
    std::string penalty_ = "gulrajani";
    std::vector<double> labels_ = {0, 1, 1};
};

}  // namespace gantry::kit
