// Safetensors: what is written comes back, byte by byte what the format says, and a broken file is refused by
// name before anything is believed.
#include "nn/nn.hpp"
#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace gantry;
using namespace help;

namespace {

// A whole file: length, header, numbers.
std::string file_of(const std::string& header, const std::string& numbers) {
    const std::uint64_t length = header.size();
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + numbers;
}

template <typename Number>
std::string bytes_of_numbers(const std::vector<Number>& numbers) {
    return {reinterpret_cast<const char*>(numbers.data()), sizeof(Number) * numbers.size()};
}

std::string little_endian(const std::vector<float>& numbers) { return bytes_of_numbers(numbers); }

}  // namespace

TEST_CASE("a saved network comes back, bit for bit and in order", "[checkpoint]") {
    const Folder folder;
    Random rng(1);
    const Mlp saved({2, 5, 1}, Activation::relu(), Activation::identity(), rng);
    const std::string path = (folder / "net.safetensors");
    save(path, saved.named_parameters(), {{"seed", "1"}, {"loss", "non-saturating"}});
    const NamedTensors loaded = load(path);
    REQUIRE(loaded.size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(loaded[i].first == saved.named_parameters()[i].first);
        CHECK(loaded[i].second.shape() == saved.named_parameters()[i].second.shape());
        CHECK(differences(loaded[i].second.values(), saved.named_parameters()[i].second.values()) == "");
    }
    CHECK(load_metadata(path) == Metadata{{"seed", "1"}, {"loss", "non-saturating"}});
    CHECK_FALSE(std::filesystem::exists(path + ".part"));

    Mlp other({2, 5, 1}, Activation::relu(), Activation::identity(), rng);
    const Tensor x = rng.normal(Shape{3, 2});
    CHECK(differences(other(x).values(), saved(x).values()) != "");
    other.load(loaded);
    CHECK(differences(other(x).values(), saved(x).values()) == "");
}

TEST_CASE("every shape and every number survives", "[checkpoint]") {
    const Folder folder;
    const Real inf = INFINITY;
    const Real tiny = std::numeric_limits<Real>::denorm_min();
    const NamedTensors saved = {{"scalar", scalar(-0.0)},
                                {"empty", zeros(Shape{0, 7})},
                                {"odd", tensor(Shape{1, 3}, {inf, -inf, tiny})},
                                {"rank 4", tensor(Shape{1, 2, 1, 2}, {1, 2, 3, 4})},
                                {"\"quoted\" \\ \xc3\xa9", scalar(NAN)}};
    const std::string path = (folder / "all.safetensors");
    save(path, saved);
    const NamedTensors loaded = load(path);
    REQUIRE(loaded.size() == saved.size());
    for (std::size_t i = 0; i < saved.size(); ++i) {
        const auto& [name, x] = saved[i];
        INFO(name);
        CHECK(loaded[i].first == name);
        CHECK(loaded[i].second.shape() == x.shape());
        CHECK(std::memcmp(loaded[i].second.data(), x.data(), static_cast<std::size_t>(x.size()) * sizeof(Real)) == 0);
    }
    CHECK(load_metadata(path).empty());
    save(path, {});
    CHECK(load(path).empty());
}

TEST_CASE("the bytes are those of the format", "[checkpoint]") {
    const Folder folder;
    const std::string path = (folder / "w.safetensors");
    save(path, {{"W", tensor(Shape{1, 2}, {1, -2})}}, {{"seed", "7"}});
    const std::string bytes = read(path);
    const std::string dtype = sizeof(Real) == 4 ? "F32" : "F64";
    const std::string end = sizeof(Real) == 4 ? "8" : "16";
    const std::string header = R"({"W":{"data_offsets":[0,)" + end + R"(],"dtype":")" + dtype +
                               R"(","shape":[1,2]},"__metadata__":{"seed":"7"}})";
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    CHECK(length % 8 == 0);
    CHECK(bytes.substr(8, length) == header + std::string(length - header.size(), ' '));
    const std::vector<Real> numbers = {1, -2};
    REQUIRE(bytes.size() == 8 + length + 2 * sizeof(Real));
    CHECK(std::memcmp(bytes.data() + 8 + length, numbers.data(), 2 * sizeof(Real)) == 0);
}

TEST_CASE("a file of another writer is read: any order, both types", "[checkpoint]") {
    const Folder folder;
    const std::string path = (folder / "other.safetensors");
    const double wide[] = {0.5, -3};
    std::string numbers(16, '\0');
    std::memcpy(numbers.data(), wide, 16);
    numbers += little_endian({1, 2, 3});
    const std::string header = R"({"late": {"dtype": "F32", "shape": [3], "data_offsets": [16, 28]},)"
                               R"( "early": {"shape": [2, 1], "dtype": "F64", "data_offsets": [0, 16]}}   )";
    write(path, file_of(header, numbers));
    const NamedTensors loaded = load(path);
    REQUIRE(loaded.size() == 2);
    CHECK(loaded[0].first == "early");
    CHECK(loaded[0].second.shape() == Shape{2, 1});
    CHECK(loaded[0].second.values() == std::vector<Real>{0.5, -3});
    CHECK(loaded[1].first == "late");
    CHECK(loaded[1].second.values() == std::vector<Real>{1, 2, 3});
}

// The numbers are those of IEEE 754 (half) and of the upper half of a float, written down by hand.
TEST_CASE("numbers of other types are converted, if they fit", "[checkpoint]") {
    const Folder folder;
    const std::string path = (folder / "types.safetensors");
    const auto loaded = [&](const std::string& dtype, std::size_t count, const std::string& numbers) {
        const std::string size = std::to_string(count), end = std::to_string(numbers.size());
        write(path,
              file_of(R"({"x":{"dtype":")" + dtype + R"(","shape":[)" + size + R"(],"data_offsets":[0,)" + end + "]}}",
                      numbers));
        return load(path)[0].second.values();
    };
    const Real inf = INFINITY, halfs_least = std::ldexp(Real(1), -24);
    const std::vector<std::uint16_t> halfs = {0x0000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00};
    CHECK(loaded("F16", halfs.size(), bytes_of_numbers(halfs)) ==
          std::vector<Real>{0, 1, -2, Real(1365) / 4096, 65504, halfs_least, 1024 * halfs_least, inf, -inf});
    CHECK(std::isnan(loaded("F16", 1, bytes_of_numbers<std::uint16_t>({0x7e00}))[0]));
    CHECK(std::signbit(loaded("F16", 1, bytes_of_numbers<std::uint16_t>({0x8000}))[0]));
    const std::vector<std::uint16_t> bfloats = {0x0000, 0x3f80, 0xc000, 0x4049, 0x7f80};
    CHECK(loaded("BF16", bfloats.size(), bytes_of_numbers(bfloats)) ==
          std::vector<Real>{0, 1, -2, Real(3.140625), inf});
    CHECK(loaded("I64", 3, bytes_of_numbers<std::int64_t>({0, -7, 1 << 24})) == std::vector<Real>{0, -7, 1 << 24});
    CHECK(loaded("F64", 2, bytes_of_numbers<double>({INFINITY, 1e-60})) == std::vector<Real>{inf, Real(1e-60)});
    const std::string wide = bytes_of_numbers<double>({1, 1e39});
    if (sizeof(Real) == 8) CHECK(loaded("F64", 2, wide)[1] == Real(1e39));
    if (sizeof(Real) == 4) {
        const std::string refused = R"(tensor "x" of dtype F64 holds numbers that do not fit into a float)";
        CHECK(contains(error_of([&] { loaded("F64", 2, wide); }), refused));
        CHECK(contains(error_of([&] { loaded("I64", 1, bytes_of_numbers<std::int64_t>({(1 << 24) + 1})); }), "I64"));
    }
}

TEST_CASE("a broken file is refused, with its name and what is wrong", "[checkpoint]") {
    const Folder folder;
    const std::string path = (folder / "broken.safetensors");
    const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
        return R"({"dtype":")" + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}";
    };
    const std::string good = entry("F32", "[2]", "[0,8]");
    const std::string numbers = little_endian({1, 2});
    const auto whole = [&](const std::string& value) { return file_of(R"({"W":)" + value + "}", numbers); };
    std::string huge = whole(good);
    huge.replace(0, 8, "\xff\xff\xff\xff\xff\xff\xff\x7f");
    std::string truncated_header = whole(good);
    truncated_header.resize(20);
    const std::string deep = std::string(100000, '[') + std::string(100000, ']');
    std::string deep_objects;
    for (int level = 0; level < 100000; ++level) deep_objects += R"({"a":)";
    deep_objects += "1" + std::string(100000, '}');
    const std::string large_integer = bytes_of_numbers<std::int64_t>({(std::int64_t(1) << 54) + 1});
    struct Case {
        const char* what;
        std::string bytes, message;
    };
    const Case cases[] = {
        {"empty", "", "it has only 0 bytes"},
        {"no header", "1234567", "it has only 7 bytes"},
        {"a header longer than any memory", huge, "claims a header of 9223372036854775807 bytes"},
        {"cut within the header", truncated_header, "claims a header of"},
        {"cut within the numbers", file_of(R"({"W":)" + good + "}", numbers.substr(0, 7)), "in 7 bytes of numbers"},
        {"a picture", "\x89PNG\r\n\x1a\n" + std::string(64, 'x'), "claims a header of"},
        {"no JSON", file_of("{\"W\":", numbers), "not a JSON object"},
        {"a list", file_of("[1, 2]", numbers), "not a JSON object"},
        {"two values", file_of("{} {}", ""), "not a JSON object"},
        {"invalid UTF-8", file_of("{\"\xff\":" + good + "}", numbers), "not a JSON object"},
        {"a number for a tensor", whole("3"), R"(tensor "W" has no dtype)"},
        {"no shape", whole(R"({"dtype":"F32","data_offsets":[0,8]})"), R"(tensor "W" has no shape)"},
        {"no offsets", whole(R"({"dtype":"F32","shape":[2]})"), R"(tensor "W" has no data_offsets)"},
        {"unknown dtype", whole(entry("I16", "[4]", "[0,8]")),
         R"(tensor "W" has dtype "I16"; known here are F32, F64, F16, BF16, I64)"},
        {"dtype is no text", whole(R"({"dtype":32,"shape":[2],"data_offsets":[0,8]})"), "has dtype 32"},
        {"negative size", whole(entry("F32", "[-2]", "[0,8]")), "has shape [-2]"},
        {"size with a fraction", whole(entry("F32", "[2.0]", "[0,8]")), "has shape [2.0]"},
        {"shape is no list", whole(entry("F32", "2", "[0,8]")), "has shape 2"},
        {"rank 5", whole(entry("F32", "[1,1,1,1,2]", "[0,8]")), "has rank 5"},
        {"sizes that overflow", whole(entry("F32", "[4294967296,4294967296,1]", "[0,8]")), "too large"},
        {"sizes that overflow, times 0", whole(entry("F32", "[4611686018427387904,4,0]", "[0,8]")), "too large"},
        {"size beyond 64 bits", whole(entry("F32", "[18446744073709551617]", "[0,8]")), "has shape"},
        {"larger than the file", whole(entry("F32", "[3]", "[0,12]")), "[0,12] in 8 bytes of numbers"},
        {"another size than its offsets", whole(entry("F32", "[1]", "[0,8]")), "needs 4 bytes"},
        {"offsets turned round", whole(entry("F32", "[2]", "[8,0]")), "data_offsets [8,0]"},
        {"one offset", whole(entry("F32", "[2]", "[8]")), "data_offsets [8]"},
        {"negative offset", whole(entry("F32", "[2]", "[-8,0]")), "data_offsets [-8,0]"},
        {"overlap",
         file_of(R"({"V":)" + entry("F32", "[2]", "[0,8]") + R"(,"W":)" + entry("F32", "[2]", "[4,12]") + "}",
                 little_endian({1, 2, 3})),
         R"(tensor "W" overlaps the one before it)"},
        {"the same place twice", file_of(R"({"V":)" + good + R"(,"W":)" + good + "}", numbers), "overlaps"},
        {"gap", whole(entry("F32", "[1]", "[4,8]")), R"(gap before tensor "W")"},
        {"rest", whole(entry("F32", "[1]", "[0,4]")), "4 bytes at its end"},
        {"numbers without a tensor", file_of("{}", numbers), "8 bytes at its end"},
        {"a name twice", file_of(R"({"W":)" + good + R"(,"W":)" + good + "}", numbers), R"(describes "W" twice)"},
        {"metadata that are no object", file_of(R"({"__metadata__":[]})", ""), "metadata"},
        {"metadata that are no text", file_of(R"({"__metadata__":{"seed":1}})", ""), R"(metadata "seed")"},
        {"brackets, a million deep", file_of(std::string(1000000, '['), ""), "not a JSON object"},
        {"a tensor, 100,000 deep", file_of(R"({"W":)" + deep + "}", ""), "nested deeper"},
        {"a shape, 100,000 deep", whole(entry("F32", deep, "[0,8]")), "nested deeper"},
        {"a dtype, 100,000 deep", whole(R"({"dtype":)" + deep + R"(,"shape":[2],"data_offsets":[0,8]})"),
         "nested deeper"},
        {"metadata, 100,000 deep", file_of(R"({"__metadata__":{"seed":)" + deep + "}}", ""), "nested deeper"},
        {"objects, 100,000 deep", file_of(R"({"__metadata__":)" + deep_objects + "}", ""), "nested deeper"},
        {"a byte order mark", file_of("\xEF\xBB\xBF{}", ""), "not a JSON object"},
        {"a blank before it", file_of(" {}", ""), "not a JSON object"},
        {"NUL after it", file_of(std::string("{}\0\0", 4), ""), "not a JSON object"},
        {"NUL in a name", file_of(R"({"W\u0000":)" + good + "}", numbers), "a name with the character NUL"},
        {"a field twice", whole(R"({"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]})"),
         R"(describes "dtype" twice)"},
        {"metadata twice", file_of(R"({"__metadata__":{"seed":"1","seed":"2"}})", ""), R"(describes "seed" twice)"},
        {"a name twice, once with an escape", file_of(R"({"W":)" + good + R"(,"\u0057":)" + good + "}", numbers),
         R"(describes "W" twice)"},
        {"an integer that is not exact", file_of(R"({"n":)" + entry("I64", "[1]", "[0,8]") + "}", large_integer),
         R"(tensor "n" of dtype I64 holds numbers that do not fit)"},
    };
    for (const Case& broken : cases) {
        INFO(broken.what);
        write(path, broken.bytes);
        const Index before = live_tensors();
        const std::string error = error_of([&] { load(path); });
        CHECK(contains(error, broken.message));
        CHECK(error.rfind(path + ": ", 0) == 0);
        CHECK(live_tensors() == before);
    }
    CHECK(contains(error_of([&] { load((folder / "missing")); }), "missing: there is no such file"));
    CHECK(contains(error_of([&] { load((folder / "missing/W")); }), "W: there is no such file"));
    CHECK(contains(error_of([&] { load(folder.path.string()); }), "is a folder, not a regular file"));
    CHECK(contains(error_of([&] { load("/dev/zero"); }), "/dev/zero: is a device, not a regular file"));
    write(path, whole(good));
    CHECK(load(path).size() == 1);  // the same file, sound
}

TEST_CASE("what cannot be saved is refused, and the old file stays", "[checkpoint]") {
    const Folder folder;
    const std::string path = (folder / "net.safetensors");
    save(path, {{"W", scalar(1)}});
    const std::string before = read(path);
    CHECK(contains(error_of([&] { save(path, {{"W", scalar(1)}, {"W", scalar(2)}}); }), "\"W\" is given twice"));
    CHECK_THROWS_AS(save(path, {{"__metadata__", scalar(1)}}), std::invalid_argument);
    CHECK(contains(error_of([&] { save(path, {{"W", Tensor()}}); }), "\"W\" is undefined"));
    CHECK(contains(error_of([&] { save(path, {{"\xff", scalar(1)}}); }), "UTF-8"));
    CHECK(read(path) == before);

    const std::string nowhere = (folder / "missing/net.safetensors");
    CHECK(contains(error_of([&] { save(nowhere, {{"W", scalar(1)}}); }), nowhere + ": cannot be written: "));
    const std::string folder_in_the_way = (folder / "taken");
    std::filesystem::create_directories(folder_in_the_way + "/inside");
    CHECK(contains(error_of([&] { save(folder_in_the_way, {{"W", scalar(1)}}); }), "cannot be written: "));
    CHECK_FALSE(std::filesystem::exists(folder_in_the_way + ".part"));
    CHECK(contains(error_of([&] { save(path, {{std::string("W\0", 2), scalar(1)}}); }), "NUL"));
}

TEST_CASE("a file is written only where a regular file can be", "[checkpoint]") {
    namespace fs = std::filesystem;
    const Folder folder;
    const std::string pipe = (folder / "pipe"), link = (folder / "link"), end = (folder / "deep/end");
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(error_of([&] { save(pipe, {}); }) == pipe + ": cannot be written: it is a pipe");
    CHECK(error_of([&] { load(pipe); }) == pipe + ": is a pipe, not a regular file");
    CHECK(error_of([&] { save("/dev/null", {}); }) == "/dev/null: cannot be written: it is a device");
    CHECK(error_of([&] { save(folder.path.string(), {}); }) ==
          folder.path.string() + ": cannot be written: it is a folder");
    CHECK(error_of([&] { save((folder / "no/net"), {}); }) ==
          (folder / "no/net") + ": cannot be written: No such file or directory");

    fs::create_directory((folder / "deep"));
    fs::create_symlink("deep/other", link);  // relative, and to another link
    fs::create_symlink(end, (folder / "deep/other"));
    for (const Real value : {1, 2}) {  // the first time nothing is at its end
        save(link, {{"W", scalar(value)}});
        CHECK(fs::is_symlink(link));
        CHECK(fs::is_regular_file(fs::symlink_status(end)));
        CHECK(load(link)[0].second.item() == value);
    }
    fs::permissions(end, fs::perms(0640));
    save(link, {});
    CHECK((fs::status(end).permissions() & fs::perms::all) == fs::perms(0640));
    write(end + ".part", "what a killed program left");
    save(end, {});
    CHECK_FALSE(fs::exists(end + ".part"));
    fs::create_symlink(link + "2", link + "1");
    fs::create_symlink(link + "1", link + "2");
    CHECK(contains(error_of([&] { save(link + "1", {}); }), "cannot be written: "));
}

TEST_CASE("tensors of a larger network: the missing name comes with a hint", "[checkpoint]") {
    Random rng(1);
    Mlp net({2, 3, 1}, Activation::relu(), Activation::identity(), rng);
    NamedTensors named = net.named_parameters();
    for (auto& [name, values] : named) name = "model." + name;
    CHECK(contains(error_of([&] { net.load(named); }),
                   R"("0.weight" is missing; there is "model.0.weight": take "model." off the names)"));
}

TEST_CASE("a file is replaced as a whole: whoever has it open keeps the old one", "[checkpoint]") {
    const Folder folder;
    const std::string path = (folder / "net.safetensors");
    save(path, {{"W", scalar(1)}});
    const std::string before = read(path);
    std::ifstream reader(path, std::ios::binary);
    save(path, {{"W", full(Shape{100}, 2)}});
    std::stringstream seen;
    seen << reader.rdbuf();
    CHECK(seen.str() == before);
    CHECK(load(path)[0].second.size() == 100);
}

TEST_CASE("a checkpoint with a header above the format's 100 MB is refused before it is read", "[checkpoint]") {
    const File file("huge.safetensors");
    const std::uint64_t length = 100'000'001;
    char bytes[8];
    std::memcpy(bytes, &length, 8);
    std::ofstream(file.path, std::ios::binary).write(bytes, 8);
    std::filesystem::resize_file(file.path, length + 8);  // a hole: takes no room on the disk
    CHECK_THROWS_WITH(load(file.path), ContainsSubstring("the format allows 100 MB"));
}
