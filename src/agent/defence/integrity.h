#pragma once
// IntegrityDefence keeps an eye on files that may not change, and puts key configuration back (clauses 7.1, 9.7-d).
//
//   kernel ── touched ──┐                                            ┌─ as approved: nothing
//   full pass ─ differs ┼─> pending paths ─> look (worker) ─> judge ─┼─ else: file.changed, what, before, after, by
//   whom tick ── key files ──┘                         └─ key file: restore, read back, file.restored
//
// Every path is judged by a look of its own, in one queue, whoever named it: a pass only finds what to look at. A touch
// that is only begun (written, not closed) is looked at within a second. In WATCH nothing is put back. Files that are
// no key files are told, never changed. A full pass begins at the start, when touches were lost, by order, and by the
// clock of policy; so what changed while the agent was away is found.
#include <map>
#include <set>

#include "agent/defence/cancellable_worker.h"
#include "agent/defence/gathered_events.h"
#include "device/defence.h"
#include "device/integrity/deviations.h"
#include "device/integrity/ports.h"

namespace kw::agent {

class IntegrityDefence final : public device::Defence {
 public:
  struct Ports {
    std::unique_ptr<device::FileSource> files;
    std::unique_ptr<device::FileWatch> watch;
  };
  explicit IntegrityDefence(Ports ports) : ports_(std::move(ports)) {}
  ~IntegrityDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "integrity"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  Result<> order(const device::v1::Order& order) override;
  Result<> baseline(const device::v1::Baseline& baseline) override;
  void released() override { cut_told_ = false; }
  [[nodiscard]] bool holds() const override;
  void stop() override;

 private:
  /// What one look found, and what was done about it.
  struct Looked {
    std::string path;
    Result<std::optional<device::FileState>> now;
    std::optional<Result<>> restored;  // a key file that was to be put back
  };
  void close();
  Result<> offer_key_files();
  Result<> watch();
  void hear(const device::FileNews& news);
  void want(const std::string& path, const device::Actor& by);
  void want_key_files();
  void look();
  void looked(const std::vector<Looked>& found);
  void judge_key_file(const Looked& one, const device::FileState& wanted, const device::Actor& by);
  void begin_pass(bool learning);
  void look_into_folders();
  [[nodiscard]] std::string canonical(const std::string& glob) const;
  void passed(const Result<device::PassTotals>& totals);
  void propose(const std::shared_ptr<device::Manifest>& learnt);
  void gather(const std::string& key, device::v1::Event event);
  void tell_deviation(const device::Deviated& found, const device::Actor& by);
  void tell_facts();
  void fill_actor(device::v1::Event& event, const device::Actor& by) const;
  [[nodiscard]] bool on() const;

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  CancellableWorker looks_, passes_;
  device::v1::IntegrityPolicy policy_;
  std::shared_ptr<const device::PathGlobs> globs_;
  std::shared_ptr<const device::Manifest> manifest_;
  crypto::Digest baseline_digest_{}, proposed_{};
  device::KeyFiles key_files_;
  bool key_files_read_ = false, key_files_stale_ = false;
  device::Deviations deviations_;
  std::map<std::string, device::Actor> pending_;    // to be looked at, and who touched it last
  std::map<std::string, device::Actor> under_way_;  // being looked at
  std::set<std::string> begun_;                     // written, not closed yet
  std::set<std::string> folders_;                   // came or went: everything below is to be looked at
  bool looking_ = false, passing_ = false, lost_since_pass_ = false, cut_told_ = false;
  std::string unwatched_;                          // why some file system tells no names; empty: all are watched
  std::set<std::string> wrong_;                    // key files that are not as they must be
  std::map<std::string, std::string> told_wrong_;  // and what was told of it
  std::optional<Duration> next_pass_;
  std::uint64_t ticks_ = 0, lost_ = 0;
  GatheredEvents gathered_;
  device::Repeats repeats_;  // of log lines
};

}  // namespace kw::agent
