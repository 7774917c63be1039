// How the benchmark measures: competitors take turns of some milliseconds each, many rounds of it, and what is printed
// are medians. A ratio is taken within a round, where both sides saw the same machine, and its median is printed with
// the smallest and largest.
//
// Other work on the machine spoils a comparison, and not evenly: threads that wait for each other suffer most. So every
// round notes what share of the processors other processes took; disturbed rounds are repeated, within limits, and the
// quietest are kept.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace bench {

inline double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Microseconds of one call of f: the mean over a slice of at least `milliseconds`. One call before it warms up.
double slice(double milliseconds, auto f) {
    f();
    const double start = seconds();
    long calls = 0;
    double elapsed = 0;
    while (elapsed < milliseconds / 1000) {
        f();
        ++calls;
        elapsed = seconds() - start;
    }
    return elapsed / static_cast<double>(calls) * 1e6;
}

/// One number for each round.
using Rounds = std::vector<double>;

double median(Rounds values);  // NaN of none; rounds that are NaN do not count
Rounds ratios(const Rounds& above, const Rounds& below);
std::string with_spread(const Rounds& values, const char* format = "%.2f");  // "1.02 (0.98..1.10)", "-" of none

/// Lets the competitors, each of which times a slice of its own, take turns. One result for each competitor.
std::vector<Rounds> take_turns(int rounds, const std::vector<std::function<double()>>& competitors);

/// How many rounds there were, how many of those kept were disturbed, and the share that others took of those kept.
struct Disturbance {
    int all = 0, kept = 0, disturbed = 0;
    double share = 0;  // the largest
};
extern Disturbance disturbance;

/// A child process that times slices on request, so that it can take turns with this one. It waits for its input in
/// between. Requests and answers are lines.
class Worker {
  public:
    /// `environment`: what is set in the child, "NAME=value", or taken away, "NAME".
    Worker(const std::vector<std::string>& command, const std::vector<std::string>& environment);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void ask(const std::string& line);
    std::string answer();  // "" when the child has ended

  private:
    int pid_ = -1, to_ = -1, from_ = -1;
};

}  // namespace bench
