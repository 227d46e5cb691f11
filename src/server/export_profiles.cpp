#include "server/export_profiles.h"

#include <algorithm>

#include "crypto/sm3.h"
#include "server/secret_file.h"
#include "server/toml_files.h"

namespace kw::server {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostShown = 64;

bool lies_below(const fs::path& path, const fs::path& root) {
  const auto clean = path.lexically_normal(), top = (root / "").lexically_normal().parent_path();
  if (!path.is_absolute() || top.empty()) return false;
  const auto at = std::mismatch(top.begin(), top.end(), clean.begin(), clean.end());
  return at.first == top.end() && at.second != clean.end();
}

}  // namespace

Result<> check_places(const exports::Profile& profile, const ExportPlaces& places) {
  const auto& trust = profile.credentials;
  for (const auto& [key, file] : {std::pair<std::string_view, std::string_view>{"ca", trust.ca},
                                  {"certificate", trust.certificate},
                                  {"key", trust.key},
                                  {"encryption_certificate", trust.encryption_certificate},
                                  {"encryption_key", trust.encryption_key},
                                  {"basic", trust.basic}}) {
    if (!file.empty() && !lies_below(file, places.trust))
      return fail(Errc::invalid, "trust." + std::string(key) + ": a file below " + places.trust.string());
  }
  if (profile.kind == exports::Kind::files && !lies_below(profile.address.path, places.gates))
    return fail(Errc::invalid, "address: a directory below " + places.gates.string());
  return {};
}

Result<exports::Profile> parse_saved(std::string_view text, const ExportPlaces& places) {
  KW_TRY(auto profile, exports::parse_profile(text));
  KW_CHECK(check_places(profile, places));
  return profile;
}

ShownProfile shown(ProfileSource source, store::ExportProfile stored) {
  ShownProfile out{source, std::move(stored), {}, {}, {}};
  const auto profile = exports::parse_profile(out.stored.text);
  if (!profile) {
    out.problem = profile.error().text();
    return out;
  }
  out.stored.name = profile->name;
  out.kind = std::string(exports::name(profile->kind));
  out.address = profile->address.text;
  return out;
}

Result<std::vector<ShownProfile>> files_of(const fs::path& directory, ProfileSource source) {
  std::vector<ShownProfile> out;
  auto files = toml_files(directory, kMostShown);
  if (!files && files.code() == Errc::not_found) return out;
  if (!files) return files.error();
  for (const auto& file : *files) {
    KW_TRY(const auto octets, read_public(file));
    store::ExportProfile stored;
    stored.name = file.stem().string();
    stored.text = std::string(text_of(octets));
    stored.digest = copy(crypto::sm3(octets));
    out.push_back(shown(source, std::move(stored)));
  }
  return out;
}

}  // namespace kw::server
