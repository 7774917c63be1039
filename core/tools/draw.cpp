#include "core/tools/draw.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <stdexcept>

#include "core/tools/print.hpp"

extern char** environ;

namespace gantry {

// ----------------------------------------------------------------------------------------- the parts of a drawing

namespace drawing {

std::map<std::uint64_t, Tensor> ancestry(const Tensor& x) {
    if (!x.defined()) fail_undefined("graph_text");
    std::map<std::uint64_t, Tensor> found;
    for (Tensors waiting = {x}; !waiting.empty();) {
        const Tensor next = waiting.back();
        waiting.pop_back();
        if (!found.emplace(next.body()->id, next).second) continue;
        for (const Tensor& input : inputs_of(*next.body())) waiting.push_back(input);
    }
    return found;
}

bool in_rule(const Tensor& x) { return x.maker() && x.maker()->rule_of; }

static const char* style(const Tensor& x) {
    if (!x.maker()) return x.requires_grad() ? "style=filled, fillcolor=\"#bcdff5\"" : "style=solid";
    if (in_rule(x)) return "shape=box, style=\"filled,dashed\", color=\"#2e7d32\", fillcolor=\"#dcefdc\"";
    return x.maker()->is_loss() ? "shape=box, peripheries=2, style=filled, fillcolor=\"#f6c7a5\"" : "shape=box";
}

std::string node(std::size_t number, const std::string& heading, const std::string& operations, const Tensor& x) {
    std::string label = heading + (in_rule(x) ? std::string("rule of ") + x.maker()->rule_of + ":\n" : "");
    label += operations + printing::title(x) + "\n" + printing::range(x, x.size() == 1 ? 4 : 3);
    for (char& c : label) c = c == '\n' || std::uint8_t(c) >= ' ' ? c : '?';  // control characters make an invalid SVG
    std::ostringstream line;
    line << "    n" << number << " [label=" << std::quoted(label) << ", " << style(x) << "];\n";
    return line.str();
}

std::string arrow(std::size_t from, std::size_t to, const Tensor& x) {
    const char* look = in_rule(x) ? " [color=\"#2e7d32\", style=dashed];\n" : ";\n";
    return "    n" + std::to_string(from) + " -> n" + std::to_string(to) + look;
}

std::string graph(const std::string& content) {
    return "digraph gantry {\n    node [shape=ellipse, fontname=\"Helvetica\", fontsize=11];\n" + content + "}\n";
}

// Runs `dot -TFORMAT -oPICTURE TEXT` without a shell, so that a path may contain anything. The picture appears whole.
static void run_graphviz(const std::string& format, const std::string& picture, const std::string& text, double limit) {
    const std::string part = picture + ".part";
    std::string words[] = {"dot", "-T" + format, "-o" + part, text};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
    int child = 0, status = 0;
    const int error = posix_spawnp(&child, "dot", nullptr, nullptr, arguments, environ);
    for (double waited = 0; error == 0 && waitpid(child, &status, WNOHANG) == 0; waited += 0.002, usleep(2000))
        if (waited >= limit) kill(child, SIGKILL);
    if (error != 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
        throw std::runtime_error("draw: Graphviz' `dot` was not found (`make deps` installs it): wrote " + text);
    if (status == 0 && std::rename(part.c_str(), picture.c_str()) == 0) return;  // the second fails if it wrote nothing
    std::remove(part.c_str());
    throw std::runtime_error("draw: `dot` failed, or took too long, to write " + picture);
}

void write(const std::string& graph_text, const std::string& path, double limit) {
    const std::filesystem::path picture = std::filesystem::absolute(path);  // begins with no hyphen
    const std::string ending = picture.extension().string();
    if (ending != ".dot" && ending != ".svg" && ending != ".png" && ending != ".pdf")
        fail("draw", path + " must end in .dot, .svg, .png or .pdf");
    const std::filesystem::path text = std::filesystem::path(picture).replace_extension(".dot");
    const std::string part = text.string() + ".part";
    if (!(std::ofstream(part) << graph_text << std::flush) || std::rename(part.c_str(), text.c_str()) != 0) {
        const std::string reason = std::strerror(errno);
        std::remove(part.c_str());
        throw std::runtime_error("draw: " + text.string() + " cannot be written: " + reason);
    }
    if (picture != text) run_graphviz(ending.substr(1), picture.string(), text.string(), limit);
}

}  // namespace drawing

// ----------------------------------------------------------------------------------------- graph_text, draw

std::string graph_text(const Tensor& loss) {
    std::map<const Body*, std::size_t> number;
    std::string nodes, arrows;
    for (const auto& [id, x] : drawing::ancestry(loss)) {
        const std::size_t own = number.emplace(x.body(), number.size()).first->second;
        nodes += drawing::node(own, "", x.maker() ? std::string(x.maker()->name()) + "\n" : "", x);
        for (const Tensor& input : inputs_of(*x.body())) arrows += drawing::arrow(number.at(input.body()), own, x);
    }
    return drawing::graph(nodes + arrows);
}

void draw(const Tensor& loss, const std::string& path) { drawing::write(graph_text(loss), path); }

void draw(const Tensor& loss, const char* path) { draw(loss, std::string(path)); }

}  // namespace gantry
