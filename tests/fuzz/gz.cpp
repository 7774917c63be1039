// Compressed images. zlib itself is not built for the fuzzer, so the seeds bring what it finds hard to guess.
#include <zlib.h>

#include "tests/fuzz/images.hpp"

static std::string gzip(const std::string& content, int level) {
    z_stream stream{};
    fuzz::require(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
    std::string result(content.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<unsigned>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(result.data());
    stream.avail_out = static_cast<unsigned>(result.size());
    fuzz::require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate");
    result.resize(stream.total_out);
    deflateEnd(&stream);
    return result;
}

std::vector<std::string> seeds() {
    const std::string images = fuzz::some_images();
    return {gzip(images, 0), gzip(images, 9), gzip(images.substr(0, 20), 9) + gzip(images.substr(20), 0), images};
}

void run(const std::string& bytes) { fuzz::read_images(bytes, fuzz::some_labels()); }
