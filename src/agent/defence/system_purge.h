#pragma once
// SystemPurge takes away what a session leaves beside caches: its directory, the users' temporary files, shared memory
// and print jobs (clauses 6.4-d, 7.4; docs/design/purge.md).
//
//   begin() ... purge("session") -> rounds of look, plan, apply, look again, on the defence's thread -> events
//
// What does not go at once, because a process has it still, is tried again each second, kRounds times; then it is told
// by its kind. Where the section only watches, what would go is counted. Host's thread only.
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "device/defence.h"
#include "device/system/purge.h"
#include "kioskward/v1/system.pb.h"

namespace kw::agent {

class SystemPurge {
 public:
  static constexpr int kRounds = 6;
  static constexpr Duration kBetweenRounds = std::chrono::seconds(1);
  using Run = std::function<void(std::function<void()> job)>;

  /// `users` are those of the agent's configuration. No port: nothing is ever purged.
  SystemPurge(std::unique_ptr<device::PurgePort> port, std::vector<std::string> users)
      : port_(std::move(port)), users_(std::move(users)) {}
  ~SystemPurge() { *alive_ = false; }
  SystemPurge(const SystemPurge&) = delete;
  SystemPurge& operator=(const SystemPurge&) = delete;

  /// start takes away what an agent that was killed left of a session.
  void start(device::DefenceHost& host, Run run);
  /// configure: `shell_user` is the one whom section shell names; empty: none.
  void configure(const device::v1::SystemPolicy& policy, const std::string& shell_user);
  /// begin gives the path of the session's own directory; empty where there is none to be.
  std::string begin();
  /// purge begins; `reason`: "session", "schedule", "order", "start". The session that was open is over.
  void purge(const std::string& reason);
  void tick();
  /// halt ends work that is under way early; stop, once the worker has ended, takes sessions' directories away.
  void halt() { *stopping_ = true; }
  void stop();
  [[nodiscard]] bool asked() const;
  [[nodiscard]] bool busy() const noexcept { return running_ || again_at_.has_value(); }
  [[nodiscard]] bool open() const { return !open_->name().empty(); }
  [[nodiscard]] std::vector<std::string> users() const;

 private:
  /// The directory of the session that is under way. It is set before the directory is made: whoever sees a directory
  /// and asks afterwards knows whether it is the one that stays.
  class OpenName {
   public:
    [[nodiscard]] std::string name() const {
      const std::lock_guard lock(mutex_);
      return name_;
    }
    std::string set(std::string name) {
      const std::lock_guard lock(mutex_);
      return std::exchange(name_, std::move(name));
    }

   private:
    mutable std::mutex mutex_;
    std::string name_;
  };
  struct Round {
    std::map<device::PurgeKind, device::PurgeDone> gone;
    std::map<device::PurgeKind, std::uint64_t> left;
    std::map<device::PurgeKind, std::string> why;
    std::string failure;  // the whole round's
  };
  void round();
  static Round work(device::PurgePort& port, device::PurgeWish wish, const OpenName& open, bool trial,
                    const device::PurgePort::Stop& stop);
  void heard(const Round& done);
  void tell(const Round& last);
  void tell_left(const std::string& kind, std::uint64_t count, const std::string& why);

  std::unique_ptr<device::PurgePort> port_;
  const std::vector<std::string> users_;
  device::DefenceHost* host_ = nullptr;
  Run run_;
  device::v1::SystemPolicy policy_;
  std::string shell_user_;
  std::shared_ptr<OpenName> open_ = std::make_shared<OpenName>();
  std::string reason_, waits_;
  device::PurgeWish wish_;
  std::map<device::PurgeKind, device::PurgeDone> gone_;
  int rounds_ = 0;
  bool running_ = false, left_at_start_ = false;
  std::optional<Duration> again_at_;
  std::vector<Duration> begins_;  // of the last minute
  std::shared_ptr<std::atomic<bool>> stopping_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kw::agent
