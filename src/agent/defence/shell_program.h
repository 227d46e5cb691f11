#pragma once
// ShellProgram has the kiosk's one program kept on its screen by kioskward-shell (ENFORCE), or looks whether it runs
// (WATCH).
//
//   guard ── task, renew, a question every 2 s ──> kioskward-shell, the kiosk's user ── keeps program, screen, keys
//         <── what ended and how, keys that were swallowed ──
//
// Clauses 8.2.3, 9.2.2, 6.4-d; ADR 50.
#include "agent/defence/gathered_events.h"
#include "agent/defence/helper_line.h"
#include "device/shell/ports.h"
#include "kioskward/v1/shell.pb.h"
#include "kioskward/v1/shell_boundary.pb.h"

namespace kw::agent {

class ShellProgram final : public HelperLine::Listener {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(60);  // a screen comes up after the agent
  static constexpr Duration kFindEvery = std::chrono::seconds(5);  // in WATCH, while the program is not seen
  static constexpr Duration kKeyGap = std::chrono::minutes(1);     // of one key's tellings

  /// {app_token} in an argument of policy stands for `app_token`: how a web page gets it (ADR 90).
  ShellProgram(std::unique_ptr<device::ShellStarter> starter, device::ShellMachine& machine,
               std::string app_token = {});
  void start(device::DefenceHost& host);
  void configure(const device::v1::ShellPolicy& policy);
  void tick();
  /// renew ends the run; the next begins at once, with a new profile. Errc::wrong_state: nothing is kept running.
  Result<> renew();
  [[nodiscard]] bool holds() const;
  void stop() { line_.end(); }

 private:
  // HelperLine::Listener
  Result<std::unique_ptr<device::HelperProcess>> start_process() override;
  void said_first() override;
  void ask() override;
  Result<> heard(ByteView packet) override;
  void lost(const std::string& why) override;
  void not_started(const Error& why) override;

  [[nodiscard]] bool keeps() const { return policy_.mode() == device::v1::ENFORCE; }
  [[nodiscard]] device::v1::ShellTask task() const;
  void take(const device::v1::ShellEnded& ended);
  void take(const device::v1::ShellReady& ready);
  void take(const device::v1::ShellKey& key);
  void tell(const std::string& key, device::v1::Event event);
  void tell_lost(const std::string& why);
  void watch();
  void tell_facts();

  std::unique_ptr<device::ShellStarter> starter_;
  device::ShellMachine& machine_;
  const std::string app_token_;
  HelperLine line_;
  device::DefenceHost* host_ = nullptr;
  device::v1::ShellPolicy policy_;
  Bytes sent_;  // the task
  bool running_ = false, loop_ = false, ready_ = false, lost_told_ = false, facts_told_ = false;
  std::string trouble_;    // why nothing is kept
  std::string free_keys_;  // not held, as told
  std::uint64_t restarts_ = 0;
  Duration wanted_since_{0}, find_at_{0};
  std::optional<device::ShownProgram> seen_;  // in WATCH
  GatheredEvents events_;
  device::Gathered<std::string> keys_{kKeyGap};
};

}  // namespace kw::agent
