#include "examples/kit/data/idx.hpp"

#include <zlib.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "nn/file.hpp"

namespace gantry::kit {
namespace {

namespace fs = std::filesystem;

// MNIST has 60,000 images of 28 by 28 pixels, its extended version 240,000: beyond is no header.
constexpr Index most_images = 300'000;
constexpr Index largest_side = 64;

// ---------------------------------------------------------------------------------------- one file

/// The content of a file, plain or compressed by gzip, read front to back in pieces. A compressed file has one or more
/// parts, each of which begins with the byte 1f (RFC 1952, section 2.2). They are unpacked one by one here, because
/// versions of zlib differ in what gzread says of a file's end.
class Reader {
  public:
    explicit Reader(const fs::path& path) : raw_(open_file(path)) {
        fill();
        packed_ = zip_.avail_in >= 2 && piece_[0] == 0x1f && piece_[1] == 0x8b;
        if (packed_ && inflateInit2(&zip_, 16 + MAX_WBITS) != Z_OK) refuse("cannot be unpacked");
    }
    ~Reader() {
        if (packed_) inflateEnd(&zip_);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    [[noreturn]] void refuse(const std::string& what) const { raw_.refuse(what); }

    /// Reads n bytes, fewer only at the end.
    std::size_t read(std::uint8_t* to, std::size_t n) {
        zip_.next_out = to;
        zip_.avail_out = n;
        while (zip_.avail_out > 0) {
            if (zip_.avail_in == 0) fill();
            if (zip_.avail_in == 0) {
                if (in_part_) refuse("is truncated: its compressed data end too early");
                break;
            }
            if (packed_) {
                if (!in_part_ && *zip_.next_in != 0x1f) break;  // what follows is not gzip
                unpack();
            } else {
                const std::size_t some = std::min(zip_.avail_in, zip_.avail_out);
                std::memcpy(zip_.next_out, zip_.next_in, some);
                zip_.next_in += some;
                zip_.avail_in -= some;
                zip_.next_out += some;
                zip_.avail_out -= some;
            }
        }
        return n - zip_.avail_out;
    }

    /// Whether all was read. What follows the compressed data and is not gzip is left aside, and is no end.
    bool at_end() {
        if (zip_.avail_in == 0) fill();
        return zip_.avail_in == 0;
    }

  private:
    void fill() {
        raw_.stream->read(reinterpret_cast<char*>(piece_.data()), piece_.size());
        if (raw_.stream->bad()) refuse("cannot be read: " + std::string(std::strerror(errno)));
        zip_.next_in = piece_.data();
        zip_.avail_in = raw_.stream->gcount();
    }

    void unpack() {
        in_part_ = true;
        const int code = inflate(&zip_, Z_NO_FLUSH);
        if (code == Z_STREAM_END) {
            in_part_ = false;
            inflateReset(&zip_);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            refuse(std::string("is damaged: ") + (zip_.msg ? zip_.msg : zError(code)));
        }
    }

    InputFile raw_;
    z_stream zip_{};
    std::array<std::uint8_t, 16384> piece_;
    bool packed_ = false, in_part_ = false;
};

constexpr std::uint32_t images_magic = 0x00000803, labels_magic = 0x00000801;

/// The next four bytes, big-endian.
std::uint32_t read_number(Reader& file) {
    std::array<std::uint8_t, 4> b{};
    if (file.read(b.data(), b.size()) < b.size()) file.refuse("is truncated: it ends within its header");
    return std::uint32_t(b[0]) << 24 | std::uint32_t(b[1]) << 16 | std::uint32_t(b[2]) << 8 | b[3];
}

void check_magic(Reader& file, std::uint32_t magic) {
    const std::uint32_t found = read_number(file);
    if (found == magic) return;
    const std::string expected = magic == images_magic ? "images" : "labels";
    if (found == images_magic) file.refuse("holds images where " + expected + " are expected");
    if (found == labels_magic) file.refuse("holds labels where " + expected + " are expected");
    file.refuse("is not an IDX file of " + expected + ": wrong magic number");
}

/// A size of the header, from 1 to `most`.
Index read_size(Reader& file, const char* what, Index most) {
    const Index value = read_number(file);
    if (value < 1 || value > most) {
        const std::string claim = "claims " + std::to_string(value) + " " + what;
        file.refuse(claim + "; 1 to " + std::to_string(most) + " are accepted");
    }
    return value;
}

/// Reads to the end, keeping nothing: throws unless exactly `expected` bytes follow.
void check_rest(Reader& file, Index expected) {
    std::array<std::uint8_t, 16384> piece;
    Index there = 0;
    while (there < expected) {
        const Index wanted = std::min<Index>(piece.size(), expected - there);
        const Index got = file.read(piece.data(), wanted);
        there += got;
        if (got < wanted) {
            file.refuse("is truncated: its header claims " + std::to_string(expected) + " bytes, " +
                        std::to_string(there) + " are there");
        }
    }
    const std::string claim = std::to_string(expected) + " bytes that its header claims";
    if (file.read(piece.data(), 1) > 0 || !file.at_end()) file.refuse("goes on after the " + claim);
}

/// The content of a file that was checked, without its header of `header` bytes.
std::vector<std::uint8_t> read_content(const fs::path& path, std::size_t header, Index expected) {
    Reader file(path);
    std::vector<std::uint8_t> bytes(header + expected);
    if (file.read(bytes.data(), bytes.size()) < bytes.size()) file.refuse("changed while it was read");
    bytes.erase(bytes.begin(), bytes.begin() + header);
    return bytes;
}

// ---------------------------------------------------------------------------------------- where the data are

/// The folders that may hold the data, best first.
std::vector<fs::path> data_folders() {
    if (const char* chosen = std::getenv("GANTRY_DATA")) return {chosen};
    std::vector<fs::path> folders{fs::path("examples") / "data"};
    std::error_code none;  // macOS has no /proc: then the path is empty, and that place is left out
    const fs::path program = fs::read_symlink("/proc/self/exe", none);
    for (fs::path above = program.parent_path(); above.has_relative_path(); above = above.parent_path()) {
        if (above.filename() == "build") folders.push_back(above.parent_path() / "examples" / "data");
    }
    return folders;
}

/// The file of a set, such as train-images-idx3-ubyte.gz. MNIST's page has that name; unpacked by some archives it is
/// train-images.idx3-ubyte. Empty if there is none.
fs::path find(const fs::path& folder, const std::string& set_and_what, const std::string& type) {
    for (const char* before : {"-", "."}) {
        for (const char* ending : {".gz", ""}) {
            const fs::path path = folder / (set_and_what + before + type + ending);
            std::error_code none;
            if (fs::exists(path, none)) return path;
        }
    }
    return {};
}

/// The two files of one set, in the first folder that has either: half a set is an error, not a gap.
bool load_set(const std::vector<fs::path>& folders, const std::string& set, Images& images) {
    for (const fs::path& folder : folders) {
        const fs::path pictures = find(folder, set + "-images", "idx3-ubyte");
        const fs::path labels = find(folder, set + "-labels", "idx1-ubyte");
        if (pictures.empty() && labels.empty()) continue;
        images = load_idx(pictures.empty() ? folder / (set + "-images-idx3-ubyte") : pictures,
                          labels.empty() ? folder / (set + "-labels-idx1-ubyte") : labels);
        return true;
    }
    return false;
}

}  // namespace

// ---------------------------------------------------------------------------------------- public

Images load_idx(const fs::path& images_file, const fs::path& labels_file) {
    Reader pictures(images_file);
    Reader labels(labels_file);
    check_magic(pictures, images_magic);
    check_magic(labels, labels_magic);
    Images images;
    const Index count = read_size(pictures, "images", most_images);
    images.rows = read_size(pictures, "rows", largest_side);
    images.columns = read_size(pictures, "columns", largest_side);
    const Index label_count = read_size(labels, "labels", most_images);
    if (label_count != count) {
        labels.refuse("has " + std::to_string(label_count) + " labels for the " + std::to_string(count) +
                      " images of " + images_file.string());
    }
    check_rest(pictures, count * images.pixels());
    check_rest(labels, count);
    images.bytes = read_content(images_file, 16, count * images.pixels());
    for (std::uint8_t label : read_content(labels_file, 8, count)) {
        if (label > 9) labels.refuse("has the label " + std::to_string(label) + "; 0 to 9 are accepted");
        images.labels.push_back(label);
    }
    images.source = std::to_string(count) + " images from " + images_file.string();
    return images;
}

std::string check_image_set(const std::string& name_or_folder) {
    const bool known = name_or_folder == "mnist" || name_or_folder == "fashion";
    std::error_code none;
    const bool folder = name_or_folder.find('/') != std::string::npos || fs::is_directory(name_or_folder, none);
    return known || folder ? "" : "must be mnist, fashion or a folder";
}

Images load_images(const std::string& name_or_folder, Part part) {
    const bool mnist = name_or_folder == "mnist";
    const bool fashion = name_or_folder == "fashion";
    std::vector<fs::path> folders{name_or_folder};
    if (mnist || fashion) folders = data_folders();
    if (fashion) {
        for (fs::path& folder : folders) folder /= "fashion-mnist";
        folders.push_back("/usr/share/datasets/fashion-mnist");
    }

    Images images;
    if (part == Part::train && load_set(folders, "train", images)) return images;
    if (load_set(folders, "t10k", images)) {
        images.is_test_set = true;
        if (part == Part::train) {
            const std::string whose = mnist ? "MNIST's" : fashion ? "Fashion-MNIST's" : "the";
            images.source += " (" + whose + " TEST set: report no test figures" +
                             (mnist ? "; make data fetches the training set)" : ")");
        }
        return images;
    }
    std::string message = name_or_folder + ": found no files train-images-idx3-ubyte (.gz) or t10k-... in ";
    for (std::size_t i = 0; i < folders.size(); ++i) message += (i > 0 ? ", " : "") + folders[i].string();
    if (fashion) message += "; Debian's package dataset-fashion-mnist has them";
    if (mnist) message += "; set GANTRY_DATA to the folder that has them, or start in Gantry's own folder";
    throw std::runtime_error(message);
}

// A byte b becomes b / 127.5 - 1: 0 is -1, 255 is 1.
Tensor Images::batch(const std::vector<Index>& which) const {
    const Index n = which.size();
    Tensor x = empty({n, pixels()});
    Real* out = x.mutable_data();
    for (Index i = 0; i < n; ++i) {
        const Index picture = which[i];
        if (picture < 0 || picture >= count()) {
            fail("Images::batch", "picture " + std::to_string(picture) + " of " + std::to_string(count()));
        }
        const std::uint8_t* in = bytes.data() + picture * pixels();
        for (Index p = 0; p < pixels(); ++p) {
            out[i * pixels() + p] = in[p] / Real(127.5) - 1;
        }
    }
    return x;
}

}  // namespace gantry::kit
