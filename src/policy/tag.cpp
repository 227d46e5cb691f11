#include "policy/tag.h"

#include <array>
#include <utility>

namespace kw::policy {
namespace {

constexpr std::array<std::pair<std::string_view, TagMeaning>, 12> kTags{{
    {"kw:illegal:", {"illegal", true, true, false}},
    {"kw:foreign:", {"foreign", true, true, false}},  // outbound, by an interface that is not the pinned one
    {"kw:tolerated:", {"tolerated", true, false, false}},
    {"kw:stale:", {"stale", true, false, false}},  // of a flow that the policy does not know (any more)
    {"kw:noise:", {"noise", true, false, false}},  // the kernel's own multicast housekeeping, DHCP requests
    {"kw:inbound:", {"inbound", false, false, false}},
    {"kw:interface:", {"interface", false, false, false}},  // inbound, by an interface that is not the pinned one
    {"kw:router:", {"router", false, false, false}},        // rogue router advertisement or redirect
    {"kw:dhcp:", {"dhcp", false, false, false}},            // rogue DHCP server
    {"kw:forward:", {"forward", false, false, false}},
    {"kw:cut:", {"cut", true, false, false}},  // outbound, while the network is cut
    {"kw:cutin:", {"cutin", false, false, false}},
}};

}  // namespace

std::optional<TagMeaning> explain_tag(std::string_view prefix) noexcept {
  constexpr std::string_view kWatch = "kw:w-";
  const bool watch = prefix.starts_with(kWatch);
  for (const auto& [tag, meaning] : kTags) {
    if (watch ? prefix.substr(kWatch.size()) != tag.substr(3) : prefix != tag) continue;
    auto out = meaning;
    out.watch = watch;
    return out;
  }
  return std::nullopt;
}

}  // namespace kw::policy
