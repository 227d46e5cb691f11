#pragma once
// RecordedInterfacePort is a machine's network ports in memory, for tests of section "interfaces". Never shipped.
#include <map>

#include "device/interfaces/interfaces.h"

namespace kw::platform {

class RecordedInterfacePort final : public device::InterfacePort {
 public:
  device::InterfacesSeen state;            // what look() tells
  device::InterfacesSeen away;             // links in another namespace: those with the pinned MAC can be fetched
  std::map<std::string, std::string> owners;
  std::vector<device::InterfaceChange> applied;
  std::map<std::string, Error> refusals;   // by the change's action word: apply() answers this

  Result<device::InterfacesSeen> look(const device::PinnedPort& pinned) override;
  Result<> apply(const device::InterfaceChange& change) override;
  [[nodiscard]] std::string owner(const std::string& interface) override { return owners[interface]; }
  Result<Origin> origin(const std::string& interface) override;

 private:
  std::string mac_;
};

}  // namespace kw::platform
