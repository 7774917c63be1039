// Images and labels, not compressed: the first half of the bytes is one file, the second half the other.
#include "tests/fuzz/images.hpp"

// The first byte says how long the images' file is.
std::vector<std::string> seeds() {
    const std::string images = fuzz::some_images();
    return {static_cast<char>(images.size()) + images + fuzz::some_labels()};
}

void run(const std::string& bytes) {
    if (bytes.empty()) return;
    const std::size_t length = std::min<std::size_t>(static_cast<unsigned char>(bytes[0]), bytes.size() - 1);
    fuzz::read_images(bytes.substr(1, length), bytes.substr(1 + length));
}
