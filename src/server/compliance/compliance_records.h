#pragma once
// ComplianceRecords takes and withdraws what people attest: reports, certificates, letters, inspections, and statements
// that a requirement does not apply.
//
//   KW_TRY(const auto record, records.file({subject, "ground-test", "R-17", ...}, who, trace));
//   KW_TRY(const auto said, records.declare({subject, "6.2-c.2", reason, until}, asker, second, trace));
//
// A record is taken from a role that a requirement names for its kind at that subject, and from nobody else. A
// statement has two accounts of two persons: who asked, and who approved the request (RequestService). The file itself
// is kept by whoever filed it: here are its name and SM3 digest. Names and numbers that personal data has are refused
// in free words (check_text). Each is one leaf of the ledger: compliance.record.filed, compliance.record.withdrawn.
// Values of fields are in no event. Thread-safe. Why: ADR 130, 133.
#include "server/auth_service.h"
#include "server/compliance/compliance_service.h"

namespace kw::server {

struct NewRecord {
  store::ComplianceSubject subject;
  std::string record, number, issuer;
  Timestamp valid_from, valid_until;
  std::map<std::string, std::string> fields;
  std::string file_name;
  Bytes file_digest;
};
struct NewStatement {
  store::ComplianceSubject subject;
  std::string requirement, number, reason;
  Timestamp valid_until;
};

class ComplianceRecords {
 public:
  static constexpr std::size_t kMostFields = 32, kMostField = 200;
  static constexpr Duration kLongest = std::chrono::hours(24 * 3653);
  ComplianceRecords(Changes& changes, const ComplianceService& service) : changes_(changes), service_(service) {}

  /// file: Errc::not_found for the subject, Errc::invalid for a kind that no requirement asks for there, or a bad
  /// value (its JSON pointer in the detail), Errc::forbidden for a role that may not attest it.
  Result<store::ComplianceRecord> file(const NewRecord& wanted, const Principal& who, const std::string& trace);
  /// check judges a statement before it is held for the second person: errors as declare.
  Result<> check(const NewStatement& wanted, const Principal& who) const;
  /// declare: Errc::invalid where the requirement may not be left out, or is not judged at that subject;
  /// Errc::forbidden without a second person.
  Result<store::ComplianceRecord> declare(const NewStatement& wanted, const Principal& who, const std::string& second,
                                          const std::string& trace);
  /// withdraw: Errc::forbidden for who neither filed it nor may attest it, Errc::conflict for one that is withdrawn.
  Result<store::ComplianceRecord> withdraw(const store::ComplianceRecordId& id, const std::string& reason,
                                           const Principal& who, const std::string& trace);
  Result<std::vector<store::ComplianceRecord>> of(const store::ComplianceSubject& subject);
  Result<store::ComplianceRecord> get(const store::ComplianceRecordId& id);
  Result<std::vector<store::ComplianceRecord>> newest(std::size_t most);

 private:
  Result<store::ComplianceRecord> keep(store::ComplianceRecord row, const Actor& who);
  Changes& changes_;
  const ComplianceService& service_;
};

}  // namespace kw::server
