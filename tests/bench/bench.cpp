// `make bench`: how fast Gantry is, against what a machine can do and what others do.
//
//     engine     the README's five steps                      tests/bench/engine_gan.cpp
//     by hand    the same iteration without an engine         tests/bench/by_hand.cpp
//     sgemm      the matrix products of that, on their own
//     floor      and what Adam must read and write            nobody who calls OpenBLAS and keeps moments is faster
//     PyTorch    the same again, eager and compiled           tests/bench/pytorch_gan.py
//     JAX        a compiled step a call, and a compiled loop  tests/bench/jax_gan.py
//
// All stand in one process, or in children that wait while others run, and take turns (measure.hpp). A machine with
// other work on it disturbs all of them alike; look at the spread, and repeat when it is wide.
//
// What it does not do: fail. It reports; the last table sets the figures beside what the project promises.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include "examples/kit/run/options.hpp"
#include "tests/bench/engine_gan.hpp"
#include "tests/bench/measure.hpp"

using namespace gantry;

extern "C" char* openblas_get_config();

namespace bench {
namespace {

int rounds = 7;
double slice_ms = 50;
bool with_compile = true;

void title(const char* name, const char* how) { std::printf("\n%s\n    %s\n", name, how); }

// A row of a table: the first column is a name, the others numbers; NaN prints "-".
void row(const std::string& name, int width, const std::vector<double>& numbers, const char* format) {
    std::printf("    %-*s", width, name.c_str());
    for (double value : numbers) {
        char text[32] = "-";
        if (!std::isnan(value)) std::snprintf(text, sizeof text, format, value);
        std::printf("%10s", text);
    }
}

void heading(const std::string& name, int width, const std::vector<const char*>& columns) {
    std::printf("\n    %-*s", width, name.c_str());
    for (const char* column : columns) std::printf("%10s", column);
}

// What the last table shows.
struct Promise {
    std::string what;
    double bound;
    bool at_most;
    double found;
};
std::vector<Promise> promises;

// ----------------------------------------------------------------------------------------- who competes

// The program itself as a child: "WORKLOAD MILLISECONDS" -> microseconds of one iteration of the engine.
std::string own_path() {
    char path[4096];
    const auto length = readlink("/proc/self/exe", path, sizeof path);
    return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "build/release/bench";
}

const Workload& named(const std::vector<Workload>& all, const std::string& name) {
    for (const Workload& workload : all) {
        if (workload.name == name) return workload;
    }
    throw std::runtime_error("no workload " + name);
}

int serve() {
    const std::vector<Workload> all = workloads();
    std::map<std::string, std::unique_ptr<EngineGan>> gans;
    std::string line;
    while (std::getline(std::cin, line)) {
        std::istringstream words(line);
        std::string name;
        double milliseconds = 0;
        words >> name >> milliseconds;
        std::unique_ptr<EngineGan>& gan = gans[name];
        if (!gan) gan = std::make_unique<EngineGan>(named(all, name));
        std::cout << slice(milliseconds, [&] { gan->iterate(); }) << std::endl;
    }
    return 0;
}

// A library of Python's, or why there is none. Its process must not inherit what Gantry set for its own libraries.
struct Library {
    const char* name;
    std::unique_ptr<Worker> worker;
    std::string version;  // "" if there is none
    std::map<std::string, std::string> failures;

    Library(const char* library, const std::string& script) : name(library) {
        const std::string program = own_path();  // build/release/bench
        const std::string path = program.substr(0, program.rfind('/')) + "/../../tests/bench/" + script;
        worker = std::make_unique<Worker>(std::vector<std::string>{"python3", "-W", "ignore", path, "--worker"},
                                          std::vector<std::string>{"GOMP_SPINCOUNT", "OPENBLAS_CORETYPE"});
        version = worker->answer();
    }

    void print() const {
        if (version.empty()) {
            std::printf("%-12sSKIPPED (python3 cannot import it)\n", name);
        } else {
            std::printf("%-12s%s threads\n", name, version.c_str());
        }
    }

    // NaN if it cannot: the reason is kept.
    double microseconds(const std::string& workload, const std::string& mode) {
        const std::string key = workload + " " + mode;
        if (version.empty() || failures.count(key)) return std::numeric_limits<double>::quiet_NaN();
        worker->ask(key + " " + std::to_string(slice_ms));
        const std::string text = worker->answer();
        char* end = nullptr;
        const double value = std::strtod(text.c_str(), &end);
        if (end != text.c_str() && *end == 0) return value;
        failures[key] = text.empty() ? "the process ended" : text;
        return std::numeric_limits<double>::quiet_NaN();
    }
};

// The three competitors of this process, from the same start.
struct Trio {
    explicit Trio(const Workload& workload) : engine(workload), hand(workload), floor(workload) {
        engine.copy_to(hand);
        engine.copy_to(floor);
        products = floor.products();
    }
    double time_engine() {
        return slice(slice_ms, [&] { engine.iterate(); });
    }
    double time_hand() {
        return slice(slice_ms, [&] { hand.iterate(); });
    }
    double time_floor() {
        floor.iterate();  // ordinary numbers again in all buffers
        return slice(slice_ms, [&] {
            for (const Product& product : products) call(product);
        });
    }

    EngineGan engine;
    ByHand hand, floor;
    std::vector<Product> products;
};

// ----------------------------------------------------------------------------------------- the machine

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line)) {
        if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
    }
    return "unknown";
}

void print_machine(const Library& pytorch, const Library& jax) {
    std::printf("processor   %s, %ld online\n", processor().c_str(), sysconf(_SC_NPROCESSORS_ONLN));
    std::printf("OpenBLAS    %s; kernel %s\n", openblas_get_config(), blas_kernel().c_str());
    std::printf("threads     %d, GOMP_SPINCOUNT %s\n", blas_threads(),
                std::getenv("GOMP_SPINCOUNT") ? std::getenv("GOMP_SPINCOUNT") : "default");
    std::printf("compiler    GCC or compatible, %s; Real has %zu bits\n", __VERSION__, 8 * sizeof(Real));
    pytorch.print();
    jax.print();
    double load = 0;
    if (getloadavg(&load, 1) == 1) std::printf("load        %.2f before the start (0: a quiet machine)\n", load);
    std::printf("method      competitors take turns of %.0f ms, %d rounds; medians, (smallest..largest)\n", slice_ms,
                rounds);
    std::printf(
        "            rounds in which other processes take 5 %% of the processors are repeated, up to four times\n");
}

// ----------------------------------------------------------------------------------------- memory traffic

// y[i] = a[i] + c b[i] over arrays of n: seconds for one byte.
double seconds_per_byte(Index n) {
    Buffer y = make_buffer(n), a = make_buffer(n), b = make_buffer(n);
    Real *to = y.get(), *x = a.get(), *w = b.get();
    const auto triad = [=] {
#pragma omp parallel for simd schedule(static)
        for (Index i = 0; i < n; ++i) to[i] = x[i] + Real(0.5) * w[i];
    };
    const Rounds times = take_turns(rounds, {[&] { return slice(slice_ms / 2, triad); }})[0];
    return median(times) * 1e-6 / static_cast<double>(3 * n * static_cast<Index>(sizeof(Real)));
}

// ----------------------------------------------------------------------------------------- (a) iterations

// What Adam reads (parameter, gradient, both moments) and writes (all but the gradient), once an iteration.
double adam_microseconds(const Workload& workload) {
    Index numbers = 0;
    for (const std::vector<Index>& sizes : {workload.generator, workload.discriminator}) {
        for (std::size_t l = 0; l + 1 < sizes.size(); ++l) numbers += (sizes[l] + 1) * sizes[l + 1];
    }
    return static_cast<double>(7 * numbers * static_cast<Index>(sizeof(Real))) * seconds_per_byte(4 * numbers / 3) *
           1e6;
}

void print_iterations(Library& pytorch, Library& jax) {
    title("(a) One training iteration, microseconds",
          "discriminator step on real and fake, generator step on the same fakes, Adam; ratios within each round");
    enum { engine, hand, floor, eager, compiled, step, loop, competitors };
    struct Result {
        std::string name;
        std::vector<Rounds> times;
        double adam;
    };
    std::vector<Result> results;
    for (const Workload& workload : workloads()) {
        Trio trio(workload);
        const auto ask = [&](Library& library, const char* mode) { return library.microseconds(workload.name, mode); };
        const auto ask_compiled = [&] {
            return with_compile ? ask(pytorch, "compile") : std::numeric_limits<double>::quiet_NaN();
        };
        ask(pytorch, "eager");  // warms up; compiling takes its time here
        ask_compiled();
        ask(jax, "step");
        ask(jax, "loop");
        const std::vector<Rounds> times =
            take_turns(rounds, {[&] { return trio.time_engine(); }, [&] { return trio.time_hand(); },
                                [&] { return trio.time_floor(); }, [&] { return ask(pytorch, "eager"); }, ask_compiled,
                                [&] { return ask(jax, "step"); }, [&] { return ask(jax, "loop"); }});
        results.push_back({workload.name, times, adam_microseconds(workload)});
    }
    heading("", 10, {"engine", "by hand", "sgemm", "floor", "PyTorch", "compiled", "JAX step", "JAX loop"});
    for (const auto& [name, times, adam] : results) {
        std::printf("\n");
        std::vector<double> medians;
        for (const Rounds& of_one : times) medians.push_back(median(of_one));
        medians.insert(medians.begin() + eager, medians[floor] + adam);
        row(name, 10, medians, "%.1f");
    }
    std::printf("\n\n    %-10s", "");
    for (const char* column :
         {"engine/by hand", "by hand/sgemm", "PyTorch/engine", "compiled/engine", "JAX loop/engine"})
        std::printf("%-24s", column);
    const std::map<std::string, std::pair<double, double>> bounds = {
        {"tiny", {1.0, 10}}, {"ring", {1.0, 2.2}}, {"mnist", {1.05, 1.6}}, {"penalty", {1.15, 2.5}}};
    for (const Result& result : results) {  // clang 14 captures no name of a structured binding
        const std::string& name = result.name;
        const std::vector<Rounds>& times = result.times;
        const auto [hand_bound, torch_bound] = bounds.at(name);
        const auto print = [&](const char* what, int above, int below, double bound, bool at_most) {
            const Rounds ratio = ratios(times[above], times[below]);
            std::printf("%-24s", with_spread(ratio).c_str());
            if (!ratio.empty() && bound > 0) promises.push_back({name + ": " + what, bound, at_most, median(ratio)});
        };
        std::printf("\n    %-10s", name.c_str());
        print("engine / by hand", engine, hand, hand_bound, true);
        print("by hand / sgemm", hand, floor, name == "ring" || name == "mnist" ? 1.4 : 0, true);
        print("PyTorch / engine", eager, engine, torch_bound, false);
        print("compiled / engine", compiled, engine, 1.0, false);
        print("JAX loop / engine", loop, engine, 1.0, false);
    }
    std::printf("\n");
    for (const Library* library : {&pytorch, &jax}) {
        for (const auto& [what, reason] : library->failures)
            std::printf("    %s, %s: %s\n", library->name, what.c_str(), reason.c_str());
    }
    if (!with_compile) std::printf("    torch.compile: left out with --quick\n");
}

// ----------------------------------------------------------------------------------------- (b) optimizers

void print_optimizers() {
    title("(b) One step of an optimizer on mnist's parameters, microseconds",
          "floor: the arrays it reads and writes, at the speed of y = a + c b on the same amount of memory");
    EngineGan gan(named(workloads(), "mnist"));
    Tensors parameters = gan.G.parameters();
    for (const Tensor& p : gan.D.parameters()) parameters.push_back(p);
    Random rng(3);
    Tensors gradients;
    Index n = 0;
    for (const Tensor& p : parameters) {
        gradients.push_back(rng.normal(p.shape()));
        n += p.size();
    }
    struct Entry {
        const char* name;
        std::unique_ptr<Optimizer> optimizer;
        Index arrays, passes;  // how many arrays it needs, and how often one is read or written
    };
    std::vector<Entry> entries;
    entries.push_back({"Adam", std::make_unique<Adam>(parameters, AdamOptions{.lr = 1e-7}), 4, 7});
    entries.push_back({"RmsProp", std::make_unique<RmsProp>(parameters, RmsPropOptions{.lr = 1e-7}), 3, 5});
    entries.push_back(
        {"Sgd, momentum", std::make_unique<Sgd>(parameters, SgdOptions{.lr = 1e-7, .momentum = 0.9}), 3, 5});
    entries.push_back({"Sgd", std::make_unique<Sgd>(parameters, SgdOptions{.lr = 1e-7}), 2, 3});
    heading(std::to_string(n) + " numbers", 20, {"step", "floor", "ratio"});
    for (const Entry& entry : entries) {
        const Rounds times =
            take_turns(rounds, {[&] { return slice(slice_ms / 2, [&] { entry.optimizer->step(gradients); }); }})[0];
        const double bytes = static_cast<double>(n * entry.passes * static_cast<Index>(sizeof(Real)));
        const double floor = bytes * seconds_per_byte(n * entry.arrays / 3) * 1e6;
        std::printf("\n");
        row(entry.name, 20, {median(times), floor}, "%.1f");
        std::printf("%10.2f", median(times) / floor);
    }
    std::printf("\n");
}

// ----------------------------------------------------------------------------------------- (c) operations

struct Operation {
    const char* name;
    std::function<Tensor(const Tensors&)> compute;
    Tensors inputs;
    double arrays, rule_arrays;  // arrays of [256, 512] that a pass over memory touches; 0 where it is not memory
    std::vector<Product> products, rule_products;
};

void print_operations() {
    title("(c) Operations on [256, 512], microseconds",
          "forward, and its rule with a given dy; floor: memory traffic as in (b), or the product's sgemm calls");
    const Index rows = 256, columns = 512;
    Random rng(4);
    auto fresh = [&rng](const Shape& shape) {
        Tensor x = rng.uniform(shape, Real(0.5), 2);
        x.set_requires_grad(true);
        return x;
    };
    const Shape shape{rows, columns};
    const Tensor x = fresh(shape), w = fresh(shape), b = fresh({columns}), square_matrix = fresh({columns, columns});
    const Index n = rows * columns;
    Buffer out = make_buffer(n), weight_out = make_buffer(columns * columns);
    const Real *px = x.data(), *pm = square_matrix.data();
    const Product times_matrix{false, false, rows, columns, columns, px, columns, pm, columns, 0, out.get(), columns};
    const Product times_transposed{false,   true, rows,    columns, columns,   px,
                                   columns, pm,   columns, 0,       out.get(), columns};
    const Product weights{true, false, columns, columns, rows, px, columns, px, columns, 0, weight_out.get(), columns};
    const std::vector<Operation> operations = {
        {"a + b", [](const Tensors& t) { return t[0] + t[1]; }, {x, w}, 3, 0, {}, {}},
        {"a + row", [](const Tensors& t) { return t[0] + t[1]; }, {x, b}, 2, 1, {}, {}},
        {"a - b", [](const Tensors& t) { return t[0] - t[1]; }, {x, w}, 3, 2, {}, {}},
        {"a * b", [](const Tensors& t) { return t[0] * t[1]; }, {x, w}, 3, 6, {}, {}},
        {"a / b", [](const Tensors& t) { return t[0] / t[1]; }, {x, w}, 3, 7, {}, {}},
        {"x * 2", [](const Tensors& t) { return t[0] * 2; }, {x}, 2, 2, {}, {}},
        {"exp", [](const Tensors& t) { return exp(t[0]); }, {x}, 2, 3, {}, {}},
        {"log", [](const Tensors& t) { return log(t[0]); }, {x}, 2, 3, {}, {}},
        {"sqrt", [](const Tensors& t) { return sqrt(t[0]); }, {x}, 2, 3, {}, {}},
        {"square", [](const Tensors& t) { return square(t[0]); }, {x}, 2, 3, {}, {}},
        {"pow 1.5", [](const Tensors& t) { return pow(t[0], Real(1.5)); }, {x}, 2, 3, {}, {}},
        {"abs", [](const Tensors& t) { return abs(t[0]); }, {x}, 2, 3, {}, {}},
        {"tanh", [](const Tensors& t) { return tanh(t[0]); }, {x}, 2, 3, {}, {}},
        {"sigmoid", [](const Tensors& t) { return sigmoid(t[0]); }, {x}, 2, 3, {}, {}},
        {"softplus", [](const Tensors& t) { return softplus(t[0]); }, {x}, 2, 3, {}, {}},
        {"relu", [](const Tensors& t) { return relu(t[0]); }, {x}, 2, 3, {}, {}},
        {"leaky_relu", [](const Tensors& t) { return leaky_relu(t[0], Real(0.2)); }, {x}, 2, 3, {}, {}},
        {"log_softmax", [](const Tensors& t) { return log_softmax(t[0]); }, {x}, 2, 3, {}, {}},
        {"sum", [](const Tensors& t) { return sum(t[0]); }, {x}, 1, 1, {}, {}},
        {"sum, axis 0", [](const Tensors& t) { return sum(t[0], 0); }, {x}, 1, 1, {}, {}},
        {"sum, axis 1", [](const Tensors& t) { return sum(t[0], 1); }, {x}, 1, 1, {}, {}},
        {"max, axis 1", [](const Tensors& t) { return max(t[0], 1); }, {x}, 1, 1, {}, {}},
        {"transpose", [](const Tensors& t) { return transpose(t[0]); }, {x}, 2, 2, {}, {}},
        {"concat, axis 0",
         [](const Tensors& t) {
             return concat({t[0], t[1]}, 0);
         },
         {x, w},
         4,
         4,
         {},
         {}},
        {"slice half", [](const Tensors& t) { return slice(t[0], 0, 0, 128); }, {x}, 1, 1.5, {}, {}},
        {"matmul",
         [](const Tensors& t) { return matmul(t[0], t[1]); },
         {x, square_matrix},
         0,
         0,
         {times_matrix},
         {times_transposed, weights}},
        {"linear",
         [](const Tensors& t) { return linear(t[0], t[1], t[2]); },
         {x, square_matrix, b},
         0,
         0,
         {times_transposed},
         {times_matrix, weights}},
    };
    const double per_array = seconds_per_byte(n) * 1e6 * static_cast<double>(n) * sizeof(Real);
    const auto floor_of = [&](double arrays, const std::vector<Product>& products) {
        if (products.empty()) return arrays * per_array;
        const auto all = [&] {
            for (const Product& product : products) call(product);
        };
        return median(take_turns(rounds, {[&] { return slice(slice_ms / 5, all); }})[0]);
    };
    heading("", 20, {"forward", "floor", "ratio", "rule", "floor", "ratio"});
    for (const Operation& operation : operations) {
        const Tensor y = operation.compute(operation.inputs);
        const Tensor dy = ones_like(y);
        Needs need;
        for (std::size_t i = 0; i < operation.inputs.size(); ++i) need.set(i);
        NoRecording guard;
        const auto compute = [&] { operation.compute(operation.inputs); };
        const auto apply = [&] { y.maker()->backward(dy, need); };
        const std::vector<Rounds> times = take_turns(
            rounds, {[&] { return slice(slice_ms / 5, compute); }, [&] { return slice(slice_ms / 5, apply); }});
        const Rounds &forward = times[0], &rule = times[1];
        const double floor = floor_of(operation.arrays, operation.products);
        const double rule_floor = floor_of(operation.rule_arrays, operation.rule_products);
        std::printf("\n");
        row(operation.name, 20, {median(forward), floor}, "%.1f");
        std::printf("%10.2f", median(forward) / floor);
        row("", 0, {median(rule), rule_floor}, "%.1f");
        if (rule_floor > 0) std::printf("%10.2f", median(rule) / rule_floor);
    }
    std::printf("\n");
}

// ----------------------------------------------------------------------------------------- (d) overhead

void print_overhead() {
    title("(d) Overhead of an operation, nanoseconds",
          "a chain of 1,000 operations on single numbers, x + 1 and x * x");
    Tensor x = scalar(1);
    x.set_requires_grad(true);
    constexpr int length = 1000;
    const auto chain = [&](bool product) {
        Tensor y = x;
        for (int i = 0; i < length; ++i) y = product ? y * x : y + Real(1);
        return y;
    };
    heading("", 20, {"plain", "recorded", "rule"});
    for (const bool product : {false, true}) {
        const Tensor y = chain(product);
        const auto without_recording = [&] {
            NoRecording guard;
            chain(product);
        };
        const std::vector<Rounds> times =
            take_turns(rounds, {[&] { return slice(slice_ms / 2, without_recording); },
                                [&] { return slice(slice_ms / 2, [&] { chain(product); }); },
                                [&] { return slice(slice_ms / 2, [&] { grad(y, {x}); }); }});
        std::printf("\n");  // microseconds of 1,000 operations are nanoseconds of one
        row(product ? "x * x" : "x + 1", 20, {median(times[0]), median(times[1]), median(times[2])}, "%.0f");
    }
    std::printf("\n    recorded includes freeing the history; rule includes its share of the walk in grad()\n");
}

// ----------------------------------------------------------------------------------------- (e) scaling

void print_scaling() {
    title("(e) Scaling: the ring workload with one size changed, microseconds and ratio",
          "networks 2-width-...-width-2 and -1, ReLU; turns as in (a)");
    const auto variant = [](const std::string& name, Index batch, Index width, Index depth) {
        Workload workload = named(workloads(), "ring");
        workload.name = name;
        workload.batch = batch;
        std::vector<Index> sizes(static_cast<std::size_t>(depth) + 2, width);
        sizes.front() = 2;
        sizes.back() = 2;
        workload.generator = sizes;
        sizes.back() = 1;
        workload.discriminator = sizes;
        return workload;
    };
    std::vector<Workload> variants;
    for (Index batch : {16, 64, 256, 1024})
        variants.push_back(variant("batch " + std::to_string(batch), batch, 128, 2));
    for (Index width : {16, 64, 256, 512}) variants.push_back(variant("width " + std::to_string(width), 256, width, 2));
    for (Index depth : {1, 2, 4, 8}) variants.push_back(variant("depth " + std::to_string(depth), 256, 128, depth));
    heading("", 12, {"engine", "by hand", "sgemm"});
    std::printf("    engine/by hand");
    for (const Workload& workload : variants) {
        Trio trio(workload);
        const std::vector<Rounds> times = take_turns(
            rounds,
            {[&] { return trio.time_engine(); }, [&] { return trio.time_hand(); }, [&] { return trio.time_floor(); }});
        const Rounds &engine = times[0], &hand = times[1], &floor = times[2];
        std::printf("\n");
        row(workload.name, 12, {median(engine), median(hand), median(floor)}, "%.1f");
        std::printf("    %s", with_spread(ratios(engine, hand)).c_str());
    }
    std::printf("\n");
}

// ----------------------------------------------------------------------------------------- (f), (g) threads

double from_worker(Worker& worker) {
    const std::string text = worker.answer();
    return text.empty() ? std::numeric_limits<double>::quiet_NaN() : std::stod(text);
}

void print_threads() {
    title("(f) The engine with 1 thread and with all, microseconds",
          "1 thread: a second process with OMP_NUM_THREADS=1, taking turns with this one");
    Worker single({own_path(), "--worker"}, {"OMP_NUM_THREADS=1"});
    heading("", 12, {"1 thread", (std::to_string(blas_threads()) + " threads").c_str()});
    std::printf("    speed-up");
    for (const Workload& workload : workloads()) {
        EngineGan gan(workload);
        const auto in_child = [&] {
            single.ask(workload.name + " " + std::to_string(slice_ms));
            return from_worker(single);
        };
        const std::vector<Rounds> times =
            take_turns(rounds, {in_child, [&] { return slice(slice_ms, [&] { gan.iterate(); }); }});
        const Rounds &one = times[0], &all = times[1];
        std::printf("\n");
        row(workload.name, 12, {median(one), median(all)}, "%.1f");
        std::printf("    %s", with_spread(ratios(one, all)).c_str());
        if (workload.name == "mnist")
            promises.push_back({"mnist: 1 thread / 2 threads", 1.6, false, median(ratios(one, all))});
    }
    std::printf("\n");
}

void print_contention() {
    title("(g) A second job beside it, microseconds",
          "the second job: a process that trains mnist with as many threads; alone and beside it, in turns");
    Worker second({own_path(), "--worker"}, {});
    second.ask("mnist 10");
    second.answer();
    heading("", 12, {"alone", "beside"});
    std::printf("    slower by");
    const double turn = 3 * slice_ms;
    for (const Workload& workload : workloads()) {
        EngineGan gan(workload);
        const auto with_company = [&] {
            second.ask("mnist " + std::to_string(turn + 100));
            usleep(50'000);  // until it runs
            const double time = slice(turn, [&] { gan.iterate(); });
            second.answer();
            return time;
        };
        const std::vector<Rounds> times =
            take_turns(rounds, {[&] { return slice(slice_ms, [&] { gan.iterate(); }); }, with_company});
        const Rounds &alone = times[0], &beside = times[1];
        std::printf("\n");
        row(workload.name, 12, {median(alone), median(beside)}, "%.1f");
        std::printf("    %s", with_spread(ratios(beside, alone)).c_str());
        promises.push_back({workload.name + ": slower beside a second job", 4, true, median(ratios(beside, alone))});
    }
    std::printf("\n");
}

// ----------------------------------------------------------------------------------------- (h) memory

void print_storage() {
    title("(h) Storage", "blocks that are asked of the system in the first two iterations, and in the next hundred");
    heading("", 12, {"first 2", "next 100", "MB held"});
    for (const Workload& workload : workloads()) {
        Storage::release_free_blocks();
        const Index before = Storage::made_blocks();
        EngineGan gan(workload);
        for (int i = 0; i < 2; ++i) gan.iterate();
        const Index warm = Storage::made_blocks();
        for (int i = 0; i < 100; ++i) gan.iterate();
        const Index late = Storage::made_blocks() - warm;
        std::printf("\n");
        row(workload.name, 12, {double(warm - before), double(late), double(Storage::held_bytes()) / 1e6}, "%.0f");
        promises.push_back({workload.name + ": blocks made after step two", 0, true, double(late)});
    }
    std::printf("\n");
}

void print_promises() {
    title("What is promised", "and what this run found; figures of a disturbed machine prove nothing");
    std::printf(
        "    others disturbed %d of %d rounds (5 %% of the processors or more; the worst: %.0f %%); %d were dropped\n",
        disturbance.disturbed, disturbance.kept, 100 * disturbance.share, disturbance.all - disturbance.kept);
    for (const Promise& p : promises) {
        const bool held = p.at_most ? p.found <= p.bound : p.found >= p.bound;
        std::printf("    %-38s%s %6.2f%12.2f    %s\n", p.what.c_str(), p.at_most ? "at most " : "at least", p.bound,
                    p.found, held ? "held" : "MISSED");
    }
}

void body(kit::Options& options) {
    Index pairs = 7;
    bool quick = false;
    options.integer("--pairs", pairs, kit::between(1, 1000), "rounds in which the competitors take turns");
    options.flag("--quick", quick, "3 rounds of short turns, tables (a), (d) and (h) only, without torch.compile");
    options.parse();
    rounds = quick && !options.given("--pairs") ? 3 : static_cast<int>(pairs);
    if (quick) {
        slice_ms = 20;
        with_compile = false;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    Library pytorch("PyTorch", "pytorch_gan.py"), jax("JAX", "jax_gan.py");
    print_machine(pytorch, jax);
    print_iterations(pytorch, jax);
    if (!quick) {
        print_optimizers();
        print_operations();
    }
    print_overhead();
    if (!quick) {
        print_scaling();
        print_threads();
        print_contention();
    }
    print_storage();
    print_promises();
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    if (argc == 2 && std::string(argv[1]) == "--worker") return bench::serve();
    return gantry::kit::run_program(argc, argv, "times the engine against code written by hand, sgemm, PyTorch and JAX",
                                    bench::body);
}
