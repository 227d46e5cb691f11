#include "device/drill/report.h"

#include <algorithm>
#include <tuple>

#include "device/defence.h"
#include "device/drill/boundary.h"

namespace kw::device {
namespace {

constexpr std::size_t kMostDrillText = 480;

void add_part(std::string& to, const std::string& word) {
  if (to.size() + word.size() + 2 < kMostDrillText) to += (to.empty() ? "" : ", ") + word;
}

std::string padded(std::string text, std::size_t width, bool right = false) {
  if (text.size() < width) text.insert(right ? 0 : text.size(), width - text.size(), ' ');
  return text;
}

}  // namespace

v1::DrillPlace& DrillTally::place(const std::string& name) {
  const auto at = std::ranges::find_if(places_, [&](const auto& one) { return one.place() == name; });
  if (at != places_.end()) return *at;
  places_.emplace_back().set_place(name);
  return places_.back();
}

void DrillTally::searched(const std::string& name, std::uint64_t octets, std::uint64_t parts) {
  auto& one = place(name);
  one.set_octets(one.octets() + octets);
  one.set_parts(one.parts() + parts);
}

void DrillTally::not_searched(const std::string& name, const std::string& reason) {
  auto& one = place(name);
  one.set_not_searched(one.not_searched() + 1);
  if (one.reason().empty()) one.set_reason(reason.substr(0, 64));
}

void DrillTally::found(const std::string& name, v1::DrillPlanting::Canary canary, const std::string& part,
                       std::uint64_t offset, bool wide) {
  auto& one = place(name);
  one.set_hits(one.hits() + 1);
  ++all_;
  if (hits_.size() >= static_cast<std::size_t>(kMostDrillHits)) return;
  auto& hit = hits_.emplace_back();
  hit.set_canary(canary);
  hit.set_place(name);
  hit.set_part(part.substr(0, 64));
  hit.set_offset(offset);
  hit.set_wide(wide);
}

v1::DrillReport DrillTally::report() const {
  v1::DrillReport out;
  for (const auto& one : places_) *out.add_places() = one;
  for (const auto& one : hits_) *out.add_hits() = one;
  out.set_hits_in_all(all_);
  return out;
}

std::string canary_word(v1::DrillPlanting::Canary canary) {
  auto out = v1::DrillPlanting::Canary_Name(canary);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string drill_table(const v1::DrillReport& report) {
  std::string out = padded("place", 12) + padded("parts", 8, true) + padded("octets", 16, true) +
                    padded("hits", 7, true) + "  not searched\n";
  for (const auto& one : report.places()) {
    out += padded(one.place(), 12) + padded(std::to_string(one.parts()), 8, true) +
           padded(std::to_string(one.octets()), 16, true) + padded(std::to_string(one.hits()), 7, true) + "  ";
    out += one.not_searched() == 0 ? "-" : std::to_string(one.not_searched()) + ": " + one.reason();
    out += "\n";
  }
  for (const auto& one : report.plantings())
    out += "canary " + padded(canary_word(one.canary()), 16) +
           (one.planted() ? "planted" : "not planted: " + one.reason()) + "\n";
  for (const auto& one : report.hits())
    out += "FOUND  " + padded(canary_word(one.canary()), 16) + one.place() + ", " + one.part() + ", at " +
           std::to_string(one.offset()) + (one.wide() ? ", UTF-16" : "") + "\n";
  if (report.hits_in_all() > static_cast<std::uint64_t>(report.hits_size()))
    out += "and " + std::to_string(report.hits_in_all() - static_cast<std::uint64_t>(report.hits_size())) + " more\n";
  return out;
}

std::vector<v1::Event> drill_events(const v1::DrillReport& report, const std::string& digest) {
  std::string planted, missing, searched, left;
  for (const auto& one : report.plantings()) {
    const auto word = canary_word(one.canary());
    add_part(one.planted() ? planted : missing, one.planted() ? word : word + " (" + one.reason() + ")");
  }
  for (const auto& one : report.places()) {
    add_part(searched, one.place() + " " + std::to_string(one.octets()) + "/" + std::to_string(one.hits()));
    if (one.not_searched() > 0)
      add_part(left, one.place() + " " + std::to_string(one.not_searched()) + " (" + one.reason() + ")");
  }
  std::vector<v1::Event> out;
  out.push_back(defence_event("privacy.drill.done", report.hits_in_all() == 0 ? "success" : "failed",
                              {{"planted", planted},
                               {"not_planted", missing},
                               {"searched", searched},
                               {"not_searched", left},
                               {"count", std::to_string(report.hits_in_all())},
                               {"digest", digest}}));
  std::map<std::tuple<std::string, std::string, std::string>, std::uint64_t> found;
  for (const auto& one : report.hits()) ++found[{one.place(), one.part(), canary_word(one.canary())}];
  for (const auto& [where, count] : found) {
    if (out.size() > kMostFound) break;
    const auto& [area, part, kind] = where;
    out.push_back(defence_event("privacy.drill.found", "observed",
                                {{"kind", kind}, {"area", area}, {"part", part}, {"count", std::to_string(count)}}));
  }
  return out;
}

}  // namespace kw::device
