// Lines as MariaDB 10.11 of Debian 12 wrote them (testdata), and what they say of who wrote a protected table.
#include <gtest/gtest.h>

#include <fstream>

#include "dbaudit/act_judge.h"

namespace kw::dbaudit {
namespace {

std::vector<std::string> recorded() {
  std::ifstream in(KW_SOURCE_DIR "/src/dbaudit/testdata/mariadb-10.11-server_audit.log");
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}
AuditLine parsed(std::string_view line) {
  auto out = parse_audit_line(line);
  EXPECT_TRUE(out) << line << ": " << out.error().text();
  return out ? *out : AuditLine();
}
constexpr auto kTrace = "0123456789abcdef0123456789abcdef";

TEST(AuditLines, EveryRecordedLineIsRead) {
  ASSERT_GT(recorded().size(), 40U);
  for (const auto& line : recorded()) {
    const auto read = parsed(line);
    EXPECT_NE(read.operation, Operation::other) << line;
    EXPECT_FALSE(read.user.empty()) << line;
  }
}

TEST(AuditLines, AStatementGivesItsVerbAndTraceAndNothingOfItsText) {
  const auto insert =
      parsed(R"(20261126 20:21:50,vm,root,localhost,4,9,QUERY,biz,'insert  into t values (1,\'O\'\'Brien, a\')',0)");
  EXPECT_EQ(insert.verb, "insert");
  EXPECT_EQ(insert.code, 0);
  EXPECT_EQ(insert.connection, 4U);
  EXPECT_EQ(insert.query, 9U);
  const auto traced = parsed("t,h,app,10.0.0.7,9,21,QUERY,biz,'/* note */ UPDATE /*kw:" + std::string(kTrace) +
                             "*/ t set a=\\',0',1062");
  EXPECT_EQ(traced.verb, "update");
  EXPECT_EQ(traced.trace, kTrace);
  EXPECT_EQ(traced.code, 1062);
  EXPECT_EQ(traced.span, "");
  const auto spanned =
      parsed("t,h,app,10.0.0.7,9,21,QUERY,biz,'insert /*kw:" + std::string(kTrace) + "-00f067aa0ba902b7*/ t',0");
  EXPECT_EQ(spanned.trace, kTrace);
  EXPECT_EQ(spanned.span, "00f067aa0ba902b7");
  for (const auto* bad :
       {"/*kw:0123*/", "/*kw:0123456789abcdef0123456789abcdeX*/", "/*kw:0123456789abcdef0123456789abcdef",
        "/*kw:0123456789abcdef0123456789abcdef-*/", "/*kw:0123456789abcdef0123456789abcdef-00f067aa0ba902b*/",
        "/*kw:0123456789abcdef0123456789abcdef-00f067aa0ba902b7"})
    EXPECT_EQ(parsed("t,h,u,l,1,2,QUERY,,'select " + std::string(bad) + "',0").trace, "") << bad;
  EXPECT_TRUE(parsed("t,h,root,l,1,2,QUERY,,'set global Server_Audit_logging=off',0").about_audit);
}

TEST(AuditLines, WhatIsNoLineIsRefused) {
  for (const auto* line : {"", "a", "a,b,c,d,e,f,g,h", "t,h,u,l,x,1,READ,d,o,", "t,h,u,l,1,,READ,d,o,",
                           "t,h,u,l,1,1,READ,d", "t,h,u,l,1,1,QUERY,d,select,0", "t,h,u,l,1,1,QUERY,d,'select',x",
                           "t,h,u,l,1,1,QUERY,d,',0", "t,h,u,l,1,1,CONNECT,d,,x"})
    EXPECT_EQ(parse_audit_line(line).code(), Errc::malformed) << line;
  EXPECT_EQ(parse_audit_line(std::string(kMostLine + 1, 'a')).code(), Errc::too_large);
}

struct Watching {
  ActJudge judge{{{"app"}, {"biz.applicants"}, true}};
  std::vector<Act> acts;
  Findings last;
  void hear(const std::string& line) {
    last = judge.take(parsed(line));
    acts.insert(acts.end(), last.acts.begin(), last.acts.end());
  }
};

TEST(Acts, TheRecordedDaySaysWhoWroteTheTable) {
  Watching w;
  for (const auto& line : recorded()) w.hear(line);
  EXPECT_TRUE(w.judge.flush().empty());
  struct Wanted {
    Origin origin;
    std::string user;
    Operation operation;
    std::string verb;
  };
  const std::vector<Wanted> wanted{
      {Origin::foreign, "root", Operation::create, "create"}, {Origin::foreign, "root", Operation::write, "insert"},
      {Origin::foreign, "root", Operation::write, "update"},  {Origin::foreign, "root", Operation::read, "select"},
      {Origin::foreign, "root", Operation::write, "delete"},  {Origin::untraced, "app", Operation::read, "select"},
      {Origin::platform, "app", Operation::write, "update"},  {Origin::untraced, "app", Operation::write, "delete"}};
  ASSERT_EQ(w.acts.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    EXPECT_EQ(w.acts[i].origin, wanted[i].origin) << i;
    EXPECT_EQ(w.acts[i].user, wanted[i].user) << i;
    EXPECT_EQ(w.acts[i].operation, wanted[i].operation) << i;
    EXPECT_EQ(w.acts[i].verb, wanted[i].verb) << i;
    EXPECT_EQ(w.acts[i].table, "applicants");
  }
  EXPECT_EQ(w.acts[6].trace, kTrace);
}

TEST(Acts, TouchingTheAuditItselfAndRefusedLoginsAreSaid) {
  Watching w;
  w.hear("t,h,root,l,7,17,QUERY,,'set global server_audit_logging=off',0");
  ASSERT_TRUE(w.last.about_audit);
  EXPECT_EQ(w.last.about_audit->user, "root");
  w.hear("t,h,app,10.0.0.9,6,0,FAILED_CONNECT,,,1045");
  ASSERT_TRUE(w.last.refused_connect);
  EXPECT_EQ(w.last.refused_connect->host, "10.0.0.9");
}

TEST(Acts, AStatementThatNeverComesLeavesItsTableUntraced) {
  Watching w;
  w.hear("t,h,app,l,1,5,WRITE,biz,applicants,");
  w.hear("t,h,app,l,1,5,WRITE,biz,applicants,");
  w.hear("t,h,app,l,2,5,QUERY,biz,'select 1',0");
  EXPECT_TRUE(w.acts.empty()) << "another connection's";
  w.hear("t,h,app,l,1,0,DISCONNECT,biz,,0");
  ASSERT_EQ(w.acts.size(), 1U) << "told once though it came twice";
  EXPECT_EQ(w.acts[0].origin, Origin::untraced);
  w.hear("t,h,app,l,3,6,WRITE,biz,applicants,");
  EXPECT_EQ(w.judge.flush().size(), 1U);
}

TEST(Acts, WhatWaitsIsBounded) {
  Watching w;
  for (std::size_t i = 0; i < ActJudge::kMostWaiting + 3; ++i)
    w.hear("t,h,app,l," + std::to_string(i) + ",1,WRITE,biz,applicants,");
  EXPECT_EQ(w.acts.size(), 3U);
}

TEST(Acts, OnlyProtectedTablesCountAndReadsWherePolicySaysSo) {
  ActJudge judge({{"app"}, {"biz.*"}, false});
  for (const auto* line : {"t,h,x,l,1,1,READ,biz,a,", "t,h,x,l,1,1,WRITE,mysql,db,", "t,h,x,l,1,1,WRITE,biz,b,"})
    EXPECT_TRUE(judge.take(parsed(line)).acts.empty());
  const auto acts = judge.take(parsed("t,h,x,l,1,1,QUERY,biz,'insert into b select * from a',0")).acts;
  ASSERT_EQ(acts.size(), 1U);
  EXPECT_EQ(acts[0].table, "b");
}

}  // namespace
}  // namespace kw::dbaudit
