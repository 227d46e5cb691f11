#include "server/vault/root_file.h"

#include <algorithm>
#include <array>

#include "base/reader.h"
#include "base/writer.h"

namespace kw::server {
namespace {

constexpr std::string_view kRootMagic = "KWROOT", kSealMagic = "KWKEY";
constexpr std::uint8_t kRootForm = 1;
constexpr std::array<std::string_view, 3> kRootWords{"platform", "passphrase", "module"};

bool begins(ByteView octets, std::string_view with) {
  return octets.size() >= with.size() && text_of(octets.first(with.size())) == with;
}

Result<RootFile> parse_old_root(ByteView octets) {
  if (begins(octets, kSealMagic)) return RootFile{RootSeal::platform, true, {}, copy(octets)};
  if (octets.size() > kRootSalt && begins(octets.subspan(kRootSalt), kSealMagic))
    return RootFile{RootSeal::passphrase, true, copy(octets.first(kRootSalt)), copy(octets.subspan(kRootSalt))};
  return fail(Errc::malformed, "no root key's file");
}

}  // namespace

std::string_view name(RootSeal by) noexcept { return kRootWords[static_cast<std::size_t>(by) - 1]; }

Result<RootSeal> parse_root_seal(std::string_view word) {
  const auto* const at = std::ranges::find(kRootWords, word);
  if (at == kRootWords.end()) return fail(Errc::invalid, "platform, passphrase or module");
  return static_cast<RootSeal>(at - kRootWords.begin() + 1);
}

Bytes RootFile::octets() const {
  Writer out;
  out.raw(bytes_of(kRootMagic)).u8(kRootForm).u8(static_cast<std::uint8_t>(by)).raw(salt).raw(sealed);
  return std::move(out).take();
}

Result<RootFile> parse_root_file(ByteView octets) {
  if (octets.size() > kMostRootFile) return fail(Errc::too_large, "root key's file");
  if (!begins(octets, kRootMagic)) return parse_old_root(octets);
  Reader in(octets.subspan(kRootMagic.size()));
  const auto form = in.u8();
  const auto by = in.u8();
  if (!form || !by) return fail(Errc::malformed, "root key's file: cut");
  if (*form != kRootForm || *by == 0 || *by > kRootWords.size())
    return fail(Errc::unsupported, "root key's file of a newer program");
  RootFile out;
  out.by = static_cast<RootSeal>(*by);
  if (out.by == RootSeal::passphrase) {
    const auto salt = in.take(kRootSalt);
    if (!salt) return fail(Errc::malformed, "root key's file: cut");
    out.salt = copy(*salt);
  }
  out.sealed = copy(in.rest());
  if (!begins(out.sealed, kSealMagic)) return fail(Errc::malformed, "root key's file: no seal");
  return out;
}

}  // namespace kw::server
