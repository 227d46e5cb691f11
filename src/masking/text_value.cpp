#include "masking/text_value.h"

#include <arpa/inet.h>  // inet_pton: text to octets, no socket

#include <algorithm>
#include <array>

#include "base/text.h"
#include "masking/code_points.h"

namespace kw::masking {
namespace {

constexpr std::size_t kMostName = 64, kMostAddress = 256, kMostDomain = 253, kMostLocal = 64, kMostLabel = 63;
constexpr std::u32string_view kDots = U"·•‧・";  // as minority names are written; U+00B7 by GB/T 13000

bool han(char32_t c) {
  return (c >= 0x3400 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x323af) || c == 0x3007;
}
bool latin(char32_t c) {
  return (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z') || (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7);
}
bool letter_or_digit(char32_t c) {
  return (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z') || (c >= U'0' && c <= U'9');
}

std::optional<Pieces> name_pieces(std::size_t step, std::u32string_view value, const TextWords& words) {
  if (value.size() < 2 || value.size() > kMostName) return std::nullopt;
  const bool western = latin(value[0]);
  bool dotted = false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool joint = kDots.find(value[i]) != std::u32string_view::npos;
    const bool between = western && (value[i] == U' ' || value[i] == U'-' || value[i] == U'\'' || value[i] == U'.');
    dotted = dotted || joint;
    if (joint && (i == 0 || i + 1 == value.size())) return std::nullopt;
    if (!joint && !between && !(western ? latin(value[i]) : han(value[i]))) return std::nullopt;
  }
  if (step == 0) return Pieces{};
  const bool compound =
      !western && !dotted && value.size() > 2 && words.surnames.contains(std::u32string(value.substr(0, 2)));
  return Pieces{std::u32string(value.substr(0, compound ? 2 : 1)), {}};
}

/// The end of the first of `words` in the first twelve characters behind `from`; `from` where there is none.
std::size_t behind_first(std::u32string_view value, std::size_t from,
                         std::initializer_list<std::u32string_view> words) {
  std::size_t best = from;
  for (const auto word : words) {
    const auto at = value.substr(0, from + 12).find(word, from + 1);  // the name of a place has a character at least
    if (at != std::u32string_view::npos && (best == from || at + word.size() < best)) best = at + word.size();
  }
  return best;
}

std::optional<Pieces> address_pieces(std::size_t step, std::u32string_view value, const TextWords& words) {
  if (value.size() > kMostAddress) return std::nullopt;
  for (const auto& province : words.provinces) {
    if (!value.starts_with(province)) continue;
    auto end = province.size();
    const bool city_itself = province.back() == U'市';
    if (step >= 2 && !city_itself) end = behind_first(value, end, {U"自治州", U"地区", U"盟", U"市"});
    if (step >= 3) end = behind_first(value, end, {U"区", U"县", U"旗", U"市"});
    return Pieces{step == 0 ? std::u32string() : std::u32string(value.substr(0, end)), {}};
  }
  return std::nullopt;
}

bool is_domain(std::u32string_view text) {
  if (text.empty() || text.size() > kMostDomain) return false;
  std::size_t labels = 0;
  while (true) {
    const auto end = std::min(text.find(U'.'), text.size());
    const auto label = text.substr(0, end);
    const auto good = [](char32_t c) { return letter_or_digit(c) || c == U'-'; };
    if (label.empty() || label.size() > kMostLabel || label.front() == U'-' || label.back() == U'-' ||
        !std::ranges::all_of(label, good))
      return false;
    ++labels;
    if (end == text.size()) return labels > 1;
    text.remove_prefix(end + 1);
  }
}

/// RFC 5321 section 4.1.2, without quoted strings and address literals.
std::optional<Pieces> email_pieces(std::size_t step, std::u32string_view value, const TextWords& words) {
  constexpr std::u32string_view kSigns = U"!#$%&'*+-/=?^_`{|}~.";
  const auto at = value.find(U'@');
  if (at == 0 || at == std::u32string_view::npos || at > kMostLocal || !is_domain(value.substr(at + 1)))
    return std::nullopt;
  const auto local = value.substr(0, at);
  const auto good = [&](char32_t c) { return letter_or_digit(c) || kSigns.find(c) != std::u32string_view::npos; };
  if (!std::ranges::all_of(local, good) || local.front() == U'.' || local.back() == U'.' ||
      local.find(U"..") != std::u32string_view::npos)
    return std::nullopt;
  const auto domain = lower(utf8_of(value.substr(at + 1)));
  if (step == 0 || !words.providers.contains(domain)) return Pieces{};
  return Pieces{{}, U"@" + std::u32string(domain.begin(), domain.end())};
}

std::optional<Pieces> ip_pieces(std::size_t step, std::u32string_view value) {
  if (value.size() > INET6_ADDRSTRLEN || std::ranges::any_of(value, [](char32_t c) { return c > 0x7f; }))
    return std::nullopt;
  const auto text = utf8_of(value);
  std::array<unsigned char, 16> octets{};
  std::u32string before;
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) {
    for (const char c : std::to_string(octets[0])) before += static_cast<unsigned char>(c);
    before += U'.';
  } else if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) {
    constexpr std::u32string_view kHex = U"0123456789abcdef";
    for (std::size_t i = 0; i < 2; ++i) {
      before += kHex[octets.at(i) >> 4];
      before += kHex[octets.at(i) & 15];
    }
    before += U':';
  } else {
    return std::nullopt;
  }
  return Pieces{step == 0 ? std::u32string() : before, {}};
}

}  // namespace

std::vector<std::string_view> text_steps(TextForm form) {
  switch (form) {
    case TextForm::name:
      return {"surname"};
    case TextForm::address:
      return {"province", "city", "district"};
    case TextForm::email:
      return {"domain"};
    case TextForm::ip:
      return {"start"};
    case TextForm::none:
      break;
  }
  return {};
}

std::optional<Pieces> text_pieces(TextForm form, std::size_t step, std::u32string_view value, const TextWords& words) {
  switch (form) {
    case TextForm::name:
      return name_pieces(step, value, words);
    case TextForm::address:
      return address_pieces(step, value, words);
    case TextForm::email:
      return email_pieces(step, value, words);
    case TextForm::ip:
      return ip_pieces(step, value);
    case TextForm::none:
      break;
  }
  return std::nullopt;
}

}  // namespace kw::masking
