#include "matters/matter_book.h"

#include <algorithm>
#include <fstream>

#include "vault/record_dictionary.h"

namespace kw::matters {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostMatters = 256, kMostRules = 64 * 1024;

Result<std::string> text_file(const fs::path& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, path.string());
  std::string out(most + 1, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (in.bad()) return fail(Errc::io, path.string());
  out.resize(static_cast<std::size_t>(in.gcount()));
  if (out.size() > most) return fail(Errc::too_large, path.string());
  return out;
}

Result<std::vector<fs::path>> toml_in(const fs::path& directory, std::size_t most) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".toml") out.push_back(at->path());
  if (error) return fail(Errc::not_found, directory.string());
  if (out.size() > most) return fail(Errc::too_large, directory.string() + ": too many files");
  std::ranges::sort(out);
  return out;
}

template <class T>
Result<T> in_file(Result<T> read, const fs::path& file) {
  if (!read) return read.error().within(file.string());
  return read;
}

Result<masking::Masks> load_masks(const fs::path& directory) {
  KW_TRY(const auto fields, text_file(directory / "fields.toml", masking::kMostCatalogue));
  KW_TRY(const auto regions, text_file(directory / "regions.txt", masking::kMostCatalogue));
  KW_TRY(auto kinds, in_file(masking::parse_catalogue(fields, regions), directory));
  KW_TRY(const auto files, toml_in(directory / "roles", masking::kMostProfiles));
  std::vector<masking::Profile> profiles;
  for (const auto& file : files) {
    KW_TRY(const auto text, text_file(file, masking::kMostMaskProfile));
    KW_TRY(auto profile, in_file(masking::parse_mask_profile(text, kinds), file));
    profiles.push_back(std::move(profile));
  }
  return in_file(masking::Masks::admit(std::move(kinds), std::move(profiles)), directory / "roles");
}

Result<vault::Catalogue> load_data(const fs::path& directory, const vault::CatalogueWords& words) {
  KW_TRY(const auto files, toml_in(directory, kMostMatters));
  vault::Catalogue out;
  std::string problems;
  for (const auto& file : files) {
    KW_TRY(const auto text, text_file(file, vault::kMostMatterFile));
    auto reading = vault::read_matter(file.filename().string(), text, words);
    for (const auto& problem : reading.problems) problems += (problems.empty() ? "" : "\n") + problem.text();
    if (reading.problems.empty()) KW_CHECK(out.add(std::move(reading)));
  }
  if (!problems.empty()) return fail(Errc::invalid, problems);
  return out;
}

}  // namespace

std::set<std::string, std::less<>> known_roles() {
  return {"system", "security", "audit", "operator", "inspector", "custodian", "assessor"};
}

Result<MatterBook> MatterBook::load(const fs::path& directory) {
  KW_TRY(auto masks, load_masks(directory / "masks"));
  const auto rules = directory / "masks" / "reveal.toml";
  KW_TRY(const auto text, text_file(rules, kMostRules));
  KW_TRY(auto reveal, in_file(masking::parse_reveal_rules(text), rules));
  vault::CatalogueWords words{known_roles(), {std::string(kHidden)}};
  for (const auto& kind : masks.catalogue().kinds) words.masks.insert(kind.name);
  KW_TRY(auto data, load_data(directory / "data", words));
  Dictionaries dictionaries;
  for (const auto& matter : data.matters()) {
    const auto file = directory / "dictionaries" / (matter.code + ".zdict");
    if (!fs::exists(file)) continue;
    KW_TRY(const auto octets, text_file(file, vault::kMostDictionary));
    KW_CHECK(in_file(vault::RecordDictionary::load(bytes_of(octets)), file));
    dictionaries.emplace(matter.code, copy(bytes_of(octets)));
  }
  return MatterBook(std::move(data), std::move(masks), std::move(reveal), std::move(dictionaries));
}

ByteView MatterBook::dictionary(std::string_view matter) const {
  const auto at = dictionaries_.find(matter);
  return at == dictionaries_.end() ? ByteView() : ByteView(at->second);
}

const vault::DataField* MatterBook::field(std::string_view matter, std::string_view name) const {
  const auto* found = data_.find(matter);
  return found == nullptr ? nullptr : found->find(name);
}

std::string MatterBook::show(std::string_view role, const vault::DataField& field, std::string_view value) const {
  return field.mask.empty() ? std::string(value) : masks_.show(role, field.mask, value);
}

masking::RevealDecision MatterBook::may_reveal(std::string_view role, std::string_view matter,
                                               const vault::DataField& field, masking::Purpose purpose,
                                               masking::Place place) const {
  const bool official = role != "applicant";
  if (official && std::ranges::find(field.whole_for, role) == field.whole_for.end())
    return {masking::RevealReason::role_not_named};
  return reveal_.may_reveal({std::string(role), field.mask, purpose, place, std::string(matter)});
}

}  // namespace kw::matters
