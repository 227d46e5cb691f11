#pragma once
// ProgramDefence lets only approved programs run (clause 9.7-d): the gate answers the kernel's questions, this class
// gives it its rules, learns what is installed, looks after what the gate cannot see, and tells.
//
//   mode, baseline                              | the gate's rules
//   OFF                                         | closed
//   WATCH                                       | watch; with `learn` a baseline is proposed
//   ENFORCE, none approved                      | watch; the section does not hold
//   ENFORCE, one that does not know what pid 1  | watch; the section does not hold
//     runs, on a guarded file system            |
//   ENFORCE, one that does                      | enforce; at the next start at once (file "armed")
//
// What ran before the gate was open is looked at as soon as it is ("programs.start" becomes "compared"). A gate that
// was lost, or was open when the agent ended without closing it, is an incident, and is opened again every second.
#include <memory>
#include <set>

#include "agent/defence/cancellable_worker.h"
#include "agent/defence/gathered_events.h"
#include "device/defence.h"
#include "device/programs/births.h"
#include "device/programs/ports.h"
#include "device/repeats.h"

namespace kw::agent {

class ProgramDefence final : public device::Defence {
 public:
  struct Ports {
    std::unique_ptr<device::ProgramGate> gate;
    std::unique_ptr<device::ProcessWatch> processes;
    std::unique_ptr<device::ProgramSource> source;
  };
  explicit ProgramDefence(Ports ports) : ports_(std::move(ports)) {}
  ~ProgramDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "programs"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  Result<> order(const device::v1::Order& order) override;
  Result<> baseline(const device::v1::Baseline& baseline) override;
  [[nodiscard]] bool holds() const override;
  void stop() override;

 private:
  enum class Start { closed, comparing, compared };
  template <class Work>
  void later(CancellableWorker& worker, Work work) {
    work_later(worker, *host_, alive_, std::move(work));
  }
  Result<> open_gate();
  void close_gate();
  void use_rules();
  [[nodiscard]] Result<> enforceable() const;
  void look_at_mounts();
  void guard(const std::vector<std::pair<std::string, device::Mount>>& mounts);
  void compare_running();
  void scan(bool all);
  [[nodiscard]] std::optional<std::uint64_t> newest() const;
  void learn();
  void learnt(const Result<device::LearntPrograms>& found);
  void propose();
  void hear(device::GateNews news);
  void tell(const device::ProgramTold& told);
  void gather(const std::string& key, device::v1::Event event);
  void judge(const device::RunningProgram& program);
  [[nodiscard]] device::Standing standing_of(const device::RunningProgram& program) const;
  void remember(const std::optional<crypto::Digest>& digest, const std::string& path);
  void tell_facts();
  void keep_alive(std::string_view word);
  void tell_gap();
  [[nodiscard]] std::optional<std::string> state_file(const char* name) const;

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  CancellableWorker looks_, learner_;  // learning takes minutes, and mounts and processes are looked at meanwhile
  device::v1::ProgramPolicy policy_;
  std::shared_ptr<const device::ProgramList> list_;
  std::shared_ptr<const device::ProgramRules> rules_ = std::make_shared<device::ProgramRules>();
  crypto::Digest baseline_digest_{};
  std::optional<crypto::Digest>
      own_;  // the agent's program: an update of it that nobody approved yet must reach the platform
  std::vector<crypto::Digest> interpreters_;
  bool open_ = false, enforced_ = false, armed_ = false, connector_ = false, memory_closed_ = false;
  bool looking_ = false, scanning_ = false, learning_ = false;
  std::optional<std::string> stranger_;  // what pid 1 runs, where the baseline does not know it
  Start start_ = Start::closed;
  std::size_t guarded_ = 0;
  std::uint64_t ticks_ = 0, lost_ = 0;
  device::Births births_;
  std::vector<device::Program> installed_;
  std::map<crypto::Digest, std::string> ran_;  // unknown programs that were seen to run while learning
  std::size_t proposed_ran_ = 0;
  crypto::Digest proposed_{};
  std::set<std::pair<int, std::uint64_t>> told_running_;
  GatheredEvents gathered_;
  device::Repeats repeats_;  // of log lines
};

}  // namespace kw::agent
