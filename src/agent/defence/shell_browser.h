#pragma once
// ShellBrowser keeps the file of Chromium's managed policies as section "shell" asks (clauses 9.2.2, 9.7-b.4).
//
// In ENFORCE it is written whole, read back, looked at each second, and written again when somebody changed it; what
// this kiosk wrote last is kept beside its state, so that a change while nothing ran is seen too. In WATCH it is
// compared. In every mode but ENFORCE the file is taken away again, if it is still the one that was written.
#include "agent/defence/gathered_events.h"
#include "device/defence.h"
#include "device/shell/browser_policies.h"
#include "device/shell/ports.h"

namespace kw::agent {

class ShellBrowser {
 public:
  explicit ShellBrowser(device::ShellMachine& machine) : machine_(machine) {}
  void start(device::DefenceHost& host);
  Result<> configure(const device::v1::ShellPolicy& policy);
  void tick();
  /// told remembers who changed the file, where section integrity saw it.
  void told(const device::v1::Event& event);
  [[nodiscard]] bool holds() const { return holds_; }

 private:
  Result<> look();
  Result<> keep_ours(const std::string& text);
  void tell_changed();

  device::ShellMachine& machine_;
  device::DefenceHost* host_ = nullptr;
  device::v1::ShellPolicy policy_;
  std::string ours_path_, ours_;  // what this kiosk wrote last
  std::string process_, user_;    // who changed it, where that is known
  std::string failure_;           // as told
  bool holds_ = true, facts_told_ = false;
  GatheredEvents events_;
};

}  // namespace kw::agent
