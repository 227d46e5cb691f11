#include "landing/guard.h"

#include <algorithm>

namespace kw::landing {
namespace {

Landing how_of(const Hit& hit, const LandingRules& rules) {
  switch (hit.kind) {
    case HitKind::marking:
      return rules.markings;
    case HitKind::rule:
      return hit.rule < rules.operators.size() ? rules.operators[hit.rule] : Landing::refuse;
    default:
      return rules.numbers;
  }
}

}  // namespace

Bytes masked_copy(ByteView octets, const std::vector<Hit>& hits) {
  Bytes out;
  out.reserve(octets.size());
  std::uint64_t done = 0;
  for (const auto& hit : hits) {
    const auto from = std::min<std::uint64_t>(hit.offset, octets.size());
    const auto to = std::min<std::uint64_t>(from + hit.length, octets.size());
    if (from >= done) {
      append(out, octets.subspan(done, from - done));
      append(out, bytes_of("[" + std::string(name(hit.kind)) + "]"));
    }
    done = std::max(done, to);
  }
  append(out, octets.subspan(done));
  return out;
}

Result<Landed> land(ByteView octets, const LandingRules& how, RuleStream* rules) {
  Scanner scan(rules);
  scan.put(octets);
  Landed out;
  KW_TRY(out.report, scan.finish());
  const auto refused = [&](const Hit& hit) { return how_of(hit, how) == Landing::refuse; };
  if (out.report.more == 0 && std::ranges::none_of(out.report.hits, refused))
    out.octets = masked_copy(octets, out.report.hits);
  return out;
}

std::string masked_text(std::string_view text) {
  const auto landed = land(bytes_of(text), {.numbers = Landing::mask, .markings = Landing::mask});
  return landed && landed->octets ? copy_text(*landed->octets) : std::string(kRefusedText);
}

}  // namespace kw::landing
