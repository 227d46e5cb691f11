#pragma once
// Tickets are the exceptions that signed orders made, each with an end, and the devices that were caught doing harm.
//
//   order permit -> STANDING -> (UTC or steady time runs out) -> expired, told once
//                            -> order revoke                  -> gone
// A ticket ends at whichever clock says so first: setting the clock back wins nothing, and neither does a restart,
// for what is left is kept. A condemned device stays out until a ticket that came later names it, or a pardon.
// PURE and not thread-safe.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "device/guard.h"
#include "device/peripherals/peripheral.h"

namespace kw::device {

class Tickets {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr Duration kLongest = std::chrono::hours(24 * 31);

  /// load takes what save() wrote; what it cannot mean is left out. `now` starts the steady clock of each ticket.
  void load(const v1::PeripheralState& state, const GuardTime& now);
  [[nodiscard]] v1::PeripheralState save(const GuardTime& now) const;

  /// permit: already_exists (the name), invalid (an end that has passed or lies beyond kLongest), rate_limited (kMost).
  Result<> permit(const v1::PeripheralRule& rule, const RawId& order, Timestamp until, const GuardTime& now);
  /// revoke gives the ticket that was taken back; not_found.
  Result<v1::PeripheralTicket> revoke(const std::string& name);
  /// expire takes out the tickets whose time is over.
  std::vector<v1::PeripheralTicket> expire(const GuardTime& now);
  /// rules are the standing tickets' rules, oldest first.
  [[nodiscard]] const std::vector<v1::PeripheralRule>& rules() const noexcept { return rules_; }

  void condemn(const Peripheral& device, std::string reason);
  /// condemned gives the reason why a device stays out whatever the rules say.
  [[nodiscard]] std::optional<std::string> condemned(const Peripheral& device) const;
  /// pardon forgets what was caught at one port; not_found.
  Result<> pardon(const std::string& port);

 private:
  struct Ticket {
    v1::PeripheralTicket stored;
    Duration ends{0};  // steady
  };
  void gather();

  std::vector<Ticket> tickets_;
  std::vector<v1::PeripheralRule> rules_;
  std::vector<v1::CondemnedPeripheral> condemned_;  // oldest first
};

}  // namespace kw::device
