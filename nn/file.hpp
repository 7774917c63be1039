// Files that are whole or not there, and files that are not believed. Checkpoints, tables, samples and pictures are
// written and read through these two functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry {

/// Writes the pieces one after the other, so that nobody ever sees a half of the file: it is written under the name
/// "<path>.part" and takes its own name when it lies on the disk. An old file of that name stays until then, and stays
/// if writing fails. A symbolic link is followed. Throws std::runtime_error, naming the path and the reason; nothing is
/// left behind then. A folder, a device and a pipe are refused.
void write_file(const std::filesystem::path& path, const std::vector<std::string_view>& pieces);

/// A file that is open for reading, with what its reader needs to know before it believes a word of it.
struct InputFile {
    std::string name;  // for messages
    std::uint64_t size = 0;
    std::unique_ptr<std::istream> stream;

    /// Throws std::runtime_error("<name>: <what>").
    [[noreturn]] void refuse(const std::string& what) const;

    /// The next n bytes. Refuses the file if they are not there.
    void read(void* to, std::uint64_t n);
};

/// Opens a regular file. Throws std::runtime_error, naming the path and the reason.
InputFile open_file(const std::filesystem::path& path);

/// The same for bytes in memory.
InputFile file_of_bytes(const std::string& name, const std::string& bytes);

}  // namespace gantry
