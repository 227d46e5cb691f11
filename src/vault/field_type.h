#pragma once
// FieldType is what a value of the data catalogue is, with what follows from it: how many values there can be, and how
// two spellings of one value are made the same.
//
// PURE; any thread.
#include <optional>
#include <string_view>

#include "base/secret.h"

namespace kw::vault {

enum class FieldType : std::uint8_t {
  text = 1,
  name,
  address,
  phone,
  id_number,
  credit_code,
  certificate_number,
  bank_card,  // may be looked for
  date,
  year,
  number,
  sex,
  flag,
  choice,  // too few values to be looked for
  secret,
  biometric,
  image,
  video,
  file  // cannot be compared
};

[[nodiscard]] std::string_view name(FieldType type) noexcept;
[[nodiscard]] std::optional<FieldType> type_of(std::string_view word) noexcept;

/// Below this many possible values whoever sees a blind index guesses what stands behind it by counting alone.
inline constexpr std::uint64_t kLeastSearchable = 1 << 20;
/// possible_values is a rough count; nullopt where values cannot be compared. `choices`: how many a choice has.
[[nodiscard]] std::optional<std::uint64_t> possible_values(FieldType type, std::size_t choices) noexcept;

inline constexpr std::size_t kMostNormalForm = 1024;
/// normal_form gives the octets that a blind index is made over. Every type is trimmed of blanks (the ideographic one
/// too), and ASCII's letters are made large. Of numbers of any kind inner blanks, hyphens, dots and brackets go as
/// well; a telephone number loses 0086 or +86; of a name the dots between its parts are written alike. Errc::invalid
/// for what is empty then, is too long or no UTF-8, or is of a type that is not looked for.
Result<SecretBytes> normal_form(FieldType type, std::string_view text);

}  // namespace kw::vault
