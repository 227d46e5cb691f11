#include "device/reader/card_facts.h"

#include "base/reader.h"
#include "identifiers/id_number.h"

namespace kw::device {
namespace {

constexpr std::size_t kKindAt = 248;  // of the text: 'I' or 'J' where the card is of another kind
constexpr Byte kForeigner = 'I', kOtherResident = 'J';

void put_character(char32_t c, Bytes& out) {
  if (c < 0x80) {
    out.push_back(static_cast<Byte>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<Byte>(0xc0 | c >> 6));
    out.push_back(static_cast<Byte>(0x80 | (c & 0x3f)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<Byte>(0xe0 | c >> 12));
    out.push_back(static_cast<Byte>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<Byte>(0x80 | (c & 0x3f)));
  } else {
    out.push_back(static_cast<Byte>(0xf0 | c >> 18));
    out.push_back(static_cast<Byte>(0x80 | (c >> 12 & 0x3f)));
    out.push_back(static_cast<Byte>(0x80 | (c >> 6 & 0x3f)));
    out.push_back(static_cast<Byte>(0x80 | (c & 0x3f)));
  }
}

/// A field without the blanks behind it. Memory is taken once, so that no copy of a value is left.
Result<SecretBytes> field_of(Reader& from, std::size_t octets) {
  KW_TRY(auto units, from.take(octets));
  const auto unit = [&](std::size_t i) { return static_cast<char32_t>(units[i] | units[i + 1] << 8); };
  while (!units.empty() && (unit(units.size() - 2) == U' ' || unit(units.size() - 2) == 0))
    units = units.first(units.size() - 2);
  if (units.empty()) return fail(Errc::malformed, "empty field of a card");
  Bytes out;
  out.reserve(units.size() / 2 * 3);
  for (std::size_t i = 0; i < units.size(); i += 2) {
    auto c = unit(i);
    const bool high = c >= 0xd800 && c < 0xdc00;
    if (high && i + 2 < units.size() && unit(i + 2) >= 0xdc00 && unit(i + 2) < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (unit(i + 2) - 0xdc00);
      i += 2;
    }
    if (c < 0x20 || c == 0x7f || (c >= 0xd800 && c < 0xe000)) {
      wipe(out);
      return fail(Errc::malformed, "character of a card");
    }
    put_character(c, out);
  }
  return SecretBytes(std::move(out));
}

bool is_number_of(const SecretBytes& number, const SecretBytes& birthday) {
  const auto text = text_of(number.reveal());
  return identifiers::is_id_number(text) && text.front() != '9' && text.back() != 'x' &&
         text_of(birthday.reveal()) == text.substr(6, 8);
}

}  // namespace

Result<CardFacts> parse_card_data(ByteView data) {
  Reader whole(data);
  KW_TRY(const auto text_size, whole.u16());
  KW_TRY(const auto photo_size, whole.u16());
  if (text_size != kCardText) return fail(Errc::malformed, "text of a card");
  if (photo_size > kMostCardPhoto) return fail(Errc::too_large, "picture of a card");
  KW_TRY(const auto text, whole.take(text_size));
  KW_TRY(const auto photo, whole.take(photo_size));
  KW_CHECK(whole.finish());
  if (text[kKindAt] == kForeigner || text[kKindAt] == kOtherResident) return fail(Errc::unsupported, "kind of card");
  Reader from(text);
  CardFacts out;
  KW_TRY(out.name, field_of(from, 30));
  KW_TRY(out.sex, field_of(from, 2));
  KW_TRY(out.nation, field_of(from, 4));
  KW_TRY(out.birthday, field_of(from, 16));
  KW_TRY(out.address, field_of(from, 70));
  KW_TRY(out.id_number, field_of(from, 36));
  KW_TRY(out.issuer, field_of(from, 30));
  KW_TRY(out.valid_from, field_of(from, 16));
  KW_TRY(out.valid_until, field_of(from, 16));
  if (!is_number_of(out.id_number, out.birthday)) return fail(Errc::malformed, "number of a card");
  out.photo = SecretBytes::copy_of(photo);
  return out;
}

}  // namespace kw::device
