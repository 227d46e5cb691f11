#include "export/record.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "crypto/sm3.h"
#include "privacy/sealed_value.h"

namespace kw::exports {
namespace {

constexpr std::array<std::string_view, 6> kSeverities{"info", "info", "notice", "warning", "serious", "critical"};
constexpr std::size_t kTagDigits = 6, kIndexDigits = 12;

/// Parameters of the catalogue that name a natural person: they stay in the ledger.
constexpr std::array<std::string_view, 1> kWithheld{"custodian"};

std::string padded(std::uint64_t value, std::size_t digits) {
  auto out = std::to_string(value);
  return out.size() < digits ? std::string(digits - out.size(), '0') + out : out;
}

}  // namespace

LedgerIdentity identity_of(std::string_view origin, ByteView public_key) {
  Bytes text = copy(bytes_of("kioskward export ledger\n"));
  append(text, bytes_of(origin));
  text.push_back(0);
  append(text, public_key);
  const auto digest = crypto::sm3(text);
  return *identity_of_digest(digest);
}

Result<LedgerIdentity> identity_of_digest(ByteView digest) {
  if (digest.size() != 32) return fail(Errc::malformed, "identity of a ledger");
  LedgerIdentity out{copy(digest), 0};
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < 8; ++i) start = start << 8 | digest[i];
  out.tag = static_cast<std::uint32_t>(100'000 + start % 900'000);
  return out;
}

std::string number_of(const LedgerIdentity& ledger, std::uint64_t index) {
  return std::to_string(ledger.tag) + padded(index % kIndexes, kIndexDigits);
}

std::optional<std::uint64_t> index_of(const LedgerIdentity& ledger, std::string_view number) {
  if (number.size() != kTagDigits + kIndexDigits || !number.starts_with(std::to_string(ledger.tag)))
    return std::nullopt;
  std::uint64_t index = 0;
  const auto [end, error] = std::from_chars(number.data() + kTagDigits, number.data() + number.size(), index);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  return index;
}

Record record_of(const v1::AuditEntry& entry, std::uint64_t index, const LedgerIdentity& ledger, Place place,
                 PersonalForm personal) {
  Record out;
  out.index = index;
  out.number = number_of(ledger, index);
  out.ledger = ledger.hex();
  out.type = entry.type();
  out.result = entry.result();
  out.severity = entry.severity();
  out.time = Timestamp{entry.time_ns()};
  out.received = Timestamp{entry.received_ns()};
  out.clock = entry.clock();
  out.device = to_hex(bytes_of(entry.device_id()));
  out.place = std::move(place);
  out.person = entry.person();
  out.role = entry.role();
  out.clause = entry.clause();
  out.case_id = to_hex(bytes_of(entry.case_id()));
  out.trace = to_hex(bytes_of(entry.trace_id()));
  for (const auto& [key, value] : entry.params()) {
    const bool sealed = privacy::says_sealed(value);
    if (sealed && personal == PersonalForm::left_out) continue;
    if (sealed || std::find(kWithheld.begin(), kWithheld.end(), key) == kWithheld.end())
      out.params.emplace(key, privacy::without_key(value));
  }
  return out;
}

Record test_record(const LedgerIdentity& ledger, Timestamp now) {
  Record out;
  out.index = kIndexes - kTestIndexes + static_cast<std::uint64_t>(now.unix_seconds()) % kTestIndexes;
  out.number = number_of(ledger, out.index);
  out.ledger = ledger.hex();
  out.type = "export.test";
  out.result = "success";
  out.time = out.received = now;
  out.clause = "9.1";
  return out;
}

std::string_view severity_word(v1::Severity severity) noexcept {
  const auto at = static_cast<std::size_t>(severity);
  return at < kSeverities.size() ? kSeverities[at] : kSeverities[0];
}

std::optional<v1::Severity> parse_severity(std::string_view word) noexcept {
  for (std::size_t i = 1; i < kSeverities.size(); ++i) {
    if (kSeverities[i] == word) return static_cast<v1::Severity>(i);
  }
  return std::nullopt;
}

}  // namespace kw::exports
