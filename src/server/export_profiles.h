#pragma once
// Profiles of audit export: files that are shipped, files of this machine, and those that people save in versions.
//
// Files are read-only here; a saved profile never has the name of a file's. What a saved one may name on this machine
// is bounded by ExportPlaces. Thread-safe as the store is.
#include "export/profile_problem.h"
#include "server/change.h"
#include "server/export_options.h"

namespace kw::server {

enum class ProfileSource : std::uint8_t { shipped, file, saved };

struct ShownProfile {
  ProfileSource source = ProfileSource::saved;
  store::ExportProfile stored;  // of a file: name, text and digest
  std::string kind, address;    // empty where its text is none that is understood
  std::string problem;          // why not
};

/// check_places: Errc::invalid with the key where a profile names what it may not.
Result<> check_places(const exports::Profile& profile, const ExportPlaces& places);
/// parse_saved is parse_profile and check_places.
Result<exports::Profile> parse_saved(std::string_view text, const ExportPlaces& places);
/// files_of shows every *.toml of a directory; nothing for one that is not there.
Result<std::vector<ShownProfile>> files_of(const std::filesystem::path& directory, ProfileSource source);
[[nodiscard]] ShownProfile shown(ProfileSource source, store::ExportProfile stored);

}  // namespace kw::server
