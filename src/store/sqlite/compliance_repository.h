#pragma once
// SqliteCompliance is the repository of compliance over SQLite; store/compliance.h says what it promises.
#include "store/compliance.h"
#include "store/sqlite/database.h"

namespace kw::store {

class SqliteCompliance final : public Compliance {
 public:
  explicit SqliteCompliance(Database& db) : db_(db) {}
  Result<KioskWord> word(const DeviceId& device) override;
  Result<> put_word(const DeviceId& device, const KioskWord& word) override;
  Result<> note_event(const DeviceId& device, const LastEvent& event) override;
  Result<std::vector<LastEvent>> events_of(const DeviceId& device) override;
  Result<std::vector<LastEvent>> newest_events() override;
  Result<std::optional<Timestamp>> oldest_complete() override;
  Result<> insert_record(const ComplianceRecord& record) override;
  Result<ComplianceRecord> record(const ComplianceRecordId& id) override;
  Result<std::vector<ComplianceRecord>> records(const ComplianceSubject& subject, bool standing) override;
  Result<std::vector<ComplianceRecord>> newest_records(std::size_t most) override;
  Result<> withdraw(const ComplianceRecordId& id, Timestamp now, const std::string& by,
                    const std::string& why) override;
  Result<std::vector<ComplianceStatus>> statuses() override;
  Result<std::vector<ComplianceVerdict>> verdicts(const ComplianceSubject& subject) override;
  Result<> put_verdict(const ComplianceSubject& subject, const ComplianceVerdict& verdict) override;
  Result<> drop(const ComplianceSubject& subject) override;
  Result<std::vector<ComplianceEnd>> ending(Timestamp from, Timestamp to, std::size_t most) override;
  Result<> add_change(const ComplianceChange& change) override;
  Result<std::vector<ComplianceChange>> changes(Timestamp since, const std::optional<ComplianceSubject>& subject,
                                                std::size_t most) override;
  Result<std::vector<ComplianceChange>> history(const ComplianceSubject& subject, const std::string& requirement,
                                                std::size_t most) override;
  Result<> put_score(const ComplianceScore& score) override;
  Result<std::vector<ComplianceScore>> scores(const ComplianceSubject& subject, std::int64_t from_day) override;
  Result<> prune(Timestamp changes_before, std::int64_t scores_before) override;

 private:
  Database& db_;
};

}  // namespace kw::store
