#include "core/debug.hpp"

#include <spawn.h>
#include <sys/wait.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

extern char** environ;

namespace gantry {

// ----------------------------------------------------------------------------------------- words for a tensor

namespace {

struct Statistics {
    double min = std::numeric_limits<double>::infinity();
    double max = -std::numeric_limits<double>::infinity();
    double mean = 0;  // of the numbers that are not NaN, as min and max
    Index nans = 0;
    Index infinities = 0;
};

Statistics statistics(const Tensor& x) {
    Statistics s;
    for (const Real* number = x.data(); number != x.data() + x.size(); ++number) {
        if (std::isnan(*number)) {
            ++s.nans;
            continue;
        }
        if (std::isinf(*number)) ++s.infinities;
        s.min = std::min<double>(s.min, *number);
        s.max = std::max<double>(s.max, *number);
        s.mean += *number;
    }
    s.mean /= static_cast<double>(x.size() - s.nans);
    return s;
}

bool is_finite(const Tensor& x) {
    if (!x.defined()) return true;
    const Statistics s = statistics(x);
    return s.nans == 0 && s.infinities == 0;
}

// "0.6931", or "min -1  mean 0.5  max 2", or "min ..., 3 NaN"
std::string range(const Tensor& x) {
    std::ostringstream text;
    text.precision(4);
    if (x.size() == 1) {
        text << *x.data();
        return text.str();
    }
    const Statistics s = statistics(x);
    if (s.nans < x.size()) text << "min " << s.min << "  mean " << s.mean << "  max " << s.max;
    if (s.nans > 0) text << (s.nans < x.size() ? ", " : "") << s.nans << " NaN";
    return text.str();
}

// "\"0.weight\" [128, 2]"
std::string title(const Tensor& x) {
    if (!x.defined()) return "none";
    return (x.name().empty() ? "" : "\"" + x.name() + "\" ") + x.shape().str();
}

// "\"x\" [64, 2], \"W\" [1, 2]"
std::string titles(const Tensors& tensors) {
    std::string text;
    for (const Tensor& x : tensors) text += (text.empty() ? "" : ", ") + title(x);
    return text;
}

}  // namespace

// ----------------------------------------------------------------------------------------- dump, history

void dump(const Tensor& x) {
    if (!x.defined()) {
        std::cerr << "undefined\n";
        return;
    }
    std::cerr << x << "\n  range    " << range(x) << '\n';
    if (x.maker()) {
        std::cerr << "  made by  " << x.maker()->name() << " from " << titles(x.maker()->inputs) << '\n';
    } else {
        std::cerr << "  given" << (x.requires_grad() ? ", requires a gradient\n" : "\n");
    }
    if (x.grad().defined()) std::cerr << "  grad     " << x.grad() << '\n';
    std::cerr << std::flush;
}

std::string history(const Tensor& x, int depth) {
    struct Line {
        Tensor x;
        int level;
    };
    std::ostringstream text;
    std::unordered_set<const Body*> told;
    std::vector<Line> to_tell = {{x, 0}};
    while (!to_tell.empty()) {
        const Line line = to_tell.back();
        to_tell.pop_back();
        const Function* maker = line.x.defined() ? line.x.maker() : nullptr;
        text << std::string(4 * static_cast<std::size_t>(line.level), ' ');
        text << (maker ? maker->name() : "given") << "  " << title(line.x);
        if (line.x.defined()) text << "  " << range(line.x);
        const bool is_new = told.insert(line.x.body()).second;
        text << (maker && !is_new ? "  (see above)\n" : "\n");
        if (!maker || !is_new || line.level + 1 >= depth) continue;
        for (auto input = maker->inputs.rbegin(); input != maker->inputs.rend(); ++input) {
            to_tell.push_back({*input, line.level + 1});
        }
    }
    return text.str();
}

// ----------------------------------------------------------------------------------------- graph_text, draw

namespace {

// All tensors that x was computed from, and x, oldest first.
Tensors ancestry(const Tensor& x) {
    Tensors found = {x};
    std::unordered_set<const Body*> seen = {x.body()};
    for (std::size_t next = 0; next < found.size(); ++next) {
        const Function* maker = found[next].maker();
        if (!maker) continue;
        for (const Tensor& input : maker->inputs) {
            if (seen.insert(input.body()).second) found.push_back(input);
        }
    }
    std::sort(found.begin(), found.end(), [](const Tensor& a, const Tensor& b) { return a.body()->id < b.body()->id; });
    return found;
}

// As text between the quotation marks of a DOT file.
std::string escaped(const std::string& text) {
    std::string result;
    for (char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string style(const Tensor& x) {
    if (x.maker()) {
        const bool is_loss = std::strstr(x.maker()->name(), "loss") != nullptr;
        return is_loss ? "shape=box, peripheries=2, style=filled, fillcolor=\"#f6c7a5\"" : "shape=box";
    }
    return x.requires_grad() ? "shape=ellipse, style=filled, fillcolor=\"#bcdff5\"" : "shape=ellipse";
}

}  // namespace

std::string graph_text(const Tensor& loss) {
    if (!loss.defined()) fail("graph_text", "the tensor is undefined");
    std::ostringstream text;
    text << "digraph gantry {\n    rankdir=LR;\n    node [fontname=\"Helvetica\", fontsize=11];\n";
    std::unordered_map<const Body*, std::size_t> number;
    for (const Tensor& x : ancestry(loss)) {
        const std::size_t i = number.size();
        number[x.body()] = i;
        const std::string name = x.maker() ? x.maker()->name() : "";
        const std::string gap = name.empty() || x.name().empty() ? "" : ": ";
        text << "    n" << i << " [label=\"" << escaped(name + gap + x.name());
        text << (name.empty() && x.name().empty() ? "" : "\\n") << x.shape() << "\\n" << range(x) << "\", ";
        text << style(x) << "];\n";
        if (!x.maker()) continue;
        for (const Tensor& input : x.maker()->inputs) text << "    n" << number[input.body()] << " -> n" << i << ";\n";
    }
    text << "}\n";
    return text.str();
}

// Runs `dot` without a shell: the path is an argument of its own, whatever is in it.
static void run_graphviz(const std::string& text, const std::string& format, const std::string& path) {
    std::FILE* input = std::tmpfile();
    if (!input) throw std::runtime_error("draw: no room for a temporary file");
    std::fputs(text.c_str(), input);
    std::rewind(input);
    std::string type = "-T" + format;
    std::string output = "-o" + path;
    char program[] = "dot";
    char* arguments[] = {program, type.data(), output.data(), nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(input), 0);
    pid_t child = 0;
    const int error = posix_spawnp(&child, program, &actions, nullptr, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    std::fclose(input);
    int status = 0;
    if (error == 0) waitpid(child, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (error != 0 || code == 127) {
        throw std::runtime_error("draw: " + path + " needs Graphviz, whose program `dot` was not found (`make deps` "
                                 "installs it); a path that ends in .dot needs nothing");
    }
    if (code != 0) throw std::runtime_error("draw: `dot` could not write " + path);
}

void draw(const Tensor& loss, const std::string& path) {
    const std::string ending = std::filesystem::path(path).extension().string();
    if (ending != ".dot" && ending != ".svg" && ending != ".png" && ending != ".pdf") {
        fail("draw", path + " must end in .dot, .svg, .png or .pdf");
    }
    const std::string text = graph_text(loss);
    if (ending != ".dot") return run_graphviz(text, ending.substr(1), path);
    std::FILE* file = std::fopen(path.c_str(), "w");
    bool written = file && std::fputs(text.c_str(), file) >= 0;
    if (file) written = std::fclose(file) == 0 && written;
    if (!written) throw std::runtime_error("draw: " + path + " cannot be written");
}

void draw(const Tensor& loss, const char* path) {
    draw(loss, std::string(path));
}

// ----------------------------------------------------------------------------------------- trace, trap_nan

namespace {

bool tracing = false;
bool trapping = false;

// operation  linear          "x" [64, 2], "0.weight" [1, 2], "0.bias" [1]  ->  [64, 1]  min -1  mean 0  max 1
// rule       linear          [64, 1]  ->  none  |  [1, 2]  min ...  |  [1]  0.5
void print_trace(const char* kind, const Function& f, const std::string& from, const Tensors& made) {
    std::ostringstream line;
    line << kind << f.name() << std::string(f.name()[0] ? std::max<int>(1, 16 - std::strlen(f.name())) : 1, ' ') << from;
    const char* separator = "  ->  ";
    for (const Tensor& x : made) {
        line << separator << title(x) << (x.defined() ? "  " + range(x) : "");
        separator = "  |  ";
    }
    line << '\n';
    std::cerr << line.str();
}

void check_finite(const char* kind, const Function& f, const Tensors& from, const Tensors& made) {
    for (const Tensor& x : made) {
        if (is_finite(x)) continue;
        for (const Tensor& input : from) {
            if (!is_finite(input)) return;  // it was not made here
        }
        std::string inputs;
        for (const Tensor& input : from) inputs += "\n    from " + title(input) + "  " + range(input);
        throw std::runtime_error(std::string(f.name()) + ": " + kind + " made a number that is not finite: " +
                                 title(x) + "  " + range(x) + inputs);
    }
}

void after_operation(const Function& f, const Tensor& y) {
    if (tracing) print_trace("operation  ", f, titles(f.inputs), {y});
    if (trapping) check_finite("the operation", f, f.inputs, {y});
}

void after_rule(const Function& f, const Tensor& dy, const Tensors& gradients) {
    if (tracing) print_trace("rule       ", f, title(dy), gradients);
    if (!trapping) return;
    Tensors from = f.inputs;
    from.push_back(dy);
    check_finite("its rule", f, from, gradients);
}

void set_hooks() {
    hooks.after_operation = tracing || trapping ? after_operation : nullptr;
    hooks.after_rule = tracing || trapping ? after_rule : nullptr;
}

}  // namespace

void trace(bool on) {
    tracing = on;
    set_hooks();
}

void trap_nan(bool on) {
    trapping = on;
    set_hooks();
}

bool trace_if_asked() {
    const char* asked = std::getenv("GANTRY_TRACE");
    if (asked && std::strcmp(asked, "0") != 0 && *asked) trace(true);
    return tracing;
}

}  // namespace gantry
