#pragma once
// make_kiosk gives facts and records of an invented subject, nearly all good, for benches and tests of what stands on
// verdicts.
#include "compliance/testing/catalogue.h"
#include "compliance/verdict.h"

namespace kw::compliance::testing {

struct Kiosk {
  Facts facts;
  Evidences evidences;
};

/// A value that passes.
inline std::string good_value(const Comparison& asked, Timestamp now) {
  if (!asked.is.empty()) return asked.is[0];
  if (asked.newer_than) return to_rfc3339(now - std::chrono::hours(1));
  if (asked.at_least) return std::to_string(*asked.at_least);
  if (asked.at_most) return std::to_string(*asked.at_most);
  return asked.empty.value_or(true) ? "" : "recorded";
}

/// make_kiosk: everything that the rules look at; of each `every` checks one is missing, one bad, one stale, and which
/// they are differs with `number`.
inline Kiosk make_kiosk(std::span<const Requirement> rules, std::size_t number, Timestamp now, std::size_t every = 30) {
  using std::chrono::hours;
  Kiosk out;
  std::size_t count = number;
  out.facts.put({.key = std::string(kEventsComplete), .value = {}, .time = now, .source = "platform"});
  for (const auto& rule : rules) {
    for (const auto& check : rule.checks) {
      const auto fault = ++count % every;
      if (fault == 0) continue;
      if (check.kind == Check::Kind::fact) {
        out.facts.put({.key = check.keys[0],
                       .value = fault == 1 ? "bad" : good_value(check.comparison, now),
                       .time = now - (fault == 2 ? check.stale_after * 2 : hours(1)),
                       .source = "bench"});
      } else if (check.kind == Check::Kind::event) {
        if (check.must_happen || fault == 1) out.facts.put(happened(check.keys[0], now - hours(1)));
      } else {
        Evidence record;
        record.kind = check.record;
        record.number = "R-" + std::to_string(number);
        record.valid_from = now - hours(fault == 2 ? 24 * 3000 : 24);
        record.valid_until = now + hours(24 * 90);
        record.who = "li";
        record.role = check.roles[0];
        record.file_digest = Bytes(32, 1);
        for (const auto& field : check.fields)
          record.fields[field.name] = fault == 1                ? ""
                                      : field.comparison.asks() ? good_value(field.comparison, now)
                                                                : "recorded";
        out.evidences.put(std::move(record));
      }
    }
  }
  return out;
}

}  // namespace kw::compliance::testing
