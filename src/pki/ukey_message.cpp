#include "pki/ukey_message.h"

#include <algorithm>

namespace kw::pki {
namespace {

constexpr std::string_view kUkeyHead = "kioskward-ukey/1";
constexpr std::size_t kUkeyChallenge = 32, kMostUkeyWord = 64;

bool is_word(std::string_view text) {
  return !text.empty() && text.size() <= kMostUkeyWord &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

std::string UkeyMessage::text() const {
  return std::string(kUkeyHead) + " " + purpose + " " + platform + " " + account + " " + to_hex(challenge);
}

Result<UkeyMessage> parse_ukey_message(std::string_view line) {
  const auto word = [&] {
    const auto end = std::min(line.find(' '), line.size());
    const auto out = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return std::string(out);
  };
  const auto whole = std::string(line);
  if (word() != kUkeyHead) return fail(Errc::malformed, "not a challenge for a UKey");
  UkeyMessage out;
  out.purpose = word();
  out.platform = word();
  out.account = word();
  const auto challenge = from_hex(word());
  if (!challenge || challenge->size() != kUkeyChallenge || !is_word(out.purpose) || !is_word(out.platform) ||
      !is_word(out.account))
    return fail(Errc::malformed, "not a challenge for a UKey");
  out.challenge = *challenge;
  if (out.text() != whole) return fail(Errc::malformed, "not a challenge for a UKey");
  return out;
}

}  // namespace kw::pki
