#pragma once
// RecordedProcesses is a ProcessWatch over a table of processes, for tests, and RecordedPrograms a ProgramSource that
// finds what the test put there. begin() is a process that begins to run a program. Never shipped. Not thread-safe but
// for what `mutex` guards.
#include <mutex>
#include <set>

#include "device/programs/ports.h"

namespace kw::platform {

struct RecordedProcessTable {
  std::mutex mutex;
  std::map<int, device::RunningProgram> running;
  std::uint64_t born = 0;
  std::set<int> unending;  // end() of these is not permitted
  std::vector<std::pair<std::string, device::Mount>> mounts;
  device::ProcessWatch::Sink sink;  // empty while nothing is told
  std::optional<Error> start_error;
  bool memory_closed = false;

  void begin(const device::RunningProgram& program) {
    {
      const std::lock_guard lock(mutex);
      running[program.pid] = program;
      ++born;
    }
    if (sink && !program.guarded) sink(program);
  }
};

class RecordedProcesses final : public device::ProcessWatch {
 public:
  explicit RecordedProcesses(std::shared_ptr<RecordedProcessTable> table) : table_(std::move(table)) {}
  Result<> start(std::function<bool(std::uint64_t)>, Sink sink) override {
    if (table_->start_error) return Result<>(*table_->start_error);
    table_->sink = std::move(sink);
    return {};
  }
  void stop() override { table_->sink = nullptr; }
  Result<std::vector<device::RunningProgram>> scan(bool) override {
    const std::lock_guard lock(table_->mutex);
    std::vector<device::RunningProgram> out;
    for (const auto& [pid, program] : table_->running) out.push_back(program);
    return out;
  }
  Result<std::uint64_t> births() override {
    const std::lock_guard lock(table_->mutex);
    return table_->born;
  }
  Result<> end(const device::RunningProgram& program) override {
    const std::lock_guard lock(table_->mutex);
    if (program.pid <= 1) return fail(Errc::forbidden, "this process is not to be ended");
    if (table_->unending.contains(program.pid)) return fail(Errc::not_permitted, "end process");
    const auto at = table_->running.find(program.pid);
    if (at == table_->running.end() || at->second.started != program.started)
      return fail(Errc::not_found, "the process has ended");
    table_->running.erase(at);
    return {};
  }
  Result<std::vector<std::pair<std::string, device::Mount>>> mounts() override {
    const std::lock_guard lock(table_->mutex);
    return table_->mounts;
  }
  Result<> close_memory(bool closed) override {
    table_->memory_closed = closed;
    return {};
  }

 private:
  std::shared_ptr<RecordedProcessTable> table_;
};

class RecordedPrograms final : public device::ProgramSource {
 public:
  struct Disk {
    std::mutex mutex;
    device::LearntPrograms learnt;
    std::map<std::string, crypto::Digest> digests;
    std::optional<Error> error;
  };
  explicit RecordedPrograms(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}
  Result<device::LearntPrograms> learn(const Wanted&, const std::function<bool()>& stop) override {
    const std::lock_guard lock(disk_->mutex);
    if (stop()) return fail(Errc::cancelled);
    if (disk_->error) return Result<device::LearntPrograms>(*disk_->error);
    return disk_->learnt;
  }
  Result<crypto::Digest> digest(const std::string& path) override {
    const std::lock_guard lock(disk_->mutex);
    const auto at = disk_->digests.find(path);
    return at == disk_->digests.end() ? Result<crypto::Digest>(Error(Errc::not_found, path)) : at->second;
  }

 private:
  std::shared_ptr<Disk> disk_;
};

}  // namespace kw::platform
