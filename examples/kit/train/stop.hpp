// A training that is asked to stop: SIGINT (Ctrl-C), SIGTERM, SIGHUP (the terminal is gone).
//
//     const kit::StopOnSignal guard;       // from here on the first signal is only remembered
//     kit::train(players, options, ...);   // ends after the step in which it came; what is written then is whole
//     if (kit::stop_signal()) ...          // which it was; 0: none
//
// Rules: a second signal, of whatever kind, ends the program at once, as it does without a StopOnSignal. Where SIGHUP
// is ignored (nohup), it stays ignored.
#pragma once

namespace gantry::kit {

/// The signal that has asked to stop while a StopOnSignal lives, or 0.
int stop_signal();

class StopOnSignal {
  public:
    StopOnSignal();
    ~StopOnSignal();  // signals act as usual again
    StopOnSignal(const StopOnSignal&) = delete;
    StopOnSignal& operator=(const StopOnSignal&) = delete;
};

}  // namespace gantry::kit
