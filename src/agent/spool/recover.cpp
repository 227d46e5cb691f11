// What Spool does at its start: the mark, the segments in order, the cut of what does not check.
#include <algorithm>
#include <cstdio>

#include "agent/spool/spool.h"
#include "base/reader.h"
#include "base/writer.h"

namespace kw::agent {
namespace {

constexpr std::string_view kMark = "mark";
constexpr std::string_view kMarkMagic = "KWMARK1\n";
constexpr std::uint64_t kReserveStep = 4096;
constexpr std::string_view kSuffix = ".seg";

SecretBytes mark_key(const SecretBytes& key) {
  return crypto::hkdf_sm3(key.reveal(), {}, bytes_of("kioskward:spool-mark:v1"), 32);
}

bool is_segment(const std::string& name) {
  return name.size() == 16 + kSuffix.size() && name.ends_with(kSuffix) &&
         std::all_of(name.begin(), name.begin() + 16,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string segment_name(std::uint64_t first) {
  Writer out;
  out.u64(first);
  return to_hex(out.view()) + std::string(kSuffix);
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(FilePort& files, SecretBytes key, Random& random, SpoolOptions options) {
  if (key.size() < 16) return fail(Errc::bad_key, "spool key");
  std::unique_ptr<Spool> spool(new Spool(files, std::move(key), random, options));
  KW_CHECK(spool->recover());
  return spool;
}

void Spool::note_damage(std::uint64_t dropped, bool tampered) {
  if (!damage_) damage_.emplace();
  damage_->dropped += dropped;
  damage_->tampered |= tampered;
}

Result<> Spool::load_mark() {
  auto file = files_.read(std::string(kMark), 256);
  if (!file) {
    if (file.code() == Errc::not_found) return {};
    if (file.code() != Errc::too_large) return file.error();
    note_damage(1, true);
    return {};
  }
  const ByteView octets(*file);
  Reader in(octets);
  const auto magic = in.take(kMarkMagic.size());
  const auto acknowledged = in.u64(), reserved = in.u64(), dropped = in.u64(), mended = in.u64();
  const auto mac = in.take(sizeof(crypto::Digest));
  if (!mac || in.left() != 0 || !equal(*magic, bytes_of(kMarkMagic)) ||
      !crypto::equal_secret(*mac,
                            crypto::hmac_sm3(mark_key(key_).reveal(), {octets.first(octets.size() - mac->size())}))) {
    note_damage(1, true);
    return {};
  }
  acknowledged_ = *acknowledged;
  reserved_ = *reserved;
  dropped_ = *dropped;
  mended_ = *mended;
  return {};
}

Result<> Spool::store_mark() {
  const auto reserved = std::max(reserved_, next_ + kReserveStep);
  Writer out;
  out.raw(bytes_of(kMarkMagic)).u64(acknowledged_).u64(reserved).u64(dropped_).u64(mended_);
  out.raw(crypto::hmac_sm3(mark_key(key_).reveal(), {out.view()}));
  KW_CHECK(files_.replace(std::string(kMark), out.view()));
  reserved_ = reserved;
  return {};
}

Result<> Spool::recover_segment(const std::string& name, bool newest) {
  auto file = files_.read(name, options_.segment_octets * 2 + (32U << 20));
  if (!file && file.code() != Errc::too_large) return file.error();
  auto scan = file ? scan_segment(*file, key_) : Result<SegmentScan>(file.error());
  if (!scan || name != segment_name(scan->header.first_sequence)) {
    const bool unborn = !scan && scan.code() == Errc::truncated && newest;  // a crash while it was being made
    if (!unborn) note_damage(1, true);
    return files_.remove(name);
  }
  if (!segments_.empty()) {
    const auto& before = segments_.back();
    if (scan->header.first_sequence < before.end()) {
      note_damage(1, true);
      return files_.remove(name);
    }
    const auto missing = scan->header.first_sequence - before.end();
    // A gap that a jump of next_ left carries its link on; a break that was reported lies below mended_.
    if (scan->header.previous != before.last && scan->header.first_sequence >= mended_)
      note_damage(std::max<std::uint64_t>(missing, 1), true);
  }
  if (scan->damage != SegmentDamage::none) {
    note_damage(1, scan->damage == SegmentDamage::tampered || !newest);
    KW_CHECK(files_.truncate(name, scan->good));
    KW_CHECK(files_.sync(name));
  }
  segments_.push_back({name, scan->header, std::move(scan->records), scan->last, scan->good});
  return {};
}

Result<> Spool::recover() {
  KW_TRY(auto names, files_.list());
  std::erase_if(names, [](const std::string& n) { return !is_segment(n); });
  std::sort(names.begin(), names.end());
  KW_CHECK(load_mark());
  if (!names.empty() && reserved_ == 0 && !damage_) note_damage(1, true);  // segments without a mark
  for (std::size_t i = 0; i < names.size(); ++i) KW_CHECK(recover_segment(names[i], i + 1 == names.size()));
  if (names.empty() && reserved_ != 0) note_damage(1, true);  // a mark without segments
  next_ = segments_.empty() ? 1 : segments_.back().end();
  if (acknowledged_ >= next_) note_damage(acknowledged_ + 1 - next_, true);  // cut between two records
  if (damage_ && damage_->tampered)
    next_ = std::max({next_ + (reserved_ == 0 ? kReserveStep : 0), reserved_, acknowledged_ + 1});
  // Sequences of lost events that were never acknowledged are not waited for.
  if (!segments_.empty() && segments_.front().header.first_sequence > acknowledged_ + 1)
    acknowledged_ = segments_.front().header.first_sequence - 1;
  if (damage_) mended_ = next_;
  KW_CHECK(store_mark());
  if (segments_.empty() || segments_.back().end() != next_) {
    KW_CHECK(start_segment());
  } else {
    KW_TRY(auto key, SegmentKey::derive(key_, segments_.back().header.salt));
    active_.emplace(std::move(key));
  }
  if (damage_) damage_->kept = waiting();
  return {};
}

Result<> Spool::start_segment() {
  Segment made;
  made.header.first_sequence = next_;
  random_.fill(made.header.salt);
  if (!segments_.empty())  // an empty one that a jump of next_ leaves behind goes away below
    made.header.previous = segments_.back().records.empty() ? segments_.back().header.previous : segments_.back().last;
  KW_TRY(auto key, SegmentKey::derive(key_, made.header.salt));
  const auto head = key.build_header(made.header);
  made.name = segment_name(next_);
  made.last = link_of(head);
  made.size = head.size();
  auto written = files_.write_at(made.name, 0, head);
  if (written) written = files_.sync(made.name);
  if (written) written = files_.sync_directory();
  if (!written) {
    // A part of a header is taken for a crash while the segment was being made; so it may stay where it cannot go.
    if (auto removed = files_.remove(made.name); !removed) return removed.error();
    return written.error();
  }
  if (!segments_.empty() && segments_.back().records.empty()) {
    KW_CHECK(files_.remove(segments_.back().name));
    segments_.pop_back();
  }
  segments_.push_back(std::move(made));
  active_.emplace(std::move(key));
  return {};
}

}  // namespace kw::agent
