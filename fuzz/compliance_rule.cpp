// links: compliance
// Any rule file: what is taken can be judged with nothing known, which is never met, and with everything it asks for.
#include <cstdlib>

#include "base/bytes.h"
#include "compliance/item.h"
#include "compliance/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::compliance;
  const auto text = kw::text_of({data, size});
  const auto now = kw::Timestamp::from_seconds(1'767'268'800);
  if (const auto rule = parse_requirement(text)) {
    const auto verdict = evaluate(*rule, {}, {}, now);
    if (verdict.status != Status::unknown || verdict.reasons.size() < rule->checks.size()) std::abort();
    Facts facts;
    for (const auto& check : rule->checks)
      for (const auto& key : check.keys)
        facts.put({.key = key,
                   .value = check.comparison.is.empty() ? "1" : check.comparison.is[0],
                   .time = now,
                   .source = {}});
    const auto again = evaluate(*rule, facts, {}, now);
    for (const auto& reason : again.reasons) static_cast<void>(text_of(*rule, reason));
    if (again.holds_until <= now) std::abort();
  }
  if (const auto scenario = parse_scenario(text)) static_cast<void>(scenario->facts.all());
  static_cast<void>(parse_items(text));
  return 0;
}
