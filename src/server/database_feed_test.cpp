// The feed on real files: lines are recorded once whatever happens to file and platform, and what is lost is said.
#include "server/database_feed.h"

#include <fstream>

#include "server/testing/platform.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::Platform;

constexpr auto kTraceHex = "0123456789abcdef0123456789abcdef";

struct Feeding : ::testing::Test {
  Platform p;
  testing::TemporaryDirectory dir;
  std::filesystem::path file = dir.path() / "audit.log";
  std::unique_ptr<DatabaseFeed> feed = make();

  std::unique_ptr<DatabaseFeed> make() {
    return std::make_unique<DatabaseFeed>(
        p.changes, DatabaseOptions{"business", file, {{"app"}, {"biz.applicants"}, true}, 1h}, p.log);
  }
  void write(const std::string& text) { std::ofstream(file, std::ios::app) << text; }
  static std::string statement(int number, const std::string& user = "root", const std::string& comment = "") {
    const auto n = std::to_string(number);
    return "20261126 20:22:42,db," + user + ",localhost,8," + n + ",WRITE,biz,applicants,\n20261126 20:22:42,db," +
           user + ",localhost,8," + n + ",QUERY,biz,'update " + comment + " applicants set name=\\'Zhang San\\'',0\n";
  }
  v1::AuditEntry last(std::string_view type) {
    v1::AuditEntry out;
    for (const auto& entry : p.outbox())
      if (entry.type() == type) out = entry;
    return out;
  }
  void know(const std::string& trace) {
    store::AuditRow row;
    row.time = p.clock.now();
    row.type = "x";
    row.trace = *from_hex(trace);
    good(p.store->write([&](auto& r) { return r.audit().insert(row); }));
  }
};

TEST_F(Feeding, AnOperationThatDidNotComeThroughThePlatformIsAnAlarmAndHoldsNobodysData) {
  write(statement(1));
  good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 1u);
  const auto entry = last("database.foreign");
  EXPECT_EQ(entry.params().at("table"), "biz.applicants");
  EXPECT_EQ(entry.params().at("account"), "root");
  EXPECT_EQ(entry.params().at("verb"), "update");
  EXPECT_EQ(entry.params().at("origin"), "foreign");
  EXPECT_EQ(entry.SerializeAsString().find("Zhang"), std::string::npos);
}

TEST_F(Feeding, TheAppsAccountNeedsATraceThatTheLedgerKnows) {
  const auto mark = "/*kw:" + std::string(kTraceHex) + "*/";
  write(statement(1, "app") + statement(2, "app", mark));
  good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 2u);
  EXPECT_EQ(last("database.foreign").params().at("origin"), "untraced");
  know(kTraceHex);
  write(statement(3, "app", mark));
  good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 2u);
  ASSERT_EQ(p.count("database.operation"), 1u);
  EXPECT_EQ(to_hex(bytes_of(last("database.operation").trace_id())), kTraceHex) << "one trace from screen to database";
  p.clock.advance(25h);
  write(statement(4, "app", mark));
  good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 3u) << "a trace of the day before yesterday is no proof";
}

TEST_F(Feeding, EachLineIsRecordedOnceOverRestartsAndFullDisks) {
  write(statement(1));
  p.store->full = true;
  EXPECT_EQ(code(feed->tick()), Errc::no_space);
  p.store->full = false;
  good(feed->tick());
  good(feed->tick());
  feed = make();
  good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 1u);
  const auto half = statement(2);
  write(half.substr(0, half.size() - 5));
  good(feed->tick());
  write(half.substr(half.size() - 5));
  good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 2u) << "a line that is still being written waits";
  EXPECT_EQ(p.count("database.record.lost"), 0u);
}

TEST_F(Feeding, ARotationIsFollowedAndAGapSaid) {
  write(statement(1));
  good(feed->tick());
  write(statement(2));
  std::filesystem::rename(file, file.string() + ".1");
  write(statement(3));
  for (int i = 0; i < 3; ++i) good(feed->tick());
  EXPECT_EQ(p.count("database.foreign"), 3u);
  EXPECT_EQ(p.count("database.record.lost"), 0u);

  std::filesystem::remove(file.string() + ".1");
  std::filesystem::rename(file, file.string() + ".2");
  write(statement(4));
  good(feed->tick());
  EXPECT_EQ(last("database.record.lost").params().at("reason"), "rotated");
  EXPECT_EQ(p.count("database.foreign"), 4u);
  std::filesystem::resize_file(file, 10);
  good(feed->tick());
  EXPECT_EQ(last("database.record.lost").params().at("reason"), "truncated");
}

TEST_F(Feeding, AFileThatCannotBeReadAndLinesThatAreNoneAreSaidOnce) {
  good(feed->tick());
  good(feed->tick());
  EXPECT_EQ(p.count("database.record.lost"), 1u);
  EXPECT_EQ(last("database.record.lost").params().at("reason"), "unreadable");
  write("nonsense\nmore\n" + statement(1));
  good(feed->tick());
  EXPECT_EQ(last("database.record.lost").params().at("reason"), "form");
  EXPECT_EQ(p.count("database.foreign"), 1u) << "and the rest is read";
}

TEST_F(Feeding, TouchingTheAuditRefusedLoginsAndSilenceAreTold) {
  write(
      "t,db,root,localhost,7,17,QUERY,,'set global "
      "server_audit_logging=off',0\nt,db,app,10.0.0.9,6,0,FAILED_CONNECT,,,1045\n");
  good(feed->tick());
  EXPECT_EQ(last("database.audit.touched").params().at("verb"), "set");
  EXPECT_EQ(last("database.login.refused").params().at("host"), "10.0.0.9");
  p.clock.advance(2h);
  good(feed->tick());
  good(feed->tick());
  EXPECT_EQ(p.count("database.record.silent"), 1u);
}

TEST_F(Feeding, WhereNothingIsNewNothingIsOpenedForWriting) {
  write(statement(1));
  good(feed->tick());
  auto writes = p.store->writes.load();
  for (int i = 0; i < 5; ++i) good(feed->tick());
  EXPECT_EQ(p.store->writes, writes);
  write(statement(2));
  good(feed->tick());
  EXPECT_GT(p.store->writes, writes);
  EXPECT_EQ(p.count("database.foreign"), 2u);
  p.clock.advance(2h);
  good(feed->tick());
  EXPECT_EQ(p.count("database.record.silent"), 1u) << "silence is still heard";
  writes = p.store->writes;
  good(feed->tick());
  EXPECT_EQ(p.store->writes, writes);
  std::filesystem::remove(file);
  good(feed->tick());
  EXPECT_EQ(p.count("database.record.lost"), 1u);
  writes = p.store->writes;
  good(feed->tick());
  EXPECT_EQ(p.store->writes, writes) << "that it cannot be read is told once";
}

}  // namespace
}  // namespace kw::server
