#include "store/ledger/segment_scan.h"

#include <algorithm>

namespace kw::store {
namespace {

constexpr std::size_t kBuffer = 1U << 20;
constexpr std::size_t kLongest = kRecordHeader + ledger::kMaxEntry;
constexpr std::size_t kAhead = 256;
static_assert(kBuffer >= 2 * kLongest);

}  // namespace

Result<SegmentScan> SegmentScan::open(const std::filesystem::path& path, std::uint64_t offset) {
  KW_TRY(auto file, open_for_reading(path));
  return SegmentScan(std::move(file), offset);
}

Result<> SegmentScan::fill() {
  if (buffer_.empty()) buffer_.resize(kBuffer);
  const auto at = [this](std::size_t i) { return buffer_.begin() + static_cast<std::ptrdiff_t>(i); };
  std::copy(at(begin_), at(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  KW_TRY(auto n, read_at(file_, MutableByteView(buffer_).subspan(end_), offset_ + end_));
  end_ += n;
  return {};
}

// Ends before a record that is not good, so that the next call meets it first and tells.
Result<> SegmentScan::read_ahead() {
  ahead_.clear();
  ahead_at_ = 0;
  if (end_ - begin_ < kLongest) KW_CHECK(fill());
  std::vector<ByteView> entries;
  for (std::size_t at = begin_; at < end_ && ahead_.size() < kAhead; at += ahead_.back().octets()) {
    auto record = parse_record_form(ByteView(buffer_).subspan(at, end_ - at));
    if (!record && ahead_.empty()) return std::move(record).error();
    if (!record) break;
    ahead_.push_back(*record);
    entries.push_back(record->entry);
  }
  std::vector<ledger::Hash> leaves(entries.size());
  ledger::leaf_hashes(entries, leaves);
  for (std::size_t i = 0; i < leaves.size(); ++i) ahead_[i].leaf = leaves[i];
  const auto bad = std::find_if_not(ahead_.begin(), ahead_.end(), leaf_agrees);
  if (bad != ahead_.end() && bad == ahead_.begin()) {
    ahead_.clear();
    return fail(Errc::corrupt, "check of an entry");
  }
  ahead_.erase(bad, ahead_.end());
  return {};
}

Result<std::optional<Record>> SegmentScan::next() {
  if (ahead_at_ == ahead_.size()) KW_CHECK(read_ahead());
  if (ahead_.empty()) return std::optional<Record>();
  const Record& record = ahead_[ahead_at_++];
  begin_ += record.octets();
  offset_ += record.octets();
  return std::optional(record);
}

Result<std::uint64_t> SegmentScan::octets_left() const {
  KW_TRY(auto size, file_size(file_));
  return size > offset_ ? size - offset_ : 0;
}

Result<bool> SegmentScan::later_batch(std::uint64_t index) const {
  KW_TRY(const auto left, octets_left());
  const std::uint64_t most = index + left / kRecordHeader;  // no index above it fits behind the bad record
  Bytes window(kBuffer);
  for (std::uint64_t at = offset_;;) {
    KW_TRY(auto n, read_at(file_, window, at));
    const bool last = n < window.size();
    const std::size_t stop = last ? n : n - kLongest;  // a record that starts before `stop` is whole in the window
    for (std::size_t i = 0; i + kRecordHeader <= n && i < stop; ++i) {
      // Most octets are ruled out by the upper half of the length, before anything is hashed.
      if (window[i] != 0 || window[i + 1] > 1) continue;
      const auto record = parse_record(ByteView(window).subspan(i, n - i));
      if (record && record->batch_first > index && record->index <= most) return true;
    }
    if (last) return false;
    at += stop;
  }
}

}  // namespace kw::store
