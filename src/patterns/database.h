#pragma once
// PatternDatabase is an operator's rules, compiled; PatternStream searches one stream of octets by it.
//
//   KW_TRY(const auto database, PatternDatabase::compile(rules));
//   KW_TRY(auto stream, PatternStream::open(database));
//   landing::Scanner scan(&stream);
//
// A rule's matches that overlap are one hit, from where the first begins to where the last ends. Rules that match fewer
// than 3 octets or more than 1,024, or anything without bound, are refused, and so is a database whose memory passes
// 16 MiB or whose streams pass 256 KiB. A database is used from any thread, a stream from one, and by one scan until
// again() makes it ready for the next: its memory is taken once.
// Why: ADR 109.
#include <memory>

#include "landing/rule_stream.h"
#include "patterns/rules.h"

struct hs_database;
struct hs_scratch;
struct hs_stream;

namespace kw::patterns {

inline constexpr std::size_t kLeastWidth = 3, kMostWidth = 1024;
inline constexpr std::size_t kMostDatabase = 16 * 1024 * 1024, kMostStream = 256 * 1024;

class PatternDatabase {
 public:
  /// compile: Errc::invalid with the rule's name, Errc::too_large.
  static Result<PatternDatabase> compile(const PatternRules& rules);
  [[nodiscard]] std::size_t octets() const noexcept { return octets_; }
  [[nodiscard]] std::size_t rules() const noexcept { return rules_; }

 private:
  friend class PatternStream;
  struct FreeDatabase {
    void operator()(hs_database* database) const noexcept;
  };
  struct FreeScratch {
    void operator()(hs_scratch* scratch) const noexcept;
  };
  using Scratch = std::unique_ptr<hs_scratch, FreeScratch>;
  std::shared_ptr<hs_database> database_;
  std::size_t octets_ = 0, rules_ = 0;
};

class PatternStream final : public landing::RuleStream {
 public:
  static Result<PatternStream> open(const PatternDatabase& database);
  PatternStream(PatternStream&& other) noexcept;
  PatternStream& operator=(PatternStream&&) = delete;
  ~PatternStream() override;

  Result<> put(ByteView piece, std::vector<landing::Hit>& hits) override;
  Result<> finish(std::vector<landing::Hit>& hits) override;
  /// again forgets what was seen, ended or not. Errc::internal for a stream that cannot be used any more.
  Result<> again();

 private:
  struct Place {
    std::uint64_t from = 0, to = 0;  // to == 0: nothing waits
  };
  PatternStream() = default;
  static int matched(unsigned rule, unsigned long long from, unsigned long long to, unsigned flags, void* self);
  void take(std::uint32_t rule, Place place);

  std::shared_ptr<hs_database> database_;
  PatternDatabase::Scratch scratch_;
  hs_stream* stream_ = nullptr;
  bool ended_ = false;
  std::vector<Place> waiting_;  // of each rule: its last match, which the next may make longer
  std::vector<landing::Hit>* hits_ = nullptr;
};

}  // namespace kw::patterns
