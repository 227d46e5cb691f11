#include "bench/fleet/scenario.h"

#include <algorithm>
#include <array>
#include <set>

#include "config/parse_toml.h"
#include "config/toml_section.h"
#include "policy/address.h"

namespace kw::fleet {
namespace {

constexpr std::size_t kMostName = 64, kMostPlace = 100;  // as the API takes them
constexpr std::int64_t kMostSeconds = 7 * 24 * 3600;

struct ActWord {
  std::string_view word;
  Act act;
  bool lasts;
};
constexpr auto kActs = std::to_array<ActWord>({{"offline", Act::offline, true},
                                               {"illegal_outbound", Act::illegal_outbound, false},
                                               {"new_interface", Act::new_interface, false},
                                               {"malware", Act::malware, false},
                                               {"camera_covered", Act::camera_covered, true},
                                               {"slow_heartbeat", Act::slow_heartbeat, true},
                                               {"hardware_changed", Act::hardware_changed, true}});

Result<Deed> read_deed(config::TomlSection& from) {
  std::string word;
  std::int64_t at = 0, lasts = 0, every = 0;
  KW_CHECK(from.text("what", word, kMostName, 1));
  KW_CHECK(from.number("at", 0, kMostSeconds, at));
  KW_CHECK(from.number("lasts", 1, kMostSeconds, lasts));
  KW_CHECK(from.number("every", 1, kMostSeconds, every));
  const auto* known = std::ranges::find(kActs, word, &ActWord::word);
  if (known == kActs.end()) return from.wrong("what", "not an act");
  if (known->lasts != (lasts > 0)) return from.wrong("lasts", known->lasts ? "missing" : "this act has no end");
  if (every > 0 && every <= lasts) return from.wrong("every", "shorter than it lasts");
  KW_CHECK(from.finish());
  return Deed{known->act, Seconds(at), Seconds(lasts), Seconds(every)};
}

/// A locally administered MAC from the address's last four octets.
std::string made_mac(const policy::Prefix& address) {
  std::string out = "02:4b";
  const auto end = static_cast<std::size_t>(address.width() / 8);
  for (std::size_t i = end - 4; i < end; ++i) out += ":" + to_hex(ByteView(&address.octets.at(i), 1));
  return out;
}

Result<KioskPlan> read_kiosk(config::TomlSection& from) {
  KioskPlan out;
  KW_CHECK(from.text("name", out.name, kMostName, 1));
  KW_CHECK(from.text("address", out.address, kMostName, 1));
  KW_CHECK(from.text("mac", out.mac, kMostName, 1));
  KW_CHECK(from.flag("real", out.real));
  if (out.name.empty()) return from.wrong("name", "missing");
  const auto address = policy::parse_address(out.address);
  if (!address) return from.wrong("address", "IPv4 or IPv6 address, without prefix");
  out.address = address->host();
  if (out.mac.empty()) out.mac = made_mac(*address);
  auto mac = policy::parse_mac(out.mac);
  if (!mac) return from.wrong("mac", "six octets with colons");
  out.mac = std::move(*mac);
  KW_TRY(auto deeds, from.sections("deed", kMostDeeds));
  for (auto& section : deeds) {
    KW_TRY(auto deed, read_deed(section));
    out.deeds.push_back(deed);
  }
  if (out.real && !out.deeds.empty()) return from.wrong("deed", "a real agent has none");
  KW_CHECK(from.finish());
  return out;
}

Result<SitePlan> read_site(config::TomlSection& from) {
  SitePlan out;
  KW_CHECK(from.text("name", out.name, kMostPlace, 1));
  KW_CHECK(from.text("district", out.district, kMostPlace));
  KW_CHECK(from.text("address", out.address, 2 * kMostPlace));
  KW_CHECK(from.text("custodian", out.custodian, kMostName));
  KW_CHECK(from.text("custodian_phone", out.custodian_phone, 32));
  if (out.name.empty()) return from.wrong("name", "missing");
  KW_TRY(auto kiosks, from.sections("kiosk", kMostKiosksOfSite));
  for (auto& section : kiosks) {
    KW_TRY(auto kiosk, read_kiosk(section));
    out.kiosks.push_back(std::move(kiosk));
  }
  KW_CHECK(from.finish());
  return out;
}

Result<Rates> read_rates(config::TomlSection from) {
  Rates out;
  std::int64_t beat = 0;
  KW_CHECK(from.number("events_per_hour", 0, 360'000, out.events_per_hour));
  KW_CHECK(from.number("history_days", 0, 365, out.history_days));
  KW_CHECK(from.number("history_events", 0, 1000, out.history_events));
  KW_CHECK(from.number("heartbeat_ms", 0, 3'600'000, beat));
  out.heartbeat = std::chrono::milliseconds(beat);
  KW_CHECK(from.finish());
  return out;
}

/// Names of sites and addresses of kiosks tell them apart.
Result<> check_unique(const Scenario& city) {
  std::set<std::string_view> sites, addresses;
  for (const auto& site : city.sites) {
    if (!sites.insert(site.name).second) return fail(Errc::invalid, "two sites of one name");
    for (const auto& kiosk : site.kiosks)
      if (!addresses.insert(kiosk.address).second)
        return fail(Errc::invalid, "two kiosks have the address " + kiosk.address);
  }
  if (addresses.size() > kMostKiosks) return fail(Errc::invalid, "at most " + std::to_string(kMostKiosks) + " kiosks");
  return {};
}

}  // namespace

std::string_view name(Act act) noexcept {
  const auto* known = std::ranges::find(kActs, act, &ActWord::act);
  return known == kActs.end() ? "" : known->word;
}

Result<Scenario> parse_scenario(std::string_view text) {
  if (text.size() > kMostScenario) return fail(Errc::too_large, "scenario");
  KW_TRY(const auto table, config::parse_toml(text));
  config::TomlSection from(&table, "");
  Scenario out;
  std::int64_t version = 0;
  KW_CHECK(from.number("version", 0, 1'000'000, version));
  if (version != 1) return fail(Errc::unsupported, "version of a scenario");
  KW_CHECK(from.number("seed", 0, INT64_MAX, out.seed));
  KW_TRY(auto rates, from.section("rates"));
  KW_TRY(out.rates, read_rates(std::move(rates)));
  KW_TRY(auto sites, from.sections("site", kMostSites));
  for (auto& section : sites) {
    KW_TRY(auto site, read_site(section));
    out.sites.push_back(std::move(site));
  }
  KW_CHECK(from.finish());
  KW_CHECK(check_unique(out));
  return out;
}

}  // namespace kw::fleet
