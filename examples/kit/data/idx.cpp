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

/// The content of a file, plain or compressed by gzip, read front to back in pieces: zlib tells the two apart.
class Reader {
  public:
    explicit Reader(const fs::path& path) : raw_(open_file(path)) {
        file_ = gzopen(path.c_str(), "rb");
        if (!file_) refuse("cannot be opened");
    }
    ~Reader() { gzclose(file_); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    [[noreturn]] void refuse(const std::string& what) const { raw_.refuse(what); }

    /// Reads n bytes, fewer only at the end.
    std::size_t read(std::uint8_t* to, std::size_t n) {
        const int got = gzread(file_, to, n);
        int code = Z_OK;
        const std::string reason = gzerror(file_, &code);  // "<path>: invalid block type"
        if (code == Z_BUF_ERROR) refuse("is truncated: its compressed data end too early");
        if (code == Z_ERRNO) refuse("cannot be read: " + std::string(std::strerror(errno)));
        if (code != Z_OK) refuse("is damaged: " + reason.substr(reason.rfind(": ") + 2));
        return got;
    }

    /// Whether the file ends with the compressed data of `content`. zlib leaves aside what follows them and is not
    /// gzip, so the last eight bytes must be what gzip ends with: the checksum of the content of its last part (there
    /// may be several), and its length.
    bool ends_with(const std::vector<std::uint8_t>& content) {
        if (gzdirect(file_)) return true;
        std::array<std::uint32_t, 2> end{};  // little-endian
        raw_.stream->seekg(raw_.size - sizeof end);
        raw_.read(end.data(), sizeof end);
        const auto [checksum, length] = end;
        if (length > content.size()) return false;
        return crc32(0, content.data() + (content.size() - length), length) == checksum;
    }

  private:
    InputFile raw_;  // the file as it lies on the disk
    gzFile file_ = nullptr;
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
    if (file.read(piece.data(), 1) > 0) file.refuse("goes on after the " + claim);
}

/// The content of a file that was checked, without its header of `header` bytes.
std::vector<std::uint8_t> read_content(const fs::path& path, std::size_t header, Index expected) {
    Reader file(path);
    std::vector<std::uint8_t> bytes(header + expected);
    if (file.read(bytes.data(), bytes.size()) < bytes.size()) file.refuse("changed while it was read");
    const std::string claim = std::to_string(expected) + " bytes that its header claims";
    if (!file.ends_with(bytes)) file.refuse("goes on after the " + claim);
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
