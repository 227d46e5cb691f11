// links: policy
// A policy bundle's payload: what is accepted must compile, and to the same text every time.
#include <cstdlib>

#include "policy/bundle.h"
#include "policy/compile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bundle = kw::policy::parse_bundle({data, size});
  if (!bundle) return 0;
  const auto device = kw::DeviceId::from_bytes(kw::bytes_of(bundle->bundle.device_id()));
  const auto decision = kw::policy::reload(*bundle, *device);
  const auto* accepted = std::get_if<kw::policy::AcceptedBundle>(&decision);
  if (accepted == nullptr) return 0;
  const auto once = kw::policy::compile(accepted->policy), twice = kw::policy::compile(accepted->policy);
  if (once.policy_script != twice.policy_script || once.cut_script.empty()) std::abort();
  return 0;
}
