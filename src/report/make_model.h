#pragma once
// make_model turns the engine's verdicts of many subjects into a Model.
//
//   std::vector<report::Judged> judged = …;      // kiosks, sites, the platform: each with a verdict for each rule
//   KW_TRY(const auto model, report::make_model({cover, requirements, judged, items, item_records, records, trend,
//                                                checkpoint, proofs}));
//
// Of a subject's verdicts those count whose rule has its scope: a kiosk's verdicts of rules of the platform say nothing
// and are left out. An item of another standard gets the status of the rules that prove it, each at all subjects, and
// of its own record. PURE; thread-safe.
#include <functional>

#include "report/model.h"

namespace kw::report {

/// Which entries of the ledger show what: places in Sources::proofs. Both may be empty functions.
struct ProofFinder {
  /// of the verdict on requirement `rule` at subject `subject` (index in Sources::subjects)
  std::function<std::vector<std::uint32_t>(std::size_t subject, std::size_t rule)> of_verdict{};
  /// of one reason of it: the event, the record, the heartbeat that told the fact
  std::function<std::vector<std::uint32_t>(std::size_t subject, std::size_t rule, const compliance::Reason&)>
      of_reason{};
};

/// One subject: `about` without lines, and a verdict for each requirement, in their order.
struct Judged {
  Subject about;
  std::span<const compliance::Verdict> verdicts;
};

struct Sources {
  Cover cover;
  std::span<const compliance::Requirement> requirements;
  std::span<const Judged> subjects;
  std::span<const compliance::ItemFile> items{};
  std::map<std::string, compliance::Status> item_records{};  // by item: what became of its own record; absent: unknown
  std::vector<Record> records{};
  std::vector<TrendPoint> trend{};
  Bytes checkpoint{};
  std::vector<ProvedEntry> proofs{};
  ProofFinder find{};
};

/// make_model: Errc::invalid where a subject has not one verdict for each requirement, and as check_model.
Result<Model> make_model(Sources sources);

}  // namespace kw::report
