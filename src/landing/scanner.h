#pragma once
// Scanner searches octets that are about to be kept or to leave for personal numbers and secrecy markings, in pieces of
// any size.
//
//   Scanner scan;
//   while (...) scan.put(piece);
//   KW_TRY(const auto report, scan.finish());     report.hits: kind, offset, length; never the value
//
//   numbers    identity numbers, mobile telephones, bank cards, as identifiers::judge_run tells them: a run of ASCII
//              digits in whatever stands around it
//   markings   绝密, 机密 or 秘密 with a star, as marking::MarkScan tells them, in UTF-8, GB18030 and UTF-16;
//              at most 64 octets before 密 and 64 behind it
//   rules      of the operator, by a RuleStream
//
// A hit over the end of a piece is found once, wherever the octets are cut. Memory is bounded: what is kept is 192
// octets, marks that wait for theirs, and at most kMostHits hits; more are counted. PURE; one thread. Why: ADR 108.
#include "landing/rule_stream.h"
#include "landing/sieve.h"

namespace kw::landing {

class Scanner {
 public:
  static constexpr std::size_t kMostHits = 1000;
  /// `rules` may be null, and outlives the scanner otherwise.
  explicit Scanner(RuleStream* rules = nullptr, const Sieve& sieve = best_sieve()) : sieve_(sieve), rules_(rules) {}
  Scanner(const Scanner&) = delete;  // a stream of rules has one scanner
  Scanner& operator=(const Scanner&) = delete;

  void put(ByteView piece);
  /// finish ends the stream. It fails where the rules did: octets that were not searched are not clean.
  Result<LandingReport> finish();

 private:
  static constexpr std::size_t kBefore = 64, kBehind = 64, kKept = kBefore + kBehind + kSieveBlock;
  void look_at(const Byte* data, std::size_t blocks, std::uint64_t at);
  void look_at_part(std::size_t from, std::size_t size);
  void see(std::uint64_t digits, std::uint64_t marks, std::uint64_t at, std::size_t size);
  void end_run(std::uint64_t end, std::size_t size, char behind);
  void settle_marks(bool ended);
  void judge_mark(std::uint64_t last);
  void ask_rules(ByteView piece);
  void keep_tail();
  void add(const Hit& hit);
  [[nodiscard]] std::uint64_t end() const noexcept { return base_ + piece_.size(); }
  [[nodiscard]] Byte octet(std::uint64_t at) const noexcept {
    return at >= base_ ? piece_[at - base_] : tail_[tail_.size() - (base_ - at)];
  }

  Sieve sieve_;
  RuleStream* rules_;
  ByteView piece_;
  Bytes tail_;                        // the last octets before the piece
  std::uint64_t base_ = 0;            // where the piece begins
  std::size_t run_ = 0;               // digits at the end of what was seen
  std::uint64_t found_to_ = 0;        // end of the last number
  std::vector<std::uint64_t> marks_;  // ends of 密 whose surroundings are not all there
  std::vector<Hit> rule_hits_;
  Result<> rules_state_;
  LandingReport report_;
};

}  // namespace kw::landing
