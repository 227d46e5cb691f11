#include "platform/linux/fanotify_scan.h"

#include <poll.h>
#include <unistd.h>

#include <map>
#include <mutex>
#include <optional>

#include "platform/linux/file_digests.h"
#include "platform/linux/folder_watch.h"
#include "platform/linux/permission_group.h"
#include "platform/linux/process_facts.h"
#include "platform/linux/scan_pool.h"
#include "platform/linux/spawn.h"

namespace kw::platform {
namespace {

using device::FileUse;
using device::GateOrders;
using device::ScanGate;


}  // namespace

/// One life of the gate, from start() to stop() or to its loss.
class FanotifyScanGate::Running final : public device::PathOf, private PermissionGroup::Side {
 public:
  Running(device::ContentScanner& scanner, const Clock& clock, Options options, Sink sink)
      : scanner_(scanner),
        clock_(clock),
        options_(options),
        sink_(std::move(sink)),
        gate_(::getpid()),
        group_(*this, clock, options.patience) {}
  ~Running() override {
    folders_.stop();
    group_.stop();  // before the scanners: whoever waits for an answer goes on, whatever they are at
    pool_.reset();
  }

  Result<> start() {
    KW_CHECK(group_.open());
    pool_.emplace(options_.scanners);
    group_.start();
    if (!options_.folders) return {};
    return folders_.start([this](const std::string& folder) { return group_.guard_folder(folder, PermissionGroup::kAsked | FAN_CLOSE_WRITE); });
  }

  void use(std::shared_ptr<const device::ScanRules> rules) {
    group_.post([this, rules = std::move(rules)] {
      gate_.use(rules);
      ask_again();
    });
  }

  void scanner(std::optional<int> pid, bool renewed) {
    group_.post([this, pid, renewed] {
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

  // Asked of the kernel each time: another medium may have come under the same device number.
  Result<> guard(const std::string& place) {
    return options_.folders ? folders_.add(place) : group_.guard(place, PermissionGroup::kAsked | FAN_CLOSE_WRITE);
  }

  [[nodiscard]] ScanGate::Counts counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
  }

  // PathOf
  bool may_be_written(std::uint64_t question) override {
    const auto at = open_.find(question);
    return at == open_.end() || platform::may_be_written(at->second.fd.get());
  }
  std::string path_of(std::uint64_t question) override {
    const auto at = open_.find(question);
    return at == open_.end() ? std::string() : path_of_descriptor(at->second.fd.get());
  }

 private:
  struct Open {
    UniqueFd fd;
    device::FileIdentity stamp;
  };

  // PermissionGroup::Side
  void event(UniqueFd fd, std::uint64_t mask, int pid) override {
    const bool asked = (mask & PermissionGroup::kAsked) != 0;
    if (pid == ::getpid() || is_scanner(pid)) {
      if (asked)
        group_.answer(fd.get(), true);
      else
        group_.unmark(fd.get());
      return;
    }
    const auto facts = look_at(fd.get());
    if (!facts) {  // nothing is known of it: the file system does not answer
      if (asked) group_.answer(fd.get(), true);
      return;
    }
    if (!asked) group_.unmark(fd.get());
    const auto use = !asked                             ? FileUse::written
                     : (mask & FAN_OPEN_EXEC_PERM) != 0 ? FileUse::run
                                                        : FileUse::opened;
    const device::ScanQuestion question{++last_, use, pid, facts->identity, facts->regular(), facts->names};
    open_.emplace(question.id, Open{std::move(fd), facts->identity});
    orders_.clear();
    gate_.ask(question, clock_.steady(), *this, orders_);
    carry_out();
  }
  void overflowed() override { sink_(device::ScanGateFull{}); }
  void settle() override {
    orders_.clear();
    gate_.expire(clock_.steady(), *this, orders_);
    carry_out();
    const std::lock_guard lock(mutex_);
    counts_ = gate_.counts();
  }
  [[nodiscard]] std::optional<Duration> deadline() const override { return gate_.deadline(); }
  void lost() override { sink_(device::ScanGateLost{"the gate did not answer in time"}); }

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
      group_.answer(at->second.fd.get(), one.allow);
    }
    for (const auto id : orders_.scan) {
      const auto at = open_.find(id);
      if (at == open_.end()) continue;
      pool_->add([this, id, fd = at->second.fd.get()] {
        auto result = scanner_.scan(fd, options_.most_scan, [this] { return group_.stopping(); });
        group_.post([this, id, result = std::move(result)] {
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

  void ask_again() {
    if (!options_.folders) group_.ask_again();
  }

  // The kernel tells of no writing through a mapping, so it goes on asking about files that others than root can write.
  // The file may have changed since it was scanned: the mark is set first, then looked at again.
  void mark(int fd, const device::FileIdentity& stamp) {
    const auto first = options_.folders ? Result<FileLook>(fail(Errc::unsupported)) : look_at(fd);
    if (!first || !first->root_only() || !group_.ignore(fd)) return;
    const auto facts = look_at(fd);
    if (!facts || facts->identity != stamp || !facts->root_only() || platform::may_be_written(fd)) group_.unmark(fd);
  }

  device::ContentScanner& scanner_;
  const Clock& clock_;
  Options options_;
  Sink sink_;
  // The gate thread's own.
  UniqueFd scanner_process_;
  int scanner_pid_ = 0;
  ScanGate gate_;
  GateOrders orders_;
  std::uint64_t last_ = 0;
  std::map<std::uint64_t, Open> open_;
  // Shared.
  mutable std::mutex mutex_;
  ScanGate::Counts counts_;
  std::optional<ScanPool> pool_;  // its jobs post to the group
  PermissionGroup group_;
  FolderWatch folders_;  // marks folders of the group
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
