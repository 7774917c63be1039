// The index of all runs, runs/index.html: of each run that left a report, a card or a picture a small picture, what it
// was, and its result. Every program writes it when it ends.
//
// What it knows of a run it reads from the first lines of report.html or card.md; whatever stands there stays text.
// What it does not do: follow files that are moved later. The next run writes it anew.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace gantry::kit {

/// Writes folder/index.html, which lists all runs below the folder.
void write_index(const std::filesystem::path& folder);

/// The same for the folder named "runs" that a run lies in, as runs/NAME or runs/claims/NAME; a folder of another name
/// is not ours to write to. An index that cannot be written is a warning.
void list_run(const std::filesystem::path& run, const std::string& program);

/// The path as a browser takes it behind file://.
std::string address(const std::filesystem::path& path);

/// Text with &, < and " as a page has to write them.
std::string escaped(const std::string& text);

/// A page with a text in the place of each {{name}}, in one pass: a text may itself hold such a place.
std::string filled(const std::string& page, const std::map<std::string, std::string>& texts);

}  // namespace gantry::kit
