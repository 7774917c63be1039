// A moving picture for slides: a GIF, which every browser, mail program and slide program plays.
//
//     kit::Animation animation;
//     animation.add(figure.picture());
//     animation.write(options.out("training.gif"));
//
// A GIF has 256 colours for all its frames: the most frequent ones, after each channel was rounded to 5 bits; every
// other colour becomes the nearest of them. Frames are packed by LZW (Welch 1984), as the format asks. It plays without
// end and rests on its last frame.
#pragma once

#include <filesystem>

#include "examples/kit/show/figure.hpp"

namespace gantry::kit {

class Animation {
  public:
    void add(const Picture& frame);  // throws std::invalid_argument unless it is as large as the first

    /// Each frame stays for `seconds`, the last for ten times as long. Throws std::invalid_argument without frames,
    /// std::runtime_error naming the path if it cannot be written.
    void write(const std::filesystem::path& path, double seconds = 0.2) const;

  private:
    int width_ = 0, height_ = 0;
    std::vector<std::vector<std::uint16_t>> frames_;  // colours of 3 * 5 bits
};

}  // namespace gantry::kit
