#include "policy/sections/hardware.h"

#include <algorithm>
#include <set>

namespace kw::policy {
namespace {

constexpr int kMostReaders = 32;

bool usb_id_ok(std::string_view id) {
  return id.size() == 9 && id[4] == ':' && std::ranges::count(id, ':') == 1 &&
         id.find_first_not_of("0123456789abcdef:") == std::string_view::npos;
}

void check_hardware(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.hardware();
  std::set<int> kinds;
  for (int i = 0; i < policy.told_only_size(); ++i) {
    const auto path = "/told_only/" + std::to_string(i);
    const auto kind = policy.told_only(i);
    if (kind == v1::HardwareComponent::KIND_UNSPECIFIED || !v1::HardwareComponent::Kind_IsValid(kind))
      findings.add(path, "bad_kind", "a kind of component is asked");
    else if (!kinds.insert(kind).second)
      findings.add(path, "duplicate", v1::HardwareComponent::Kind_Name(kind), true);
    // A board or disk of somebody else's is another machine: clause 5.5 knows no exception for it.
    if (policy.mode() == v1::ENFORCE && (kind == v1::HardwareComponent::BOARD || kind == v1::HardwareComponent::DISK))
      findings.add(path, "core_part", "clause 5.5: a changed board or disk does not isolate the kiosk", true);
  }
  if (policy.readers_size() > kMostReaders) findings.add("/readers", "too_many", "at most 32");
  std::set<std::string> readers;
  for (int i = 0; i < policy.readers_size(); ++i) {
    const auto path = "/readers/" + std::to_string(i);
    if (!usb_id_ok(policy.readers(i)))
      findings.add(path, "bad_usb_id", "vendor:product, lower-case hex digits");
    else if (!readers.insert(policy.readers(i)).second)
      findings.add(path, "duplicate", policy.readers(i), true);
  }
}

}  // namespace

Section hardware_section() {
  return {"hardware", "5.5,6.1-a", check_hardware, {{"replace", {"kind", "old", "new", "hours"}}, {"learn", {}}, {"permit_boot_change", {"hours"}}}};
}

}  // namespace kw::policy
