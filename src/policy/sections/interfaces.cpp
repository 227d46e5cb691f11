#include "policy/sections/interfaces.h"

#include <algorithm>
#include <set>

#include "policy/address.h"

namespace kw::policy {
namespace {

constexpr int kMostResolvers = 3;  // what the C library reads, resolv.conf(5)
constexpr int kMostTolerated = 32;

bool interface_name_ok(const std::string& name) {
  return !name.empty() && name.size() <= 15 && name != "." && name != ".." &&
         std::ranges::none_of(name, [](char c) { return c == '/' || c == ':' || static_cast<unsigned char>(c) <= 0x20; });
}

void check_interfaces(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.interfaces();
  if (policy.resolvers_size() > kMostResolvers) findings.add("/resolvers", "too_many", "at most 3, as resolv.conf(5) reads");
  std::set<std::string> seen;
  for (int i = 0; i < policy.resolvers_size(); ++i) {
    const auto path = "/resolvers/" + std::to_string(i);
    const auto address = parse_prefix(policy.resolvers(i));
    if (!address || policy.resolvers(i).find('/') != std::string::npos)
      findings.add(path, "bad_address", "an address without a prefix is asked");
    else if (!seen.insert(policy.resolvers(i)).second)
      findings.add(path, "duplicate", policy.resolvers(i));
  }
  if (policy.tolerated_size() > kMostTolerated) findings.add("/tolerated", "too_many", "at most 32");
  for (int i = 0; i < policy.tolerated_size(); ++i) {
    const auto path = "/tolerated/" + std::to_string(i);
    if (!interface_name_ok(policy.tolerated(i))) findings.add(path, "bad_name", "an interface's name has 1 to 15 octets");
    if (policy.tolerated(i) == bundle.network().interface().name() && !policy.tolerated(i).empty())
      findings.add(path, "pinned", "the pinned port needs no toleration", true);
  }
  if (policy.mode() == v1::ENFORCE && !policy.others_down())
    findings.add("/others_down", "others_stay", "clause 5.4-b: other interfaces stay up", true);
}

}  // namespace

Section interfaces_section() { return {"interfaces", "5.4-b,8.2", check_interfaces, {}}; }

}  // namespace kw::policy
