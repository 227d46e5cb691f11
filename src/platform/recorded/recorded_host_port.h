#pragma once
// RecordedHostPort is HostPort over a table that a test changes. Never shipped. What is in `Machine` is guarded by
// `mutex`; tell() is what the kernel would tell, on the test's own thread.
#include <mutex>

#include "device/host/ports.h"

namespace kw::platform {

struct RecordedMachine {
  std::mutex mutex;
  std::map<int, device::ProcessFacts> processes;
  std::set<int> unending;  // end() of these is not permitted
  std::optional<device::KernelModules> modules;
  std::vector<device::FailedLogin> failed;  // the list's content
  std::uint64_t failed_inode = 1;
  std::optional<std::vector<device::SessionSeen>> sessions = std::vector<device::SessionSeen>{};
  std::set<std::string> users;
  std::map<std::string, device::SetIdFile> set_id;
  device::HostSources sources{true, true, {}};
  device::HostPort::Sink sink;  // empty while nothing is told
  std::vector<int> ended;       // by end()

  void tell(device::HostNews news) {
    device::HostPort::Sink to;
    {
      const std::lock_guard lock(mutex);
      to = sink;
    }
    if (to) to({std::move(news)});
  }
};

class RecordedHostPort final : public device::HostPort {
 public:
  explicit RecordedHostPort(std::shared_ptr<RecordedMachine> machine) : machine_(std::move(machine)) {}
  device::HostSources start(Sink sink) override {
    const std::lock_guard lock(machine_->mutex);
    if (machine_->sources.processes || machine_->sources.audit) machine_->sink = std::move(sink);
    return machine_->sources;
  }
  void stop() override {
    const std::lock_guard lock(machine_->mutex);
    machine_->sink = nullptr;
  }
  Result<std::vector<device::ProcessFacts>> scan() override {
    const std::lock_guard lock(machine_->mutex);
    std::vector<device::ProcessFacts> out;
    for (const auto& [pid, facts] : machine_->processes) out.push_back(facts);
    return out;
  }
  std::optional<device::ProcessFacts> look(int pid) override {
    const std::lock_guard lock(machine_->mutex);
    const auto at = machine_->processes.find(pid);
    return at == machine_->processes.end() ? std::nullopt : std::optional(at->second);
  }
  [[nodiscard]] int tracer(int pid) override {
    const auto facts = look(pid);
    return facts ? facts->tracer : 0;
  }
  Result<> end(int pid, std::uint64_t started) override {
    if (!runs(pid, started)) return fail(pid == 1 ? Errc::forbidden : Errc::not_found, "the process has ended");
    const std::lock_guard lock(machine_->mutex);
    if (pid <= 1) return fail(Errc::forbidden, "this process is not to be ended");
    if (machine_->unending.contains(pid)) return fail(Errc::not_permitted, "end process");
    machine_->processes.erase(pid);
    machine_->ended.push_back(pid);
    return {};
  }
  [[nodiscard]] bool runs(int pid, std::uint64_t started) override {
    const std::lock_guard lock(machine_->mutex);
    const auto at = machine_->processes.find(pid);
    return at != machine_->processes.end() && at->second.started == started;
  }
  Result<device::KernelModules> modules() override {
    const std::lock_guard lock(machine_->mutex);
    return machine_->modules ? Result<device::KernelModules>(*machine_->modules)
                             : Result<device::KernelModules>(Error(Errc::unsupported, "the kernel takes no modules"));
  }
  Result<device::LoginsRead> failed_logins(const device::LoginsMark& mark) override {
    const std::lock_guard lock(machine_->mutex);
    device::LoginsRead out;
    auto read = mark.inode == machine_->failed_inode ? mark.read / device::kLoginRecord : 0;
    if (read > machine_->failed.size()) {
      out.cut_off = true;
      read = 0;
    }
    out.failures.assign(machine_->failed.begin() + static_cast<std::ptrdiff_t>(read), machine_->failed.end());
    out.mark = {machine_->failed_inode, machine_->failed.size() * device::kLoginRecord};
    return out;
  }
  Result<std::vector<device::SessionSeen>> sessions() override {
    const std::lock_guard lock(machine_->mutex);
    return machine_->sessions ? Result<std::vector<device::SessionSeen>>(*machine_->sessions)
                              : Result<std::vector<device::SessionSeen>>(Error(Errc::not_found, "utmp and logind"));
  }
  [[nodiscard]] bool known_user(const std::string& name) override {
    const std::lock_guard lock(machine_->mutex);
    return machine_->users.contains(name);
  }
  std::optional<device::SetIdFile> set_id(const std::string& path) override {
    const std::lock_guard lock(machine_->mutex);
    const auto at = machine_->set_id.find(path);
    return at == machine_->set_id.end() ? std::nullopt : std::optional(at->second);
  }
  Result<std::vector<device::SetIdFile>> set_id_files(const Stop& stop) override {
    if (stop()) return fail(Errc::cancelled);
    const std::lock_guard lock(machine_->mutex);
    std::vector<device::SetIdFile> out;
    for (const auto& [path, file] : machine_->set_id) out.push_back(file);
    return out;
  }

 private:
  std::shared_ptr<RecordedMachine> machine_;
};

}  // namespace kw::platform
