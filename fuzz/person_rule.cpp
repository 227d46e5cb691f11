// links: pki
#include "pki/persons.h"

/// A rule that parses can be reached by its persons, and nothing follows it without their signatures.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const kw::ByteView payload{data, size};
  const auto rule = kw::pki::parse_person_rule(payload);
  if (!rule) return 0;
  if (rule->keys.empty() || rule->needed_for(kw::pki::PersonAct::rule) == 0) __builtin_trap();
  kw::pki::v1::Signed object;
  object.set_version(1);
  object.set_kind("persons");
  object.set_payload(kw::copy_text(payload));
  if (kw::pki::succeed(*rule, object)) __builtin_trap();
  for (const auto needed : rule->needed)
    if (needed > rule->keys.size()) __builtin_trap();
  return 0;
}
