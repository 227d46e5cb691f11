#pragma once
// Compliance is the repository of what requirements are judged by and of what came out: the word of each kiosk, the
// newest event of each type, records that people gave, verdicts, their history, and a score a day.
//
// Statuses are numbers of compliance::Status; this floor knows no more of them. Verdicts and scores are derived: losing
// them loses no evidence. Why: ADR 133.
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/time.h"

namespace kw::store {

using ComplianceRecordId = Id<struct ComplianceRecordTag>;

/// What a requirement is judged at, or a score is of. The platform's ID is nil; a region has scores only.
enum class SubjectOf : std::uint8_t { platform, site, device, region };
struct ComplianceSubject {
  SubjectOf kind = SubjectOf::platform;
  RawId id{};
  friend auto operator<=>(const ComplianceSubject&, const ComplianceSubject&) = default;
};

/// KioskWord is what the platform has heard of a kiosk, by the platform's clock.
struct KioskWord {
  std::optional<Timestamp> vouched;   // newest heartbeat that its guard vouched for
  int state = 0;                      // v1::DeviceState of that heartbeat
  std::uint64_t policy_revision = 0;  // that it said is in force; 0: none
  Bytes policy_digest;
  std::optional<Timestamp> facts_since;      // first heartbeat of its newest link that told facts: it told all of them
  std::optional<Timestamp> events_complete;  // newest such heartbeat with nothing left to send
  std::string suite;                         // of its newest link
  std::optional<Timestamp> admitted;         // when that began
};

struct LastEvent {
  std::string type, result;
  Timestamp time;         // when the platform learnt of it; later than that of every earlier event of the same device
  bool by_kiosk = false;  // a kiosk told it; else the platform saw it
};

struct ComplianceRecord {
  ComplianceRecordId id;
  ComplianceSubject subject;
  std::string record;       // kind of evidence; compliance::kNotApplicable of a statement
  std::string requirement;  // of a statement; else empty
  std::string number, issuer;
  Timestamp valid_from, valid_until;
  std::map<std::string, std::string> fields;
  std::string reason;  // of a statement
  std::string file_name;
  Bytes file_digest;       // SM3; empty without a file
  std::string who, role;   // account that gave it, and its role then
  std::string second_who;  // of a statement: account that approved it
  Timestamp filed;
  std::optional<Timestamp> withdrawn;
  std::string withdrawn_by, withdrawn_why;
};

struct ComplianceVerdict {
  std::string requirement;
  int status = 0;
  Timestamp since;   // when it became this status
  Timestamp judged;  // when this row was written
  Timestamp holds_until;
  std::optional<Timestamp> valid_until;
  std::string reasons;  // JSON
};
struct ComplianceStatus {
  ComplianceSubject subject;
  std::string requirement;
  int status = 0;
};
struct ComplianceEnd {
  ComplianceSubject subject;
  std::string requirement;
  Timestamp until;
};
struct ComplianceChange {
  ComplianceSubject subject;
  std::string requirement;
  Timestamp time;
  int before = 0, after = 0;
};
struct ComplianceScore {
  ComplianceSubject subject;
  std::int64_t day = 0;  // since 1970, UTC
  std::uint64_t earned = 0, possible = 0;
  std::array<std::uint64_t, 6> counts{};  // by status
};

class Compliance {
 public:
  virtual ~Compliance() = default;
  /// word: an empty one where nothing was heard.
  virtual Result<KioskWord> word(const DeviceId& device) = 0;
  virtual Result<> put_word(const DeviceId& device, const KioskWord& word) = 0;
  /// note_event keeps the newest event of a type by each of the two who tell; its time is raised above those of the
  /// device's other events, so that order is that of arrival.
  virtual Result<> note_event(const DeviceId& device, const LastEvent& event) = 0;
  virtual Result<std::vector<LastEvent>> events_of(const DeviceId& device) = 0;  // by type and time
  /// newest_events gives, of each type and each of the two who tell, the newest of all devices and of the platform.
  virtual Result<std::vector<LastEvent>> newest_events() = 0;
  /// oldest_complete is the time until when every enabled device's events are there; nothing where one of them has
  /// never said so. Without any device it is the end of time.
  virtual Result<std::optional<Timestamp>> oldest_complete() = 0;

  virtual Result<> insert_record(const ComplianceRecord& record) = 0;  // Errc::already_exists
  virtual Result<ComplianceRecord> record(const ComplianceRecordId& id) = 0;
  /// records gives those of one subject, newest first, at most 500; `standing`: without those that were withdrawn.
  virtual Result<std::vector<ComplianceRecord>> records(const ComplianceSubject& subject, bool standing) = 0;
  virtual Result<std::vector<ComplianceRecord>> newest_records(std::size_t most) = 0;  // newest first
  /// withdraw: Errc::conflict where it is withdrawn already.
  virtual Result<> withdraw(const ComplianceRecordId& id, Timestamp now, const std::string& by,
                            const std::string& why) = 0;

  virtual Result<std::vector<ComplianceStatus>> statuses() = 0;
  virtual Result<std::vector<ComplianceVerdict>> verdicts(const ComplianceSubject& subject) = 0;
  virtual Result<> put_verdict(const ComplianceSubject& subject, const ComplianceVerdict& verdict) = 0;
  /// drop forgets a subject's verdicts; records, history and scores stay.
  virtual Result<> drop(const ComplianceSubject& subject) = 0;
  /// ending gives verdicts that rest on records which end after `from` and not later than `to`; soonest first.
  virtual Result<std::vector<ComplianceEnd>> ending(Timestamp from, Timestamp to, std::size_t most) = 0;

  virtual Result<> add_change(const ComplianceChange& change) = 0;
  /// changes gives those since a time, of one subject where it is given; newest first.
  virtual Result<std::vector<ComplianceChange>> changes(Timestamp since,
                                                        const std::optional<ComplianceSubject>& subject,
                                                        std::size_t most) = 0;
  virtual Result<std::vector<ComplianceChange>> history(const ComplianceSubject& subject,
                                                        const std::string& requirement, std::size_t most) = 0;

  virtual Result<> put_score(const ComplianceScore& score) = 0;
  virtual Result<std::vector<ComplianceScore>> scores(const ComplianceSubject& subject, std::int64_t from_day) = 0;
  /// prune forgets changes and scores that are older.
  virtual Result<> prune(Timestamp changes_before, std::int64_t scores_before) = 0;
};

}  // namespace kw::store
