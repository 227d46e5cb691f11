// The section's recordings: what is written on the worker's thread, and what is told of it.
#include <algorithm>

#include "agent/defence/camera.h"
#include "base/text.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostPendingOctets = std::size_t{8} << 20;  // octets that wait for the disk
constexpr Duration kRecordingRetry = std::chrono::seconds(10), kMeasured = std::chrono::minutes(10);

}  // namespace

void CameraDefence::later(std::function<Result<>(CameraRing& ring)> work) {
  worker_.run([alive = alive_, host = host_, this, ring = ring_, work = std::move(work)] {
    if (!*ring) return;
    auto done = work(**ring);
    host->post([alive, this, done = std::move(done), sealed = (*ring)->take_sealed(),
                damaged = (*ring)->take_damaged(), totals = (*ring)->totals()]() mutable {
      if (*alive) hear_ring(std::move(done), std::move(sealed), std::move(damaged), totals);
    });
  });
}

void CameraDefence::open_ring() {
  if (ring_open_ || std::exchange(ring_opening_, true)) return;
  ring_retry_ = host_->now().steady + kRecordingRetry;
  const auto folder = directory();
  worker_.run([alive = alive_, host = host_, this, ring = ring_, folder, secret = ports_.secret, clock = ports_.clock,
               random = ports_.random] {
    auto key = secret(folder);
    auto opened = key ? CameraRing::open(folder + "/recordings", std::move(*key), *clock, *random)
                      : Result<std::unique_ptr<CameraRing>>(key.error());
    std::optional<Error> why;
    if (opened)
      *ring = std::move(*opened);
    else
      why = opened.error();
    host->post([alive, this, why] {
      if (!*alive) return;
      ring_opening_ = false;
      if (why) return ring_failed(*why);
      ring_open_ = records();
      if (!ring_open_) return close_ring();
      use_limits();
      if (!stream_header_.empty())
        later([header = stream_header_](CameraRing& open) { return open.begin(header); });
    });
  });
}

void CameraDefence::close_ring() {
  ring_open_ = false;
  ring_failure_.clear();
  worker_.run([ring = ring_] { ring->reset(); });
}

void CameraDefence::use_limits() {
  if (!ring_open_) return;
  CameraRing::Limits limits;
  limits.most_octets = std::uint64_t{or_usual(policy_.most_mib(), 61440)} << 20;
  limits.keep = std::chrono::hours(24) * or_usual(policy_.keep_days(), 30);
  limits.hold = std::chrono::hours(24) * or_usual(policy_.hold_days(), 90);
  const auto gone = host_->now().utc - std::max(limits.keep, limits.hold);
  auto& holds = *state_.mutable_holds();
  const auto first = std::ranges::find_if(holds, [&](const auto& one) { return one.until_ns() >= gone.unix_ns; });
  holds.erase(holds.begin(), first);
  std::vector<CameraRing::Span> spans;
  for (const auto& one : holds) spans.push_back({{one.from_ns()}, {one.until_ns()}});
  later([limits, spans = std::move(spans)](CameraRing& ring) {
    ring.limit(limits);
    ring.hold(spans);
    return Result<>();
  });
}

void CameraDefence::record_video(const v1::CameraVideo& video) {
  const auto octets = bytes_of(video.data());
  if (video.part() == v1::CameraVideo::HEADER) stream_header_ = copy(octets);
  if (!ring_open_) return;
  if (video.part() == v1::CameraVideo::HEADER) {
    later([header = stream_header_](CameraRing& ring) { return ring.begin(header); });
    return;
  }
  if (stream_header_.empty()) return;
  const bool cluster = video.part() == v1::CameraVideo::CLUSTER;
  // A disk that does not keep up loses whole clusters, not the guard's memory.
  if (*pending_ + octets.size() > kMostPendingOctets) {
    video_lost_ = true;
    return ring_failed(Error(Errc::no_space, "the disk is too slow"));
  }
  if (video_lost_ && !cluster) return;
  video_lost_ = false;
  *pending_ += octets.size();
  worker_.run([alive = alive_, host = host_, this, ring = ring_, pending = pending_, cluster, data = copy(octets)] {
    *pending -= data.size();
    if (!*ring) return;
    const auto done = (*ring)->video(cluster, data);
    auto sealed = (*ring)->take_sealed();
    if (done && sealed.empty()) return;  // nothing to tell: most of the time
    host->post([alive, this, done, sealed = std::move(sealed), totals = (*ring)->totals()]() mutable {
      if (*alive) hear_ring(done, std::move(sealed), {}, totals);
    });
  });
}

void CameraDefence::ring_failed(const Error& why) {
  const auto text = clean_text(why.text(), 300);
  if (std::exchange(ring_failure_, text) == text) return;
  host_->log().error("camera.not_recorded", {{"error", text}});
  host_->record(defence_event("camera.recording.failed", "failed", {{"reason", text}}));
}

void CameraDefence::hear_ring(Result<> done, std::vector<CameraRing::Sealed> sealed,
                              std::vector<CameraRing::Damaged> damaged, CameraRing::Totals totals) {
  totals_ = totals;
  if (!done) {
    ring_failed(done.error());
  } else if (!ring_failure_.empty() && !sealed.empty()) {
    ring_failure_.clear();
    host_->record(defence_event("camera.recording.again", "success", {}));
  }
  for (const auto& one : damaged) {
    host_->log().error("camera.recording_damaged", {{"file", one.file}, {"reason", one.reason}});
    host_->record(defence_event("camera.recording.damaged", "observed",
                                {{"file", one.file}, {"reason", clean_text(one.reason, 300)}}));
  }
  for (const auto& one : sealed) anchor(one);
}

/// The chain makes a later root vouch for all before it: one is told each hour, and what may be left alone in the end.
void CameraDefence::anchor(const CameraRing::Sealed& sealed) {
  ++unanchored_count_;
  if (!unanchored_) unanchored_ = sealed;
  const auto now = host_->now().steady;
  if (!sealed.held && anchored_ != Duration{0} && now - anchored_ < kAnchor) return;
  anchored_ = now;
  host_->record(defence_event("camera.segment.sealed", "success",
                              {{"number", std::to_string(sealed.number)},
                               {"root", to_hex(sealed.root)},
                               {"count", std::to_string(unanchored_count_)},
                               {"from", to_rfc3339(unanchored_->from)},
                               {"until", to_rfc3339(sealed.until)},
                               {"held", sealed.held ? "true" : "false"}}));
  unanchored_.reset();
  unanchored_count_ = 0;
}

/// How long the bound lets recordings stay, at the rate that was measured.
void CameraDefence::judge_room() {
  if (totals_.recorded < kMeasured || totals_.octets == 0) {
    host_->fact("camera.kept_days", "not measured yet", "ring");
    return;
  }
  const double days = std::chrono::duration<double>(totals_.recorded).count() / 86400;
  const double most = static_cast<double>(std::uint64_t{or_usual(policy_.most_mib(), 61440)} << 20);
  const auto kept = static_cast<std::uint64_t>(most / static_cast<double>(totals_.octets) * days);
  host_->fact("camera.kept_days", std::to_string(kept), "ring");
  const auto asked = or_usual(policy_.keep_days(), 30);
  if (kept >= asked) ring_short_told_ = false;
  if (kept >= asked || std::exchange(ring_short_told_, true)) return;
  host_->record(defence_event("camera.room.short", "observed",
                              {{"days", std::to_string(kept)}, {"wanted", std::to_string(asked)}}));
}

/// Reads the next recording of a clip; the one before has been handed over.
void CameraDefence::read_more(const std::shared_ptr<Sending>& sending) {
  if (std::exchange(sending->reading, true)) return;
  const auto number = sending->recordings.at(sending->read);
  worker_.run([alive = alive_, host = host_, this, ring = ring_, sending, number] {
    auto content = *ring ? (*ring)->read(number) : Result<CameraRing::Content>(Error(Errc::unavailable, "no recordings"));
    auto damaged = *ring ? (*ring)->take_damaged() : std::vector<CameraRing::Damaged>();
    auto totals = *ring ? (*ring)->totals() : CameraRing::Totals();
    host->post([alive, this, sending, content = std::move(content), damaged = std::move(damaged), totals]() mutable {
      if (!*alive) return;
      if (!damaged.empty()) hear_ring({}, {}, std::move(damaged), totals);
      sending->reading = false;
      ++sending->read;
      if (content) {
        // One stream's recordings are one film: its header is asked once.
        sending->data = content->stream_header == sending->stream_header ? Bytes() : content->stream_header;
        sending->stream_header = std::move(content->stream_header);
        append(sending->data, content->video);
        sending->at = 0;
        sending->taken = content->from;
      }  // else: damaged or gone by now; the others are still of use, and the damage was told
      sending->complete = sending->read >= sending->recordings.size();
      if (sending->complete) sending->recordings.clear();
      send(*sending);
    });
  });
}

}  // namespace kw::agent
