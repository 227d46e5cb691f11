#pragma once
// RecordedProgramGate is a ProgramGate over a table of files, for tests. It asks the same engine; open() is the process
// that opens or runs a file, and returns whether it may. Never shipped. Not thread-safe but for the sink.
#include "device/programs/ports.h"

namespace kw::platform {

class RecordedProgramGate final : public device::ProgramGate, private device::GateEyes {
 public:
  struct File {
    Bytes content;
    bool root_only = true;
    std::uint64_t device = 1;
  };
  std::map<std::string, File> files;
  std::map<int, std::string> programs;  // what a process runs
  std::vector<std::string> warmed;
  std::optional<Error> start_error;
  bool open_now = false;  // between start and stop

  Result<> start(Sink sink) override;
  void stop() override { open_now = false; }
  void use(std::shared_ptr<const device::ProgramRules> rules) override;
  Result<> guard(const device::GuardedPlace& place) override;
  [[nodiscard]] bool guarded(std::uint64_t device) const override { return devices_.contains(device); }
  void warm(std::vector<std::string> paths, std::function<void()> done) override;
  [[nodiscard]] device::Gate::Counts counts() const override { return gate_.counts(); }

  [[nodiscard]] bool open(const std::string& path, bool running, int pid);
  void tell(device::GateNews news) { sink_(std::move(news)); }
  [[nodiscard]] const device::ProgramRules& rules() const { return gate_.rules(); }

 private:
  std::optional<device::FileIdentity> program_of(int pid) override;
  std::string path_of(std::uint64_t) override { return asked_; }
  [[nodiscard]] device::OpenedFile opened(const std::string& path) const;

  Sink sink_;
  device::Gate gate_{1};
  std::map<std::uint64_t, std::string> devices_;
  std::string asked_;
  std::uint64_t last_ = 0;
};

}  // namespace kw::platform
