#pragma once
// Records for tests: a ledger's identity and entries of it.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "export/message.h"

namespace kw::exports::testing {

template <class T>
T take(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().text();
    std::abort();
  }
  return std::move(*result);
}
inline void good(const Result<>& result) { EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().text()); }
template <class T>
Errc code(const Result<T>& result) {
  EXPECT_FALSE(result.has_value());
  return result ? Errc::internal : result.code();
}

inline LedgerIdentity test_ledger() { return identity_of("platform", bytes_of("key")); }

inline Record record(std::uint64_t index, const std::string& type = "audit.read") {
  v1::AuditEntry entry;
  entry.set_version(1);
  entry.set_type(type);
  entry.set_result("success");
  entry.set_severity(v1::WARNING);
  entry.set_time_ns(1'795'000'000'123'456'789);
  entry.set_received_ns(1'795'000'001'000'000'000);
  entry.set_clock(v1::CLOCK_SYNCHRONISED);
  entry.set_person("auditadmin");
  entry.set_role("audit");
  entry.set_clause("9.1");
  (*entry.mutable_params())["query"] = "type=a&b=\"c\\]\"";
  return record_of(entry, index, test_ledger(), {});
}
inline Record kiosk_record(std::uint64_t index) {
  auto out = record(index, "net.outbound.illegal");
  out.device = std::string(32, 'a');
  out.place = {"自助终端-01", "198.18.10.10", "南山政务中心", "南山区"};
  return out;
}

/// shipped reads a profile of packaging/export with its address replaced.
inline std::string shipped(const std::string& name) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/packaging/export/" + name + ".toml");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

}  // namespace kw::exports::testing
