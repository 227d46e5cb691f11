#include "device/system/system.h"

#include <algorithm>

namespace kw::device {
namespace {

constexpr std::size_t kMostNames = 8;  // in one finding
constexpr auto kDay = std::chrono::hours(24);

std::string first_of(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kMostNames; ++i) out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNames) out += " (+" + std::to_string(names.size() - kMostNames) + ")";
  return out;
}

std::string get(const std::map<std::string, std::string>& from, const std::string& key) {
  const auto at = from.find(key);
  return at == from.end() ? std::string() : at->second;
}

void judge_debug(const SystemSeen& seen, std::vector<SystemFinding>& out) {
  for (const auto& [name, wanted] : closed_settings())
    if (const auto at = seen.settings.find(name); at != seen.settings.end() && at->second != wanted)
      out.push_back({"debug", name, at->second, wanted});
  for (const auto& line : seen.serial_consoles)
    out.push_back({"debug", line, "console on the kernel's command line", "none"});
  for (const auto& unit : seen.services)
    if (unit.starts_with("serial-getty@") || unit.starts_with("debug-shell"))
      out.push_back({"debug", unit, "runs", "stopped"});
  if (seen.kexec_loaded) out.push_back({"debug", "kexec", "another kernel is loaded", "none"});
  if (seen.adbd) out.push_back({"debug", "adbd", "runs", "stopped"});
}

}  // namespace

const std::map<std::string, std::string>& closed_settings() {
  // core(5): a pipe to a program that takes nothing leaves no core, whatever RLIMIT_CORE says.
  static const std::map<std::string, std::string> kClosed = {
      {"kernel/sysrq", "0"}, {"kernel/core_pattern", "|/bin/false"}, {"fs/suid_dumpable", "0"}};
  return kClosed;
}

std::vector<SettingChange> plan_settings(const v1::SystemPolicy& wanted,
                                         const std::map<std::string, std::string>& seen) {
  std::vector<SettingChange> out;
  if (!wanted.close_debug()) return out;
  for (const auto& [name, value] : closed_settings())
    if (const auto at = seen.find(name); at != seen.end() && at->second != value)
      out.push_back({name, at->second, value});
  return out;
}

std::vector<SystemFinding> judge_system(const v1::SystemPolicy& wanted, const SystemSeen& seen) {
  std::vector<SystemFinding> out;
  const auto edition = get(seen.os_release, "ID") + " " + get(seen.os_release, "VERSION_ID");
  if (wanted.editions_size() > 0 && std::ranges::find(wanted.editions(), edition) == wanted.editions().end())
    out.push_back({"edition", "os-release", edition, first_of({wanted.editions().begin(), wanted.editions().end()})});
  if (wanted.close_debug()) judge_debug(seen, out);
  if (wanted.lockdown() && seen.lockdown != "integrity" && seen.lockdown != "confidentiality")
    out.push_back({"lockdown", "kernel", seen.lockdown.empty() ? "not known" : seen.lockdown, "integrity"});
  if (wanted.synchronised_clock()) {
    if (seen.time_source.empty()) out.push_back({"clock", "source", "none runs", "a time source"});
    if (!seen.clock_synchronised.value_or(false))
      out.push_back({"clock", "kernel", seen.clock_synchronised ? "free running" : "not known", "synchronised"});
  }
  if (wanted.encrypted_disk() && !seen.disk_encrypted.value_or(false))
    out.push_back({"disk", "/", seen.disk_encrypted ? "not encrypted" : "not known", "encrypted"});
  // What a session leaves in memory would reach a disk after all.
  if (wanted.clear_at_session_end() && (seen.swap == "plain" || seen.swap.empty()))
    out.push_back({"swap", "memory", seen.swap.empty() ? "not known" : "not encrypted", "none or encrypted"});
  for (const auto& unit : wanted.unneeded())
    if (std::ranges::find(seen.services, unit) != seen.services.end())
      out.push_back({"service", unit, "runs", "stopped"});
  return out;
}

std::vector<ListenerSeen> unknown_listeners(const v1::SystemPolicy& wanted, const std::vector<ListenerSeen>& seen) {
  std::vector<ListenerSeen> out;
  if (!wanted.judge_listeners()) return out;
  for (const auto& one : seen) {
    const bool listed = std::ranges::any_of(wanted.listeners(), [&](const v1::SystemListener& other) {
      const std::string_view protocol = other.protocol() == v1::SystemListener::UDP ? "udp" : "tcp";
      // "sshd 812": the name may hold blanks, the number after it does not.
      const auto program = one.process.substr(0, one.process.rfind(' '));
      return one.protocol == protocol && one.port == other.port() &&
             (other.program().empty() || other.program() == program);
    });
    if (!listed) out.push_back(one);
  }
  return out;
}

std::vector<SystemFinding> judge_sources(const v1::SystemPolicy& wanted, const PackagesSeen& seen, Timestamp now,
                                         v1::SystemState& pending) {
  std::vector<SystemFinding> out;
  std::map<std::pair<std::string, std::string>, std::int64_t> since;
  for (const auto& one : pending.pending()) since[{one.package(), one.version()}] = one.since_ns();
  pending.clear_pending();
  constexpr std::size_t kMostPending = 4096;
  for (const auto& one : seen.waiting) {
    if (pending.pending_size() >= static_cast<int>(kMostPending)) break;
    auto& to = *pending.add_pending();
    to.set_package(one.package);
    to.set_version(one.candidate);
    const auto known = since.find({one.package, one.candidate});
    // What waits is as old as the metadata that has it, even if this agent sees it for the first time.
    const auto published = one.published.unix_ns == 0 ? now : std::min(one.published, now);
    to.set_since_ns(known != since.end() ? std::min(known->second, published.unix_ns) : published.unix_ns);
  }
  if (wanted.signed_sources()) {
    for (const auto& source : seen.loose) out.push_back({"source", source, "signatures are not asked", "signed"});
    for (const auto& one : seen.repositories)
      if (!one.is_signed) out.push_back({"source", one.name, "not signed", "signed"});
  }
  if (wanted.origins_size() > 0) {
    const auto accepted = first_of({wanted.origins().begin(), wanted.origins().end()});
    if (!seen.unknown.empty()) out.push_back({"package", "unknown origin", first_of(seen.unknown), accepted});
    if (!seen.foreign.empty()) out.push_back({"package", "foreign origin", first_of(seen.foreign), accepted});
    if (seen.indexes == 0) out.push_back({"package", "origin", "no repository metadata", accepted});
  }
  if (wanted.metadata_days() > 0) {
    Timestamp newest;
    for (const auto& one : seen.repositories) newest = std::max(newest, one.date);
    if (newest.unix_ns == 0 || now - newest > kDay * wanted.metadata_days())
      out.push_back({"metadata", "repositories", newest.unix_ns == 0 ? "none" : to_rfc3339(newest),
                     std::to_string(wanted.metadata_days()) + " days"});
  }
  if (wanted.patch_days() > 0 && patch_lag_days(pending, now) > static_cast<std::int64_t>(wanted.patch_days())) {
    std::vector<std::string> late;
    for (const auto& one : pending.pending())
      if (now - Timestamp{one.since_ns()} > kDay * wanted.patch_days()) late.push_back(one.package());
    out.push_back({"patch", "upgrades", first_of(late), std::to_string(wanted.patch_days()) + " days"});
  }
  return out;
}

std::int64_t patch_lag_days(const v1::SystemState& pending, Timestamp now) {
  std::int64_t out = 0;
  for (const auto& one : pending.pending()) out = std::max(out, (now - Timestamp{one.since_ns()}) / kDay);
  return out;
}

}  // namespace kw::device
