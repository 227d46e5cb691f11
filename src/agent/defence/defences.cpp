#include "agent/defence/defences.h"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "kioskward/v1/media.pb.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/process_memory.h"
#include "policy/sections/section.h"

namespace kw::agent {

namespace asio = boost::asio;
namespace {
constexpr std::uint64_t kHeapTicks = 30;
}

/// A descriptor that somebody else owns: released, never closed, when it is let go.
struct Defences::Watched {
  Watched(const asio::any_io_executor& executor, int fd, std::function<void()> call)
      : stream(executor, fd), ready(std::move(call)) {}
  ~Watched() {
    if (stream.is_open()) stream.release();
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;
  asio::posix::stream_descriptor stream;
  std::function<void()> ready;
  bool gone = false;
};

Defences::Defences(asio::any_io_executor executor, Ports ports, std::vector<std::unique_ptr<device::Defence>> parts)
    : executor_(std::move(executor)), ports_(ports), parts_(std::move(parts)), tick_(executor_) {}

Defences::~Defences() { stop(); }

void Defences::start(Hooks hooks) {
  hooks_ = std::move(hooks);
  std::erase_if(parts_, [this](const auto& part) {
    const auto started = part->start(*this);
    settle(part->section(), started);
    return !started;
  });
}

void Defences::stop() {
  if (!std::exchange(*alive_, false)) return;
  for (const auto& part : parts_) part->stop();
  tick_.cancel();
  for (const auto& [fd, watched] : watched_) watched->gone = true;
  watched_.clear();
}

void Defences::settle(std::string_view section, const Result<>& done) {
  const auto standing = failed_.find(section);
  if (done) {
    if (standing != failed_.end()) failed_.erase(standing);
    return;
  }
  const auto text = done.error().text();
  if (standing != failed_.end() && standing->second == text) return;
  failed_[std::string(section)] = text;
  ports_.log.error("section.failed", {{"section", section}, {"error", text}});
  record(
      device::defence_event("agent.section.failed", "failed", {{"section", std::string(section)}, {"reason", text}}));
}

void Defences::configure(const v1::PolicyBundle& policy, bool watching) {
  auto wanted = policy;
  any_on_ = false;
  for (const auto& section : policy::sections()) {
    const auto mode = policy::mode_of(wanted, section.name);
    if (mode == v1::OFF) continue;
    any_on_ = true;
    if (watching && mode == v1::ENFORCE) policy::set_mode(wanted, section.name, v1::WATCH);
    if (find(section.name) == nullptr && !failed_.contains(section.name))
      settle(section.name, fail(Errc::unsupported, "this agent has no such section"));
  }
  for (const auto& part : parts_) settle(part->section(), part->configure(wanted));
  if (any_on_) keep_ticking();
}

void Defences::keep_ticking() {
  if (std::exchange(ticking_, true)) return;
  tick_.expires_after(std::chrono::seconds(1));
  tick_.async_wait([this, alive = alive_](const boost::system::error_code& ec) {
    if (ec || !*alive) return;
    ticking_ = false;
    for (const auto& part : parts_) part->tick();
    // What walks and baselines took for a moment is not kept until the next ones, hours later.
    if (++ticks_ % kHeapTicks == 0)
      if (const auto done = platform::give_heap_back(); !done) ports_.log.warning("guard.memory", {{"refused", done.error().text()}});
    if (any_on_) keep_ticking();
  });
}

void Defences::observe(const device::Observation& seen) {
  for (const auto& part : parts_) part->observe(seen);
}

device::Defence* Defences::find(std::string_view section) const {
  const auto found = std::ranges::find_if(parts_, [&](const auto& part) { return part->section() == section; });
  return found == parts_.end() ? nullptr : found->get();
}

Result<> Defences::order(const v1::Order& order) {
  auto* part = find(order.section());
  if (part == nullptr || policy::find_action(order) == nullptr)
    return fail(Errc::not_found, "no action " + order.section() + "/" + order.action());
  return part->order(order);
}

Result<> Defences::baseline(const v1::Baseline& baseline) {
  auto* part = find(baseline.section());
  if (part == nullptr) return fail(Errc::not_found, "no section " + baseline.section());
  return part->baseline(baseline);
}

void Defences::cut_made() {
  for (const auto& part : parts_) part->cut_made();
}

void Defences::released() {
  for (const auto& part : parts_) part->released();
}

std::string Defences::session_began() {
  std::string out;
  for (const auto& part : parts_)
    if (auto path = part->session_began(); !path.empty()) out = std::move(path);
  return out;
}

void Defences::session_ended(bool program_gone) {
  for (const auto& part : parts_)
    if (!program_gone || part->section() != "shell") part->session_ended();
}

Result<std::string> Defences::asked(std::string_view section, const std::string& what) {
  auto* part = find(section);
  if (part == nullptr) return fail(Errc::not_found, "no section " + std::string(section));
  return part->asked(what);
}

void Defences::told(const v1::Event& event) {
  for (const auto& part : parts_) part->told(event);
}

bool Defences::holds() const {
  return std::ranges::all_of(parts_, [](const auto& part) { return part->holds(); });
}

void Defences::record(v1::Event event) {
  if (hooks_.record) hooks_.record(std::move(event));
}
void Defences::fact(const std::string& key, const std::string& value, const std::string& source) {
  if (hooks_.fact) hooks_.fact(key, value, source);
}
RawId Defences::cut(const std::string& cause) { return hooks_.cut ? hooks_.cut(cause) : RawId{}; }
void Defences::propose(const std::string& section, Bytes content) {
  if (hooks_.propose) hooks_.propose(section, std::move(content));
}

bool Defences::media(v1::Media piece) { return hooks_.media && hooks_.media(std::move(piece)); }
void Defences::camera_watched(Timestamp until) {
  if (hooks_.camera_watched) hooks_.camera_watched(until);
}

void Defences::post(std::function<void()> work) {
  asio::post(executor_, [alive = alive_, work = std::move(work)] {
    if (*alive) work();
  });
}

void Defences::wait(const std::shared_ptr<Watched>& watched) {
  watched->stream.async_wait(asio::posix::stream_descriptor::wait_read,
                             [this, alive = alive_, watched](const boost::system::error_code& ec) {
                               if (ec || !*alive || watched->gone) return;
                               watched->ready();
                               if (*alive && !watched->gone) wait(watched);
                             });
}
void Defences::watch(int fd, std::function<void()> ready) {
  unwatch(fd);
  wait(watched_[fd] = std::make_shared<Watched>(executor_, fd, std::move(ready)));
}
void Defences::unwatch(int fd) {
  const auto found = watched_.find(fd);
  if (found == watched_.end()) return;
  found->second->gone = true;
  found->second->stream.release();  // ends its wait; the owner may close the descriptor at once
  watched_.erase(found);
}

Result<std::string> Defences::state_path(std::string_view section) {
  auto path = ports_.state.path() + "/" + std::string(section);
  KW_CHECK(platform::make_private_dir(path));
  return path;
}

}  // namespace kw::agent
