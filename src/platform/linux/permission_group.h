#pragma once
// PermissionGroup is a fanotify(7) group that is asked before files are opened or run: the kernel waits for its answers.
//
//   kernel ── file, mask, pid ──> gate thread ── PermissionGroup::Side ── answer(), ignore() ──> kernel
//                                    ^ post(): work of other threads
//   watchdog: a gate thread that is busy for longer than `patience` loses the group, and everybody goes on
//
// The group is lost by replacing its descriptor, so that the number does not become somebody else's file. stop() lets
// go of whoever waits for an answer. open, guard: the errors of os_error (not_permitted without CAP_SYS_ADMIN).
// answer, ignore, unmark and ask_again are for the gate thread, post for every thread.
#include <sys/fanotify.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class PermissionGroup {
 public:
  static constexpr std::uint64_t kAsked = FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM;

  /// Side decides; all but lost() is called on the gate thread.
  class Side {
   public:
    /// event: of kAsked wants an answer, of FAN_CLOSE_WRITE none.
    virtual void event(UniqueFd fd, std::uint64_t mask, int pid) = 0;
    virtual void overflowed() = 0;
    /// settle is called after each turn, and at the latest at deadline() (steady time).
    virtual void settle() = 0;
    [[nodiscard]] virtual std::optional<Duration> deadline() const = 0;
    /// lost is called on the watchdog's thread.
    virtual void lost() = 0;

   protected:
    ~Side() = default;
  };

  /// `side` and `clock` must outlive the group.
  PermissionGroup(Side& side, const Clock& clock, Duration patience) : side_(side), clock_(clock), patience_(patience) {}
  ~PermissionGroup() { stop(); }
  PermissionGroup(const PermissionGroup&) = delete;
  PermissionGroup& operator=(const PermissionGroup&) = delete;

  /// open asks the kernel for the group; start begins to answer.
  Result<> open();
  void start();
  /// stop joins the threads and closes the group; of what is posted afterwards nothing is done.
  void stop();
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }
  void post(std::function<void()> work);
  /// guard marks the whole file system that the place lies on. Thread-safe.
  Result<> guard(const std::string& place, std::uint64_t mask);
  /// guard_folder marks one folder: what lies directly in it. Thread-safe. ask_again() takes such marks away as well.
  Result<> guard_folder(const std::string& folder, std::uint64_t mask);
  void answer(int fd, bool allow);
  /// ignore asks no more about this file until it is written; false where the kernel would not. What was judged may have
  /// changed before the mark was set: look at the file afterwards, and unmark() it then.
  bool ignore(int fd, std::uint64_t what = kAsked);
  void unmark(int fd);
  /// ask_again takes every mark of ignore() away.
  void ask_again();

 private:
  void wake();
  void run();
  void watch();
  [[nodiscard]] int wait_ms() const;
  void take_inbox();
  void read_events();
  void take(const fanotify_event_metadata& event);

  Side& side_;
  const Clock& clock_;
  Duration patience_;
  UniqueFd group_, wake_, null_;
  unsigned evictable_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<std::function<void()>> inbox_;
  std::atomic<std::int64_t> busy_since_ = 0;
  std::atomic<bool> stopping_ = false, lost_ = false;
  std::thread thread_, watchdog_;
};

}  // namespace kw::platform
