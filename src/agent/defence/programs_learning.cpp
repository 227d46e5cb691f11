// How ProgramDefence learns what may run, and proposes it.
#include <algorithm>

#include "agent/defence/programs.h"
#include "base/text.h"

namespace kw::agent {

using namespace device;

namespace {
constexpr std::size_t kMostRan = 5000;
}

void ProgramDefence::remember(const std::optional<crypto::Digest>& digest, const std::string& path) {
  if (digest && policy_.learn() && policy_.mode() == v1::WATCH && ran_.size() < kMostRan) ran_.emplace(*digest, path);
}

void ProgramDefence::learn() {
  if (std::exchange(learning_, true)) return;
  ProgramSource::Wanted wanted{{policy_.learn_paths().begin(), policy_.learn_paths().end()},
                               {policy_.interpreters().begin(), policy_.interpreters().end()},
                               {policy_.script_suffixes().begin(), policy_.script_suffixes().end()}};
  later(learner_, [this, wanted = std::move(wanted)](const CancellableWorker::Stop& stop) -> std::function<void()> {
    auto found = ports_.source->learn(wanted, stop);
    return [this, found = std::move(found)] { learnt(found); };
  });
}

void ProgramDefence::learnt(const Result<LearntPrograms>& found) {
  learning_ = false;
  if (!found) {
    host_->log().error("programs.not_learnt", {{"error", found.error().text()}});
    host_->record(
        defence_event("agent.section.failed", "failed", {{"section", "programs"}, {"reason", found.error().text()}}));
    return;
  }
  installed_ = found->programs;
  if (!found->changed.empty()) {
    std::string some;
    for (const auto& path : found->changed)
      if (some.size() < 300) some += (some.empty() ? "" : " ") + path;
    host_->record(defence_event("program.package.changed", "observed",
                                {{"count", std::to_string(found->changed.size())}, {"paths", clean_text(some, 512)}}));
  }
  propose();
}

void ProgramDefence::propose() {
  auto all = installed_;
  for (const auto& [digest, path] : ran_)
    all.push_back({digest, path, std::ranges::binary_search(interpreters_, digest)});
  proposed_ran_ = ran_.size();
  const auto content = ProgramList::make(std::move(all)).serialise();
  if (!content) {
    host_->log().error("programs.not_proposed", {{"error", content.error().text()}});
    host_->record(
        defence_event("agent.section.failed", "failed", {{"section", "programs"}, {"reason", content.error().text()}}));
    return;
  }
  const auto digest = crypto::sm3(*content);
  if (digest == proposed_ || digest == baseline_digest_) return;
  proposed_ = digest;
  host_->propose("programs", *content);
}

}  // namespace kw::agent
