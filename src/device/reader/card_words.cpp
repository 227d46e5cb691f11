#include "device/reader/card_words.h"

#include <algorithm>
#include <array>

namespace kw::device {
namespace {

using Fact = SecretBytes CardFacts::*;
struct CardWord {
  std::string_view word;
  Fact fact;
};
constexpr std::array kCardWords{CardWord{"name", &CardFacts::name},
                                CardWord{"sex", &CardFacts::sex},
                                CardWord{"nation", &CardFacts::nation},
                                CardWord{"birthday", &CardFacts::birthday},
                                CardWord{"address", &CardFacts::address},
                                CardWord{"id_number", &CardFacts::id_number},
                                CardWord{"issuer", &CardFacts::issuer},
                                CardWord{"valid_from", &CardFacts::valid_from},
                                CardWord{"valid_until", &CardFacts::valid_until}};

bool is_card_date(std::string_view word) { return word == "birthday" || word.starts_with("valid_"); }

/// YYYYMMDD with its hyphens. Whether there is such a day is for whoever takes it.
Result<SecretBytes> dated(const SecretBytes& from) {
  const auto text = text_of(from.reveal());
  if (text == "长期") return from.clone();
  const bool digits = std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  if (text.size() != 8 || !digits) return fail(Errc::malformed, "date of a card");
  Bytes out;
  out.reserve(10);
  append(out, bytes_of(text.substr(0, 4)));
  out.push_back('-');
  append(out, bytes_of(text.substr(4, 2)));
  out.push_back('-');
  append(out, bytes_of(text.substr(6, 2)));
  return SecretBytes(std::move(out));
}

/// Codes of GB/T 2261.1.
std::string_view sex_of(const SecretBytes& code) {
  const auto text = text_of(code.reveal());
  return text == "1" ? "男" : text == "2" ? "女" : "未说明";
}

}  // namespace

bool is_card_word(std::string_view word) noexcept {
  return std::ranges::find(kCardWords, word, &CardWord::word) != kCardWords.end();
}

Result<SecretBytes> card_value(const CardFacts& facts, std::string_view word) {
  const auto* const at = std::ranges::find(kCardWords, word, &CardWord::word);
  if (at == kCardWords.end()) return fail(Errc::not_found, "fact of a card");
  if (is_card_date(word)) return dated(facts.*at->fact);
  if (word == "sex") return SecretBytes::copy_of(bytes_of(sex_of(facts.sex)));
  return (facts.*at->fact).clone();
}

}  // namespace kw::device
