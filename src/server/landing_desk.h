#pragma once
// LandingDesk decides about text and octets that the platform is about to keep or to give out: it knows the operator's
// rules beside numbers and markings, and tells of what it met.
//
//   KW_TRY(auto rules, LandingRulebook::load(catalogue));         from landing/rules.toml, compiled
//   LandingDesk desk(std::move(rules), log);
//   KW_TRY(const auto landed, desk.land(LandingPlace::vault, octets));   landed.octets: as they are, masked, or nothing
//   const auto text = desk.masked(LandingPlace::audit, reason);          for what may not be lost: always a text
//
//   audit, extract, exported   everything that is found is masked, whatever a rule's action: an entry is never lost
//   vault                      numbers and markings are refused; a rule does as it says
//
// Hits are counted by place and kind, never with the value, and told by tick(): landing.hit, or landing.marking with an
// alarm where a secrecy marking was met; one entry a minute for each kind at each place, with a count. What was counted
// and not yet told is lost with the process, at most a minute of it. Thread-safe. Source: clauses 7.3, 9.7-e. Why: ADR
// 108, 109, 118.
#include <filesystem>
#include <map>
#include <mutex>

#include "base/log.h"
#include "base/time.h"
#include "patterns/database.h"

namespace kw::server {

class Changes;

enum class LandingPlace : std::uint8_t { audit, extract, exported, vault };
/// word of a place in events and in the API: "audit", "extract", "export", "vault".
[[nodiscard]] std::string_view word(LandingPlace place) noexcept;

/// LandingRulebook is the operator's rules, compiled; without any it is empty.
struct LandingRulebook {
  patterns::PatternRules rules;
  std::optional<patterns::PatternDatabase> database;
  /// load: `catalogue` empty, or no landing/rules.toml in it: no rules. Errc::malformed, invalid with the rule's name,
  /// too_large.
  static Result<LandingRulebook> load(const std::filesystem::path& catalogue);
  static Result<LandingRulebook> compile(std::string_view toml);
};

/// What was met at one place since the start.
struct LandingTally {
  LandingPlace place = LandingPlace::audit;
  std::string kind;    // landing::name
  std::string rule{};  // its name, where the kind is "rule"
  bool refused = false;
  std::uint64_t count = 0;
};

class LandingDesk {
 public:
  static constexpr Duration kTellEvery = std::chrono::minutes(1);
  LandingDesk(LandingRulebook rules, Log& log);
  LandingDesk(const LandingDesk&) = delete;
  LandingDesk& operator=(const LandingDesk&) = delete;

  /// land: no octets where they are refused. Errors are the rules' (nothing lands then).
  Result<landing::Landed> land(LandingPlace place, ByteView octets);
  /// masked gives well-formed UTF-8 where the text was; landing::kRefusedText where it cannot be masked.
  [[nodiscard]] std::string masked(LandingPlace place, std::string_view text);
  /// tick records what is due; `all` of it at the end. What cannot be recorded waits.
  Result<> tick(Changes& changes, bool all = false);
  [[nodiscard]] std::vector<LandingTally> tallies() const;
  [[nodiscard]] const patterns::PatternRules& rules() const noexcept { return book_.rules; }

 private:
  struct Key {
    LandingPlace place;
    landing::HitKind kind;
    std::uint32_t rule;
    bool refused;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Count {
    std::uint64_t met = 0, told = 0;
    std::optional<Duration> last;  // when it was told, by the steady clock
  };
  class Stream;
  Result<landing::Landed> scan(LandingPlace place, ByteView octets);
  void count(LandingPlace place, const landing::Landed& landed);
  [[nodiscard]] LandingTally tally_of(const Key& key, std::uint64_t count) const;

  const LandingRulebook book_;
  landing::LandingRules masking_, deciding_;  // where all is masked; where the rules say
  Log& log_;
  mutable std::mutex mutex_;
  std::vector<patterns::PatternStream> idle_;  // streams whose memory is taken
  std::map<Key, Count> counts_;                // at most places * (kinds + rules) * 2
};

/// masked_by asks the desk; numbers and markings alone are masked where there is none.
[[nodiscard]] std::string masked_by(LandingDesk* desk, LandingPlace place, std::string_view text);

}  // namespace kw::server
