#include "platform/recorded/recorded_scan_gate.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>

namespace kw::platform {

using namespace device;

ScanReply RecordedScanner::verdict(std::string_view content) {
  const auto holds = [&](std::string_view word) { return content.find(word) != std::string_view::npos; };
  if (holds(kHarm)) return {ScanVerdict::infected, "Test.Harm"};
  if (holds(kLimit)) return {ScanVerdict::limited, "Test.Limit"};
  if (holds(kBroken)) return {ScanVerdict::failed, "cannot be scanned"};
  return {ScanVerdict::clean, {}};
}

void RecordedScanner::use(const std::string& socket) {
  const std::lock_guard lock(mutex_);
  socket_ = socket;
}
std::string RecordedScanner::socket() const {
  const std::lock_guard lock(mutex_);
  return socket_;
}
void RecordedScanner::set(Result<ScannerHello> hello) {
  const std::lock_guard lock(mutex_);
  hello_ = std::move(hello);
}
void RecordedScanner::set_settings(Result<std::string> text) {
  const std::lock_guard lock(mutex_);
  settings_ = std::move(text);
}
Result<std::string> RecordedScanner::settings(int) {
  const std::lock_guard lock(mutex_);
  return settings_;
}
void RecordedScanner::hold(bool held) {
  const std::lock_guard lock(mutex_);
  held_ = held;
}
std::size_t RecordedScanner::scans() const {
  const std::lock_guard lock(mutex_);
  return scans_;
}
Result<ScannerHello> RecordedScanner::hello(Duration) {
  const std::lock_guard lock(mutex_);
  return hello_;
}

Result<ScanReply> RecordedScanner::scan(int fd, Duration, const Stop& stop) {
  for (;;) {
    if (stop && stop()) return fail(Errc::cancelled);
    const std::lock_guard lock(mutex_);
    if (!hello_) return hello_.error();
    if (held_) {
      std::this_thread::yield();
      continue;
    }
    ++scans_;
    break;
  }
  std::string content;
  std::array<char, 4096> part{};
  for (off_t at = 0;;) {
    const auto n = ::pread(fd, part.data(), part.size(), at);
    if (n <= 0) break;
    content.append(part.data(), static_cast<std::size_t>(n));
    at += n;
  }
  return verdict(content);
}

Result<> RecordedScanGate::start(Sink sink) {
  if (start_error) return Result<>(*start_error);
  if (open_now) return fail(Errc::wrong_state, "the gate is open already");
  sink_ = std::move(sink);
  open_now = true;
  return {};
}

void RecordedScanGate::scanner(std::optional<int> pid, bool renewed) {
  if (renewed) gate_.forget();
  if (pid)
    gate_.scanner_up(*pid);
  else
    gate_.scanner_down();
}

Result<> RecordedScanGate::guard(const std::string& place) {
  if (!open_now) return fail(Errc::wrong_state, "the gate is not open");
  const auto at = std::ranges::find_if(files, [&](const auto& file) { return file.first.starts_with(place); });
  if (at == files.end()) return fail(Errc::not_found, place);
  devices_.insert(at->second.device);
  return {};
}

bool RecordedScanGate::ask(const std::string& path, int pid, FileUse use) {
  const auto& file = files.at(path);
  if (!open_now || !devices_.contains(file.device)) return true;
  asked_ = path;
  const ScanQuestion question{
      ++last_, use,
      pid,     {file.device, std::hash<std::string>{}(path), file.content.size(), file.changed, file.changed},
      true,    file.names};
  GateOrders orders;
  gate_.ask(question, Duration{0}, *this, orders);
  if (late) gate_.expire(gate_.rules().wait, *this, orders);
  while (!orders.scan.empty()) {
    const auto scan = std::exchange(orders.scan, {});
    for (const auto one : scan)
      gate_.scanned(one, Scanned{RecordedScanner::verdict(file.content), crypto::sm3(bytes_of(file.content)), !file.mapped},
                    *this, orders);
  }
  for (auto& found : orders.found) sink_(FoundTold{std::move(found), "recorded", "1000"});
  for (auto& one : orders.unjudged) sink_(UnjudgedTold{std::move(one), "recorded", "1000"});
  return orders.replies.empty() || orders.replies.front().allow;
}

bool RecordedScanGate::open(const std::string& path, int pid, bool run) {
  return ask(path, pid, run ? FileUse::run : FileUse::opened);
}
void RecordedScanGate::written(const std::string& path, int pid) { ask(path, pid, FileUse::written); }

}  // namespace kw::platform
