#include "device/programs/gate.h"

#include <algorithm>

namespace kw::device {
namespace {

bool is_elf(const OpenedFile& file) { return file.head == std::array<Byte, 4>{0x7f, 'E', 'L', 'F'}; }
bool is_script(const OpenedFile& file) { return file.head[0] == '#' && file.head[1] == '!'; }

}  // namespace

std::string_view name(Judgement judgement) noexcept {
  switch (judgement) {
    case Judgement::unknown:
      return "unknown";
    case Judgement::denied:
      return "denied";
    case Judgement::late:
      return "late";
    case Judgement::writable:
      return "writable";
    case Judgement::unreadable:
      return "unreadable";
  }
  return "unknown";
}

void Gate::use(std::shared_ptr<const ProgramRules> rules) {
  if (rules) rules_ = std::move(rules);
}

bool Gate::opened_by_interpreter(int pid, GateEyes& eyes) {
  if (pid == 0) return true;  // not to be seen from here: nothing speaks for it
  const auto program = eyes.program_of(pid);
  if (!program) return true;
  const auto digest = cache_.find(*program);
  return !digest || rules_->is_interpreter(*digest) || rules_->standing(*digest) != Standing::known;
}

Gate::Subject Gate::subject_of(const Question& question, GateEyes& eyes, std::string& path) {
  const auto& file = question.file;
  if (question.running) return Subject::program;
  const bool elf = is_elf(file);
  if (elf && rules_->libraries) return Subject::program;
  // What cannot be a script spares the look at the process: most files that are opened are such ones.
  const bool sign = elf || is_script(file);
  const bool writable = rules_->strict && !file.root_only;
  if (!sign && !writable) {
    if (!rules_->suffixes.empty()) path = eyes.path_of(question.id);
    if (!rules_->has_script_suffix(path)) return Subject::plain;
  }
  if (!opened_by_interpreter(question.pid, eyes)) return Subject::data;
  if (path.empty()) path = eyes.path_of(question.id);
  return rules_->is_data(path) ? Subject::data : Subject::program;
}

void Gate::ask(const Question& question, Duration now, GateEyes& eyes, GateSteps& steps) {
  ++counts_.asked;
  const auto& file = question.file;
  if (question.pid == own_pid_ || !file.regular || rules_->mode == v1::OFF) {
    steps.answers.push_back({question.id});
    return;
  }
  const auto digest = file.settled ? cache_.find(file.identity) : std::nullopt;
  if (digest && may_ignore(file) && rules_->standing(*digest) == Standing::known) {
    ++counts_.known;
    steps.answers.push_back({question.id, true, true});
    return;
  }
  Waiting waiting{question, {}, now + rules_->verdict, false};
  if (const auto subject = subject_of(question, eyes, waiting.path); subject != Subject::program) {
    ++counts_.data;
    steps.answers.push_back({question.id, true, subject == Subject::plain && may_ignore(file), false});
    return;
  }
  if (digest) {
    if (waiting.path.empty() && rules_->standing(*digest) != Standing::known) waiting.path = eyes.path_of(question.id);
    judge(waiting, *digest, steps);
    return;
  }
  if (waiting.path.empty()) waiting.path = eyes.path_of(question.id);
  if (waiting_.size() >= kMostWaiting) {
    ++counts_.late;
    refuse(waiting, Judgement::late, std::nullopt, steps);
    return;
  }
  if (rules_->mode == v1::WATCH) {
    steps.answers.push_back({question.id});
    waiting.answered = true;
  }
  auto& together = being_hashed_[file.identity];
  together.push_back(question.id);
  if (together.size() == 1) steps.hash.push_back(question.id);
  waiting_.emplace(question.id, std::move(waiting));
}

void Gate::judge(const Waiting& waiting, const crypto::Digest& digest, GateSteps& steps) {
  const auto& question = waiting.question;
  const auto standing = rules_->standing(digest);
  if (standing != Standing::known)
    return refuse(waiting, standing == Standing::denied ? Judgement::denied : Judgement::unknown, digest, steps);
  // The kernel lets nobody write a program while it runs; a script or a library can be changed after this answer.
  if (!question.running && rules_->strict && !question.file.root_only)
    return refuse(waiting, Judgement::writable, digest, steps);
  ++counts_.known;
  if (!waiting.answered) steps.answers.push_back({question.id, true, may_ignore(question.file)});
}

void Gate::refuse(const Waiting& waiting, Judgement why, std::optional<crypto::Digest> digest, GateSteps& steps) {
  const bool enforce = rules_->mode == v1::ENFORCE;
  const bool allow = !enforce || (why == Judgement::late && rules_->allow_late);
  if (!waiting.answered) steps.answers.push_back({waiting.question.id, allow});
  const bool refused = !waiting.answered && !allow;
  if (refused) ++counts_.refused;
  steps.seen.push_back({why, refused, waiting.question.running, waiting.question.pid, waiting.path, digest});
}

void Gate::hashed(std::uint64_t id, const Result<crypto::Digest>& digest, GateSteps& steps) {
  const auto first = waiting_.find(id);
  if (first == waiting_.end()) return;
  ++counts_.hashed;
  const auto file = first->second.question.file;
  if (digest && file.settled) cache_.keep(file.identity, *digest);
  const auto all = being_hashed_.find(file.identity);
  const auto ids = all == being_hashed_.end() ? std::vector<std::uint64_t>{id} : std::move(all->second);
  if (all != being_hashed_.end()) being_hashed_.erase(all);
  for (const auto one : ids) {
    const auto at = waiting_.find(one);
    if (at == waiting_.end()) continue;
    const auto waiting = std::move(at->second);
    waiting_.erase(at);
    if (digest)
      judge(waiting, *digest, steps);
    else
      refuse(waiting, Judgement::unreadable, std::nullopt, steps);
  }
}

void Gate::expire(Duration now, GateSteps& steps) {
  for (auto& [id, waiting] : waiting_) {
    if (waiting.answered || waiting.until > now) continue;
    ++counts_.late;
    refuse(waiting, Judgement::late, std::nullopt, steps);
    waiting.answered = true;  // its digest still comes, for the next time, and is told where it is not known
  }
}

std::optional<Duration> Gate::deadline() const {
  std::optional<Duration> out;
  for (const auto& [id, waiting] : waiting_)
    if (!waiting.answered && (!out || waiting.until < *out)) out = waiting.until;
  return out;
}

bool Gate::learnt(const OpenedFile& file, const crypto::Digest& digest) {
  if (!file.settled) return false;
  cache_.keep(file.identity, digest);
  return may_ignore(file) && rules_->mode != v1::OFF && rules_->standing(digest) == Standing::known;
}

}  // namespace kw::device
