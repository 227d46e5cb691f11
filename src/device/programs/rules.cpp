#include "device/programs/rules.h"

#include <algorithm>

namespace kw::device {
namespace {

template <class List>
std::vector<crypto::Digest> digests_of(const List& texts) {
  std::vector<crypto::Digest> out;
  for (const auto& text : texts)
    if (const auto octets = from_hex(text))
      if (const auto digest = to_array<32>(*octets)) out.push_back(*digest);  // the check of policy refused all others
  std::ranges::sort(out);
  return out;
}

}  // namespace

ProgramRules ProgramRules::make(const v1::ProgramPolicy& policy, std::shared_ptr<const ProgramList> list,
                                std::vector<crypto::Digest> interpreters) {
  ProgramRules out;
  out.mode = policy.mode();
  out.list = std::move(list);
  out.allow = digests_of(policy.allow());
  out.deny = digests_of(policy.deny());
  out.interpreters = std::move(interpreters);
  std::ranges::sort(out.interpreters);
  out.suffixes.assign(policy.script_suffixes().begin(), policy.script_suffixes().end());
  out.data_paths.assign(policy.data_paths().begin(), policy.data_paths().end());
  out.strict = policy.strict_interpreters();
  out.libraries = policy.libraries();
  out.allow_late = policy.allow_late();
  if (policy.verdict_ms() != 0) out.verdict = std::chrono::milliseconds(policy.verdict_ms());
  return out;
}

Standing ProgramRules::standing(const crypto::Digest& digest) const {
  if (std::ranges::binary_search(deny, digest)) return Standing::denied;
  if (std::ranges::binary_search(allow, digest)) return Standing::known;
  return list && list->find(digest) != nullptr ? Standing::known : Standing::unknown;
}

bool ProgramRules::is_interpreter(const crypto::Digest& digest) const {
  if (std::ranges::binary_search(interpreters, digest)) return true;
  const auto* known = list ? list->find(digest) : nullptr;
  return known != nullptr && known->interpreter;
}

bool ProgramRules::has_script_suffix(std::string_view path) const {
  return std::ranges::any_of(suffixes, [&](const auto& suffix) { return path.ends_with(suffix); });
}

bool ProgramRules::is_data(std::string_view path) const {
  return std::ranges::any_of(data_paths, [&](const auto& below) {
    return path.starts_with(below) && (path.size() == below.size() || below == "/" || path[below.size()] == '/');
  });
}

}  // namespace kw::device
