#include "device/hardware.h"

#include <algorithm>
#include <map>

#include "crypto/sm3.h"

namespace kw::device {
namespace {

constexpr int kMostSources = 128;
constexpr std::size_t kLongestName = 128;

/// One line of text, so that no value can pretend to be a second source.
std::string clean(std::string_view value) {
  std::string out;
  for (const char c : value) out += (c == '\n' || c == '\r' || c == '\0') ? ' ' : c;
  const auto first = out.find_first_not_of(" \t");
  if (first == std::string::npos) return {};
  return out.substr(first, out.find_last_not_of(" \t") - first + 1);
}
std::string bytes_text(const crypto::Digest& digest) { return copy_text(digest); }

}  // namespace

v1::HardwareDigest hardware_digest(std::vector<SourceValue> sources) {
  std::ranges::stable_sort(sources, {}, &SourceValue::name);
  const auto repeated = std::ranges::unique(sources, {}, &SourceValue::name);
  sources.erase(repeated.begin(), repeated.end());
  v1::HardwareDigest out;
  out.set_version(1);
  crypto::Sm3 all;
  for (const auto& source : sources) {
    auto* entry = out.add_sources();
    entry->set_name(source.name);
    if (!source.value) continue;
    const auto value = clean(*source.value);
    entry->set_present(true);
    entry->set_value_digest(bytes_text(crypto::sm3(bytes_of(value))));
    all.update(bytes_of(source.name + "=" + value + "\n"));
  }
  out.set_digest(bytes_text(all.finish()));
  return out;
}

Result<> check_digest(const v1::HardwareDigest& digest) {
  if (digest.version() != 1) return fail(Errc::malformed, "hardware digest: version");
  if (digest.digest().size() != 32) return fail(Errc::malformed, "hardware digest: length");
  if (digest.sources_size() > kMostSources) return fail(Errc::malformed, "hardware digest: too many sources");
  bool any = false;
  std::string_view last;
  for (const auto& source : digest.sources()) {
    if (source.name().empty() || source.name().size() > kLongestName || source.name() <= last)
      return fail(Errc::malformed, "hardware digest: names and their order");
    if (source.value_digest().size() != (source.present() ? 32U : 0U))
      return fail(Errc::malformed, "hardware digest: value digest");
    any = any || source.present();
    last = source.name();
  }
  if (!any) return fail(Errc::malformed, "hardware digest: no source");
  return {};
}

std::string HardwareChanges::text() const {
  std::string out;
  for (const auto* list : {&changed, &added})
    for (const auto& name : *list) out += (out.empty() ? "" : ",") + name;
  return out;
}

HardwareChanges compare(const v1::HardwareDigest& bound, const v1::HardwareDigest& reported) {
  std::map<std::string, std::string> before, after;
  for (const auto& source : bound.sources())
    if (source.present()) before[source.name()] = source.value_digest();
  for (const auto& source : reported.sources())
    if (source.present()) after[source.name()] = source.value_digest();
  HardwareChanges out;
  for (const auto& [name, value] : before)
    if (const auto at = after.find(name); at == after.end() || at->second != value) out.changed.push_back(name);
  for (const auto& [name, value] : after)
    if (!before.contains(name)) out.added.push_back(name);
  if (out.none() && bound.digest() != reported.digest()) out.changed.emplace_back("digest");
  return out;
}

SecretBytes sealing_key(const v1::HardwareDigest& digest, ByteView salt) {
  return crypto::hkdf_sm3(bytes_of(digest.digest()), salt, bytes_of("kioskward:device-key:v1"), 16);
}

SecretBytes tpm_sealing_key(const SecretBytes& tpm_secret, const SecretBytes& seal) {
  return crypto::hkdf_sm3(tpm_secret.reveal(), seal.reveal(), bytes_of("kioskward:device-key:tpm:v1"), 16);
}

}  // namespace kw::device
