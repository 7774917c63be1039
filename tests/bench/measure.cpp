#include "tests/bench/measure.hpp"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <stdexcept>

namespace bench {

static void drop_missing(Rounds& values) {
    values.erase(std::remove_if(values.begin(), values.end(), [](double x) { return std::isnan(x); }), values.end());
}

double median(Rounds values) {
    drop_missing(values);
    if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Rounds ratios(const Rounds& above, const Rounds& below) {
    Rounds quotients;
    for (std::size_t i = 0; i < std::min(above.size(), below.size()); ++i) quotients.push_back(above[i] / below[i]);
    drop_missing(quotients);
    return quotients;
}

static std::string number(double value, const char* format) {
    char text[64];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string with_spread(const Rounds& values, const char* format) {
    if (values.empty()) return "-";
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return number(median(values), format) + " (" + number(*low, format) + ".." + number(*high, format) + ")";
}

// ----------------------------------------------------------------------------------------- other work
//
//   share of others = (all busy time - our own - our children's) / (elapsed time * processors)

static std::vector<int>& children() {
    static std::vector<int> pids;
    return pids;
}

static double seconds_on(clockid_t clock) {
    timespec time{};
    return clock_gettime(clock, &time) == 0 ? static_cast<double>(time.tv_sec) + 1e-9 * double(time.tv_nsec) : 0;
}

static double own_seconds() {
    double sum = seconds_on(CLOCK_PROCESS_CPUTIME_ID);
#ifdef __linux__  // macOS has no clock of another process, nor the /proc/stat below
    for (int pid : children()) {
        clockid_t clock;
        if (clock_getcpuclockid(pid, &clock) == 0) sum += seconds_on(clock);
    }
#endif
    return sum;
}

// The first line of /proc/stat counts ticks: user nice system idle iowait irq softirq steal. Without it, no time at
// all.
static double busy_seconds() {
    std::ifstream file("/proc/stat");
    std::string word;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0;
    file >> word >> user >> nice >> system >> idle >> wait >> irq >> soft >> steal;
    return (user + nice + system + irq + soft + steal) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

Disturbance disturbance;

std::vector<Rounds> take_turns(int rounds, const std::vector<std::function<double()>>& competitors) {
    constexpr double quiet = 0.05;  // of all processors; the ticks alone make 2 or 3 % of a round
    struct Round {
        double others;
        Rounds times;
    };
    std::vector<Round> all;
    int quiet_rounds = 0;
    while (quiet_rounds < rounds && static_cast<int>(all.size()) < 4 * rounds) {
        const double start = seconds(), busy = busy_seconds(), own = own_seconds();
        Round round{0, {}};
        for (const auto& competitor : competitors) round.times.push_back(competitor());
        const double others = (busy_seconds() - busy) - (own_seconds() - own);
        round.others = others / ((seconds() - start) * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN)));
        quiet_rounds += round.others < quiet;
        all.push_back(round);
    }
    disturbance.all += static_cast<int>(all.size());
    std::sort(all.begin(), all.end(), [](const Round& a, const Round& b) { return a.others < b.others; });
    all.resize(static_cast<std::size_t>(rounds));
    std::vector<Rounds> results(competitors.size());
    for (const Round& round : all) {
        for (std::size_t i = 0; i < competitors.size(); ++i) results[i].push_back(round.times[i]);
        ++disturbance.kept;
        disturbance.disturbed += round.others >= quiet;
        disturbance.share = std::max(disturbance.share, round.others);
    }
    return results;
}

// ----------------------------------------------------------------------------------------- child processes

Worker::Worker(const std::vector<std::string>& command, const std::vector<std::string>& environment) {
    std::signal(SIGPIPE, SIG_IGN);  // a child that has ended shows in its empty answer
    int to_child[2], from_child[2];
    if (pipe(to_child) != 0 || pipe(from_child) != 0) throw std::runtime_error("no pipe for " + command[0]);
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("no process for " + command[0]);
    if (pid_ == 0) {
        dup2(to_child[0], 0);
        dup2(from_child[1], 1);
        for (int end : {to_child[0], to_child[1], from_child[0], from_child[1]}) close(end);
        for (const std::string& entry : environment) {
            const std::size_t equals = entry.find('=');
            unsetenv(entry.substr(0, equals).c_str());
            if (equals != std::string::npos) setenv(entry.substr(0, equals).c_str(), entry.c_str() + equals + 1, 1);
        }
        std::vector<char*> words;
        for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
        words.push_back(nullptr);
        execvp(words[0], words.data());
        _exit(127);
    }
    children().push_back(pid_);
    close(to_child[0]);
    close(from_child[1]);
    to_ = to_child[1];
    from_ = from_child[0];
}

Worker::~Worker() {
    close(to_);
    close(from_);
    waitpid(pid_, nullptr, 0);
    std::erase(children(), pid_);
}

void Worker::ask(const std::string& line) {
    const std::string text = line + "\n";
    [[maybe_unused]] const auto written = write(to_, text.data(), text.size());
}

std::string Worker::answer() {
    std::string line;
    char letter = 0;
    while (read(from_, &letter, 1) == 1 && letter != '\n') line += letter;
    return line;
}

}  // namespace bench
