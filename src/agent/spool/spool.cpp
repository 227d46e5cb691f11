#include "agent/spool/spool.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "schema/codec.h"
#include "schema/event_catalogue.h"

namespace kw::agent {
namespace {

constexpr std::size_t kMostAtOnce = 256;
constexpr std::size_t kMostRead = 512U << 10;

v1::Severity severity_of(const v1::Event& event) {
  const auto* type = schema::find_event_type(event.type());
  return type == nullptr ? v1::WARNING : type->severity;
}

}  // namespace

std::uint64_t Spool::total() const {
  std::uint64_t out = 0;
  for (const auto& segment : segments_) out += segment.size;
  return out;
}

std::uint64_t Spool::room_for(v1::Severity severity) const {
  const auto ordinary = options_.max_octets - options_.reserved_octets;
  const auto most = severity >= v1::SERIOUS   ? options_.max_octets
                    : severity == v1::WARNING ? ordinary + options_.reserved_octets / 2
                                              : ordinary;
  const auto used = total();
  return used >= most ? 0 : most - used;
}

Result<std::vector<std::uint64_t>> Spool::append(std::span<v1::Event> events) {
  const std::lock_guard lock(mutex_);
  return append_locked(events);
}

Result<std::vector<std::uint64_t>> Spool::append_locked(std::span<v1::Event> events) {
  if (events.size() > kMostAtOnce) return fail(Errc::invalid, "more than 256 events");
  KW_CHECK(repair_tail());
  if (segments_.back().end() != next_ ||
      (segments_.back().size >= options_.segment_octets && !segments_.back().records.empty()))
    KW_CHECK(start_segment());
  if (next_ + events.size() > reserved_) KW_CHECK(store_mark());

  auto& segment = segments_.back();
  std::vector<std::uint64_t> sequences;
  std::vector<RecordPlace> places;
  Bytes octets;
  Link last = segment.last;
  auto sequence = next_;
  std::uint64_t dropped = 0;
  for (auto& event : events) {
    event.set_sequence(sequence);
    const auto plain = schema::serialise(event);
    const auto severity = severity_of(event);
    if (octets.size() + plain.size() + kRecordHead + crypto::kGcmTag > room_for(severity)) {
      if (severity >= v1::SERIOUS) return fail(Errc::no_space, "event spool is full");
      event.set_sequence(0);
      sequences.push_back(0);
      ++dropped;
      continue;
    }
    KW_TRY(auto record, active_->seal_record(sequence, last, plain, random_));
    places.push_back(
        {static_cast<std::uint32_t>(segment.size + octets.size()), static_cast<std::uint32_t>(record.size())});
    last = link_of(record);
    kw::append(octets, record);
    sequences.push_back(sequence++);
  }
  if (!octets.empty()) {
    auto written = files_.write_at(segment.name, segment.size, octets);
    if (written) written = files_.sync(segment.name);
    if (!written) {
      dirty_tail_ = true;
      if (auto repaired = repair_tail(); !repaired)
        return written.error().within("and the tail stays: " + repaired.error().text());
      return written.error();
    }
    segment.records.insert(segment.records.end(), places.begin(), places.end());
    segment.size += octets.size();
    segment.last = last;
    next_ = sequence;
  }
  if (dropped > 0) {
    const auto before = dropped_;
    dropped_ += dropped;
    if (std::bit_width(before) != std::bit_width(dropped_))
      KW_CHECK(store_mark());  // survives a crash, in its magnitude
  }
  return sequences;
}

Result<> Spool::repair_tail() {
  if (!dirty_tail_) return {};
  KW_CHECK(files_.truncate(segments_.back().name, segments_.back().size));
  KW_CHECK(files_.sync(segments_.back().name));
  dirty_tail_ = false;
  return {};
}

Result<std::vector<v1::Event>> Spool::read_from(std::uint64_t sequence, std::size_t most) {
  const std::lock_guard lock(mutex_);
  return read_locked(sequence, most);
}

Result<std::vector<v1::Event>> Spool::read_locked(std::uint64_t sequence, std::size_t most) {
  std::vector<v1::Event> out;
  std::size_t octets = 0;
  sequence = std::max(sequence, acknowledged_ + 1);
  for (const auto& segment : segments_) {
    if (segment.end() <= sequence || segment.records.empty()) continue;
    if (segment.header.first_sequence > sequence) {
      if (!out.empty()) return out;  // a gap: only consecutive ones go together
      sequence = segment.header.first_sequence;
    }
    const auto from = static_cast<std::size_t>(sequence - segment.header.first_sequence);
    std::size_t to = from, length = 0;
    while (to < segment.records.size() && out.size() + (to - from) < most && octets + length < kMostRead)
      length += segment.records[to++].length;
    if (to == from) return out;
    KW_TRY(auto file, files_.read_at(segment.name, segment.records[from].offset, length));
    if (file.size() != length) return fail(Errc::corrupt, "event spool");
    KW_TRY(auto key, SegmentKey::derive(key_, segment.header.salt));
    for (std::size_t i = from, at = 0; i < to; at += segment.records[i].length, ++i) {
      auto plain = key.open_record(ByteView(file).subspan(at, segment.records[i].length));
      if (!plain) return fail(Errc::corrupt, "event spool");
      KW_TRY(auto event, schema::parse<v1::Event>(*plain, kMaxSpoolEvent));
      out.push_back(std::move(event));
    }
    octets += length;
    sequence += to - from;
  }
  return out;
}

Result<> Spool::acknowledge(std::uint64_t through) {
  const std::lock_guard lock(mutex_);
  return acknowledge_locked(through);
}

Result<> Spool::acknowledge_locked(std::uint64_t through) {
  through = std::min(through, next_ - 1);
  if (through <= acknowledged_) return {};
  acknowledged_ = through;
  bool removed = false;
  while (segments_.size() > 1 && segments_.front().end() <= acknowledged_ + 1) {
    KW_CHECK(files_.remove(segments_.front().name));
    segments_.pop_front();
    removed = true;
  }
  // The mark may lag behind: the platform tells again at the next connection.
  return removed ? store_mark() : Result<>{};
}

Result<> Spool::meet(std::uint64_t committed) {
  const std::lock_guard lock(mutex_);
  if (committed < next_) return acknowledge_locked(committed);
  const auto first_new = committed + 1;
  const auto last_old = next_ - 1;
  std::uint64_t from = acknowledged_ + 1;
  next_ = first_new;
  KW_CHECK(store_mark());
  while (from <= last_old) {
    KW_TRY(auto events, read_locked(from, kMostAtOnce));
    std::erase_if(events, [&](const v1::Event& e) { return e.sequence() > last_old; });
    if (events.empty()) break;
    from = events.back().sequence() + 1;
    KW_TRY(auto stored, append_locked(events));
  }
  if (segments_.back().end() != next_) KW_CHECK(start_segment());
  return acknowledge_locked(committed);
}

Result<std::uint64_t> Spool::missing() {
  const std::lock_guard lock(mutex_);
  KW_TRY(const bool in_place, files_.in_place());
  if (!in_place) return segments_.size() + 1;
  KW_TRY(const auto names, files_.list());
  const auto there = [&](const std::string& name) { return std::ranges::find(names, name) != names.end(); };
  std::uint64_t out = there("mark") ? 0 : 1;
  for (const auto& segment : segments_) out += there(segment.name) ? 0 : 1;
  return out;
}

std::uint64_t Spool::take_dropped() {
  const std::lock_guard lock(mutex_);
  if (dropped_ == 0 || room_for(v1::INFO) < (options_.max_octets - options_.reserved_octets) / 4) return 0;
  const auto out = std::exchange(dropped_, 0);
  if (store_mark()) return out;
  dropped_ = out;  // told when the disk takes writes again
  return 0;
}

std::uint64_t Spool::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}
std::uint64_t Spool::next_sequence() const {
  const std::lock_guard lock(mutex_);
  return next_;
}
std::uint64_t Spool::waiting() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t out = 0;
  for (const auto& segment : segments_) {
    const auto from = std::max(segment.header.first_sequence, acknowledged_ + 1);
    if (segment.end() > from) out += segment.end() - from;
  }
  return out;
}
std::uint64_t Spool::octets() const {
  const std::lock_guard lock(mutex_);
  return total();
}

}  // namespace kw::agent
