#include "nn/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gantry {

namespace fs = std::filesystem;

// What is in the way of a regular file, in plain words; "" for a regular file and for none.
static std::string kind_of(const fs::path& path) {
    std::error_code none;
    switch (fs::status(path, none).type()) {
        case fs::file_type::directory:
            return "is a folder";
        case fs::file_type::block:
        case fs::file_type::character:
            return "is a device";
        case fs::file_type::fifo:
            return "is a pipe";
        case fs::file_type::socket:
            return "is a socket";
        default:
            return "";
    }
}

// ----------------------------------------------------------------------------------------- writing

// Where a chain of symbolic links ends, also if nothing is there yet.
static fs::path followed(fs::path path) {
    std::error_code error;
    for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links)
        path = path.parent_path() / fs::read_symlink(path, error);
    return path;
}

static bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(written);
    }
    return true;
}

void write_file(const fs::path& path, const std::vector<std::string_view>& pieces) {
    const fs::path target = followed(path);
    const std::string part = target.string() + ".part";
    const auto fail_with = [&](const std::string& reason) {
        throw std::runtime_error(path.string() + ": cannot be written: " + reason);
    };
    const std::string in_the_way = kind_of(target);
    if (!in_the_way.empty()) fail_with("it " + in_the_way);
    std::error_code none;
    if (fs::is_symlink(target, none)) fail_with(std::strerror(ELOOP));
    struct stat old {};
    const bool replaces = stat(target.c_str(), &old) == 0;
    if (replaces && access(target.c_str(), W_OK) != 0) fail_with(std::strerror(errno));
    unlink(part.c_str());  // what a killed program left
    const int file = open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0) fail_with(std::strerror(errno));
    bool good =
        !replaces || fchmod(file, old.st_mode & 07777) == 0;  // the new file may be read by whom the old one was
    for (const std::string_view piece : pieces) good = good && write_all(file, piece);
    good = good && fsync(file) == 0;
    int reason = errno;
    if (close(file) != 0 && good) good = false, reason = errno;
    if (good && std::rename(part.c_str(), target.c_str()) != 0) good = false, reason = errno;
    if (good) return;
    unlink(part.c_str());
    fail_with(std::strerror(reason));
}

// ----------------------------------------------------------------------------------------- reading

void InputFile::refuse(const std::string& what) const { throw std::runtime_error(name + ": " + what); }

void InputFile::read(void* to, std::uint64_t n) {
    if (!stream->read(static_cast<char*>(to), n)) refuse("cannot be read to its end");
}

InputFile open_file(const fs::path& path) {
    InputFile file;
    file.name = path.string();
    const std::string in_the_way = kind_of(path);
    if (!in_the_way.empty()) file.refuse(in_the_way + ", not a regular file");
    struct stat found {};
    if (stat(path.c_str(), &found) != 0 && (errno == ENOENT || errno == ENOTDIR)) file.refuse("there is no such file");
    auto stream = std::make_unique<std::ifstream>(path, std::ios::binary);
    if (!*stream) file.refuse(std::string("cannot be read: ") + std::strerror(errno));
    file.size = found.st_size;
    file.stream = std::move(stream);
    return file;
}

InputFile file_of_bytes(const std::string& name, const std::string& bytes) {
    return {name, bytes.size(), std::make_unique<std::istringstream>(bytes)};
}

}  // namespace gantry
