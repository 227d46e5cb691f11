#pragma once
// record_helper makes a helper process that a test plays: `theirs` is the test's end of the channel.
#include "device/helper.h"
#include "platform/linux/spawn.h"

namespace kw::platform {

[[nodiscard]] inline Result<std::unique_ptr<device::HelperProcess>> record_helper(UniqueFd& theirs) {
  struct Process final : device::HelperProcess {
    explicit Process(UniqueFd to) : ours(std::move(to)) {}
    [[nodiscard]] int socket() const override { return ours.get(); }
    UniqueFd ours;
  };
  KW_TRY(auto channel, packet_pair());
  theirs = std::move(channel.theirs);
  return std::unique_ptr<device::HelperProcess>(std::make_unique<Process>(std::move(channel.ours)));
}

}  // namespace kw::platform
