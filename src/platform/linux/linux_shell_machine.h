#pragma once
// LinuxShellMachine is device::ShellMachine on /proc and the file system. Not thread-safe.
#include "device/shell/ports.h"

namespace kw::platform {

struct ShellPlaces {
  std::string profiles = "/run/kioskward-shell";
  std::string policies = "/etc/chromium/policies/managed/kioskward.json";
  std::string app_token;  // what {app_token} in the program's arguments stands for
};

class LinuxShellMachine final : public device::ShellMachine {
 public:
  /// `user` is whose program it is where policy names nobody.
  LinuxShellMachine(ShellPlaces places, std::string user) : places_(std::move(places)), user_(std::move(user)) {}
  Result<std::optional<device::ShownProgram>> find(const std::string& program, const std::string& user) override;
  bool runs(const device::ShownProgram& program) override;
  [[nodiscard]] std::string profiles() const override { return places_.profiles; }
  [[nodiscard]] std::string policies_path() const override { return places_.policies; }
  Result<std::optional<std::string>> read_policies() override;
  Result<> write_policies(const std::string& text) override;
  Result<> remove_policies() override;

 private:
  ShellPlaces places_;
  std::string user_;
};

}  // namespace kw::platform
