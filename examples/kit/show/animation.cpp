#include "examples/kit/show/animation.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <stdexcept>

#include "core/shape.hpp"

namespace gantry::kit {

static constexpr int all_colours = 1 << 15;  // 3 channels of 5 bits

void Animation::add(const Picture& frame) {
    if (frames_.empty()) {
        width_ = frame.width;
        height_ = frame.height;
    }
    if (frame.width != width_ || frame.height != height_) {
        fail("Animation::add", "the frame has " + std::to_string(frame.width) + " by " + std::to_string(frame.height) +
                                   " pixels, the first had " + std::to_string(width_) + " by " +
                                   std::to_string(height_));
    }
    std::vector<std::uint16_t> colours;
    colours.reserve(frame.pixels.size());
    for (std::uint32_t rgb : frame.pixels) {
        colours.push_back(static_cast<std::uint16_t>((rgb >> 9 & 0x7c00) | (rgb >> 6 & 0x3e0) | (rgb >> 3 & 0x1f)));
    }
    frames_.push_back(std::move(colours));
}

// ---------------------------------------------------------------------------------------- colours

static int channel(int colour, int which) { return colour >> (10 - 5 * which) & 0x1f; }

// The 256 most frequent colours.
static std::vector<int> choose_palette(const std::vector<std::vector<std::uint16_t>>& frames) {
    std::vector<Index> uses(all_colours, 0);
    for (const auto& frame : frames) {
        for (std::uint16_t colour : frame) ++uses[colour];
    }
    std::vector<int> palette(all_colours);
    std::iota(palette.begin(), palette.end(), 0);
    std::stable_sort(palette.begin(), palette.end(), [&](int a, int b) { return uses[a] > uses[b]; });
    palette.resize(256);
    return palette;
}

static int nearest(const std::vector<int>& palette, int colour) {
    int best = 0, smallest = 1 << 30;
    for (int i = 0; i < 256; ++i) {
        int distance = 0;
        for (int c = 0; c < 3; ++c) {
            const int difference = channel(palette[i], c) - channel(colour, c);
            distance += difference * difference;
        }
        if (distance < smallest) {
            smallest = distance;
            best = i;
        }
    }
    return best;
}

// ---------------------------------------------------------------------------------------- LZW
//
//   read the longest string of pixels that is in the dictionary; write its code;
//   add the string with the next pixel to the dictionary; go on from that pixel
//
// A dictionary is a tree: each string is another one plus a pixel. Codes 0 to 255 are single pixels, 256 empties the
// dictionary, 257 ends the picture. Codes take 9 bits at first, and one more whenever the dictionary outgrows them.

namespace {

constexpr int empty_it = 256, end_of_picture = 257, most_codes = 4096;

struct Tree {
    std::vector<int> first_child = std::vector<int>(most_codes, -1);
    std::vector<int> sibling = std::vector<int>(most_codes, -1);
    std::vector<int> last_pixel = std::vector<int>(most_codes, 0);
    int size = end_of_picture + 1;

    int find(int string, int pixel) const {
        int child = first_child[string];
        while (child >= 0 && last_pixel[child] != pixel) child = sibling[child];
        return child;
    }
    void add(int string, int pixel) {
        last_pixel[size] = pixel;
        sibling[size] = first_child[string];
        first_child[string] = size;
        ++size;
    }
};

// Bits are packed from the lowest on, bytes in blocks of at most 255 with their length in front.
struct Packer {
    std::string& out;
    std::string block;
    std::uint32_t bits = 0;
    int count = 0;

    void put(int code, int width) {
        bits |= static_cast<std::uint32_t>(code) << count;
        count += width;
        while (count >= 8) byte();
    }
    void byte() {
        block += static_cast<char>(bits & 0xff);
        bits >>= 8;
        count = std::max(count - 8, 0);
        if (block.size() == 255) flush();
    }
    void flush() {
        if (block.empty()) return;
        out += static_cast<char>(block.size());
        out += block;
        block.clear();
    }
};

}  // namespace

static void pack(const std::vector<std::uint8_t>& pixels, std::string& out) {
    Packer packer{out, {}};
    Tree tree;
    int width = 9;
    packer.put(empty_it, width);
    int string = pixels[0];
    for (std::size_t i = 1; i < pixels.size(); ++i) {
        const int pixel = pixels[i];
        const int longer = tree.find(string, pixel);
        if (longer >= 0) {
            string = longer;
            continue;
        }
        packer.put(string, width);
        if (tree.size == most_codes) {
            packer.put(empty_it, width);
            tree = Tree();
            width = 9;
        } else {
            if (tree.size == 1 << width) ++width;
            tree.add(string, pixel);
        }
        string = pixel;
    }
    packer.put(string, width);
    // The reader adds a string here too, so its codes may grow by a bit before the last one.
    if (tree.size == 1 << width && width < 12) ++width;
    packer.put(end_of_picture, width);
    if (packer.count > 0) packer.byte();
    packer.flush();
    out += '\0';
}

// ---------------------------------------------------------------------------------------- the file

static std::string two_bytes(int x) { return {static_cast<char>(x & 0xff), static_cast<char>(x >> 8 & 0xff)}; }

void Animation::write(const std::filesystem::path& path, double seconds) const {
    if (frames_.empty()) fail("Animation::write", "there are no frames");
    const std::vector<int> palette = choose_palette(frames_);
    std::vector<int> entry(all_colours, -1);

    std::string out = "GIF89a" + two_bytes(width_) + two_bytes(height_);
    out += std::string("\xf7\0\0", 3);  // a palette of 256 colours, 8 bits each
    for (int colour : palette) {
        for (int c = 0; c < 3; ++c) out += static_cast<char>(channel(colour, c) * 255 / 31);
    }
    out += std::string("\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", 19);  // again and again
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        const bool last = i + 1 == frames_.size();
        const int hundredths = static_cast<int>(std::lround(100 * seconds * (last ? 10 : 1)));
        out += std::string("\x21\xf9\x04\x04", 4) + two_bytes(hundredths) + std::string("\0\0", 2);
        out += "," + two_bytes(0) + two_bytes(0) + two_bytes(width_) + two_bytes(height_) + std::string("\0\x08", 2);
        std::vector<std::uint8_t> pixels;
        pixels.reserve(frames_[i].size());
        for (std::uint16_t colour : frames_[i]) {
            if (entry[colour] < 0) entry[colour] = nearest(palette, colour);
            pixels.push_back(static_cast<std::uint8_t>(entry[colour]));
        }
        pack(pixels, out);
    }
    out += ';';

    std::ofstream file(path, std::ios::binary);
    file << out << std::flush;
    if (!file) throw std::runtime_error(path.string() + ": cannot be written");
}

}  // namespace gantry::kit
