#include "export/record.h"

#include "export/testing/records.h"

namespace kw::exports {
namespace {

using namespace testing;

TEST(ExportRecord, ANumberComesFromTheLedgerAndTheIndexAlone) {
  const auto ledger = test_ledger();
  EXPECT_EQ(number_of(ledger, 0).size(), 18u);
  EXPECT_EQ(number_of(ledger, 7), number_of(identity_of("platform", bytes_of("key")), 7));
  EXPECT_EQ(number_of(ledger, 7), number_of(take(identity_of_digest(ledger.digest)), 7));
  EXPECT_NE(number_of(ledger, 7), number_of(ledger, 8));
  EXPECT_NE(number_of(ledger, 7), number_of(identity_of("other", bytes_of("key")), 7));
  EXPECT_NE(number_of(ledger, 7), number_of(identity_of("platform", bytes_of("yek")), 7));
  EXPECT_EQ(index_of(ledger, number_of(ledger, kIndexes - 1)), kIndexes - 1);
  // A receiver's column is a signed number of 64 bits.
  EXPECT_LT(std::stoull(number_of(ledger, kIndexes - 1)), static_cast<unsigned long long>(INT64_MAX));
}

TEST(ExportRecord, WhatIsNoNumberOfThisLedgerIsNone) {
  const auto ledger = test_ledger();
  const auto other = number_of(identity_of("other", bytes_of("key")), 7);
  for (const std::string& bad : {std::string(), std::string("7"), other, number_of(ledger, 7) + "0",
                                 number_of(ledger, 7).substr(0, 17) + "x", number_of(ledger, 7).substr(0, 17) + "-"}) {
    EXPECT_FALSE(index_of(ledger, bad)) << bad;
  }
  EXPECT_EQ(code(identity_of_digest(Bytes(31))), Errc::malformed);
}

TEST(ExportRecord, ATestRecordHasNoEntrysNumber) {
  const auto ledger = test_ledger();
  const auto test = test_record(ledger, Timestamp::from_seconds(1'795'000'000));
  EXPECT_GE(test.index, kIndexes - kTestIndexes);
  EXPECT_EQ(index_of(ledger, test.number), test.index);
}

TEST(ExportRecord, TheNameOfACustodianStaysInTheLedger) {
  v1::AuditEntry entry;
  (*entry.mutable_params())["custodian"] = "张三";
  (*entry.mutable_params())["mac"] = "02:4b:57:00:10:10";
  const auto out = record_of(entry, 1, test_ledger(), {});
  EXPECT_EQ(out.params.size(), 1u);
  EXPECT_TRUE(out.params.contains("mac"));
}

TEST(ExportRecord, SeveritiesHaveWords) {
  for (const auto* word : {"info", "notice", "warning", "serious", "critical"})
    EXPECT_EQ(severity_word(*parse_severity(word)), word);
  EXPECT_FALSE(parse_severity("loud"));
}

}  // namespace
}  // namespace kw::exports
