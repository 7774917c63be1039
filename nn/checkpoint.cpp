#include "nn/checkpoint.hpp"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace gantry {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

using Json = nlohmann::json;

static constexpr const char* metadata_name = "__metadata__";

[[noreturn]] static void broken(const std::string& path, const std::string& what) {
    throw std::runtime_error(path + ": " + what);
}

// ----------------------------------------------------------------------------------------- writing

// The header as it stands in the file, filled up with blanks so that the numbers begin at a multiple of 8.
static std::string header_text(const NamedTensors& named, const Metadata& metadata) {
    Json header = Json::object();
    Index begin = 0;
    for (const auto& [name, x] : named) {
        if (!x.defined()) fail("save", "\"" + name + "\" is undefined");
        if (header.contains(name)) fail("save", "\"" + name + "\" is given twice");
        if (name == metadata_name) fail("save", "\"" + name + "\" is the name of the metadata");
        const Index end = begin + x.size() * static_cast<Index>(sizeof(Real));
        Json& entry = header[name];
        entry["dtype"] = sizeof(Real) == 4 ? "F32" : "F64";
        entry["shape"] = Json::array();
        for (int axis = 0; axis < x.shape().rank(); ++axis) entry["shape"].push_back(x.shape()[axis]);
        entry["data_offsets"] = {begin, end};
        begin = end;
    }
    if (!metadata.empty()) header[metadata_name] = metadata;
    try {
        std::string text = header.dump();
        text.resize((text.size() + 7) / 8 * 8, ' ');
        return text;
    } catch (const Json::exception&) {
        fail("save", "names and metadata must be UTF-8");
    }
}

void save(const std::string& path, const NamedTensors& named, const Metadata& metadata) {
    const std::string header = header_text(named, metadata);
    const std::uint64_t length = header.size();
    const std::string part = path + ".part";
    std::FILE* file = std::fopen(part.c_str(), "wb");
    if (!file) broken(path, std::string("cannot be written: ") + std::strerror(errno));
    bool good = std::fwrite(&length, sizeof length, 1, file) == 1;
    good = good && std::fwrite(header.data(), 1, header.size(), file) == header.size();
    for (const auto& [name, x] : named) {
        const auto size = static_cast<std::size_t>(x.size());
        good = good && std::fwrite(x.data(), sizeof(Real), size, file) == size;
    }
    good = good && std::fflush(file) == 0;
    good = good && fsync(fileno(file)) == 0;  // it is on the disk before it takes the name
    good = std::fclose(file) == 0 && good;
    good = good && std::rename(part.c_str(), path.c_str()) == 0;
    if (good) return;
    const std::string reason = std::strerror(errno);
    std::remove(part.c_str());
    broken(path, "cannot be written: " + reason);
}

// ----------------------------------------------------------------------------------------- reading
//
// The file is not believed: every length in it is checked against what is there before memory is asked for.

namespace {

struct Entry {
    std::string name;
    Shape shape;
    bool is_double = false;
    std::uint64_t begin = 0, end = 0;  // bytes after the header
};

struct File {
    std::ifstream stream;    // stands at the first number
    std::uint64_t room = 0;  // bytes after the header
    Json header;             // without the metadata
    Metadata metadata;
};

}  // namespace

// What the file says, as far as an error message needs it.
static std::string shown(const Json& value) {
    const std::string text = value.dump();
    return text.size() <= 80 ? text : text.substr(0, 80) + " ...";
}

// Of two equal names JSON would keep one, so names are watched while the text is parsed.
static Json parse_header(const std::string& path, const std::string& text) {
    std::set<std::string> names;
    auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
        if (event != Json::parse_event_t::key || depth != 1) return true;
        if (!names.insert(value.get<std::string>()).second) broken(path, "describes " + shown(value) + " twice");
        return true;
    };
    try {
        Json header = Json::parse(text, watch);
        if (header.is_object()) return header;
    } catch (const Json::exception&) {
        // the same complaint
    }
    broken(path, "is no safetensors file: its header is not a JSON object");
}

static File open_file(const std::string& path) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) broken(path, "does not exist");
    if (!std::filesystem::is_regular_file(path, error)) broken(path, "is not a regular file");
    const std::uint64_t size = std::filesystem::file_size(path);
    File file;
    file.stream.open(path, std::ios::binary);
    std::uint64_t length = 0;
    if (size < sizeof length) broken(path, "is no safetensors file: it has only " + std::to_string(size) + " bytes");
    file.stream.read(reinterpret_cast<char*>(&length), sizeof length);
    if (!file.stream) broken(path, "cannot be read");
    if (length > size - sizeof length) {
        broken(path,
               "claims a header of " + std::to_string(length) + " bytes, but has " + std::to_string(size) + " in all");
    }
    if (length > 100'000'000)
        broken(path, "has a header of " + std::to_string(length) + " bytes; the format allows 100 MB");
    std::string text(length, ' ');
    file.stream.read(text.data(), static_cast<std::streamsize>(length));
    if (!file.stream) broken(path, "cannot be read");
    file.header = parse_header(path, text);
    file.room = size - sizeof length - length;
    if (file.header.contains(metadata_name)) {
        const Json metadata = file.header[metadata_name];
        file.header.erase(metadata_name);
        if (!metadata.is_object()) broken(path, "has metadata that are not a JSON object");
        for (const auto& [key, value] : metadata.items()) {
            if (!value.is_string()) broken(path, "has metadata " + shown(key) + " that are not text");
            file.metadata[key] = value.get<std::string>();
        }
    }
    return file;
}

static bool is_list_of_sizes(const Json& value) {
    auto is_size = [](const Json& one) { return one.is_number_unsigned(); };
    return value.is_array() && std::all_of(value.begin(), value.end(), is_size);
}

static Entry read_entry(const std::string& path, const std::string& name, const Json& value, std::uint64_t room) {
    const std::string who = "tensor " + shown(name);
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!value.is_object() || !value.contains(field)) broken(path, who + " has no " + field);
    }
    const Json& dtype = value["dtype"];
    const Json& sizes = value["shape"];
    const Json& offsets = value["data_offsets"];
    if (dtype != "F32" && dtype != "F64")
        broken(path, who + " has dtype " + shown(dtype) + "; F32 and F64 are known here");
    if (!is_list_of_sizes(sizes)) broken(path, who + " has shape " + shown(sizes));
    if (sizes.size() > Shape::max_rank)
        broken(path, who + " has rank " + std::to_string(sizes.size()) + "; 4 is the most");
    if (!is_list_of_sizes(offsets) || offsets.size() != 2) broken(path, who + " has data_offsets " + shown(offsets));
    Entry entry;
    entry.name = name;
    entry.is_double = dtype == "F64";
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
    if (entry.begin > entry.end || entry.end > room) {
        broken(path, who + " has data_offsets " + shown(offsets) + " in " + std::to_string(room) + " bytes of numbers");
    }
    const std::uint64_t most = std::uint64_t(1) << 48;  // numbers: far from an overflow, far above any memory
    std::uint64_t product = 1;                          // of the sizes that are not 0
    for (auto size = sizes.rbegin(); size != sizes.rend(); ++size) {
        const auto n = size->get<std::uint64_t>();
        if (n > most / product) broken(path, who + " has shape " + shown(sizes) + ", too large for any memory");
        product *= std::max<std::uint64_t>(n, 1);
        entry.shape = entry.shape.with_front(static_cast<Index>(n));
    }
    const std::uint64_t bytes = static_cast<std::uint64_t>(entry.shape.size()) * (entry.is_double ? 8 : 4);
    if (bytes != entry.end - entry.begin) {
        broken(path, who + " of shape " + shown(sizes) + " needs " + std::to_string(bytes) +
                         " bytes, but has data_offsets " + shown(offsets));
    }
    return entry;
}

// All tensors, in the order in which they lie in the file. They must fill it: no overlap, no gap.
static std::vector<Entry> read_entries(const std::string& path, const File& file) {
    std::vector<Entry> entries;
    for (const auto& [name, value] : file.header.items()) entries.push_back(read_entry(path, name, value, file.room));
    auto lies_before = [](const Entry& a, const Entry& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    };
    std::stable_sort(entries.begin(), entries.end(), lies_before);
    std::uint64_t filled = 0;
    for (const Entry& entry : entries) {
        if (entry.begin < filled) broken(path, "tensor " + shown(entry.name) + " overlaps the one before it");
        if (entry.begin > filled) broken(path, "has a gap before tensor " + shown(entry.name));
        filled = entry.end;
    }
    if (filled != file.room) {
        broken(path, "has " + std::to_string(file.room - filled) + " bytes at its end that belong to no tensor");
    }
    return entries;
}

NamedTensors load(const std::string& path) {
    File file = open_file(path);
    NamedTensors named;
    std::vector<char> bytes;
    for (const Entry& entry : read_entries(path, file)) {
        bytes.resize(entry.end - entry.begin);
        file.stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!file.stream) broken(path, "cannot be read");
        Tensor x = empty(entry.shape);
        Real* to = x.mutable_data();
        const auto* floats = reinterpret_cast<const float*>(bytes.data());
        const auto* doubles = reinterpret_cast<const double*>(bytes.data());
        for (Index i = 0; i < x.size(); ++i) to[i] = static_cast<Real>(entry.is_double ? doubles[i] : floats[i]);
        named.emplace_back(entry.name, x);
    }
    return named;
}

Metadata load_metadata(const std::string& path) { return open_file(path).metadata; }

}  // namespace gantry
