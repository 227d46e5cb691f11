#pragma once
// RecordedPlaceWire, RecordedPosition and RecordedMounts are the machine's side of section "egress" in memory, for
// tests. Never shipped.
#include <sys/eventfd.h>

#include <deque>

#include "device/egress/ports.h"
#include "platform/linux/unique_fd.h"

namespace kw::platform {

class RecordedPlaceWire final : public device::PlaceWire {
 public:
  bool there = true;  // the interface
  std::vector<Bytes> sent;
  std::size_t opened = 0;

  /// arrives puts a frame on the wire, as another station sends it.
  void arrives(Bytes frame) {
    if (!own_ || !device::read_frame(frame, *own_)) return;
    waiting_.push_back(std::move(frame));
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(ready_.get(), &one, sizeof one);
  }
  Result<> open(const device::WireSettings& settings) override {
    close();
    if (!there) return fail(Errc::not_found, "no interface " + settings.interface);
    ready_.reset(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    own_ = settings;
    ++opened;
    return {};
  }
  void close() override {
    ready_.reset();
    own_.reset();
    waiting_.clear();
  }
  [[nodiscard]] int descriptor() const override { return ready_ ? ready_.get() : -1; }
  Result<std::vector<Bytes>> take() override {
    if (!own_ || !there) return fail(Errc::closed, "not listening");
    std::uint64_t count = 0;
    [[maybe_unused]] const auto n = ::read(ready_.get(), &count, sizeof count);
    std::vector<Bytes> out;
    while (!waiting_.empty() && out.size() < kMostFrames) {
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return out;
  }
  Result<> send(ByteView frame) override {
    if (!own_ || !there) return fail(Errc::closed, "not listening");
    sent.push_back(copy(frame));
    return {};
  }

 private:
  UniqueFd ready_;
  std::optional<device::WireSettings> own_;
  std::deque<Bytes> waiting_;
};

class RecordedPosition final : public device::PositionPort {
 public:
  Result<Bytes> state = Bytes();
  std::string source;
  Result<Bytes> take(const std::string& from) override {
    source = from;
    auto out = state;
    if (state) state->clear();
    return out;
  }
  void close() override { source.clear(); }
};

class RecordedMounts final : public device::MountPort {
 public:
  std::vector<device::Mount> mounts;
  std::set<std::string> removables, stuck;  // mount points
  Result<> start(Sink sink) override {
    sink_ = std::move(sink);
    sink_(mounts);
    return {};
  }
  void stop() override { sink_ = nullptr; }
  void mount(device::Mount one) {
    mounts.push_back(std::move(one));
    if (sink_) sink_(mounts);
  }
  [[nodiscard]] bool started() const { return sink_ != nullptr; }
  [[nodiscard]] bool removable(const device::Mount& mount) const override { return removables.contains(mount.point); }
  Result<> unmount(const device::Mount& mount) override {
    if (stuck.contains(mount.point)) return fail(Errc::conflict, "still mounted");
    if (std::erase(mounts, mount) == 0) return fail(Errc::not_found, "not mounted");
    if (sink_) sink_(mounts);
    return {};
  }
  [[nodiscard]] std::string user_of(const device::Mount&) const override { return "cp 4711"; }

 private:
  Sink sink_;
};

}  // namespace kw::platform
