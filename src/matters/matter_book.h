#pragma once
// MatterBook is what a catalogue directory says about business matters: which data each has, how they are masked for
// whom, and who may see what whole. The platform and its kiosks read the same files.
//
//   KW_TRY(const auto book, MatterBook::load("/usr/share/kioskward/catalogue"));
//   const auto* field = book.field("residence-permit", "phone");      null: no such datum
//   book.show("applicant", *field, "13800138000")                     "138****00"
//
//   data/CODE.toml  masks/fields.toml  masks/regions.txt  masks/roles/ROLE.toml  masks/reveal.toml
//   dictionaries/CODE.zdict       what records of a matter are compressed with; may be missing
//
// Immutable; any thread. Why: ADR 104, 105, 111.
#include <filesystem>
#include <map>

#include "masking/masks.h"
#include "masking/reveal.h"
#include "vault/catalogue.h"

namespace kw::matters {

/// The roles that a datum's `whole_for` may name: those of schemas/permissions.json.
[[nodiscard]] std::set<std::string, std::less<>> known_roles();

/// A mask of this name is none: stars alone, for everybody.
inline constexpr std::string_view kHidden = "hidden";

class MatterBook {
 public:
  /// load: Errc::not_found, too_large, malformed, or invalid with file, matter and field; all problems of the data in
  /// one text.
  static Result<MatterBook> load(const std::filesystem::path& directory);

  [[nodiscard]] const vault::DataMatter* matter(std::string_view code) const { return data_.find(code); }
  [[nodiscard]] const vault::DataField* field(std::string_view matter, std::string_view name) const;
  [[nodiscard]] const vault::Catalogue& data() const noexcept { return data_; }
  [[nodiscard]] const masking::Masks& masks() const noexcept { return masks_; }
  [[nodiscard]] const masking::RevealRules& reveal() const noexcept { return reveal_; }
  /// dictionary gives the octets of a matter's dictionary; empty where there is none.
  [[nodiscard]] ByteView dictionary(std::string_view matter) const;
  /// show gives the value as this role sees it: as it is only where the datum has no mask.
  [[nodiscard]] std::string show(std::string_view role, const vault::DataField& field, std::string_view value) const;
  /// may_reveal decides for an applicant, or for an official's role, which the datum has to name as well.
  [[nodiscard]] masking::RevealDecision may_reveal(std::string_view role, std::string_view matter,
                                                   const vault::DataField& field, masking::Purpose purpose,
                                                   masking::Place place) const;

 private:
  using Dictionaries = std::map<std::string, Bytes, std::less<>>;
  MatterBook(vault::Catalogue data, masking::Masks masks, masking::RevealRules reveal, Dictionaries dictionaries)
      : data_(std::move(data)),
        masks_(std::move(masks)),
        reveal_(std::move(reveal)),
        dictionaries_(std::move(dictionaries)) {}
  vault::Catalogue data_;
  masking::Masks masks_;
  masking::RevealRules reveal_;
  Dictionaries dictionaries_;
};

}  // namespace kw::matters
