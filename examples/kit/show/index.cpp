#include "examples/kit/show/index.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <vector>

#include "examples/kit/show/run_info.hpp"
#include "nn/file.hpp"

extern const char* const report_index_html;  // the file of this name, put into a source file by the Makefile

namespace gantry::kit {

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '&')
            result += "&amp;";
        else if (c == '<')
            result += "&lt;";
        else if (c == '"')
            result += "&quot;";
        else
            result += c;
    }
    return result;
}

std::string filled(const std::string& page, const std::map<std::string, std::string>& texts) {
    std::string result;
    std::size_t at = 0;
    for (std::size_t begin; (begin = page.find("{{", at)) != std::string::npos;) {
        const std::size_t end = page.find("}}", begin);
        result += page.substr(at, begin - at) + texts.at(page.substr(begin + 2, end - begin - 2));
        at = end + 2;
    }
    return result + page.substr(at);
}

// What stands between two marks in the first lines of a file; "" if they are not there.
static std::string between(const std::string& text, const std::string& before, const std::string& after) {
    const std::size_t begin = text.find(before);
    if (begin == std::string::npos) return "";
    const std::size_t end = text.find(after, begin + before.size());
    return end == std::string::npos ? "" : text.substr(begin + before.size(), end - begin - before.size());
}

// What is read from a page has its & escaped, if it is one of ours; of a stranger's we keep the words.
static std::string without_tags(const std::string& text) {
    std::string result;
    for (const char c : text) result += c == '<' ? "&lt;" : std::string(1, c);
    return result;
}

// A path as a relative address, with %XX for all that an address could read otherwise: # ? % : and bytes beyond ASCII.
static std::string escaped_address(const std::string& path) {
    const std::string plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
    std::string result;
    for (const char c : path) {
        char hexadecimal[4];
        std::snprintf(hexadecimal, sizeof hexadecimal, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
        result += plain.find(c) == std::string::npos ? hexadecimal : std::string(1, c);
    }
    return result;
}

std::string address(const std::filesystem::path& path) {
    return escaped_address(std::filesystem::absolute(path).lexically_normal().string());
}

// What a run left, as an item of the list: a picture of it, and what its report or its card says in the first lines.
static std::string item(const std::filesystem::path& folder, const std::string& name,
                        const std::vector<std::string>& files) {
    const auto link = [&](const std::string& file) { return "./" + escaped_address(name + "/" + file); };
    std::string first, picture, pictures;
    for (const std::string& file : files) {
        if (file == "report.html") first = file;
        if (file == "report.html" || file == "card.md") continue;
        const auto written = [&](const std::string& one) { return last_write_time(folder / name / one); };
        const bool sums_up = file == "training.png" || file == "compare.png";
        const bool taken = picture == "training.png" || picture == "compare.png";
        if (sums_up || picture.empty() || (!taken && written(file) >= written(picture))) picture = file;
        pictures += " <a href=\"" + link(file) + "\">" + escaped(file) + "</a>";
    }
    std::ifstream file(folder / name / (first.empty() ? "card.md" : first), std::ios::binary);
    std::string head(8000, '\0');
    file.read(head.data(), 8000);
    const auto meta = [&](const char* what) {
        return without_tags(between(head, "<meta name=\"" + std::string(what) + "\" content=\"", "\""));
    };
    std::string title = without_tags(between(head, "<title>", "</title>")), data = meta("data");
    std::string result = meta("result"), command = meta("description");
    if (first.empty()) {
        title = escaped(between(head, "**Claim.** ", "\n"));
        result = escaped(between(head, "\n**Verdict** ", "\n"));
        command = escaped(between(head, "**Command.** `", "`"));
        first = picture.empty() ? "card.md" : picture;
    }
    const std::string open = "<a href=\"" + link(first) + "\">";
    std::string text = "<li>" + open;
    if (!picture.empty()) text += "<img loading=\"lazy\" alt=\"\" src=\"" + link(picture) + "\">";
    text += "</a><div>" + open + escaped(name) + "</a>";
    for (const std::string& line : {title, data})
        if (!line.empty()) text += "<p>" + line + "</p>";
    if (!result.empty()) text += "<pre>" + result + "</pre>";
    if (!pictures.empty()) text += "<p class=\"pictures\">Pictures:" + pictures + "</p>";
    return text + "<code>" + command + "</code></div></li>\n";
}

void write_index(const std::filesystem::path& folder) {
    std::map<std::string, std::vector<std::string>> runs;  // what each left that can be looked at
    const auto rights = std::filesystem::directory_options::skip_permission_denied;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, rights)) {
        const std::filesystem::path name = entry.path().lexically_relative(folder);
        const bool shown = name.filename() == "report.html" || name.filename() == "card.md" ||
                           name.extension() == ".png" || name.extension() == ".svg";
        if (shown && name.has_parent_path())
            runs[name.parent_path().generic_string()].push_back(name.filename().string());
        if (entry.is_directory() && faccessat(AT_FDCWD, entry.path().c_str(), R_OK | X_OK, AT_EACCESS) != 0) {
            const std::string why = std::strerror(errno);
            std::cerr << "warning: the index leaves out " + entry.path().string() + ": " + why + "\n";
        }
    }
    std::string list;
    for (auto& [name, files] : runs) {
        std::sort(files.begin(), files.end());
        list += item(folder, name, files);
    }
    write_file(folder / "index.html", {filled(report_index_html, {{"list", list}})});
}

void list_run(const std::filesystem::path& run, const std::string& program) {
    const std::filesystem::path folder = std::filesystem::absolute(run / "").parent_path().parent_path();
    for (const std::filesystem::path& above : {folder, folder.parent_path()}) {
        if (above.filename() != "runs") continue;
        try {
            write_index(above);
        } catch (const std::exception& error) {  // it is no part of this run
            std::cerr << program << ": warning: " << in_words(error) << "\n";
        }
    }
}

}  // namespace gantry::kit
