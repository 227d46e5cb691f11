#pragma once
// ShellStarter and ShellMachine are what section "shell" needs of the machine: the process that keeps the kiosk's
// program, a look at who runs a program, and the file of the browser's managed policies.
#include <optional>

#include "base/time.h"
#include "device/helper.h"

namespace kw::device {

class ShellStarter {
 public:
  virtual ~ShellStarter() = default;
  /// start: as HelperStarter's, for the user and display that policy names; empty: those of the agent's configuration.
  virtual Result<std::unique_ptr<HelperProcess>> start(const std::string& user, const std::string& display) = 0;
  virtual void tidy() {}
};

struct ShownProgram {
  int pid = 0;
  std::uint64_t started = 0;  // clock ticks since boot
};

class ShellMachine {
 public:
  virtual ~ShellMachine() = default;
  /// find gives a process of this user that runs this very file. Errc::not_found: no such user.
  virtual Result<std::optional<ShownProgram>> find(const std::string& program, const std::string& user) = 0;
  virtual bool runs(const ShownProgram& program) = 0;
  /// profiles is the directory below which the program's home is made.
  [[nodiscard]] virtual std::string profiles() const = 0;
  /// policies_path names the file of managed policies; read gives nothing where there is none.
  [[nodiscard]] virtual std::string policies_path() const = 0;
  virtual Result<std::optional<std::string>> read_policies() = 0;
  /// write replaces it whole and reads it back; remove: one that is not there is success.
  virtual Result<> write_policies(const std::string& text) = 0;
  virtual Result<> remove_policies() = 0;
};

}  // namespace kw::device
