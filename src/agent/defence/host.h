#pragma once
// HostDefence looks for attacks on the kiosk itself and does what policy says about each kind (clause 6.3-b).
//
//   kernel: exec, user, ptrace ─┐                        ┌─ WATCH: event, "observed"
//   /proc, whole: start, loss ──┼─> HostWatch ─ finding ─┼─ ENFORCE: end process or session, read back; cut; event
//   utmp, btmp, audit, modules ─┤                        └─ the same again: gathered, but acted on each time
//   names of files (fanotify) ──┴─> compared with what was there at the first look (kept beside the policy)
//
// News of the kernel wait in a queue of kMostNews; what does not fit is counted and told, and everything is looked at
// instead. So is everything at the start: what ran, or was changed, before the agent is found as well.
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "agent/defence/cancellable_worker.h"
#include "agent/defence/gathered_events.h"
#include "device/defence.h"
#include "device/host/host_watch.h"
#include "device/host/known_things.h"
#include "device/integrity/ports.h"
#include "device/repeats.h"

namespace kw::agent {

class HostDefence final : public device::Defence {
 public:
  struct Ports {
    std::unique_ptr<device::HostPort> host;
    std::unique_ptr<device::FileSource> files;
    std::unique_ptr<device::FileWatch> places;  // tells content
    std::unique_ptr<device::FileWatch> rights;  // tells names and permissions, of everything
    std::string own_program;                    // the agent's, as /proc/PID/exe has it
  };
  explicit HostDefence(Ports ports) : ports_(std::move(ports)) {}
  ~HostDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "host"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void tick() override;
  Result<> order(const device::v1::Order& order) override;
  [[nodiscard]] bool holds() const override;
  void stop() override;

  static constexpr std::size_t kMostNews = 16384;

 private:
  /// News between the kernel's threads and the host's.
  struct Queue {
    std::mutex mutex;
    std::deque<device::HostNews> news;
    std::uint64_t dropped = 0;
    bool posted = false;
  };
  /// A finding whose processes were killed, until they have gone.
  struct Ending {
    device::v1::Event event;
    std::string key;
    std::vector<device::ProcessFacts> left;
    std::size_t count = 0;
    Duration since{};
    std::string failure;
  };
  template <class Work>
  void later(CancellableWorker& worker, Work work) {
    work_later(worker, *host_, alive_, std::move(work));
  }
  [[nodiscard]] bool on() const { return policy_.mode() == device::v1::WATCH || policy_.mode() == device::v1::ENFORCE; }
  void open();
  void close();
  void watch_files();
  void take(std::vector<device::HostNews> news);  // on a thread of the port's
  void drain();
  void scan();
  void lost(const std::string& source, std::uint64_t times);

  void look_at_tracers();
  void look_at_logins();
  void failed_login(const device::FailedLogin& failure);
  void look_at_sessions();
  void look_at_modules();
  void pass(bool learn);
  void judge_set_id(const std::vector<device::SetIdFile>& files, bool all, bool learn, const device::Actor& by);
  void touched(const device::FileTouched& file);
  void look_at_places();
  void judge_place(const std::string& path, const std::optional<crypto::Digest>& now, const device::Actor& by);
  [[nodiscard]] bool maintained(const device::Actor& by) const;

  void found(const std::vector<device::HostFinding>& findings);
  void react(const device::HostFinding& finding);
  void settle_endings();
  void gather(const std::string& key, device::v1::Event event);
  void missing(const std::string& source, const Result<>& why);
  void tell_facts();
  void load_state();
  void keep_state();

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(false);
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  CancellableWorker looks_, passes_;
  device::v1::HostPolicy policy_;
  device::HostWatch watch_;
  device::LoginFailures failures_;
  device::KnownThings known_;
  std::shared_ptr<const device::PathGlobs> places_;
  device::HostSources sources_;
  std::map<std::string, std::string> missing_;                // source -> why
  std::map<std::string, device::Actor> pending_, under_way_;  // places to look at, and who touched them
  std::set<std::string> touched_in_pass_, set_id_in_pass_;    // what a pass that is under way may have seen before
  std::vector<Ending> endings_;
  std::map<int, int> tracers_;  // of protected processes
  std::set<std::string> told_;  // standing things that the kept state does not hold back
  std::set<int> own_;
  bool open_ = false, scanned_ = false, scanning_ = false, scan_again_ = false, passing_ = false, looking_ = false;
  bool pass_again_ = false, places_compared_ = false, end_failed_ = false;
  std::uint64_t ticks_ = 0, lost_ = 0, found_ = 0, failed_logins_ = 0, sessions_ = 0;
  Duration last_pass_{};
  GatheredEvents gathered_;
  device::Repeats repeats_;  // of log lines
};

}  // namespace kw::agent
