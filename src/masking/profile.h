#pragma once
// Profile says what one role sees of each kind of value; parse_mask_profile reads its TOML file
// (catalogue/masks/roles/).
//
//   role = "applicant"
//   [mask.id_card]
//   first = 1
//   last = 1
//   [mask.address]
//   show = "province"
//   [[with]]                  # what the gate would refuse, and a reason why it is all the same
//   role = "operator"
//   kind = "phone"
//   reason = "..."
//
// A kind without a mask is masked whole. PURE.
#include <map>

#include "masking/catalogue.h"

namespace kw::masking {

struct Mask {
  std::size_t first = 0, last = 0;  // characters shown, of a kind with shapes
  std::size_t step = 0;             // of a text: how many of its show rules, in their order; 0: nothing is shown
  std::string reason;               // why it may leave fewer candidates than the kind asks for; empty: it may not
};

/// That this profile and another show too much together is accepted, for a reason; of its own role: that its fields tell
/// of each other. Of three profiles and more, one has to name all the others.
struct With {
  std::string role, kind, reason;
};

struct Profile {
  std::string role;
  std::map<std::string, Mask, std::less<>> masks;  // by kind
  std::vector<With> with;
};

inline constexpr std::size_t kMostMaskProfile = 64 * 1024;
inline constexpr std::size_t kLeastReason = 8;  // octets: a reason is a sentence
/// parse_mask_profile: Errc::malformed, Errc::invalid with the key's name, Errc::too_large.
Result<Profile> parse_mask_profile(std::string_view toml, const Catalogue& catalogue);

/// shown_places are those of a shape that a mask shows; all of them where nothing would be hidden.
[[nodiscard]] Shown shown_places(const Mask& mask, const Shape& shape);

}  // namespace kw::masking
