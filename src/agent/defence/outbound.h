#pragma once
// OutboundDefence closes what the network part leaves open against illegal outbound traffic (clause 9.5): frames of
// packet sockets, and connections that were open when the network was cut.
//
// The frames' rules are one transaction. Each second the kernel is asked whether anybody made another one since; then,
// when a network device came or went, and now and then, they are read back, and a stranger's change is undone. The
// counter of refused frames is read each second and told with the processes that hold packet sockets at that moment.
#include <functional>

#include "crypto/sm3.h"
#include "device/defence.h"
#include "policy/frames.h"

namespace kw::agent {

class OutboundDefence final : public device::Defence {
 public:
  struct Ports {
    device::RulesetPort* ruleset;  // null: nothing can be enforced here
    /// ends every connection but loopback and those to `keep` (address and port); answers how many.
    std::function<Result<std::size_t>(const std::vector<std::pair<std::string, std::uint16_t>>& keep)> end_connections;
    std::function<std::vector<std::string>()> packet_sockets;
  };
  explicit OutboundDefence(Ports ports) : ports_(std::move(ports)) {}

  [[nodiscard]] std::string_view section() const noexcept override { return "outbound"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void observe(const device::Observation& seen) override;
  void tick() override;
  void cut_made() override;
  [[nodiscard]] bool holds() const override { return holds_; }
  void stop() override {}

 private:
  Result<> apply_frames();
  [[nodiscard]] bool touched();
  Result<std::optional<crypto::Digest>> read_frames();
  void count_frames();

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  policy::FrameRules rules_;
  bool end_connections_ = false, cut_on_frames_ = false, holds_ = true, applied_ = false;
  device::v1::Mode mode_ = device::v1::OFF;
  std::vector<std::pair<std::string, std::uint16_t>> keep_;
  std::optional<crypto::Digest> wanted_;      // as read back right after applying
  std::optional<std::uint64_t> generation_;  // of the rules as they were read back; nothing: read them
  std::uint64_t unread_ = 0;                 // ticks
  std::uint64_t frames_ = 0;              // refused, told so far
};

}  // namespace kw::agent
