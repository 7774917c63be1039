// A file is written as a whole or not at all, and what is read from one is checked before it is used. Checkpoints,
// tables, samples and pictures are written and read through these two functions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gantry {

/// Writes the pieces one after the other, so that nobody ever sees half of the file: it is written under the name
/// "<path>.part" and gets its own name when all of it is on the disk. An old file stays until then, and stays
/// if writing fails. A symbolic link is followed. Throws std::runtime_error, naming the path and the reason; nothing is
/// left behind then. A folder, a device and a pipe are refused.
void write_file(const std::filesystem::path& path, const std::vector<std::string_view>& pieces);

/// A file that is open for reading, with what its reader needs in order to check the content: its name and its size.
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
