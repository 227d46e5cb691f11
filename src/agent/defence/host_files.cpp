// How HostDefence looks at files: set-ID ones, and places where something stays beyond a restart.
#include <algorithm>

#include "agent/defence/host.h"
#include "base/text.h"

namespace kw::agent {

using namespace device;
using Reaction = v1::HostReaction;

namespace {
constexpr std::size_t kMostPendingFiles = 4096, kMostSeenPath = 1024;
}

bool HostDefence::maintained(const Actor& by) const {
  return !by.program.empty() &&
         std::ranges::any_of(policy_.maintainers(), [&](const auto& glob) { return glob_matches(glob, by.program); });
}

void HostDefence::pass(bool learn) {
  if (passing_ && !learn) {
    pass_again_ = true;
    return;
  }
  passing_ = true;
  touched_in_pass_.clear();
  set_id_in_pass_.clear();
  last_pass_ = host_->now().steady;
  later(passes_, [this, learn, globs = places_](const CancellableWorker::Stop& stop) -> std::function<void()> {
    std::map<std::string, crypto::Digest> places;
    const auto visit = [&](const std::string& path, const std::optional<FileState>& state) {
      // Folders come and go with what is in them, and their time stamps say nothing.
      if (state && (state->mode & 0170000) != 0040000)
        places.emplace(clean_text(path, kMostSeenPath), digest_of_place(*state));
    };
    const auto totals = ports_.files->pass(*globs, {}, {}, visit, {}, stop);
    auto files = ports_.host->set_id_files(stop);
    return [this, learn, files = std::move(files), places = std::move(places),
            done = totals ? Result<>() : Result<>(totals.error())]() mutable {
      passing_ = false;
      if (!open_) return;
      missing("set_id_files", files ? Result<>() : Result<>(files.error()));
      if (files) judge_set_id(*files, true, learn, {});
      missing("places_pass", done);
      if (done) {
        const bool first = learn || !known_.places_learnt;
        if (first) {
          known_.places = std::move(places);
          known_.places_learnt = true;
        } else {
          std::vector<std::string> gone;
          for (const auto& path : touched_in_pass_) places.erase(path);
          for (const auto& [path, digest] : known_.places)
            if (!places.contains(path) && !touched_in_pass_.contains(path)) gone.push_back(path);
          for (const auto& path : gone) judge_place(path, std::nullopt, {});
          for (const auto& [path, digest] : places) judge_place(path, digest, {});
        }
        places_compared_ = true;
        look_at_places();
      }
      keep_state();
      tell_facts();
      if (std::exchange(pass_again_, false)) pass(false);
    };
  });
}

void HostDefence::judge_set_id(const std::vector<SetIdFile>& files, bool all, bool learn, const Actor& by) {
  const bool listed = !policy_.setuid_files().empty();
  const bool learning = learn || (all && !known_.set_id_learnt);
  if (!all && !listed && !known_.set_id_learnt) return;  // the pass that is under way learns it
  std::set<std::string> there;
  if (all) there.swap(set_id_in_pass_);  // they may have come behind the walk's back
  bool changed = false;
  for (const auto& file : files) {
    there.insert(file.path);
    if (!all && passing_) set_id_in_pass_.insert(file.path);
    const bool permitted = listed ? std::ranges::any_of(policy_.setuid_files(),
                                                        [&](const auto& glob) { return glob_matches(glob, file.path); })
                                  : known_.set_id.contains(file.path);
    if (known_.set_id.size() < KnownThings::kMostSetId) changed |= known_.set_id.insert(file.path).second;
    if (permitted || (learning && !listed) || maintained(by)) continue;
    if (!told_.insert("set-id " + file.path).second) continue;
    const auto what = std::string((file.mode & 04000) != 0 ? "set-user-id " : "set-group-id ") +
                      std::to_string((file.mode & 04000) != 0 ? file.uid : file.gid);
    auto finding = watch_.finding_of(Reaction::SETUID, what, file.path, by.pid);
    if (finding.process.program.empty()) {
      finding.process.program = by.program;
      finding.process.name = by.process;
    }
    react(finding);
  }
  if (all) {
    // What is gone is new when it comes again.
    std::erase_if(told_, [&](const auto& one) { return one.starts_with("set-id ") && !there.contains(one.substr(7)); });
    changed |= std::erase_if(known_.set_id, [&](const auto& path) { return !there.contains(path); }) > 0;
    changed |= !std::exchange(known_.set_id_learnt, true);
  }
  if (changed && !all) keep_state();
}

void HostDefence::touched(const FileTouched& file) {
  if (file.folder) {
    pass(false);
    return;
  }
  if (pending_.size() >= kMostPendingFiles && !pending_.contains(file.path)) {
    lost("files", 1);
    return;
  }
  if (passing_) touched_in_pass_.insert(clean_text(file.path, kMostSeenPath));
  auto& actor = pending_[file.path];
  if (file.by.pid != 0) actor = file.by;
  if (!file.open) look_at_places();
}

void HostDefence::look_at_places() {
  if (looking_ || pending_.empty() || !known_.places_learnt) return;
  looking_ = true;
  under_way_ = std::exchange(pending_, {});
  std::vector<std::string> paths;
  for (const auto& [path, by] : under_way_) paths.push_back(path);
  later(looks_, [this, paths = std::move(paths)](const CancellableWorker::Stop& stop) -> std::function<void()> {
    std::map<std::string, std::optional<crypto::Digest>> found;
    for (const auto& path : paths) {
      if (stop()) return {};
      const auto state = ports_.files->state(path);
      if (!state) continue;  // it is being written: the next touch, or the next pass, sees it
      const bool file = *state && ((*state)->mode & 0170000) != 0040000;
      found.emplace(path, file ? std::optional(digest_of_place(**state)) : std::nullopt);
    }
    return [this, found = std::move(found)] {
      looking_ = false;
      if (!open_) return;
      for (const auto& [path, digest] : found) judge_place(clean_text(path, kMostSeenPath), digest, under_way_[path]);
      under_way_.clear();
      keep_state();
      look_at_places();  // what came meanwhile
    };
  });
}

void HostDefence::judge_place(const std::string& path, const std::optional<crypto::Digest>& now, const Actor& by) {
  const auto what = known_.place_changed(path, now);
  // What the agent puts back itself (section integrity) is nobody's doing.
  if (what.empty() || maintained(by) || own_.contains(by.pid)) return;
  auto finding = watch_.finding_of(Reaction::PERSISTENCE, what, path, by.pid);
  if (finding.process.program.empty()) {
    finding.process.program = by.program;
    finding.process.name = by.process;
  }
  react(finding);
}

}  // namespace kw::agent
