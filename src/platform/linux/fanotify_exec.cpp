#include "platform/linux/fanotify_exec.h"

#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/text.h"
#include "platform/linux/hash_pool.h"
#include "platform/linux/permission_group.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/system_clock.h"

namespace kw::platform {
namespace {

using device::Gate;
using device::GateSteps;


device::OpenedFile opened(const FileLook& look, Timestamp now) {
  return {look.identity, look.regular(), look.root_only(), device::settled(look.identity, now), {}};
}

}  // namespace

/// One life of the gate, from start() to stop() or to its loss.
class FanotifyGate::Running final : public device::GateEyes, private PermissionGroup::Side {
 public:
  Running(Options options, Sink sink)
      : options_(options), sink_(std::move(sink)), gate_(::getpid()), group_(*this, clock_, options.patience) {}
  ~Running() override {
    group_.stop();  // first of all: whoever waits for an answer goes on, whatever the hashers are at
    pool_.reset();
  }

  Result<> start() {
    KW_CHECK(group_.open());
    pool_.emplace(options_.hashers);
    group_.start();
    return {};
  }

  void use(std::shared_ptr<const device::ProgramRules> rules) {
    group_.post([this, rules = std::move(rules)] {
      group_.ask_again();
      gate_.use(rules);
    });
  }

  Result<> guard(const device::GuardedPlace& place) {
    KW_TRY(const auto look, look_at_path(place.path, true));
    // Marked again each time: a file system that was mounted since may have got the number of one that is gone.
    const bool all = place.how == device::Guarding::all;
    KW_CHECK(group_.guard(place.path, all ? PermissionGroup::kAsked | FAN_CLOSE_WRITE : std::uint64_t{FAN_OPEN_EXEC_PERM}));
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

  // PermissionGroup::Side
  void event(UniqueFd fd, std::uint64_t mask, int pid) override {
    const auto look = look_at(fd.get());
    if ((mask & PermissionGroup::kAsked) == 0) {  // closed after writing
      if (!look) return;
      gate_.written(look->identity);
      group_.unmark(fd.get());
      return;
    }
    if (!look) {  // nothing is known of it: the file system does not answer
      group_.answer(fd.get(), true);
      return;
    }
    device::Question question{++last_, (mask & FAN_OPEN_EXEC_PERM) != 0, pid, opened(*look, clock_.now())};
    if (!question.running && question.file.regular) {
      [[maybe_unused]] const auto head = ::pread(fd.get(), question.file.head.data(), question.file.head.size(), 0);
    }
    open_.emplace(question.id, Open{std::move(fd), look->identity, false, false});
    steps_.clear();
    gate_.ask(question, clock_.steady(), *this, steps_);
    carry_out();
  }
  void overflowed() override { sink_(device::GateOverflowed{1}); }
  void settle() override {
    steps_.clear();
    gate_.expire(clock_.steady(), steps_);
    carry_out();
    const std::lock_guard lock(mutex_);
    counts_ = gate_.counts();
  }
  [[nodiscard]] std::optional<Duration> deadline() const override { return gate_.deadline(); }
  void lost() override { sink_(device::GateLost{"the gate did not answer in time"}); }

  void carry_out() {
    // Who it was is asked while he waits for his answer: afterwards he may have ended.
    std::vector<device::Actor> actors;
    for (const auto& one : steps_.seen) actors.push_back(actor_of(one.pid));
    for (const auto& one : steps_.answers) {
      const auto at = open_.find(one.id);
      if (at == open_.end()) continue;
      if (one.ignore) mark(at->second.fd.get(), at->second.identity, one.runs ? PermissionGroup::kAsked : FAN_OPEN_PERM);
      group_.answer(at->second.fd.get(), one.allow);
      at->second.answered = true;
    }
    for (const auto id : steps_.hash) {
      const auto at = open_.find(id);
      if (at == open_.end()) continue;
      at->second.hashing = true;
      pool_->hash(at->second.fd.get(), [this, id](Result<crypto::Digest> digest) {
        group_.post([this, id, digest = std::move(digest)] {
          if (const auto found = open_.find(id); found != open_.end()) found->second.hashing = false;
          steps_.clear();
          gate_.hashed(id, digest, steps_);
          carry_out();
          forget(id);
        });
      });
    }
    for (std::size_t i = 0; i < steps_.seen.size(); ++i) {
      auto& seen = steps_.seen[i];
      seen.path = clean_text(seen.path, 512);
      sink_(device::ProgramTold{std::move(seen), std::move(actors[i])});
    }
    for (const auto& one : steps_.answers) forget(one.id);
  }

  void forget(std::uint64_t id) {
    const auto at = open_.find(id);
    if (at != open_.end() && at->second.answered && !at->second.hashing) open_.erase(at);
  }

  // The file may have changed since its digest was taken: the mark is set first, then looked at again.
  void mark(int fd, const device::FileIdentity& identity, std::uint64_t what = PermissionGroup::kAsked) {
    if (!group_.ignore(fd, what)) return;
    const auto look = look_at(fd);
    if (!look || look->identity != identity) group_.unmark(fd);
  }

  void look_ahead(const std::string& path, const BeforeRead& before) {
    auto fd = std::make_shared<UniqueFd>(open_to_read(path));
    if (!*fd) return;
    const auto look = look_at(fd->get());
    if (!look || !look->regular()) return;
    const auto digest = digest_of(fd->get(), before);
    if (!digest) return;
    group_.post([this, fd, look = *look, digest = *digest] {
      if (gate_.learnt(opened(look, clock_.now()), digest)) mark(fd->get(), look.identity);
    });
  }

  SystemClock clock_;
  Options options_;
  Sink sink_;
  // The gate thread's own.
  Gate gate_;
  GateSteps steps_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Open> open_;
  // Shared.
  mutable std::mutex mutex_;
  std::set<std::uint64_t> devices_;
  Gate::Counts counts_;
  std::optional<HashPool> pool_;  // its jobs post to the group
  PermissionGroup group_;
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
