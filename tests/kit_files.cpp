// The files that the examples read and write: IDX, .npy, CSV and PNG. Broken input must be refused by name,
// and before memory is asked for.

#include "tests/catch.hpp"
#include "tests/help.hpp"

#include <cairo.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/core.hpp"
#include "examples/kit/data/csv.hpp"
#include "examples/kit/data/idx.hpp"
#include "examples/kit/data/npy.hpp"
#include "examples/kit/data/points.hpp"
#include "examples/kit/show/figure.hpp"

using namespace gantry;
using namespace help;
namespace fs = std::filesystem;

// Cairo's fonts come from fontconfig, which keeps its tables until the process ends: no leak of ours.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }

namespace {

std::string gzip(const std::string& content) {
    const Folder folder;
    const std::string path = folder / "x.gz";
    gzFile file = gzopen(path.c_str(), "wb");
    if (!content.empty()) gzwrite(file, content.data(), static_cast<unsigned>(content.size()));
    gzclose(file);
    return read(path);
}

std::string big_endian(std::uint32_t x) {
    return {static_cast<char>(x >> 24), static_cast<char>(x >> 16), static_cast<char>(x >> 8), static_cast<char>(x)};
}

/// Three pictures of 2 rows and 3 columns: bytes 0 to 17.
std::string three_images(std::uint32_t count = 3, std::uint32_t rows = 2, std::uint32_t columns = 3) {
    std::string bytes;
    for (int i = 0; i < 18; ++i) bytes += static_cast<char>(i == 17 ? 255 : i);
    return big_endian(0x803) + big_endian(count) + big_endian(rows) + big_endian(columns) + bytes;
}

std::string three_labels(std::uint32_t count = 3, const std::string& labels = {'\x07', '\x00', '\x09'}) {
    return big_endian(0x801) + big_endian(count) + labels;
}

/// What load_idx says about these two contents, with IMAGES and LABELS in place of the paths.
std::string complaint(const std::string& images, const std::string& labels) {
    const Folder folder;
    write(folder / "IMAGES", images);
    write(folder / "LABELS", labels);
    std::string message = error_of([&] { kit::load_idx(folder / "IMAGES", folder / "LABELS"); });
    const std::string prefix = folder / "";
    for (std::size_t at; (at = message.find(prefix)) != std::string::npos;) message.erase(at, prefix.size());
    return message;
}

/// Sets an environment variable for as long as it lives.
struct Environment {
    const char* name;
    Environment(const char* variable, const std::string& value) : name(variable) { setenv(name, value.c_str(), 1); }
    ~Environment() { unsetenv(name); }
};

}  // namespace

// ---------------------------------------------------------------------------------------- IDX

TEST_CASE("images and labels are read, compressed or not", "[idx]") {
    const Folder folder;
    write(folder / "images", three_images());
    write(folder / "images.gz", gzip(three_images()));
    write(folder / "labels", three_labels());
    write(folder / "labels.gz", gzip(three_labels()));
    for (const std::string ending : {"", ".gz"}) {
        const kit::Images images = kit::load_idx(folder / ("images" + ending), folder / ("labels" + ending));
        CHECK(images.count() == 3);
        CHECK(images.rows == 2);
        CHECK(images.columns == 3);
        CHECK(images.labels == std::vector<Index>{7, 0, 9});
        CHECK_FALSE(images.is_test_set);
        CHECK(images.source == "3 images from " + (folder / ("images" + ending)));

        const Tensor x = images.batch({2, 0, 2});
        REQUIRE(x.shape() == Shape{3, 6});
        for (Index i = 0; i < 6; ++i) {
            const int byte = i == 5 ? 255 : static_cast<int>(12 + i);
            CHECK(x.at({0, i}) == Approx(byte / 127.5 - 1).margin(1e-6));
            CHECK(x.at({1, i}) == Approx(i / 127.5 - 1).margin(1e-6));
            CHECK(x.at({2, i}) == x.at({0, i}));
        }
        CHECK(x.at({1, 0}) == -1);
        CHECK(x.at({0, 5}) == 1);
        CHECK_THROWS_WITH(images.batch({0, 3}), "Images::batch: picture 3 of 3");
        CHECK_THROWS_WITH(images.batch({-1}), "Images::batch: picture -1 of 3");
    }
}

TEST_CASE("broken image files are named, with what is wrong", "[idx]") {
    const std::string images = three_images();
    const std::string labels = three_labels();
    REQUIRE(complaint(images, labels) == "");
    CHECK(complaint("", labels) == "IMAGES: is truncated: it ends within its header");
    CHECK(complaint(images.substr(0, 10), labels) == "IMAGES: is truncated: it ends within its header");
    CHECK(complaint(images.substr(0, 30), labels) == "IMAGES: is truncated: its header claims 18 bytes, 14 are there");
    CHECK(complaint(images + "x", labels) == "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(labels, images) == "IMAGES: holds labels where images are expected");
    CHECK(complaint(images, images) == "LABELS: holds images where labels are expected");
    CHECK(complaint("P5 28 28 255 and so on", labels) == "IMAGES: is not an IDX file of images: wrong magic number");
    CHECK(complaint(images, "0123456789") == "LABELS: is not an IDX file of labels: wrong magic number");
    CHECK(complaint(images, "") == "LABELS: is truncated: it ends within its header");
    CHECK(complaint(images, three_labels(2, "\x01\x02")) == "LABELS: has 2 labels for the 3 images of IMAGES");
    CHECK(complaint(images, three_labels(3, "\x01\x02")) ==
          "LABELS: is truncated: its header claims 3 bytes, 2 are there");
    CHECK(complaint(images, labels + "\x01") == "LABELS: goes on after the 3 bytes that its header claims");
    CHECK(complaint(images, three_labels(3, "\x01\x02\x0a")) == "LABELS: has the label 10; 0 to 9 are accepted");
    CHECK(complaint(three_images(0), labels) == "IMAGES: claims 0 images; 1 to 300000 are accepted");
    CHECK(complaint(three_images(3, 0), labels) == "IMAGES: claims 0 rows; 1 to 64 are accepted");
    CHECK(complaint(three_images(3, 2, 65), labels) == "IMAGES: claims 65 columns; 1 to 64 are accepted");
}

TEST_CASE("broken compressed files are named, with what is wrong", "[idx]") {
    const std::string images = gzip(three_images());
    const std::string labels = gzip(three_labels());
    REQUIRE(complaint(images, labels) == "");
    CHECK(complaint(images.substr(0, images.size() - 4), labels) ==
          "IMAGES: is truncated: its compressed data end too early");
    CHECK(complaint(images.substr(0, 3), labels) == "IMAGES: is truncated: its compressed data end too early");
    CHECK(complaint(images + "x", labels) == "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(images + std::string(100000, 'x'), labels) ==
          "IMAGES: goes on after the 18 bytes that its header claims");
    // A gzip file that ends exactly where the reader's buffer does, thanks to a long name in its header.
    std::string filled = images;
    filled[3] = 8;
    filled.insert(10, std::string(16384 - images.size() - 1, 'n') + std::string(1, '\0'));
    REQUIRE(complaint(filled, labels) == "");
    CHECK(complaint(filled + "x", labels) == "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(gzip(three_images() + "x"), labels) == "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(gzip(three_images().substr(0, 30)), labels) ==
          "IMAGES: is truncated: its header claims 18 bytes, 14 are there");
    CHECK(complaint(labels, images) == "IMAGES: holds labels where images are expected");
    std::string damaged = images;
    damaged[damaged.size() - 6] ^= 1;  // in the checksum
    CHECK(complaint(damaged, labels) == "IMAGES: is damaged: incorrect data check");
    CHECK(complaint("\x1f\x8b nonsense", labels) == "IMAGES: is damaged: unknown compression method");

    // Several .gz files one after the other are one (RFC 1952, section 2.2); what is no gzip, or half of one, is not.
    const std::string first = gzip(three_images().substr(0, 20)), second = gzip(three_images().substr(20));
    CHECK(complaint(first + second, labels) == "");
    CHECK(complaint(first + gzip("") + second, labels) == "");
    CHECK(complaint(first, labels) == "IMAGES: is truncated: its header claims 18 bytes, 4 are there");
    CHECK(complaint(first + second + "x", labels) == "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(images + gzip("x"), labels) == "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(first + second.substr(0, 5), labels) == "IMAGES: is truncated: its compressed data end too early");
    CHECK(complaint(images + std::string("abcd\x05\0\0\0", 8), labels) ==  // eight bytes that look like gzip's end
          "IMAGES: goes on after the 18 bytes that its header claims");
    CHECK(complaint(first + "x" + second, labels) == "IMAGES: is truncated: its header claims 18 bytes, 4 are there");
}

TEST_CASE("image files are found under both names that they go by", "[idx]") {
    const Folder folder;
    write(folder / "train-images.idx3-ubyte", three_images());
    CHECK_THROWS_WITH(kit::load_images(folder.path.string()),
                      (folder / "train-labels-idx1-ubyte") + ": there is no such file");
    write(folder / "train-labels.idx1-ubyte.gz", gzip(three_labels()));
    CHECK(kit::load_images(folder.path.string()).source == "3 images from " + (folder / "train-images.idx3-ubyte"));
    write(folder / "train-images-idx3-ubyte.gz", gzip(three_images()));  // the name of MNIST's page comes first
    CHECK(kit::load_images(folder.path.string()).source == "3 images from " + (folder / "train-images-idx3-ubyte.gz"));
}

TEST_CASE("what is not a file is named", "[idx]") {
    const Folder folder;
    write(folder / "images", three_images());
    write(folder / "labels", three_labels());
    CHECK_THROWS_WITH(kit::load_idx(folder / "none", folder / "labels"), (folder / "none") + ": there is no such file");
    CHECK_THROWS_WITH(kit::load_idx(folder / "images", folder / "none"), (folder / "none") + ": there is no such file");
    CHECK_THROWS_WITH(kit::load_idx(folder.path, folder / "labels"),
                      folder.path.string() + ": is a folder, not a regular file");
    CHECK_THROWS_WITH(kit::load_idx("/dev/zero", folder / "labels"), "/dev/zero: is a device, not a regular file");
}

// The address space is capped at 64 MB above what is used now: if memory were asked for as the headers claim,
// bad_alloc would come instead of the refusal. (Sanitizers reserve terabytes, so there the cap is left out.)
TEST_CASE("claims are checked before memory is asked for", "[idx]") {
    const Folder folder;
    write(folder / "labels", three_labels());
    write(folder / "huge", three_images(0x80000000u));
    write(folder / "plausible", three_images(300000, 28, 28));  // 235 MB
    write(folder / "plausible_labels", three_labels(300000));
    const std::string bomb = big_endian(0x803) + big_endian(3) + big_endian(2) + big_endian(3) +
                             std::string(100'000'000, '\0');  // 97 kB compressed
    write(folder / "bomb.gz", gzip(bomb));

    rlimit before{};
    getrlimit(RLIMIT_AS, &before);
#if defined(__linux__) && !defined(__SANITIZE_ADDRESS__)
    Index pages = 0;
    if (std::ifstream("/proc/self/statm") >> pages) {
        const rlimit capped{static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE) + (64 << 20)), before.rlim_max};
        setrlimit(RLIMIT_AS, &capped);
    } else {
        WARN("SKIPPED: without /proc the memory is not limited");
    }
#endif
    const std::string huge = error_of([&] { kit::load_idx(folder / "huge", folder / "labels"); });
    const std::string plausible = error_of([&] { kit::load_idx(folder / "plausible", folder / "plausible_labels"); });
    const std::string exploded = error_of([&] { kit::load_idx(folder / "bomb.gz", folder / "labels"); });
    setrlimit(RLIMIT_AS, &before);
    CHECK(huge == (folder / "huge") + ": claims 2147483648 images; 1 to 300000 are accepted");
    CHECK(plausible == (folder / "plausible") + ": is truncated: its header claims 235200000 bytes, 18 are there");
    CHECK(exploded == (folder / "bomb.gz") + ": goes on after the 18 bytes that its header claims");
}

TEST_CASE("the training set is taken where it is, else the test set, which says so", "[idx]") {
    const Folder folder;
    write(folder / "t10k-images-idx3-ubyte.gz", gzip(three_images()));
    write(folder / "t10k-labels-idx1-ubyte.gz", gzip(three_labels()));
    const std::string test_set = "3 images from " + (folder / "t10k-images-idx3-ubyte.gz");
    const Environment environment("GANTRY_DATA", folder.path.string());

    const kit::Images embedded = kit::load_images("mnist");
    CHECK(embedded.is_test_set);
    CHECK(embedded.source ==
          test_set + " (MNIST's TEST set: report no test figures; make data fetches the training set)");
    CHECK(kit::load_images(folder.path.string()).source == test_set + " (the TEST set: report no test figures)");
    CHECK(kit::load_images("mnist", kit::Part::test).source == test_set);

    write(folder / "train-images-idx3-ubyte", three_images());
    CHECK_THROWS_WITH(kit::load_images("mnist"), (folder / "train-labels-idx1-ubyte") + ": there is no such file");
    write(folder / "train-labels-idx1-ubyte", three_labels());
    CHECK_FALSE(kit::load_images("mnist").is_test_set);
    CHECK(kit::load_images("mnist").source == "3 images from " + (folder / "train-images-idx3-ubyte"));
    CHECK(kit::load_images("mnist", kit::Part::test).is_test_set);

    fs::create_directory(folder / "fashion-mnist");
    for (const char* name : {"t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"}) {
        fs::copy(folder / name, folder / ("fashion-mnist/" + std::string(name)));
    }
    CHECK(kit::load_images("fashion", kit::Part::test).source ==
          "3 images from " + (folder / "fashion-mnist/t10k-images-idx3-ubyte.gz"));
}

TEST_CASE("where no images are, the error says where they were looked for", "[idx]") {
    const Folder folder;
    const Environment environment("GANTRY_DATA", folder.path.string());
    const std::string looked = "found no files train-images-idx3-ubyte (.gz) or t10k-... in ";
    CHECK_THROWS_WITH(kit::load_images("mnist"),
                      "mnist: " + looked + folder.path.string() +
                          "; set GANTRY_DATA to the folder that has them, or start in Gantry's own folder");
    CHECK_THROWS_WITH(kit::load_images("/nowhere"), "/nowhere: " + looked + "/nowhere");
    CHECK(kit::check_image_set("mnist").empty());
    CHECK(kit::check_image_set("fashion").empty());
    CHECK(kit::check_image_set(folder.path.string()).empty());
    CHECK(kit::check_image_set("cifar") == "must be mnist, fashion or a folder");
}

TEST_CASE("the embedded MNIST test set is whole and found from any folder", "[idx]") {
    const fs::path here = fs::current_path();
    if (fs::exists("/proc/self/exe")) {  // by which a program knows its own folder
        fs::current_path("/");
    } else {
        WARN("SKIPPED: without /proc the set is found from Gantry's folder only");
    }
    kit::Images images;
    const std::string error = error_of([&] { images = kit::load_images("mnist", kit::Part::test); });
    fs::current_path(here);
    REQUIRE(error == "");
    CHECK(images.count() == 10000);
    CHECK(images.pixels() == 784);
    CHECK(images.is_test_set);
    std::vector<Index> count(10, 0);
    for (Index label : images.labels) ++count[label];
    CHECK(count == std::vector<Index>{980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009});
    CHECK(images.labels[0] == 7);
}

// ---------------------------------------------------------------------------------------- .npy

TEST_CASE(".npy files are NumPy's, byte by byte", "[npy]") {
    const Folder folder;
    const std::string path = folder / "x.npy";
    kit::write_npy(path, tensor({2, 3}, {0, 1, -2, Real(0.5), 4, 5}));
    const std::string content = read(path);
    const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
    REQUIRE(content.size() == 128 + 24);
    CHECK(content.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));  // 118 bytes of header
    CHECK(content.substr(10, header.size()) == header);
    CHECK(content.substr(10 + header.size(), 118 - header.size()) == std::string(117 - header.size(), ' ') + "\n");
    CHECK(content.substr(128, 12) == std::string("\0\0\0\0\0\0\x80\x3f\0\0\0\xc0", 12));  // 0, 1, -2
    float last = 0;
    std::memcpy(&last, content.data() + 128 + 20, 4);
    CHECK(last == 5);
    kit::write_npy(path, zeros({0, 2}));
    CHECK(read(path).size() == 128);
    CHECK_THAT(read(path), ContainsSubstring("'shape': (0, 2), }"));
}

TEST_CASE("points far from 0 are written as float64, with all their digits", "[npy]") {
    const Folder folder;
    const std::string path = folder / "x.npy";
    const kit::Point origin{1.7e9, 0};
    kit::write_npy(path, tensor({2, 2}, {Real(0.25), 1, Real(-0.5), -2}), origin);
    const std::string content = read(path);
    CHECK(content.substr(10, 60) == "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), } ");
    std::vector<double> numbers(4);
    REQUIRE(content.size() == 128 + 32);
    std::memcpy(numbers.data(), content.data() + 128, 32);
    CHECK(numbers == std::vector<double>{1700000000.25, 1, 1699999999.5, -2});
    kit::write_npy(path, zeros({1, 2}), kit::Point{0, 0});
    CHECK(read(path).substr(10, 15) == "{'descr': '<f4'");
    CHECK_THROWS_WITH(kit::write_npy(path, zeros({1, 3}), origin), "write_npy: x is [1, 3], the origin has 2 numbers");
}

TEST_CASE(".npy files that cannot be written are named", "[npy]") {
    const Folder folder;
    const std::string path = folder / "x.npy";
    CHECK_THROWS_WITH(kit::write_npy(path, zeros({3})), "write_npy: x is [3], must be [N, D]");
    CHECK_THROWS_WITH(kit::write_npy(folder / "no/x.npy", zeros({1, 1})),
                      (folder / "no/x.npy") + ": cannot be written: No such file or directory");
}

// ---------------------------------------------------------------------------------------- CSV

TEST_CASE("numbers become the shortest text that reads back", "[csv]") {
    CHECK(kit::to_text(0.1) == "0.1");
    CHECK(kit::to_text(100000) == "100000");
    CHECK(kit::to_text(-3) == "-3");
    CHECK(kit::to_text(1e20) == "1e+20");
    CHECK(kit::to_text(1.0 / 3) == "0.3333333333333333");
    CHECK(kit::to_text(NAN) == "nan");
    CHECK(kit::to_text(-INFINITY) == "-inf");
    for (double x : {0.1, 1.0 / 3, 1e-310, 1e300, -2.5e-8, 123456789.125, -0.0}) {
        const double back = *kit::parse_number(kit::to_text(x));
        CHECK(back == x);
        CHECK(std::signbit(back) == std::signbit(x));
    }
    for (const char* text : {"", " 1", "1 ", "1,5", "0x10", "one", "1e", "--1", "1\t"}) {
        CAPTURE(text);
        CHECK_FALSE(kit::parse_number(text).has_value());
    }
    CHECK(*kit::parse_number("-1.5e3") == -1500);
    CHECK(std::isnan(*kit::parse_number("nan")));
}

TEST_CASE("a CSV file holds its header and every row at once", "[csv]") {
    const Folder folder;
    const std::string path = folder / "losses.csv";
    kit::CsvWriter losses(path, {"step", "discriminator", "generator"});
    CHECK(read(path) == "step,discriminator,generator\n");
    losses.row({100000, 0.1, -1.0 / 3});
    CHECK(read(path) == "step,discriminator,generator\n100000,0.1,-0.3333333333333333\n");  // while the writer is open
    losses.row({2, NAN, 0});
    CHECK(read(path) == "step,discriminator,generator\n100000,0.1,-0.3333333333333333\n2,nan,0\n");
    CHECK_THROWS_WITH(losses.row({1, 2}), "CsvWriter::row: " + path + " has 3 columns, got 2 values");
    CHECK_THROWS_WITH(kit::CsvWriter(folder / "no/x.csv", {"a"}),
                      (folder / "no/x.csv") + ": cannot be written: No such file or directory");
    if (fs::exists("/dev/full"))
        CHECK_THROWS_WITH(kit::CsvWriter("/dev/full", {"a"}), "/dev/full: cannot be written: No space left on device");
}

// A limit on the size of files stands for a full disk: a write that goes beyond it is cut short, the next one fails.
TEST_CASE("where the disk is full, files are whole or not there", "[csv]") {
    const Folder folder;
    const std::string path = folder / "losses.csv";
    kit::CsvWriter losses(path, {"step"});
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{5 + 3 * 5 + 2, before.rlim_max};  // the header, three rows, and a part of a fourth
    setrlimit(RLIMIT_FSIZE, &small);
    int rows = 0;
    const std::string csv = error_of([&] {
        for (; rows < 10; ++rows) losses.row({1234});
    });
    const std::string npy = error_of([&] { kit::write_npy(folder / "x.npy", ones({2, 3})); });
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK(rows == 3);
    CHECK(csv == path + ": cannot be written: File too large; its rows are whole");
    CHECK(read(path) == "step\n1234\n1234\n1234\n");
    CHECK(npy == (folder / "x.npy") + ": cannot be written: File too large");
    CHECK_FALSE(fs::exists(folder / "x.npy"));
    CHECK_FALSE(fs::exists(folder / "x.npy.part"));
}

// ---------------------------------------------------------------------------------------- pictures

namespace {

/// A PNG as cairo reads it back.
struct Picture {
    cairo_surface_t* surface;
    explicit Picture(const std::string& path) : surface(cairo_image_surface_create_from_png(path.c_str())) {
        REQUIRE(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS);
    }
    ~Picture() { cairo_surface_destroy(surface); }
    int width() const { return cairo_image_surface_get_width(surface); }
    int height() const { return cairo_image_surface_get_height(surface); }
    int grey(int x, int y) const {  // the green of a pixel
        return cairo_image_surface_get_data(surface)[y * cairo_image_surface_get_stride(surface) + 4 * x + 1];
    }
};

}  // namespace

TEST_CASE("a sheet of pictures is enlarged without smoothing", "[figure]") {
    const Folder folder;
    const std::string path = folder / "sheet.png";
    // Two pictures of 1 row and 2 columns, side by side, three times enlarged: 18 by 7 pixels with the gaps.
    kit::write_image_grid(path, tensor({2, 2}, {-1, 1, Real(0.2), 2}), 1, 2, 3, 1, 2);
    const Picture picture(path);
    CHECK(picture.width() == 2 + 2 * 8);
    CHECK(picture.height() == 2 + 5);
    for (int y : {2, 3, 4}) {
        for (int x : {2, 3, 4}) CHECK(picture.grey(x, y) == 0);
        for (int x : {5, 6, 7}) CHECK(picture.grey(x, y) == 255);
        for (int x : {10, 11, 12}) CHECK(picture.grey(x, y) == 153);
        for (int x : {13, 14, 15}) CHECK(picture.grey(x, y) == 255);  // beyond 1 is white
        for (int x : {0, 1, 8, 9, 16, 17}) CHECK(picture.grey(x, y) == 128);
    }
    CHECK_THROWS_AS(kit::write_image_grid(path, zeros({5, 784}), 2, 2), std::invalid_argument);
    CHECK_THROWS_AS(kit::write_image_grid(path, zeros({4, 783}), 2, 2), std::invalid_argument);
    CHECK_THROWS_AS(kit::write_image_grid(folder / "no/x.png", zeros({4, 784}), 2, 2), std::runtime_error);
}

TEST_CASE("grid points are the middles of their cells, the lowest row first", "[figure]") {
    const Tensor points = kit::grid_points({0, 4, 10, 12}, 2, 2);
    CHECK(points.shape() == Shape{4, 2});
    CHECK(points.values() == std::vector<Real>{1, Real(10.5), 3, Real(10.5), 1, Real(11.5), 3, Real(11.5)});
}

TEST_CASE("a heat map shows the lowest row at the bottom, and points where they are", "[figure]") {
    const Folder folder;
    const std::string path = folder / "figure.png";
    kit::Figure figure(1, 2, 300, 300);
    const kit::Box box{0, 1, 0, 1};
    kit::Panel& left = figure.panel(0, 0);
    left.heat("", tensor({4, 1}, {0, 1, 2, 3}), 2, 2, box);  // blue below, gold above
    left.scatter("", tensor({1, 2}, {Real(0.5), Real(0.75)}), kit::black, 20);
    left.limits = box;
    figure.write(path);
    const Picture picture(path);
    REQUIRE(picture.width() == 600);
    REQUIRE(picture.height() == 300);
    // The axes lie from 50 to 286 across and from 14 to 276 down.
    CHECK(picture.grey(60, 270) < picture.grey(280, 270));
    CHECK(picture.grey(60, 270) < picture.grey(60, 20));
    CHECK(picture.grey(280, 20) > picture.grey(60, 270) + 40);
    CHECK(picture.grey(168, 14 + 262 / 4) < 120);  // the dot, three quarters up
    CHECK(picture.grey(168, 14 + 3 * 262 / 4) > 120);
}

TEST_CASE("heat maps without a range share one, and are white at their median", "[figure]") {
    const Folder folder;
    kit::Figure figure(1, 2, 300, 300);
    const kit::Box box{0, 1, 0, 1};
    figure.panel(0, 0).heat("", tensor({3, 1}, {100, 101, 102}), 1, 3, box);
    figure.panel(0, 1).heat("", tensor({3, 1}, {-10, 0, 10}), 1, 3, box);
    figure.write(folder / "figure.png");
    const Picture picture(folder / "figure.png");
    CHECK(picture.grey(168, 150) > 240);
    CHECK(picture.grey(468, 150) > 240);
    CHECK(picture.grey(55, 150) > picture.grey(355, 150) + 40);  // -1 is pale beside -10
}

TEST_CASE("points far outside the axes stay outside", "[figure]") {
    const Folder folder;
    const std::string path = folder / "figure.png";
    kit::Figure figure(1, 1, 300, 300);
    kit::Panel& panel = figure.panel(0, 0);
    const double wrapped = ((1 << 24) + 118) / 236.0;  // cairo counts pixels modulo 2^24
    panel.scatter("", tensor({1, 2}, {static_cast<Real>(wrapped), Real(0.5)}), kit::black, 20);
    panel.limits = kit::Box{0, 1, 0, 1};
    figure.write(path);
    const Picture picture(path);
    Index dark = 0;
    for (int y = 20; y < 270; ++y) {
        for (int x = 60; x < 280; ++x) dark += picture.grey(x, y) < 255;
    }
    CHECK(dark == 0);
}

TEST_CASE("figures refuse what does not fit", "[figure]") {
    kit::Figure figure(1, 2);
    CHECK_THROWS_WITH(figure.panel(1, 0), "Figure::panel: (1, 0) lies outside the 1 by 2 panels");
    CHECK_THROWS_WITH(figure.panel(0, 0).line("loss", {1, 2}, {1}), "Panel::line: loss has 2 x and 1 y");
    CHECK_THROWS_AS(figure.panel(0, 0).scatter("", zeros({2, 3}), kit::black), std::invalid_argument);
    CHECK_THROWS_AS(figure.panel(0, 0).heat("", zeros({3}), 2, 2, {0, 1, 0, 1}), std::invalid_argument);
    CHECK_THROWS_AS(figure.panel(0, 0).arrows(zeros({2, 2}), zeros({3, 2}), kit::black), std::invalid_argument);
    CHECK_THROWS_AS(figure.write("/nowhere/figure.png"), std::runtime_error);
}

TEST_CASE("a figure survives empty, constant and infinite data", "[figure]") {
    const Folder folder;
    kit::Figure figure(2, 2);
    figure.panel(0, 1).line("one", {3}, {5});
    figure.panel(1, 0).line("gaps", {1, 2, 3, 4}, {1, NAN, INFINITY, -1});
    figure.panel(1, 0).log_y = true;
    figure.panel(1, 1).heat("NaN", full({2, 2}, NAN), 2, 2, {0, 1, 0, 1});
    figure.panel(1, 1).arrows(zeros({1, 2}), zeros({1, 2}), kit::black);
    figure.write(folder / "figure.png");
    CHECK(Picture(folder / "figure.png").width() == 840);
}
