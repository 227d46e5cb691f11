#include "platform/recorded/recorded_program_gate.h"

#include <algorithm>

namespace kw::platform {

device::OpenedFile RecordedProgramGate::opened(const std::string& path) const {
  const auto& file = files.at(path);
  const auto digest = crypto::sm3(file.content);
  device::OpenedFile out;
  // The content stands for times: another content is another state of the file.
  out.identity = {file.device, std::hash<std::string>{}(path), file.content.size(), digest[0], digest[1]};
  out.root_only = file.root_only;
  std::copy_n(file.content.begin(), std::min<std::size_t>(4, file.content.size()), out.head.begin());
  return out;
}

std::optional<device::FileIdentity> RecordedProgramGate::program_of(int pid) {
  const auto at = programs.find(pid);
  return at == programs.end() || !files.contains(at->second) ? std::nullopt
                                                             : std::optional(opened(at->second).identity);
}

Result<> RecordedProgramGate::start(Sink sink) {
  if (start_error) return Result<>(*start_error);
  if (open_now) return fail(Errc::wrong_state, "the gate is open already");
  sink_ = std::move(sink);
  open_now = true;
  return {};
}

void RecordedProgramGate::use(std::shared_ptr<const device::ProgramRules> rules) { gate_.use(std::move(rules)); }

Result<> RecordedProgramGate::guard(const device::GuardedPlace& place) {
  const auto at = std::ranges::find_if(files, [&](const auto& file) { return file.first.starts_with(place.path); });
  if (at == files.end()) return fail(Errc::not_found, place.path);
  devices_[at->second.device] = place.path;
  return {};
}

void RecordedProgramGate::warm(std::vector<std::string> paths, std::function<void()> done) {
  for (auto& path : paths) {
    if (files.contains(path)) gate_.learnt(opened(path), crypto::sm3(files.at(path).content));
    warmed.push_back(std::move(path));
  }
  done();
}

bool RecordedProgramGate::open(const std::string& path, bool running, int pid) {
  const auto file = opened(path);
  if (!open_now || !devices_.contains(file.identity.device)) return true;
  asked_ = path;
  device::GateSteps steps;
  const auto id = ++last_;
  gate_.ask({id, running, pid, file}, Duration{0}, *this, steps);
  while (!steps.hash.empty()) {
    const auto hash = std::exchange(steps.hash, {});
    for (const auto one : hash) gate_.hashed(one, crypto::sm3(files.at(path).content), steps);
  }
  for (auto& seen : steps.seen) sink_(device::ProgramTold{std::move(seen), {pid, "recorded", "", "0"}});
  const auto answer = std::ranges::find(steps.answers, id, &device::GateAnswer::id);
  return answer != steps.answers.end() && answer->allow;
}

}  // namespace kw::platform
