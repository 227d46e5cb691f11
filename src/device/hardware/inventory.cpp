#include "device/hardware/inventory.h"

#include <algorithm>
#include <charconv>

#include "schema/codec.h"

namespace kw::device {
namespace {

using Parts = std::vector<HardwarePart>;

/// match takes pairs for which `same` holds out of both lists.
template <class Same, class Pair>
void match(Parts& bound, Parts& seen, const Same& same, const Pair& pair) {
  std::erase_if(bound, [&](const HardwarePart& one) {
    const auto at = std::ranges::find_if(seen, [&](const HardwarePart& other) { return same(one, other); });
    if (at == seen.end()) return false;
    pair(one, *at);
    seen.erase(at);
    return true;
  });
}

std::optional<HardwarePart> take(Parts& from, HardwareKind kind, const std::string& identity) {
  const auto at = std::ranges::find_if(
      from, [&](const HardwarePart& one) { return one.kind == kind && one.identity() == identity; });
  if (identity.empty() || at == from.end()) return std::nullopt;
  auto out = std::move(*at);
  from.erase(at);
  return out;
}

bool holds(const Parts& parts, HardwareKind kind, const std::string& identity) {
  return identity.empty() || std::ranges::any_of(parts, [&](const HardwarePart& one) {
           return one.kind == kind && one.identity() == identity;
         });
}

}  // namespace

std::string kind_word(HardwareKind kind) {
  std::string out = v1::HardwareComponent::Kind_Name(kind);
  for (auto& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

HardwareKind kind_of_word(std::string_view word) {
  for (int i = v1::HardwareComponent::Kind_MIN + 1; i <= v1::HardwareComponent::Kind_MAX; ++i)
    if (kind_word(static_cast<HardwareKind>(i)) == word) return static_cast<HardwareKind>(i);
  return v1::HardwareComponent::KIND_UNSPECIFIED;
}

std::string HardwareDeviation::text() const {
  auto out = kind_word(kind) + " " + slot() + ": " + change();
  if (bound) out += " " + bound->identity();
  if (bound && seen) out += " to";
  if (seen) out += " " + seen->identity();
  return out;
}

std::vector<HardwareDeviation> compare_hardware(Parts bound, Parts seen, const v1::HardwareReplacements& replacements) {
  std::ranges::sort(bound);
  std::ranges::sort(seen);
  const auto nothing = [](const auto&, const auto&) {};
  // Whole equals first: of two parts alike each then keeps its own place.
  match(bound, seen, std::equal_to<>{}, nothing);
  match(
      bound, seen,
      [](const auto& a, const auto& b) { return a.kind == b.kind && a.model == b.model && a.serial == b.serial; },
      nothing);
  std::vector<HardwareDeviation> out;
  for (const auto& one : replacements.items()) {
    if (!holds(bound, one.kind(), one.old_part()) || !holds(seen, one.kind(), one.new_part())) continue;
    HardwareDeviation covered{one.kind(), take(bound, one.kind(), one.old_part()),
                              take(seen, one.kind(), one.new_part()), one.order_id()};
    if (covered.bound || covered.seen) out.push_back(std::move(covered));
  }
  match(
      bound, seen, [](const auto& a, const auto& b) { return a.kind == b.kind && a.slot == b.slot; },
      [&](const auto& a, const auto& b) { out.push_back({a.kind, a, b, {}}); });
  for (const auto& one : bound) out.push_back({one.kind, one, {}, {}});
  for (const auto& one : seen) out.push_back({one.kind, {}, one, {}});
  return out;
}

bool pluggable(HardwareKind kind) noexcept {
  using Component = v1::HardwareComponent;
  return kind == Component::DISPLAY || kind == Component::READER || kind == Component::PRINTER ||
         kind == Component::CAMERA;
}

bool isolates(const HardwareDeviation& deviation, const std::set<HardwareKind>& told_only) {
  if (!deviation.order_id.empty() || told_only.contains(deviation.kind)) return false;
  return deviation.bound || !pluggable(deviation.kind);
}

Result<Timestamp> hours_after(std::string_view hours, Timestamp issued) {
  int number = 0;
  const auto [end, wrong] = std::from_chars(hours.data(), hours.data() + hours.size(), number);
  if (wrong != std::errc{} || end != hours.data() + hours.size() || number < 1 || number > 720)
    return fail(Errc::invalid, "hours: 1 to 720");
  return issued + std::chrono::hours(number);
}

Result<v1::HardwareReplacement> take_replacement(const std::string& kind, const std::string& old_part,
                                                 const std::string& new_part, const std::string& hours,
                                                 Timestamp issued) {
  v1::HardwareReplacement out;
  out.set_kind(kind_of_word(kind));
  if (out.kind() == v1::HardwareComponent::KIND_UNSPECIFIED) return fail(Errc::invalid, "kind: no such component");
  if (old_part.size() > kMostPartText || new_part.size() > kMostPartText)
    return fail(Errc::invalid, "old, new: too long");
  if (old_part.empty() && new_part.empty()) return fail(Errc::invalid, "old, new: one of them is asked");
  if (old_part == new_part) return fail(Errc::invalid, "old, new: the same part");
  KW_TRY(const auto until, hours_after(hours, issued));
  out.set_old_part(old_part);
  out.set_new_part(new_part);
  out.set_until_ns(until.unix_ns);
  return out;
}

bool drop_expired(v1::HardwareReplacements& replacements, Timestamp now) {
  auto& items = *replacements.mutable_items();
  const auto before = items.size();
  items.erase(
      std::remove_if(items.begin(), items.end(), [&](const auto& one) { return one.until_ns() <= now.unix_ns; }),
      items.end());
  return items.size() != before;
}

v1::HardwareBaseline baseline_of(const HardwareSeen& seen) {
  v1::HardwareBaseline out;
  for (const auto& part : seen.parts) {
    auto& to = *out.add_components();
    to.set_kind(part.kind);
    to.set_slot(part.slot);
    to.set_model(part.model);
    to.set_serial(part.serial);
  }
  for (const auto& source : seen.missing) out.add_missing_sources(source);
  return out;
}

Result<Parts> parts_of(ByteView content) {
  KW_TRY(const auto baseline, schema::parse<v1::HardwareBaseline>(content, std::size_t{512} << 10));
  if (baseline.components_size() > kMostParts) return fail(Errc::malformed, "hardware baseline: too many components");
  Parts out;
  for (const auto& one : baseline.components()) {
    if (one.kind() == v1::HardwareComponent::KIND_UNSPECIFIED || !v1::HardwareComponent::Kind_IsValid(one.kind()))
      return fail(Errc::malformed, "hardware baseline: kind");
    if (std::max({one.slot().size(), one.model().size(), one.serial().size()}) > kMostPartText)
      return fail(Errc::malformed, "hardware baseline: length");
    out.push_back({one.kind(), one.slot(), one.model(), one.serial()});
  }
  return out;
}

}  // namespace kw::device
