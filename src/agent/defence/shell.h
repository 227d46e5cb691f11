#pragma once
// ShellDefence keeps the kiosk's one program on the screen, and its users in it (clauses 8.2.3, 9.2.2, 6.4-d).
//
//   ShellProgram  the program, the keys, the black screen: by kioskward-shell
//   ShellBrowser  Chromium's managed policies: dialogs, schemes, downloads, developer tools
#include "agent/defence/shell_browser.h"
#include "agent/defence/shell_program.h"
#include "platform/linux/linux_shell_machine.h"
#include "platform/linux/shell_child.h"

namespace kw::agent {

class ShellDefence final : public device::Defence {
 public:
  struct Ports {
    std::unique_ptr<device::ShellStarter> starter;
    std::unique_ptr<device::ShellMachine> machine;
    std::string app_token{};
  };
  explicit ShellDefence(Ports ports)
      : machine_(std::move(ports.machine)),
        program_(std::move(ports.starter), *machine_, std::move(ports.app_token)),
        browser_(*machine_) {}
  ~ShellDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "shell"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  void told(const device::v1::Event& event) override { browser_.told(event); }
  Result<> order(const device::v1::Order& order) override;
  void session_ended() override;
  [[nodiscard]] bool holds() const override { return program_.holds() && browser_.holds(); }
  void stop() override { program_.stop(); }

 private:
  std::unique_ptr<device::ShellMachine> machine_;
  device::DefenceHost* host_ = nullptr;
  device::v1::ShellPolicy policy_;
  bool fresh_ = false;  // a new run at a session's end
  ShellProgram program_;
  ShellBrowser browser_;
};

/// shell_ports makes the section's adapters on this machine.
[[nodiscard]] ShellDefence::Ports shell_ports(platform::ScreenAccess screen, platform::ShellPlaces places);

}  // namespace kw::agent
