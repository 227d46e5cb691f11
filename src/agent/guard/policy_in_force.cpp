#include "agent/guard/policy_in_force.h"

#include "policy/bundle.h"
#include "policy/compile.h"
#include "policy/tag.h"
#include "schema/codec.h"

namespace kw::agent {

Result<std::optional<PolicyInForce>> read_policy_in_force(const StateDirectory& state) {
  KW_TRY(auto file, state.read(StateFile::policy));
  if (!file) return std::optional<PolicyInForce>{};
  KW_TRY(auto object, schema::parse<v1::Signed>(*file, 2U << 20));
  KW_TRY(auto bundle, policy::parse_bundle(bytes_of(object.payload())));
  KW_TRY(const auto checked, policy::check_policy(bundle.bundle.network()));
  return std::optional(PolicyInForce{std::move(bundle.bundle), policy::compile(checked).rules});
}

device::NetworkExpectations expectations_of(const v1::NetworkPolicy& network, const std::string& learnt,
                                            bool watching) {
  device::NetworkExpectations out;
  const auto& interface = network.interface();
  out.mode = watching && network.mode() == v1::ENFORCE ? v1::WATCH : network.mode();
  out.interface = interface.name();
  out.mac = interface.mac();
  out.address = interface.address();
  out.gateway = interface.gateway();
  out.gateway_mac = interface.gateway_mac();
  const auto blank = learnt.find(' ');
  if (out.gateway_mac.empty() && blank != std::string::npos && learnt.substr(0, blank) == out.gateway)
    out.gateway_mac = learnt.substr(blank + 1);
  out.cut_on_illegal_outbound = network.cut().on_illegal_outbound();
  out.cut_on_interface_change = network.cut().on_interface_change();
  out.cut_on_identity_change = network.cut().on_identity_change();
  out.leave_platform_channel = network.cut().leave_platform_channel();
  return out;
}

device::TagJudgement judge_tag(const std::string& tag) {
  const auto meaning = policy::explain_tag(tag);
  if (!meaning) return {};
  return {true, meaning->outbound, meaning->illegal, meaning->watch, std::string(meaning->word)};
}

std::string_view mode_word(v1::Mode mode) noexcept {
  switch (mode) {
    case v1::ENFORCE:
      return "enforce";
    case v1::WATCH:
      return "watch";
    default:
      return "off";
  }
}

}  // namespace kw::agent
