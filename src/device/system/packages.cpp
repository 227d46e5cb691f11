#include "device/system/packages.h"

#include <algorithm>

#include "device/system/control_file.h"

namespace kw::device {
namespace {
constexpr std::size_t kMostInstalled = 65536, kMostOffered = 16;
}  // namespace

Repository parse_release(std::string_view name, std::string_view text) {
  Repository out{std::string(name), {}, text.starts_with("-----BEGIN PGP SIGNED MESSAGE-----"), {}};
  ControlFile file(text);
  const auto* paragraph = file.next();
  if (paragraph == nullptr) return out;
  out.origin = paragraph->get("Origin");
  if (const auto date = parse_mail_date(paragraph->get("Date"))) out.date = *date;
  return out;
}

Installed parse_installed(std::string_view status) {
  Installed out;
  ControlFile file(status);
  while (const auto* one = file.next()) {
    const auto state = one->get("Status");
    const auto last = state.substr(state.rfind(' ') + 1);
    if (last == "not-installed" || last == "config-files" || one->get("Package").empty() || one->get("Version").empty())
      continue;
    const auto key = std::string(one->get("Package")) + ":" + std::string(one->get("Architecture"));
    out[key].version = one->get("Version");
    if (out.size() >= kMostInstalled) break;
  }
  return out;
}

void add_index(std::string_view packages, std::size_t repository, Installed& to) {
  ControlFile file(packages);
  std::string key;
  while (const auto* one = file.next()) {
    key.assign(one->get("Package"));
    key += ":";
    key += one->get("Architecture");
    const auto found = to.find(key);
    if (found == to.end() || found->second.offered.size() >= kMostOffered) continue;
    found->second.offered.push_back({std::string(one->get("Version")), repository});
  }
}

void judge_packages(const Installed& installed, const std::set<std::string>& origins, PackagesSeen& out) {
  out.installed = installed.size();
  if (out.indexes == 0) return;
  for (const auto& [key, package] : installed) {
    const Offered* best = nullptr;
    bool accepted = origins.empty();
    std::string from;
    for (const auto& one : package.offered) {
      const auto& repository = out.repositories.at(one.repository);
      if (best == nullptr || compare_versions(one.version, best->version) > 0) best = &one;
      accepted = accepted || origins.contains(repository.origin);
      from = repository.origin;
    }
    const auto named = key + " " + package.version;
    if (best == nullptr || compare_versions(package.version, best->version) > 0) {
      out.unknown.push_back(named);
      continue;
    }
    if (!accepted) out.foreign.push_back(named + " (" + from + ")");
    if (compare_versions(package.version, best->version) < 0)
      out.waiting.push_back({key, package.version, best->version, out.repositories.at(best->repository).date});
  }
}

}  // namespace kw::device
