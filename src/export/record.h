#pragma once
// Record is one entry of the audit ledger as it leaves the platform; its number (Num_ID) tells it from every other one.
//
// A number is 18 decimal digits: six that stand for the ledger, twelve of the entry's index. It comes from the ledger
// alone, so that a record sent again after a cut, a restart or a restored backup carries the number it had before.
// PURE and thread-safe. Namespace: `export` is a word of C++, so this library's is kw::exports.
#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/time.h"
#include "kioskward/v1/common.pb.h"

namespace kw::exports {

namespace v1 = ::kioskward::v1;

/// LedgerIdentity stands for one ledger: SM3 over its name and public key.
struct LedgerIdentity {
  Bytes digest;           // 32 octets
  std::uint32_t tag = 0;  // 100000 to 999999
  [[nodiscard]] std::string hex() const { return to_hex(digest); }
};
[[nodiscard]] LedgerIdentity identity_of(std::string_view origin, ByteView public_key);
/// identity_of_digest: Errc::malformed unless it has 32 octets.
Result<LedgerIdentity> identity_of_digest(ByteView digest);

inline constexpr std::uint64_t kIndexes =
    1'000'000'000'000;  // of a ledger; test records have the last thousand million
inline constexpr std::uint64_t kTestIndexes = 1'000'000'000;

/// number_of gives the number of the entry with this index, which is below kIndexes.
[[nodiscard]] std::string number_of(const LedgerIdentity& ledger, std::uint64_t index);
/// index_of is the way back; nothing for what is no number of this ledger.
[[nodiscard]] std::optional<std::uint64_t> index_of(const LedgerIdentity& ledger, std::string_view number);

/// Place is what the platform knows of the kiosk that an entry is about: names of things, never of people.
struct Place {
  std::string device_name, device_address, site, region;
};

struct Record {
  std::uint64_t index = 0;
  std::string number, ledger;  // ledger: hex of its identity
  std::string type, result;
  v1::Severity severity = v1::INFO;
  Timestamp time, received;
  v1::ClockState clock = v1::CLOCK_UNKNOWN;
  std::string device;  // hex; empty for the platform's own
  Place place;
  std::string person, role;  // account and role of an administrator, or a pseudonym
  std::string clause, case_id, trace;
  std::map<std::string, std::string> params;
};
/// PersonalForm is what becomes of a parameter that says who somebody is: a pseudonym, or nothing at all.
enum class PersonalForm : std::uint8_t { pseudonym, left_out };
/// record_of never gives out who somebody is; entries from before there were subjects lose the parameter.
[[nodiscard]] Record record_of(const v1::AuditEntry& entry, std::uint64_t index, const LedgerIdentity& ledger,
                               Place place, PersonalForm personal = PersonalForm::pseudonym);
/// test_record is what the test button sends; its number is no entry's.
[[nodiscard]] Record test_record(const LedgerIdentity& ledger, Timestamp now);

[[nodiscard]] std::string_view severity_word(v1::Severity severity) noexcept;  // "info" to "critical"
[[nodiscard]] std::optional<v1::Severity> parse_severity(std::string_view word) noexcept;

}  // namespace kw::exports
