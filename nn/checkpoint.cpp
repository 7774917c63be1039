#include "nn/checkpoint.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace gantry {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

using Json = nlohmann::json;

static constexpr const char* metadata_name = "__metadata__";

static bool holds_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

// ----------------------------------------------------------------------------------------- writing

// The header as it stands in the file, filled up with blanks so that the numbers begin at a multiple of 8.
static std::string header_text(const NamedTensors& named, const Metadata& metadata) {
    Json header = Json::object();
    Index begin = 0;
    for (const auto& [name, x] : named) {
        if (!x.defined()) fail("save", "\"" + name + "\" is undefined");
        if (header.contains(name)) fail("save", "\"" + name + "\" is given twice");
        if (name == metadata_name) fail("save", "\"" + name + "\" is the name of the metadata");
        if (holds_nul(name)) fail("save", "a name holds the character NUL");
        const Index end = begin + x.size() * sizeof(Real);
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

template <typename T>
static std::string_view bytes_of(const T* from, std::size_t count) {
    return {reinterpret_cast<const char*>(from), count * sizeof(T)};
}

void save(const std::string& path, const NamedTensors& named, const Metadata& metadata) {
    const std::string header = header_text(named, metadata);
    const std::uint64_t length = header.size();
    std::vector<std::string_view> pieces = {bytes_of(&length, 1), header};
    for (const auto& [name, x] : named) pieces.push_back(bytes_of(x.data(), x.size()));
    write_file(path, pieces);
}

// ----------------------------------------------------------------------------------------- reading
//
// The file is not believed: every length in it is checked against what is there before memory is asked for.

namespace {

// The types of numbers that are read here. F16 and BF16 are floats of 16 bits: sign, exponent of 5 or 8 bits, fraction.
struct Half {
    std::uint16_t bits;
};
struct BFloat {
    std::uint16_t bits;
};

// Each stores x as a Real and returns whether it fits: finite stays finite, and an integer stays itself.
bool convert(float x, Real& to) {
    to = x;
    return true;
}
bool convert(double x, Real& to) {
    to = static_cast<Real>(x);
    return std::isfinite(to) || !std::isfinite(x);
}
bool convert(Half x, Real& to) {
    const int exponent = x.bits >> 10 & 31, fraction = x.bits & 1023;
    Real size = std::ldexp(Real(1024 + fraction), exponent - 25);  // 1.fraction, times 2^(exponent - 15)
    if (exponent == 0) size = std::ldexp(Real(fraction), -24);     // 0.fraction, times 2^-14
    if (exponent == 31) size = fraction == 0 ? INFINITY : NAN;
    to = x.bits & 0x8000 ? -size : size;
    return true;
}
bool convert(BFloat x, Real& to) {
    to = std::bit_cast<float>(std::uint32_t(x.bits) << 16);  // the upper half of a float
    return true;
}
bool convert(std::int64_t x, Real& to) {
    to = static_cast<Real>(x);
    const auto most = std::int64_t(1) << std::numeric_limits<Real>::digits;
    return x >= -most && x <= most;
}

template <typename From>
bool convert_all(const char* from, Index n, Real* to) {
    bool fit = true;
    for (Index i = 0; i < n; ++i) {
        From x;
        std::memcpy(&x, from + i * sizeof x, sizeof x);
        fit = convert(x, to[i]) && fit;
    }
    return fit;
}

struct Type {
    const char* name;
    std::uint64_t bytes;  // of one number
    bool (*convert_all)(const char* from, Index n, Real* to);
};
constexpr Type types[] = {{"F32", 4, convert_all<float>},
                          {"F64", 8, convert_all<double>},
                          {"F16", 2, convert_all<Half>},
                          {"BF16", 2, convert_all<BFloat>},
                          {"I64", 8, convert_all<std::int64_t>}};

struct Entry {
    std::string name;
    Shape shape;
    const Type* type = nullptr;
    std::uint64_t begin = 0, end = 0;  // bytes after the header
};

struct Header {
    Json tensors;
    Metadata metadata;
    std::uint64_t room = 0;  // bytes after the header
};

}  // namespace

// What the file says, as far as an error message needs it.
static std::string shown(const Json& value) {
    const std::string text = value.dump();
    return text.size() <= 80 ? text : text.substr(0, 80) + " ...";
}

// Three levels are all that the format has: the header, a tensor, its shape. More are refused while the text is parsed,
// because whatever walks through a million levels afterwards does it by recursion. Of two equal names JSON would keep
// one, so names are watched as well.
static Json parse_header(const InputFile& file, const std::string& text) {
    std::set<std::string> names[2];  // of the header and of the object that is open in it
    auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
        using Event = Json::parse_event_t;
        const bool too_deep = (event == Event::object_start && depth > 1) || (event == Event::array_start && depth > 2);
        if (too_deep) file.refuse("has a header that is nested deeper than the format allows");
        if (event == Event::object_start) names[depth].clear();
        if (event != Event::key) return true;
        const auto name = value.get<std::string>();
        if (!names[depth - 1].insert(name).second) file.refuse("describes " + shown(value) + " twice");
        if (holds_nul(name)) file.refuse("has a name with the character NUL");
        return true;
    };
    const std::string complaint = "is no safetensors file: its header is not a JSON object";
    if (!text.starts_with('{') || holds_nul(text)) file.refuse(complaint);  // also a byte order mark, which JSON allows
    try {
        return Json::parse(text, watch);
    } catch (const Json::exception&) {
        file.refuse(complaint);
    }
}

static Header read_header(InputFile& file) {
    std::uint64_t length = 0;
    if (file.size < sizeof length)
        file.refuse("is no safetensors file: it has only " + std::to_string(file.size) + " bytes");
    file.read(&length, sizeof length);
    if (length > file.size - sizeof length) {
        file.refuse("claims a header of " + std::to_string(length) + " bytes, but has " + std::to_string(file.size) +
                    " in all");
    }
    if (length > 100'000'000)
        file.refuse("has a header of " + std::to_string(length) + " bytes; the format allows 100 MB");
    std::string text(length, ' ');
    file.read(text.data(), length);
    Header header{parse_header(file, text), {}, file.size - sizeof length - length};
    if (!header.tensors.contains(metadata_name)) return header;
    const Json metadata = header.tensors[metadata_name];
    header.tensors.erase(metadata_name);
    if (!metadata.is_object()) file.refuse("has metadata that are not a JSON object");
    for (const auto& [key, value] : metadata.items()) {
        if (!value.is_string()) file.refuse("has metadata " + shown(key) + " that are not text");
        header.metadata[key] = value.get<std::string>();
    }
    return header;
}

static bool is_list_of_sizes(const Json& value) {
    auto is_size = [](const Json& one) { return one.is_number_unsigned(); };
    return value.is_array() && std::all_of(value.begin(), value.end(), is_size);
}

static const Type& type_of(const InputFile& file, const std::string& who, const Json& dtype) {
    std::string known;
    for (const Type& type : types) {
        if (dtype == type.name) return type;
        known += std::string(known.empty() ? "" : ", ") + type.name;
    }
    file.refuse(who + " has dtype " + shown(dtype) + "; known here are " + known);
}

static Entry read_entry(const InputFile& file, const std::string& name, const Json& value, std::uint64_t room) {
    const std::string who = "tensor " + shown(name);
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
        if (!value.is_object() || !value.contains(field)) file.refuse(who + " has no " + field);
    }
    const Json& sizes = value["shape"];
    const Json& offsets = value["data_offsets"];
    Entry entry;
    entry.name = name;
    entry.type = &type_of(file, who, value["dtype"]);
    if (!is_list_of_sizes(sizes)) file.refuse(who + " has shape " + shown(sizes));
    if (sizes.size() > Shape::max_rank)
        file.refuse(who + " has rank " + std::to_string(sizes.size()) + "; 4 is the most");
    if (!is_list_of_sizes(offsets) || offsets.size() != 2) file.refuse(who + " has data_offsets " + shown(offsets));
    entry.begin = offsets[0].get<std::uint64_t>();
    entry.end = offsets[1].get<std::uint64_t>();
    if (entry.begin > entry.end || entry.end > room) {
        file.refuse(who + " has data_offsets " + shown(offsets) + " in " + std::to_string(room) + " bytes of numbers");
    }
    const std::uint64_t most = std::uint64_t(1) << 48;  // numbers: far from an overflow, far above any memory
    std::uint64_t product = 1;                          // of the sizes that are not 0
    for (const auto n : sizes.get<std::vector<std::uint64_t>>()) {
        if (n > most / product) file.refuse(who + " has shape " + shown(sizes) + ", too large for any memory");
        product *= std::max<std::uint64_t>(n, 1);
    }
    entry.shape = Shape(sizes.get<std::vector<Index>>());
    const std::uint64_t bytes = entry.shape.size() * entry.type->bytes;
    if (bytes != entry.end - entry.begin) {
        file.refuse(who + " of shape " + shown(sizes) + " needs " + std::to_string(bytes) +
                    " bytes, but has data_offsets " + shown(offsets));
    }
    return entry;
}

// All tensors, in the order in which they lie in the file. They must fill it: no overlap, no gap.
static std::vector<Entry> read_entries(const InputFile& file, const Header& header) {
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.tensors.items())
        entries.push_back(read_entry(file, name, value, header.room));
    auto lies_before = [](const Entry& a, const Entry& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
    };
    std::stable_sort(entries.begin(), entries.end(), lies_before);
    std::uint64_t filled = 0;
    for (const Entry& entry : entries) {
        if (entry.begin < filled) file.refuse("tensor " + shown(entry.name) + " overlaps the one before it");
        if (entry.begin > filled) file.refuse("has a gap before tensor " + shown(entry.name));
        filled = entry.end;
    }
    if (filled != header.room) {
        file.refuse("has " + std::to_string(header.room - filled) + " bytes at its end that belong to no tensor");
    }
    return entries;
}

NamedTensors load(InputFile file) {
    const Header header = read_header(file);
    NamedTensors named;
    std::vector<char> bytes;
    for (const Entry& entry : read_entries(file, header)) {
        bytes.resize(entry.end - entry.begin);
        file.read(bytes.data(), bytes.size());
        Tensor x = empty(entry.shape);
        if (!entry.type->convert_all(bytes.data(), x.size(), x.mutable_data())) {
            file.refuse("tensor " + shown(entry.name) + " of dtype " + entry.type->name +
                        " holds numbers that do not fit into a " + (sizeof(Real) == 4 ? "float" : "double"));
        }
        named.emplace_back(entry.name, x);
    }
    return named;
}

NamedTensors load(const std::string& path) { return load(open_file(path)); }

Metadata load_metadata(const std::string& path) {
    InputFile file = open_file(path);
    return read_header(file).metadata;
}

}  // namespace gantry
