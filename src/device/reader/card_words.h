#pragma once
// card_value gives one fact of an identity card by its word, in the form that values of a session have.
//
//   name  sex  nation  birthday  address  id_number  issuer  valid_from  valid_until
//
// Dates are YYYY-MM-DD, or 长期; sex is 男, 女 or 未说明; nation stays the code of GB/T 3304. The picture is none of
// them: it is no text. PURE; any thread.
#include <string_view>

#include "device/reader/card_facts.h"

namespace kw::device {

[[nodiscard]] bool is_card_word(std::string_view word) noexcept;
/// card_value: Errc::not_found for another word, Errc::malformed for a date that is none.
Result<SecretBytes> card_value(const CardFacts& facts, std::string_view word);

}  // namespace kw::device
