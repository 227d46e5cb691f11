#include "landing/scanner.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "identifiers/number_run.h"
#include "landing/mark_window.h"

namespace kw::landing {
namespace {

constexpr std::size_t kBlocksAtOnce = 64, kRuleSlice = 65536;

/// Whether there is a run of eleven ones.
constexpr bool long_run(std::uint64_t bits) {
  bits &= bits >> 1;  // two
  bits &= bits >> 2;  // four
  bits &= bits >> 4;  // eight
  return (bits & bits >> 3) != 0;
}
static_assert(identifiers::kLeastRun == 11 && long_run(0x7ffULL << 53) && !long_run(0x3ffULL));

constexpr std::uint64_t ones(std::size_t count) { return count >= 64 ? ~0ULL : (1ULL << count) - 1; }

HitKind kind_of(identifiers::NumberKind kind) {
  switch (kind) {
    case identifiers::NumberKind::phone:
      return HitKind::phone;
    case identifiers::NumberKind::bank_card:
      return HitKind::bank_card;
    default:
      return HitKind::id_number;
  }
}

}  // namespace

std::string_view name(HitKind kind) noexcept {
  constexpr std::array<std::string_view, kHitKinds> kNames{"id-number", "phone", "bank-card", "marking", "rule"};
  return kNames.at(static_cast<std::size_t>(kind));
}
std::string text(const Hit& hit) {
  return std::string(name(hit.kind)) + (hit.kind == HitKind::rule ? " " + std::to_string(hit.rule) : "") + " at " +
         std::to_string(hit.offset) + ", " + std::to_string(hit.length) + " octets";
}

void Scanner::put(ByteView piece) {
  if (piece.empty()) return;
  piece_ = piece;
  // The sieve reads one octet before its blocks, so the piece's first block is looked at in a copy.
  std::size_t from = std::min(piece.size(), kSieveBlock);
  look_at_part(0, from);
  for (std::size_t left = (piece.size() - from) / kSieveBlock; left > 0;) {
    const auto blocks = std::min(left, kBlocksAtOnce);
    look_at(piece.data() + from, blocks, base_ + from);
    from += blocks * kSieveBlock;
    left -= blocks;
    settle_marks(false);
  }
  if (from < piece.size()) look_at_part(from, piece.size() - from);
  settle_marks(false);
  ask_rules(piece);
  keep_tail();
}

// In slices, so that what a rule finds takes no more memory than a slice of them.
void Scanner::ask_rules(ByteView piece) {
  while (rules_ != nullptr && rules_state_ && !piece.empty()) {
    const auto slice = piece.first(std::min(piece.size(), kRuleSlice));
    piece = piece.subspan(slice.size());
    rules_state_ = rules_->put(slice, rule_hits_);
    for (const auto& hit : rule_hits_) add(hit);
    rule_hits_.clear();
  }
}

Result<LandingReport> Scanner::finish() {
  if (run_ > 0) end_run(base_, run_, '\0');
  run_ = 0;
  settle_marks(true);
  if (rules_ != nullptr && rules_state_) rules_state_ = rules_->finish(rule_hits_);
  KW_CHECK(rules_state_);
  for (const auto& hit : rule_hits_) add(hit);
  report_.octets = base_;
  std::ranges::sort(report_.hits, {},
                    [](const Hit& hit) { return std::tie(hit.offset, hit.kind, hit.length, hit.rule); });
  return std::move(report_);
}

void Scanner::look_at(const Byte* data, std::size_t blocks, std::uint64_t at) {
  std::array<std::uint64_t, kBlocksAtOnce> digits, marks;
  sieve_.look(data, blocks, digits.data(), marks.data());
  for (std::size_t i = 0; i < blocks; ++i) see(digits[i], marks[i], at + i * kSieveBlock, kSieveBlock);
}

void Scanner::look_at_part(std::size_t from, std::size_t size) {
  std::array<Byte, 1 + kSieveBlock> copy{};
  const auto at = base_ + from;
  if (at > 0) copy[0] = octet(at - 1);
  std::copy_n(piece_.begin() + static_cast<std::ptrdiff_t>(from), size, copy.begin() + 1);
  std::uint64_t digits = 0, marks = 0;
  sieve_.look(copy.data() + 1, 1, &digits, &marks);
  see(digits, marks, at, size);
}

// `size` octets from `at`. A run that goes on to their end is judged when it has ended.
void Scanner::see(std::uint64_t digits, std::uint64_t marks, std::uint64_t at, std::size_t size) {
  for (; marks != 0; marks &= marks - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(marks));
    if (i < size) marks_.push_back(at + i);
  }
  const auto lead = static_cast<std::size_t>(std::countr_one(digits));
  if (lead >= size) {
    run_ += size;
    return;
  }
  if (run_ + lead >= identifiers::kLeastRun) end_run(at + lead, run_ + lead, static_cast<char>(octet(at + lead)));
  run_ = static_cast<std::size_t>(std::countl_one(digits << (kSieveBlock - size)));
  if (!long_run(digits)) return;
  auto inside = digits & ~ones(lead) & ones(size - run_);
  while (inside != 0) {
    const auto start = static_cast<std::size_t>(std::countr_zero(inside));
    const auto behind = start + static_cast<std::size_t>(std::countr_one(inside >> start));
    if (behind - start >= identifiers::kLeastRun)
      end_run(at + behind, behind - start, static_cast<char>(octet(at + behind)));
    inside &= ~ones(behind);
  }
}

void Scanner::end_run(std::uint64_t end, std::size_t size, char behind) {
  if (size < identifiers::kLeastRun || size > identifiers::kMostRun) return;
  std::array<char, identifiers::kMostRun> run;
  const auto start = end - size;
  for (std::size_t i = 0; i < size; ++i) run[i] = static_cast<char>(octet(start + i));
  // The X of the number before is a letter, and none that stands before this one.
  const bool letter_before =
      start > 0 && start != found_to_ && identifiers::is_letter(static_cast<char>(octet(start - 1)));
  const auto found = identifiers::judge_run({run.data(), size}, behind, letter_before);
  if (found.kind == identifiers::NumberKind::none) return;
  found_to_ = start + found.size;
  add({kind_of(found.kind), start, found.size, 0});
}

void Scanner::settle_marks(bool ended) {
  std::size_t settled = 0;
  while (settled < marks_.size() && (ended || marks_[settled] + kBehind < end())) judge_mark(marks_[settled++]);
  marks_.erase(marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(settled));
}

void Scanner::judge_mark(std::uint64_t last) {
  const auto from = last > kBefore ? last - kBefore : 0;
  const auto to = std::min(end(), last + 1 + kBehind);
  std::array<Byte, kBefore + 1 + kBehind> copy;
  ByteView window;
  if (from >= base_) {
    window = piece_.subspan(from - base_, to - from);
  } else {
    for (auto at = from; at < to; ++at) copy[at - from] = octet(at);
    window = ByteView(copy).first(to - from);
  }
  const auto mark = mark_in_window(window, last - from);
  if (mark) add({HitKind::marking, from + mark->from, mark->size, 0});
}

void Scanner::keep_tail() {
  if (piece_.size() >= kKept) {
    tail_.assign(piece_.end() - kKept, piece_.end());
  } else {
    append(tail_, piece_);
    if (tail_.size() > kKept) tail_.erase(tail_.begin(), tail_.end() - kKept);
  }
  base_ += piece_.size();
  piece_ = {};
}

void Scanner::add(const Hit& hit) {
  if (report_.hits.size() < kMostHits) {
    report_.hits.push_back(hit);
  } else {
    ++report_.more;
  }
}

}  // namespace kw::landing
