#include "crypto/pem.h"

#include <algorithm>

namespace kw::crypto {

Result<SecretBytes> pem_find(std::string_view& text, std::string_view label) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  const auto from = text.find(begin);
  if (from == std::string_view::npos) return fail(Errc::not_found, "no PEM block " + std::string(label));
  const auto to = text.find(end, from);
  if (to == std::string_view::npos) return fail(Errc::malformed, "PEM block without an end");
  const std::string_view body = text.substr(from + begin.size(), to - from - begin.size());
  SecretBytes packed(body.size());
  const auto kept = packed.reveal_mutable();
  const auto last = std::ranges::copy_if(body, kept.begin(), [](char c) {
                      return c != '\n' && c != '\r' && c != ' ' && c != '\t';
                    }).out;
  KW_TRY(auto der, from_base64(text_of(kept.first(static_cast<std::size_t>(last - kept.begin())))));
  text.remove_prefix(to + end.size());
  return SecretBytes(std::move(der));
}

std::string pem_wrap(ByteView der, std::string_view label) {
  constexpr std::size_t kLine = 64;
  const std::string body = to_base64(der);
  std::string out = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < body.size(); at += kLine) out += body.substr(at, kLine) + "\n";
  return out + "-----END " + std::string(label) + "-----\n";
}

}  // namespace kw::crypto
