// How IntegrityDefence walks over everything, or over one folder, and what it learns from that.
#include "agent/defence/integrity.h"
#include "base/text.h"

namespace kw::agent {

using namespace device;

namespace {
constexpr std::uint32_t kPassMinutes = 24 * 60;
}

// A path as the kernel tells it: the fixed beginning of a glob, or a file's folder, without symbolic links.
std::string IntegrityDefence::canonical(const std::string& glob) const {
  const auto wild = glob.find_first_of("*?");
  const auto slash = glob.rfind('/', wild);
  if (slash == std::string::npos || slash == 0) return glob;
  return ports_.files->canonical(glob.substr(0, slash)) + glob.substr(slash);
}

void IntegrityDefence::begin_pass(bool learning) {
  passing_ = true;
  lost_since_pass_ = false;
  const auto minutes = policy_.pass_minutes() == 0 ? kPassMinutes : policy_.pass_minutes();
  next_pass_ = host_->now().steady + std::chrono::minutes(minutes);
  const PassOptions options{std::max(policy_.pass_threads(), 1U), std::uint64_t{policy_.pass_mib_per_second()} << 20};
  std::vector<std::string> copies;
  for (const auto& file : policy_.key_files())
    if (learning && file.from_baseline()) copies.push_back(canonical(file.path()));
  passes_.add([this, alive = alive_, host = host_, options, learning, copies, globs = globs_,
               manifest = manifest_](const CancellableWorker::Stop& stop) {
    std::vector<std::string> known;
    if (manifest)
      for (const auto& [path, state] : manifest->files) known.push_back(path);
    auto learnt = learning ? std::make_shared<Manifest>() : nullptr;
    std::vector<std::string> differ;
    const auto hand_over = [&] {
      host->post([alive, this, paths = std::exchange(differ, {})] {
        if (!*alive) return;
        for (const auto& path : paths) want(path, {});
      });
    };
    const auto visit = [&](const std::string& path, const std::optional<FileState>& state) {
      if (learnt && state && clean_text(path, path.size()) == path) learnt->files.emplace(path, *state);
      if (!manifest) return;
      const auto at = manifest->files.find(path);
      const bool same = at == manifest->files.end() ? !state : state && *state == at->second;
      if (!same) differ.push_back(path);
      if (differ.size() >= 256) hand_over();
    };
    auto totals = ports_.files->pass(*globs, known, options, visit, {}, stop);
    if (!totals && totals.code() == Errc::cancelled && stop()) return;
    hand_over();
    for (const auto& path : copies)
      if (auto content = ports_.files->content(path, Manifest::kMostCopy))
        learnt->copies.emplace(path, std::move(*content));
    host->post([alive, this, totals, learnt] {
      if (!*alive) return;
      passed(totals);
      if (totals && learnt) propose(learnt);
    });
  });
}

void IntegrityDefence::passed(const Result<PassTotals>& totals) {
  passing_ = false;
  for (const auto& path : deviations_.standing_paths()) want(path, {});  // those that are right again, too
  if (!totals) {
    host_->log().error("integrity.pass_failed", {{"error", totals.error().text()}});
    host_->record(
        defence_event("agent.section.failed", "failed", {{"section", "integrity"}, {"reason", totals.error().text()}}));
    return;
  }
  host_->fact("integrity.passed", to_rfc3339(host_->now().utc), "files");
  host_->fact("integrity.pass_files", std::to_string(totals->files), "files");
  host_->fact("integrity.pass_unreadable", std::to_string(totals->failed), "files");
}

void IntegrityDefence::propose(const std::shared_ptr<Manifest>& learnt) {
  const auto content = learnt->serialise();
  if (!content) {
    host_->log().error("integrity.not_proposed", {{"error", content.error().text()}});
    host_->record(defence_event("agent.section.failed", "failed",
                                {{"section", "integrity"}, {"reason", content.error().text()}}));
    return;
  }
  const auto digest = crypto::sm3(*content);
  if (digest == proposed_ || digest == baseline_digest_) return;
  proposed_ = digest;
  host_->propose("integrity", *content);
}

void IntegrityDefence::look_into_folders() {
  for (const auto& folder : std::exchange(folders_, {})) {
    looks_.add([this, alive = alive_, host = host_, globs = globs_->within(folder), folder,
                manifest = manifest_](const CancellableWorker::Stop& stop) {
      std::vector<std::string> known, found;
      if (manifest)
        for (auto at = manifest->files.lower_bound(folder + "/");
             at != manifest->files.end() && at->first.starts_with(folder + "/"); ++at)
          known.push_back(at->first);
      const auto visit = [&](const std::string& path, const std::optional<FileState>&) { found.push_back(path); };
      static_cast<void>(ports_.files->pass(globs, known, {}, visit, {}, stop));  // a folder that went again is none
      host->post([alive, this, found] {
        if (!*alive) return;
        for (const auto& path : found) want(path, {});
      });
    });
  }
}

}  // namespace kw::agent
