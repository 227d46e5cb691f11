#pragma once
// ComplianceService judges every requirement at its subjects (kiosks, sites, the platform), keeps the verdicts and
// tells when one changes.
//
//   ComplianceService compliance(changes, book, {own_state, old_events}, log);
//   changes.set_watched(book.watched());
//   KW_CHECK(compliance.open());              // after the ledger
//   sink: compliance.on_effects(effects);     // notes what has to be judged anew, nothing more
//   each second: compliance.tick();           // judges at most kAtOnce subjects, in one transaction
//
// A subject is judged as a whole, from what the store holds: when something that its requirements look at has changed,
// and when a verdict of it was due to change by time alone. Statuses are kept in memory, facts are not. The first
// judgement of a subject is no change. Verdicts, history and scores are written in the transaction that records
// them: compliance.verdict.changed for what becomes or ceases to be not met or not applicable,
// compliance.subject.judged for the rest together. Thread-safe; tick() is called by one timer. Why: ADR 130, 133.
#include <functional>
#include <mutex>

#include "compliance/score.h"
#include "server/compliance/compliance_book.h"
#include "server/compliance/kiosk_facts.h"
#include "server/compliance/platform_facts.h"

namespace kw::server {

/// Standing is what is known of a subject as a whole.
struct Standing {
  store::ComplianceSubject subject;
  std::string name;
  SiteId site;                               // of a device or a site
  std::string site_name;                     // of a device
  std::vector<store::RegionId> chain;        // where it lies, the city last; empty: the platform
  std::vector<compliance::Status> statuses;  // in the order of the requirements of its scope
  compliance::Score score;
  Timestamp due;       // when one of them may change by time alone
  bool known = false;  // it was judged before
};

class ComplianceService {
 public:
  static constexpr std::size_t kAtOnce = 200;
  static constexpr Duration kLookAgain = std::chrono::minutes(1);  // at the register and at the platform itself
  static constexpr std::size_t kOldEvents = 5000;                  // of a type, that are looked through at first
  static constexpr int kHistoryDays = 400, kScoreDays = 800;

  struct Sources {
    std::function<OwnState()> own;
    /// old_events gives entries of a type, newest first, at most `most`; for types that were not watched before.
    std::function<Result<std::vector<v1::AuditEntry>>(const std::string& type, std::size_t most)> old_events;
  };
  ComplianceService(Changes& changes, const ComplianceBook& book, Sources sources, Log& log);

  /// open loads what was judged before, and finds the newest events of types that were not watched before.
  Result<> open();
  void on_effects(const Effects& effects);
  Result<> tick();

  /// judge gives the verdicts of a subject as they are now, in the order of its scope's requirements; nothing is
  /// stored. Errc::not_found.
  Result<std::vector<compliance::Verdict>> judge(const store::ComplianceSubject& subject);
  /// standings gives those that `wanted` wants, by kind and ID.
  [[nodiscard]] std::vector<Standing> standings(const std::function<bool(const Standing&)>& wanted) const;
  [[nodiscard]] std::optional<Standing> standing(const store::ComplianceSubject& subject) const;
  [[nodiscard]] const ComplianceBook& book() const noexcept { return book_; }
  /// waiting counts subjects that have to be judged.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Outcome {
    store::ComplianceSubject subject;
    std::vector<compliance::Verdict> verdicts;
  };
  using Modes = std::map<std::string, std::string>;
  Result<> recall_events();
  Result<> look_at_register();
  Result<std::vector<compliance::Verdict>> judge_in(store::Repositories& r, const store::ComplianceSubject& subject,
                                                    Timestamp now);
  Result<compliance::Facts> facts_of(store::Repositories& r, const store::ComplianceSubject& subject, Timestamp now);
  Result<compliance::Facts> facts_of_kiosk(store::Repositories& r, const DeviceId& device, Timestamp now);
  Result<compliance::Facts> facts_of_platform(store::Repositories& r, Timestamp now);
  Result<Modes> modes_of(store::Repositories& r, const DeviceId& device, const store::KioskWord& word);
  std::vector<store::ComplianceSubject> next(Timestamp now);
  Result<> keep(Change& change, const Outcome& outcome);
  Result<> tell(Change& change, const Outcome& outcome, const std::vector<store::ComplianceChange>& changes);
  void take(const Outcome& outcome);
  Result<> keep_scores(Timestamp now);

  Changes& changes_;
  const ComplianceBook& book_;
  const Sources sources_;
  Log& log_;
  mutable std::mutex mutex_;
  std::map<store::ComplianceSubject, Standing> standings_;
  std::set<store::ComplianceSubject> dirty_;
  OwnState own_;
  std::map<std::uint64_t, Modes> modes_;  // by revision of policy
  bool register_changed_ = true;
  Timestamp looked_, scored_;
  std::int64_t pruned_day_ = 0;
  std::map<store::ComplianceSubject, std::pair<std::int64_t, compliance::Score>> written_;  // scores; tick() alone
};

/// subject_text is how events, API and commands name a subject: "platform", "site:ID", "device:ID", "region:ID".
[[nodiscard]] std::string subject_text(const store::ComplianceSubject& subject);
/// parse_subject: Errc::invalid.
[[nodiscard]] Result<store::ComplianceSubject> parse_subject(std::string_view text);
[[nodiscard]] DeviceId device_of(const store::ComplianceSubject& subject);  // nil where it is none
[[nodiscard]] compliance::Evidence evidence_of(const store::ComplianceRecord& record);

}  // namespace kw::server
