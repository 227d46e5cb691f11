#include "agent/defence/integrity.h"

#include <unistd.h>

#include "base/text.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::uint64_t kKeyFileTicks = 10;  // a second look at key files, should the kernel not tell
constexpr std::uint64_t kIntegrityMountTicks = 2;
constexpr std::size_t kMostPendingPaths = 100'000, kMostFolders = 64, kMostShown = 512;

std::string shown(const std::optional<FileState>& state) { return state ? to_hex(state->digest) : std::string(); }

}  // namespace

Result<> IntegrityDefence::start(DefenceHost& host) {
  host_ = &host;
  alive_ = std::make_shared<bool>(true);
  return {};
}

void IntegrityDefence::stop() {
  if (!std::exchange(*alive_, false)) return;
  close();
  looks_.stop();
  passes_.stop();
}

bool IntegrityDefence::on() const { return policy_.mode() == v1::WATCH || policy_.mode() == v1::ENFORCE; }

void IntegrityDefence::close() {
  ports_.watch->stop();
  looks_.cancel();
  passes_.cancel();
  // What they had under way answers to nobody.
  if (std::exchange(*alive_, false)) alive_ = std::make_shared<bool>(true);
  looking_ = passing_ = false;
  pending_.clear();
  under_way_.clear();
  begun_.clear();
  folders_.clear();
  wrong_.clear();
  told_wrong_.clear();
}

bool IntegrityDefence::holds() const {
  return policy_.mode() != v1::ENFORCE || (unwatched_.empty() && wrong_.empty() && !key_files_stale_);
}

// ---- policy and baseline -----------------------------------------------------------------------------------------

Result<> IntegrityDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  policy_ = policy.has_integrity() ? policy.integrity() : v1::IntegrityPolicy();
  close();
  if (!on()) return {};
  const auto offered = offer_key_files();
  std::vector<std::string> include, except;
  for (const auto& glob : policy_.watch()) include.push_back(canonical(glob));
  for (const auto& path : key_files_.in_force()) include.push_back(path);
  for (const auto& glob : policy_.except()) except.push_back(canonical(glob));
  globs_ = std::make_shared<PathGlobs>(std::move(include), std::move(except));
  deviations_.use(manifest_, globs_);
  const auto watched = watch();
  want_key_files();
  begin_pass(policy_.learn() && !manifest_);
  tell_facts();
  return offered ? watched : offered;
}

Result<> IntegrityDefence::watch() {
  ports_.watch->stop();
  auto watched = ports_.watch->start(globs_, [alive = alive_, host = host_, this](FileNews news) {
    host->post([alive, this, news = std::move(news)] {
      if (*alive) hear(news);
    });
  });
  const auto why = watched ? std::string() : watched.error().text();
  if (!watched && why != unwatched_) host_->log().error("integrity.not_watched", {{"error", why}});
  unwatched_ = why;
  return watched;
}

Result<> IntegrityDefence::offer_key_files() {
  KW_TRY(const auto dir, host_->state_path("integrity"));
  if (!std::exchange(key_files_read_, true)) {
    const auto stored = platform::read_file(dir + "/key_files", KeyFiles::kMostOctets);
    auto read = stored ? KeyFiles::parse(*stored) : Result<KeyFiles>(stored.error());
    if (read)
      key_files_ = std::move(*read);
    else if (read.code() != Errc::not_found)
      host_->log().error("integrity.key_files_unreadable", {{"error", read.error().text()}});
  }
  key_files_.begin();
  Result<> out;
  for (const auto& file : policy_.key_files()) {
    const auto path = canonical(file.path());
    KeyFileContent offered{file.version(), {}, file.mode() == 0 ? 0644U : file.mode(), file.uid(), file.gid()};
    if (file.from_baseline()) {
      const auto at =
          manifest_ ? manifest_->copies.find(path) : std::map<std::string, Bytes, std::less<>>::const_iterator();
      if (!manifest_ || at == manifest_->copies.end()) continue;  // its copy comes with the baseline
      offered.content = at->second;
    } else {
      std::string text;
      for (const auto& line : file.lines()) text += line + "\n";
      offered.content = copy(bytes_of(text));
    }
    if (auto done = key_files_.offer(path, std::move(offered)); !done) {
      host_->log().error("integrity.key_file_refused", {{"path", path}, {"error", done.error().text()}});
      out = Result<>(done.error().within(path));
    }
  }
  key_files_stale_ = !out;
  KW_CHECK(platform::write_file_durably(dir + "/key_files", key_files_.serialise()));
  return out;
}

Result<> IntegrityDefence::baseline(const v1::Baseline& baseline) {
  const auto content = bytes_of(baseline.content());
  KW_TRY(auto manifest, Manifest::parse(content));
  manifest_ = std::make_shared<const Manifest>(std::move(manifest));
  baseline_digest_ = crypto::sm3(content);
  if (!on() || !globs_) return {};
  // Key files may have their content from it, and everything is compared anew.
  ::kioskward::v1::PolicyBundle policy;
  *policy.mutable_integrity() = policy_;
  if (const auto done = configure(policy); !done)
    host_->log().error("integrity.not_applied", {{"error", done.error().text()}});
  return {};
}

Result<> IntegrityDefence::order(const v1::Order& order) {
  if (!on()) return fail(Errc::wrong_state, "the section is off");
  if (order.action() != "learn" && order.action() != "pass") return fail(Errc::unsupported, order.action());
  passes_.cancel();
  begin_pass(order.action() == "learn");
  return {};
}

// ---- what is to be looked at -------------------------------------------------------------------------------------

void IntegrityDefence::hear(const FileNews& news) {
  if (const auto* lost = std::get_if<FilesLost>(&news)) {
    lost_ += lost->times;
    lost_since_pass_ = true;
    gather("lost", defence_event("file.events.lost", "observed", {}));
    want_key_files();
    return;
  }
  const auto& touched = std::get<FileTouched>(news);
  if (touched.folder) {
    if (folders_.size() < kMostFolders)
      folders_.insert(touched.path);
    else
      lost_since_pass_ = true;  // too many at once: everything is to be looked at
  }
  if (touched.open)
    begun_.insert(touched.path);
  else
    begun_.erase(touched.path);
  want(touched.path, touched.by);
}

void IntegrityDefence::want(const std::string& path, const Actor& by) {
  if (pending_.size() >= kMostPendingPaths && !pending_.contains(path)) {
    lost_since_pass_ = true;
    return;
  }
  auto& actor = pending_[path];
  if (by.pid != 0 && by.pid != ::getpid()) actor = by;  // what this process puts back is nobody's doing
  if (!begun_.contains(path)) look();
}

void IntegrityDefence::want_key_files() {
  for (const auto& path : key_files_.in_force()) want(path, {});
}

void IntegrityDefence::look() {
  if (looking_ || pending_.empty()) return;
  struct Work {
    std::string path;
    std::optional<FileState> wanted;
    KeyFileContent content;
  };
  std::vector<Work> work;
  for (auto at = pending_.begin(); at != pending_.end();) {
    if (begun_.contains(at->first)) {
      ++at;
      continue;
    }
    const auto* file = key_files_.find(at->first);
    work.push_back({at->first, key_files_.wanted(at->first), file == nullptr ? KeyFileContent{} : *file});
    under_way_.insert(pending_.extract(at++));  // a touch from now on asks for another look
  }
  if (work.empty()) return;
  looking_ = true;
  const bool enforce = policy_.mode() == v1::ENFORCE;
  looks_.add(
      [this, alive = alive_, host = host_, enforce, work = std::move(work)](const CancellableWorker::Stop& stop) {
        std::vector<Looked> found;
        for (const auto& one : work) {
          if (stop()) return;
          Looked looked{one.path, ports_.files->state(one.path), std::nullopt};
          const bool right = looked.now && *looked.now == one.wanted;
          if (one.wanted && !right && enforce) looked.restored = ports_.files->restore(one.path, one.content);
          found.push_back(std::move(looked));
        }
        host->post([alive, this, found = std::move(found)] {
          if (*alive) looked(found);
        });
      });
}

void IntegrityDefence::looked(const std::vector<Looked>& found) {
  looking_ = false;
  for (const auto& one : found) {
    const auto by = under_way_[one.path];
    if (const auto wanted = key_files_.wanted(one.path)) {
      judge_key_file(one, *wanted, by);
      continue;
    }
    if (!one.now) {
      if (repeats_.tell("unreadable " + one.path, host_->now().steady))
        host_->log().error("integrity.unreadable", {{"path", one.path}, {"error", one.now.error().text()}});
      continue;
    }
    if (const auto told = deviations_.seen(one.path, *one.now, host_->now().steady)) tell_deviation(*told, by);
  }
  under_way_.clear();
  look();  // what came meanwhile
}

void IntegrityDefence::judge_key_file(const Looked& one, const FileState& wanted, const Actor& by) {
  if (one.now && *one.now == wanted) {
    wrong_.erase(one.path);
    told_wrong_.erase(one.path);
    return;
  }
  const auto now = one.now ? *one.now : std::optional<FileState>();
  const bool older = now && key_files_.was_signed(one.path, now->digest);
  const auto what =
      older ? std::string("older") : std::string(name(deviation_of(wanted, now).value_or(Deviation::changed)));
  const bool restored = one.restored && *one.restored;
  if (restored || policy_.mode() != v1::ENFORCE) {
    wrong_.erase(one.path);
    // What stands in WATCH is told once; what is put back again and again is gathered.
    const auto key = what + shown(now);
    if (!restored && std::exchange(told_wrong_[one.path], key) == key) return;
    auto event = defence_event("file.restored", restored ? "blocked" : "observed",
                               {{"path", clean_text(one.path, kMostShown)},
                                {"what", what},
                                {"before", to_hex(wanted.digest)},
                                {"after", shown(now)}});
    fill_actor(event, by);
    gather("restored " + what + " " + one.path, std::move(event));
    return;
  }
  wrong_.insert(one.path);
  const auto reason = one.restored ? one.restored->error().text() : std::string();
  if (told_wrong_[one.path] == reason) return;
  told_wrong_[one.path] = reason;
  host_->log().error("integrity.not_restored", {{"path", one.path}, {"error", reason}});
  auto event =
      defence_event("file.restore.failed", "failed", {{"path", clean_text(one.path, kMostShown)}, {"reason", reason}});
  if (policy_.cut_on_key_file() && !std::exchange(cut_told_, true))
    event.set_case_id(copy_text(host_->cut("file.restore.failed")));
  host_->record(std::move(event));
}

void IntegrityDefence::gather(const std::string& key, v1::Event event) {
  if (auto now = gathered_.tell(key, std::move(event), host_->now().steady)) host_->record(std::move(*now));
}

void IntegrityDefence::tell_deviation(const Deviated& found, const Actor& by) {
  auto event = defence_event("file.changed", "observed",
                             {{"path", clean_text(found.path, kMostShown)},
                              {"what", found.what ? std::string(name(*found.what)) : std::string("right")},
                              {"before", shown(found.before)},
                              {"after", shown(found.now)},
                              {"count", std::to_string(found.count)}});
  fill_actor(event, by);
  host_->record(std::move(event));
}

void IntegrityDefence::fill_actor(v1::Event& event, const Actor& by) const {
  auto& params = *event.mutable_params();
  params["process"] = by.process;
  params["program"] = by.program;
  params["pid"] = by.pid == 0 ? std::string() : std::to_string(by.pid);
  params["user"] = by.user;
}

// ---- once a second -----------------------------------------------------------------------------------------------

void IntegrityDefence::tick() {
  if (!on() || !globs_) return;
  ++ticks_;
  for (auto& event : gathered_.due(host_->now().steady)) host_->record(std::move(event));
  begun_.clear();  // written for a second: looked at, closed or not
  for (const auto& path : deviations_.due(host_->now().steady)) want(path, {});
  for (const auto& path : wrong_) want(path, {});
  if (ticks_ % kKeyFileTicks == 0) want_key_files();
  look_into_folders();
  if (ticks_ % kIntegrityMountTicks == 0 && (ports_.watch->stale() || !unwatched_.empty())) {
    lost_since_pass_ = lost_since_pass_ || ports_.watch->stale();
    want_key_files();
    static_cast<void>(watch());  // logged there, and told by holds()
  }
  look();
  if (!passing_ && (lost_since_pass_ || (next_pass_ && host_->now().steady >= *next_pass_))) begin_pass(false);
  tell_facts();
}

void IntegrityDefence::tell_facts() {
  host_->fact("integrity.watched", unwatched_.empty() ? "all" : "partly", "fanotify");
  host_->fact("integrity.known", std::to_string(manifest_ ? manifest_->files.size() : 0), "baseline");
  host_->fact("integrity.differing", std::to_string(deviations_.standing()), "files");
  host_->fact("integrity.key_files", std::to_string(key_files_.in_force().size()), "policy");
  host_->fact("integrity.key_files_wrong", std::to_string(wrong_.size()), "files");
  host_->fact("integrity.lost", std::to_string(lost_), "fanotify");
}

}  // namespace kw::agent
