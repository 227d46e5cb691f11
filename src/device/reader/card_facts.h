#pragma once
// CardFacts is what a resident identity card says of its holder; parse_card_data reads it from a reader's answer.
//
// Every value is a secret in UTF-8, as the card has it: sex and nation are codes of GB/T 2261.1 and GB/T 3304. An
// answer is a text of 256 octets in UTF-16LE with fields of fixed width, blanks behind each, and a picture:
//
//   name 30, sex 2, nation 4, birth 16, address 70, number 36, issuer 30, valid from 16, valid until 16, rest 36
//
// The number has to pass its check and to hold the birthday. PURE. Source: the makers' protocol of GA 450 modules as
// open drivers implement it.
#include "base/secret.h"

namespace kw::device {

struct CardFacts {
  SecretBytes name, sex, nation, birthday, address, id_number, issuer;
  SecretBytes valid_from, valid_until;  // YYYYMMDD, or 长期
  SecretBytes photo;                    // as the card has it (WLT); empty where the reader gave none
};

inline constexpr std::size_t kCardText = 256, kMostCardPhoto = 4096;
/// parse_card_data takes text's length, picture's length (2 octets each), text and picture. Errc::truncated,
/// trailing_data, too_large, malformed; unsupported for cards of another kind (foreigners, residents of Hong Kong,
/// Macau and Taiwan), whose fields lie elsewhere.
Result<CardFacts> parse_card_data(ByteView data);

}  // namespace kw::device
