#include "examples/kit/train/stop.hpp"

#include <csignal>

namespace gantry::kit {

static volatile std::sig_atomic_t caught = 0;

static constexpr int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void act_as_usual() {
    for (const int signal : signals) {
        if (signal == SIGHUP && std::signal(SIGHUP, SIG_IGN) == SIG_IGN) continue;
        std::signal(signal, SIG_DFL);
    }
}

static void remember(int signal) {
    caught = signal;
    act_as_usual();
}

int stop_signal() { return caught; }

StopOnSignal::StopOnSignal() {
    for (const int signal : signals)
        if (std::signal(signal, remember) == SIG_IGN && signal == SIGHUP) std::signal(SIGHUP, SIG_IGN);
}

StopOnSignal::~StopOnSignal() {
    act_as_usual();
    caught = 0;
}

}  // namespace gantry::kit
