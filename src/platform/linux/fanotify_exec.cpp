#include "platform/linux/fanotify_exec.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "base/text.h"
#include "platform/linux/hash_pool.h"
#include "platform/linux/os_error.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/system_clock.h"

#ifndef FAN_MARK_EVICTABLE  // Linux 5.19; Debian 12's headers have it, older ones do not
#define FAN_MARK_EVICTABLE 0x00000200
#endif

namespace kw::platform {
namespace {

using device::Gate;
using device::GateSteps;

constexpr std::uint64_t kAsked = FAN_OPEN_PERM | FAN_OPEN_EXEC_PERM;
constexpr std::size_t kMostEvents = 64;  // read at a time: each is a descriptor

device::OpenedFile opened(const FileLook& look, Timestamp now) {
  return {look.identity, S_ISREG(look.mode), look.root_only(), device::settled(look.identity, now), {}};
}

}  // namespace

/// One life of the gate, from start() to stop() or to its loss.
class FanotifyGate::Running final : public device::GateEyes {
 public:
  Running(Options options, Sink sink) : options_(options), sink_(std::move(sink)), gate_(::getpid()) {}
  ~Running() override { stop(); }

  Result<> start() {
    constexpr unsigned kGroup = FAN_CLASS_CONTENT | FAN_CLOEXEC | FAN_NONBLOCK;
    group_.reset(::fanotify_init(kGroup | FAN_UNLIMITED_MARKS | FAN_UNLIMITED_QUEUE,
                                 O_RDONLY | O_LARGEFILE | O_CLOEXEC | O_NONBLOCK | O_NOATIME));
    if (!group_) return fail_os("fanotify");
    wake_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    null_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!wake_ || !null_) return fail_os("start the gate");
    pool_ = std::make_unique<HashPool>(options_.hashers);
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
    group_.reset();  // first of all: whoever waits for an answer goes on, whatever the hashers are at
    pool_->stop();
    open_.clear();
  }

  void post(std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(work));
    wake();
  }

  void use(std::shared_ptr<const device::ProgramRules> rules) {
    post([this, rules = std::move(rules)] {
      ::fanotify_mark(group_.get(), FAN_MARK_FLUSH, 0, AT_FDCWD, nullptr);  // inode marks: what need not be asked about
      gate_.use(rules);
    });
  }

  Result<> guard(const device::GuardedPlace& place) {
    KW_TRY(const auto look, look_at_path(place.path, true));
    // Marked again each time: a file system that was mounted since may have got the number of one that is gone.
    const bool all = place.how == device::Guarding::all;
    const std::uint64_t mask = all ? kAsked | FAN_CLOSE_WRITE : std::uint64_t{FAN_OPEN_EXEC_PERM};
    if (::fanotify_mark(group_.get(), FAN_MARK_ADD | FAN_MARK_FILESYSTEM, mask, AT_FDCWD, place.path.c_str()) != 0)
      return fail_os("guard " + place.path);
    const std::lock_guard lock(mutex_);
    devices_.insert(look.identity.device);
    return {};
  }

  [[nodiscard]] bool guarded(std::uint64_t device) const {
    const std::lock_guard lock(mutex_);
    return devices_.contains(device);
  }

  void warm(std::vector<std::string> paths, std::function<void()> done) {
    if (paths.empty()) {
      done();
      return;
    }
    auto left = std::make_shared<std::atomic<std::size_t>>(paths.size());
    auto end = std::make_shared<std::function<void()>>(std::move(done));
    for (auto& path : paths)
      pool_->later([this, path = std::move(path), left, end](const BeforeRead& before) {
        look_ahead(path, before);
        if (--*left == 0) (*end)();
      });
  }

  [[nodiscard]] Gate::Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  // GateEyes
  std::optional<device::FileIdentity> program_of(int pid) override {
    const auto look = program_look(pid);
    return look ? std::optional(look->identity) : std::nullopt;
  }
  std::string path_of(std::uint64_t question) override {
    const auto at = open_.find(question);
    return at == open_.end() ? std::string() : path_of_descriptor(at->second.fd.get());
  }

 private:
  struct Open {
    UniqueFd fd;
    device::FileIdentity identity;
    bool answered = false, hashing = false;
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
      steps_.clear();
      gate_.expire(clock_.steady(), steps_);
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
    for (; left >= sizeof(fanotify_event_metadata);) {
      const auto& event = *reinterpret_cast<const fanotify_event_metadata*>(at);
      if (event.event_len < sizeof(fanotify_event_metadata) || event.event_len > left) return;
      handle(event);
      at += event.event_len;
      left -= event.event_len;
    }
  }

  void handle(const fanotify_event_metadata& event) {
    if ((event.mask & FAN_Q_OVERFLOW) != 0) {
      sink_(device::GateOverflowed{1});
      return;
    }
    UniqueFd fd(event.fd);
    if (!fd) return;
    if ((event.mask & kAsked) == 0) {  // closed after writing
      if (const auto look = look_at(fd.get())) {
        gate_.written(look->identity);
        unmark(fd.get());
      }
      return;
    }
    const auto look = look_at(fd.get());
    if (!look) {  // nothing is known of it: the file system does not answer
      answer(fd.get(), true);
      return;
    }
    device::Question question{++last_, (event.mask & FAN_OPEN_EXEC_PERM) != 0, event.pid, opened(*look, clock_.now())};
    if (!question.running && question.file.regular) {
      [[maybe_unused]] const auto head = ::pread(fd.get(), question.file.head.data(), question.file.head.size(), 0);
    }
    open_.emplace(question.id, Open{std::move(fd), look->identity, false, false});
    steps_.clear();
    gate_.ask(question, clock_.steady(), *this, steps_);
    carry_out();
  }

  void carry_out() {
    for (const auto& one : steps_.answers) {
      const auto at = open_.find(one.id);
      if (at == open_.end()) continue;
      if (one.ignore) mark(at->second.fd.get(), at->second.identity, one.runs ? kAsked : FAN_OPEN_PERM);
      answer(at->second.fd.get(), one.allow);
      at->second.answered = true;
    }
    for (const auto id : steps_.hash) {
      const auto at = open_.find(id);
      if (at == open_.end()) continue;
      at->second.hashing = true;
      pool_->hash(at->second.fd.get(), [this, id](Result<crypto::Digest> digest) {
        post([this, id, digest = std::move(digest)] {
          if (const auto found = open_.find(id); found != open_.end()) found->second.hashing = false;
          steps_.clear();
          gate_.hashed(id, digest, steps_);
          carry_out();
          forget(id);
        });
      });
    }
    for (auto& seen : steps_.seen) {
      seen.path = clean_text(seen.path, 512);
      auto by = actor_of(seen.pid);
      sink_(device::ProgramTold{std::move(seen), std::move(by)});
    }
    for (const auto& one : steps_.answers) forget(one.id);
  }

  void forget(std::uint64_t id) {
    const auto at = open_.find(id);
    if (at != open_.end() && at->second.answered && !at->second.hashing) open_.erase(at);
  }

  void answer(int fd, bool allow) {
    const fanotify_response response{fd, allow ? std::uint32_t{FAN_ALLOW} : std::uint32_t{FAN_DENY}};
    // ENOENT: the one who asked was killed meanwhile.
    [[maybe_unused]] const auto written = ::write(group_.get(), &response, sizeof response);
  }

  // The file may have changed since its digest was taken: the mark is set first, then looked at again.
  void mark(int fd, const device::FileIdentity& identity, std::uint64_t what = kAsked) {
    constexpr unsigned kFlags = FAN_MARK_ADD | FAN_MARK_IGNORED_MASK;
    if (::fanotify_mark(group_.get(), kFlags | evictable_, what, fd, nullptr) != 0) {
      if (errno != EINVAL || evictable_ == 0) return;
      evictable_ = 0;  // an older kernel: marks keep their inodes in memory
      if (::fanotify_mark(group_.get(), kFlags, what, fd, nullptr) != 0) return;
    }
    const auto look = look_at(fd);
    if (!look || look->identity != identity) unmark(fd);
  }
  void unmark(int fd) { ::fanotify_mark(group_.get(), FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK, kAsked, fd, nullptr); }

  void look_ahead(const std::string& path, const BeforeRead& before) {
    auto fd = std::make_shared<UniqueFd>(open_to_read(path));
    if (!*fd) return;
    const auto look = look_at(fd->get());
    if (!look || !look->regular()) return;
    const auto digest = digest_of(fd->get(), before);
    if (!digest) return;
    post([this, fd, look = *look, digest = *digest] {
      if (gate_.learnt(opened(look, clock_.now()), digest)) mark(fd->get(), look.identity);
    });
  }

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
      sink_(device::GateLost{"the gate did not answer in time"});
      lock.lock();
    }
  }

  SystemClock clock_;
  Options options_;
  Sink sink_;
  UniqueFd group_, wake_, null_;
  unsigned evictable_ = FAN_MARK_EVICTABLE;
  // The gate thread's own.
  Gate gate_;
  GateSteps steps_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Open> open_;
  // Shared.
  mutable std::mutex mutex_;
  std::condition_variable ended_;
  std::vector<std::function<void()>> inbox_;
  std::set<std::uint64_t> devices_;
  Gate::Counts counts_;
  std::atomic<std::int64_t> busy_since_ = 0;
  std::atomic<bool> stopping_ = false, lost_ = false;
  std::unique_ptr<HashPool> pool_;
  std::thread thread_, watchdog_;
};

FanotifyGate::FanotifyGate(Options options) : options_(options) {}
FanotifyGate::~FanotifyGate() { stop(); }

Result<> FanotifyGate::start(Sink sink) {
  if (running_) return fail(Errc::wrong_state, "the gate is open already");
  auto running = std::make_unique<Running>(options_, std::move(sink));
  KW_CHECK(running->start());
  running_ = std::move(running);
  return {};
}
void FanotifyGate::stop() { running_.reset(); }
void FanotifyGate::use(std::shared_ptr<const device::ProgramRules> rules) {
  if (running_) running_->use(std::move(rules));
}
Result<> FanotifyGate::guard(const device::GuardedPlace& place) {
  return running_ ? running_->guard(place) : Result<>(fail(Errc::wrong_state, "the gate is not open"));
}
bool FanotifyGate::guarded(std::uint64_t device) const { return running_ && running_->guarded(device); }
void FanotifyGate::warm(std::vector<std::string> paths, std::function<void()> done) {
  if (running_) running_->warm(std::move(paths), std::move(done));
}
device::Gate::Counts FanotifyGate::counts() const { return running_ ? running_->counts() : Gate::Counts{}; }

}  // namespace kw::platform
