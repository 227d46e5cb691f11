#pragma once
// RecordedSystemPort is a machine's operating system in memory, for tests of section "system". Never shipped.
#include <vector>

#include "device/system/system.h"

namespace kw::platform {

class RecordedSystemPort final : public device::SystemPort {
 public:
  device::SystemSeen state;
  device::PackagesSeen sources;
  device::Cleared cleared;                    // what clear() says
  std::map<std::string, std::string> owners;  // by "tcp 8080"
  std::optional<Error> look_refusal, set_refusal, packages_refusal, clear_refusal;

  struct Clearing {
    std::string path;
    Timestamp keep;
    bool trial = false;
  };
  std::vector<Clearing> clearings;
  std::vector<device::SettingChange> applied;
  int package_looks = 0;

  Result<device::SystemSeen> look() override {
    if (look_refusal) return *look_refusal;
    return state;
  }
  Result<> set(const std::string& name, const std::string& value) override {
    if (set_refusal) return *set_refusal;
    if (!device::closed_settings().contains(name)) return fail(Errc::invalid, name);
    const auto at = state.settings.find(name);
    if (at == state.settings.end()) return fail(Errc::not_found, name);
    applied.push_back({name, at->second, value});
    at->second = value;
    return {};
  }
  [[nodiscard]] std::string owner(const device::ListenerSeen& listener) override {
    return owners[listener.protocol + " " + std::to_string(listener.port)];
  }
  Result<device::PackagesSeen> packages(const std::set<std::string>&, const Stop& stop) override {
    ++package_looks;
    if (stop()) return fail(Errc::cancelled, "packages");
    if (packages_refusal) return *packages_refusal;
    return sources;
  }
  Result<device::Cleared> clear(const device::v1::SystemCache& cache, Timestamp keep, bool trial,
                                const Stop&) override {
    clearings.push_back({cache.path(), keep, trial});
    if (clear_refusal) return *clear_refusal;
    return cleared;
  }
};

}  // namespace kw::platform
