#include "privacy/mask.h"

#include <algorithm>

#include "base/text.h"
#include "identifiers/number_run.h"

namespace kw::privacy {
namespace {

constexpr std::size_t kLeastPhoneDigits = 7;

std::string_view word_of(identifiers::NumberKind kind) noexcept {
  switch (kind) {
    case identifiers::NumberKind::id_number:
      return "[id-number]";
    case identifiers::NumberKind::phone:
      return "[phone]";
    case identifiers::NumberKind::bank_card:
      return "[bank-card]";
    case identifiers::NumberKind::none:
      break;
  }
  return {};
}

}  // namespace

std::string masked(std::string_view text) {
  if (text.empty()) return {};
  const auto digits = static_cast<std::size_t>(std::ranges::count_if(text, identifiers::is_digit));
  const bool plain = std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (plain && digits >= kLeastPhoneDigits) {
    return std::string(text.substr(0, digits > 8 ? 3 : 1)) + "****" + std::string(text.substr(text.size() - 2));
  }
  return std::string(text.substr(0, std::max<std::size_t>(1, utf8_length(text)))) + "**";
}

std::string hide_identifiers(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (!identifiers::is_digit(text[at])) {
      out.push_back(text[at++]);
      continue;
    }
    std::size_t run = 0;
    while (at + run < text.size() && identifiers::is_digit(text[at + run])) ++run;
    const bool letter_before = !out.empty() && identifiers::is_letter(out.back());
    const char behind = at + run < text.size() ? text[at + run] : '\0';
    const auto found = identifiers::judge_run(text.substr(at, run), behind, letter_before);
    out += found.size > 0 ? word_of(found.kind) : text.substr(at, run);
    at += std::max(run, found.size);
  }
  return out;
}

}  // namespace kw::privacy
