#pragma once
// Model is a compliance report as values: cover, rules, subjects with a Line for each rule, records, items of other
// standards, and what proves lines by the audit ledger. make_model fills it from the engine's verdicts.
//
// It holds no names of persons: `custodian` comes masked from whoever makes it. Texts are UTF-8. Indices point into the
// model's own vectors: Line::rule into `rules`, Line::proofs and Evidence::proofs into `proofs`. What can be computed
// (scores, findings) is not here but in Summary. PURE; a value type. Source: ADR 134.
#include "compliance/item.h"
#include "compliance/verdict.h"
#include "ledger/proof.h"

namespace kw::report {

using compliance::Words;

inline constexpr std::uint32_t kModelVersion = 1;
inline constexpr std::size_t kMostRules = 1024, kMostSubjects = 20'000, kMostProofs = 200'000;

/// The last moment that a report holds (2200-01-01): what ends later ends never.
inline constexpr Timestamp kLastTime{std::int64_t{7'258'118'400} * 1'000'000'000};

struct Cover {
  std::string number;     // of the report
  std::string standard;   // "DB4403/T 503.7-2024"
  Words title;            // empty: the usual one
  Words subject;          // what is assessed
  Words scope;            // where its bounds are
  Words operating_unit;   // who answers for it
  Words prepared_by;      // who makes the report
  Words platform;         // its name
  std::string software;   // name and version of what measured
  Timestamp from, until;  // the period
  Timestamp made;
};

struct RuleCheck {
  std::string name;
  Words what;
  compliance::Check::Kind kind = compliance::Check::Kind::fact;
  std::string asked;  // "one of: up, ready" of a fact; "within 30d" of events
  std::string must;   // of events: "happen" or "not_happen"
};
struct Rule {
  std::string id, clause;
  compliance::Modality modality = compliance::Modality::shall;
  compliance::Severity severity = compliance::Severity::ordinary;
  compliance::Scope scope = compliance::Scope::device;
  Words title, advice, leaves_open;
  std::vector<RuleCheck> checks;
};

/// Why a line came out as it did: a compliance::Reason, and the entries of the ledger that show it.
struct Evidence {
  compliance::Reason reason;  // its age in whole seconds
  std::vector<std::uint32_t> proofs{};
};
struct Line {
  std::uint16_t rule = 0;
  compliance::Status status = compliance::Status::unknown;
  std::optional<Timestamp> valid_until;
  std::vector<Evidence> evidence;
  std::vector<std::uint32_t> proofs;  // of the verdict itself
};
struct Subject {
  compliance::Scope scope = compliance::Scope::device;
  std::string id, name, kind;
  std::string site, district;  // names; empty for the platform
  std::string custodian;       // masked
  std::vector<Line> lines;     // by rule, rising, each at most once
};

struct Record {
  std::string kind, number, issuer, role, subject;  // subject: id
  Timestamp valid_from, valid_until;
  Bytes file_digest;  // SM3; empty where there is no file
  Words about{};      // what the kind shows; make_model takes it from the rule that asks for it
};
struct ItemLine {
  std::string standard, id, level2, level3;
  Words control_class, title;
  compliance::Status status = compliance::Status::unknown;
  std::vector<std::string> proven_by;  // ids of rules
};
struct TrendPoint {
  Timestamp time;
  std::uint64_t hundredths = 0;  // of a percent
};

/// One entry of the audit ledger that a line refers to. With `entry` anybody sees what it says; without, its hash alone
/// is proven.
struct ProvedEntry {
  std::uint64_t index = 0;
  std::string type;  // of the event
  Timestamp time;
  Bytes entry;  // stored octets of the AuditEntry; may be empty
  ledger::Hash leaf{};
  ledger::Proof path;
};

struct Model {
  Cover cover;
  std::vector<Rule> rules;
  std::vector<Subject> subjects;
  std::vector<Record> records;
  std::vector<ItemLine> items;
  std::vector<TrendPoint> trend;
  Bytes checkpoint;  // v1::Signed, serialised; empty where the report has no proofs
  std::vector<ProvedEntry> proofs;
};

/// check_model: Errc::invalid, with the place, where an index points nowhere, lines are out of order, a text is no
/// UTF-8 or there is more than this format carries.
Result<> check_model(const Model& model);

/// section_of gives "7.4" for clause "7.4-a", of chapter "7" (compliance::chapter_of).
[[nodiscard]] std::string_view section_of(std::string_view clause) noexcept;

}  // namespace kw::report
