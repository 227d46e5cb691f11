#include "platform/linux/fanotify_scan.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>

#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/file_digests.h"
#include "platform/linux/scan_pool.h"
#include "platform/linux/spawn.h"

#ifndef FAN_MARK_EVICTABLE  // Linux 5.19; Debian 12's headers have it, older ones do not
#define FAN_MARK_EVICTABLE 0x00000200
#endif

namespace kw::platform {
namespace {

using device::FileUse;
using device::GateOrders;
using device::ScanGate;

constexpr std::uint64_t kAsked = FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM;
constexpr std::size_t kMostEvents = 64;  // read at a time: each is a descriptor

}  // namespace

/// One life of the gate, from start() to stop() or to its loss.
class FanotifyScanGate::Running final : public device::PathOf {
 public:
  Running(device::ContentScanner& scanner, const Clock& clock, Options options, Sink sink)
      : scanner_(scanner), clock_(clock), options_(options), sink_(std::move(sink)), gate_(::getpid()) {}
  ~Running() override { stop(); }

  Result<> start() {
    constexpr unsigned kGroup = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK;
    group_.reset(::fanotify_init(kGroup | FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
                                 O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK | O_NOATIME));
    if (!group_) return fail_os("fanotify");
    wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    null_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!wake_ || !null_) return fail_os("start the gate");
    pool_ = std::make_unique<ScanPool>(options_.scanners);
    watchdog_ = std::thread([this] { watch(); });
    thread_ = std::thread([this] { run(); });
    return {};
  }

  void stop() {
    if (!thread_.joinable()) return;
    stopping_ = true;
    wake();
    {
      const std::lock_guard lock(mutex_);
      ended_.notify_all();
    }
    thread_.join();
    watchdog_.join();
    group_.reset();  // first of all: whoever waits for an answer goes on, whatever the scanner is at
    pool_->stop();
    open_.clear();
  }

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(work));
    wake();
  }

  void use(std::shared_ptr<const device::ScanRules> rules) {
    post([this, rules = std::move(rules)] {
      gate_.use(rules);
      ask_again();
    });
  }

  void scanner(std::optional<int> pid, bool renewed) {
    post([this, pid, renewed] {
      if (renewed) {
        gate_.forget();
        ask_again();
      }
      scanner_process_.reset();
      if (!pid) return gate_.scanner_down();
      scanner_pid_ = *pid;
      scanner_process_.reset(open_pidfd(*pid));
      gate_.scanner_up(0);  // is_scanner() tells, which sees when the process has ended
    });
  }

  Result<> guard(const std::string& place) {
    // Asked of the kernel each time: another medium may have come under the same device number.
    if (::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, kAsked | FAN_CLOSE_WRITE, AT_FDCWD,
                        place.c_str()) != 0)
      return fail_os("guard " + place);
    return {};
  }

  [[nodiscard]] ScanGate::Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  // PathOf
  std::string path_of(std::uint64_t question) override {
    const auto at = open_.find(question);
    return at == open_.end() ? std::string() : path_of_descriptor(at->second.fd.get());
  }

 private:
  struct Open {
    UniqueFd fd;
    device::FileIdentity stamp;
  };

  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);  // full only when it wakes already
  }

  void run() {
    while (!stopping_) {
      busy_since_ = 0;
      std::array<pollfd, 2> fds{{{wake_.get(), POLLIN, 0}, {lost_ ? -1 : group_.get(), POLLIN, 0}}};
      ::poll(fds.data(), fds.size(), wait_ms());
      busy_since_ = clock_.steady().count();
      if (stopping_) break;
      if (fds[0].revents != 0) take_inbox();
      if (fds[1].revents != 0 && !lost_) read_events();
      orders_.clear();
      gate_.expire(clock_.steady(), *this, orders_);
      carry_out();
      const std::lock_guard lock(mutex_);
      counts_ = gate_.counts();
    }
  }

  [[nodiscard]] int wait_ms() const {
    const auto until = gate_.deadline();
    if (!until) return lost_ ? 1000 : -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*until - clock_.steady()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
  }

  void take_inbox() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(wake_.get(), &count, sizeof count);
    std::vector<std::function<void()>> work;
    {
      const std::lock_guard lock(mutex_);
      work.swap(inbox_);
    }
    for (const auto& one : work) one();
  }

  void read_events() {
    alignas(fanotify_event_metadata) std::array<char, kMostEvents * sizeof(fanotify_event_metadata)> buffer;
    const auto n = ::read(group_.get(), buffer.data(), buffer.size());
    if (n <= 0) return;  // EAGAIN; or a file that cannot be opened (a socket), which the kernel has answered itself
    auto left = static_cast<std::size_t>(n);
    const char* at = buffer.data();
    while (left >= sizeof(fanotify_event_metadata)) {
      const auto& event = *reinterpret_cast<const fanotify_event_metadata*>(at);
      if (event.event_len < sizeof(fanotify_event_metadata) || event.event_len > left) return;
      handle(event);
      at += event.event_len;
      left -= event.event_len;
    }
  }

  void handle(const fanotify_event_metadata& event) {
    if ((event.mask & FAN_Q_OVERFLOW) != 0) {
      sink_(device::ScanGateFull{});
      return;
    }
    UniqueFd fd(event.fd);
    if (!fd) return;
    const bool asked = (event.mask & kAsked) != 0;
    if (event.pid == ::getpid() || is_scanner(event.pid)) {
      if (asked)
        answer(fd.get(), true);
      else
        unmark(fd.get());
      return;
    }
    const auto facts = look_at(fd.get());
    if (!facts) {  // nothing is known of it: the file system does not answer
      if (asked) answer(fd.get(), true);
      return;
    }
    if (!asked) unmark(fd.get());
    const auto use = !asked                                   ? FileUse::written
                     : (event.mask & FAN_OPEN_EXEC_PERM) != 0 ? FileUse::run
                                                              : FileUse::opened;
    const device::ScanQuestion question{++last_, use, event.pid, facts->identity, facts->regular(), facts->names};
    open_.emplace(question.id, Open{std::move(fd), facts->identity});
    orders_.clear();
    gate_.ask(question, clock_.steady(), *this, orders_);
    carry_out();
  }

  // A process that has ended leaves its pidfd readable; only then can its number be another's.
  [[nodiscard]] bool is_scanner(int pid) const {
    if (!scanner_process_ || pid != scanner_pid_) return false;
    pollfd one{scanner_process_.get(), POLLIN, 0};
    return ::poll(&one, 1, 0) == 0;
  }

  void carry_out() {
    // Who it was is asked while he waits for his answer: afterwards he may have ended.
    std::vector<device::Actor> finders, unjudged;
    for (const auto& one : orders_.found) finders.push_back(actor_of(one.pid));
    for (const auto& one : orders_.unjudged) unjudged.push_back(actor_of(one.pid));
    for (const auto& one : orders_.replies) {
      const auto at = open_.find(one.id);
      if (at == open_.end()) continue;
      if (one.known) mark(at->second.fd.get(), at->second.stamp);
      answer(at->second.fd.get(), one.allow);
    }
    for (const auto id : orders_.scan) {
      const auto at = open_.find(id);
      if (at == open_.end()) continue;
      pool_->add([this, id, fd = at->second.fd.get()] {
        auto result = scanner_.scan(fd, options_.most_scan, [this] { return stopping_.load(); });
        post([this, id, result = std::move(result)] {
          orders_.clear();
          gate_.scanned(id, result, *this, orders_);
          carry_out();
        });
      });
    }
    for (std::size_t i = 0; i < orders_.found.size(); ++i)
      sink_(device::FoundTold{std::move(orders_.found[i]), std::move(finders[i].process), std::move(finders[i].user)});
    for (std::size_t i = 0; i < orders_.unjudged.size(); ++i)
      sink_(device::UnjudgedTold{std::move(orders_.unjudged[i]), std::move(unjudged[i].process),
                                 std::move(unjudged[i].user)});
    for (const auto& one : orders_.replies) forget(one.id);
    for (const auto id : orders_.settled) forget(id);
  }

  void forget(std::uint64_t id) {
    if (!gate_.needs(id)) open_.erase(id);
  }

  void answer(int fd, bool allow) {
    const fanotify_response response{fd, allow ? std::uint32_t{FAN_ALLOW} : std::uint32_t{FAN_DENY}};
    // ENOENT: the one who asked was killed meanwhile.
    [[maybe_unused]] const auto written = ::write(group_.get(), &response, sizeof response);
  }

  // The file may have changed since it was scanned: the mark is set first, then looked at again.
  void mark(int fd, const device::FileIdentity& stamp) {
    constexpr unsigned kFlags = FAN_MARK_ADD | FAN_MARK_IGNORED_MASK;
    if (::fanotify_mark(group_.get(), kFlags | evictable_, kAsked, fd, nullptr) != 0) {
      if (errno != EINVAL || evictable_ == 0) return;
      evictable_ = 0;  // an older kernel: marks keep their inodes in memory
      if (::fanotify_mark(group_.get(), kFlags, kAsked, fd, nullptr) != 0) return;
    }
    const auto facts = look_at(fd);
    if (!facts || facts->identity != stamp || may_be_written(fd)) unmark(fd);
  }
  void unmark(int fd) { ::fanotify_mark(group_.get(), FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, kAsked, fd, nullptr); }
  void ask_again() { ::fanotify_mark(group_.get(), FAN_MARK_FLUSH, 0, AT_FDCWD, nullptr); }  // inode marks alone

  // The one thread that is never kept: where the gate thread does not come back, its descriptor is replaced, so that
  // the group goes without the number becoming somebody else's file.
  void watch() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      ended_.wait_for(lock, options_.patience / 4);
      const auto since = Duration(busy_since_.load());
      if (stopping_ || lost_ || since.count() == 0 || clock_.steady() - since < options_.patience) continue;
      lost_ = true;
      ::dup3(null_.get(), group_.get(), O_CLOEXEC);
      lock.unlock();
      sink_(device::ScanGateLost{"the gate did not answer in time"});
      lock.lock();
    }
  }

  device::ContentScanner& scanner_;
  const Clock& clock_;
  Options options_;
  Sink sink_;
  UniqueFd group_, wake_, null_, scanner_process_;
  int scanner_pid_ = 0;
  unsigned evictable_ = FAN_MARK_EVICTABLE;
  // The gate thread's own.
  ScanGate gate_;
  GateOrders orders_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Open> open_;
  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<std::function<void()>> inbox_;
  ScanGate::Counts counts_;
  std::atomic<std::int64_t> busy_since_ = 0;
  std::atomic<bool> stopping_ = false, lost_ = false;
  std::unique_ptr<ScanPool> pool_;
  std::thread thread_, watchdog_;
};

FanotifyScanGate::FanotifyScanGate(device::ContentScanner& scanner, const Clock& clock, Options options)
    : scanner_(scanner), clock_(clock), options_(options) {}
FanotifyScanGate::~FanotifyScanGate() { stop(); }

Result<> FanotifyScanGate::start(Sink sink) {
  if (running_) return fail(Errc::wrong_state, "the gate is open already");
  auto running = std::make_unique<Running>(scanner_, clock_, options_, std::move(sink));
  KW_CHECK(running->start());
  running_ = std::move(running);
  return {};
}
void FanotifyScanGate::stop() { running_.reset(); }
void FanotifyScanGate::use(std::shared_ptr<const device::ScanRules> rules) {
  if (running_) running_->use(std::move(rules));
}
void FanotifyScanGate::scanner(std::optional<int> pid, bool renewed) {
  if (running_) running_->scanner(pid, renewed);
}
Result<> FanotifyScanGate::guard(const std::string& place) {
  return running_ ? running_->guard(place) : Result<>(fail(Errc::wrong_state, "the gate is not open"));
}
ScanGate::Counts FanotifyScanGate::counts() const { return running_ ? running_->counts() : ScanGate::Counts{}; }

}  // namespace kw::platform
