#pragma once
// RecordedPurgePort is what a kiosk's users left, in memory, for tests of section "system". Never shipped.
#include <algorithm>
#include <map>
#include <mutex>

#include "device/system/purge.h"

namespace kw::platform {

class RecordedPurgePort final : public device::PurgePort {
 public:
  device::PurgeSeen state;  // users: by number, whatever names are asked for
  std::optional<Error> begin_refusal, look_refusal;
  std::map<device::PurgeKind, Error> stubborn;  // what does not go, and why
  std::vector<std::uint64_t> rooms;             // octets of the directories that were begun
  int ends = 0;

  Result<std::string> begin(const std::string& name, std::uint64_t octets,
                            const std::vector<std::string>& users) override {
    if (begin_refusal) return *begin_refusal;
    if (users.empty()) return fail(Errc::not_found, "no user");
    rooms.push_back(octets);
    state.directories.push_back(name);
    return "/session/" + name;
  }
  Result<device::PurgeDone> end_all() override {
    ++ends;
    const auto count = state.directories.size();
    state.directories.clear();
    return device::PurgeDone{count, 0};
  }
  Result<device::PurgeSeen> look(const device::PurgeWish&, const Stop&) override {
    if (look_refusal) return *look_refusal;
    return state;
  }
  Result<device::PurgeDone> apply(const device::PurgeChange& change, const Stop&) override {
    if (const auto at = stubborn.find(change.kind); at != stubborn.end()) return at->second;
    if (const auto* one = std::get_if<device::EndDirectory>(&change.what)) std::erase(state.directories, one->name);
    if (const auto* one = std::get_if<device::EndSegment>(&change.what))
      std::erase_if(state.segments, [&](const auto& seen) { return seen.id == one->id && seen.kind == one->kind; });
    if (const auto* one = std::get_if<device::EndFiles>(&change.what)) {
      std::uint64_t count = 0;
      for (auto& seen : state.files)
        if (seen.place == one->place && seen.owner == one->owner) count += std::exchange(seen.count, 0);
      return device::PurgeDone{count, count * 100};
    }
    if (const auto* one = std::get_if<device::EndSpoolFile>(&change.what))
      std::erase_if(state.spool, [&](const auto& seen) { return seen.name == one->name; });
    if (std::holds_alternative<device::CancelJobs>(change.what)) state.spool.clear();
    return device::PurgeDone{1, 0};
  }
};

}  // namespace kw::platform
