#include "cli/compliance.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace kw::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ComplianceCommand : public ::testing::Test {
 protected:
  ~ComplianceCommand() override { std::filesystem::remove_all(directory_); }
  int run(std::vector<std::string> args) {
    out_.str("");
    err_.str("");
    Terminal terminal{STDIN_FILENO, out_, err_};
    return run_compliance(args, terminal);
  }
  static std::string shipped(const std::string& file) {
    return KW_SOURCE_DIR "/catalogue/compliance/503.7/5.4-a.2/" + file;
  }
  std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / ("kw-compliance-" + std::to_string(::getpid()));
  std::ostringstream out_, err_;
};

TEST_F(ComplianceCommand, explains_in_both_languages) {
  ASSERT_EQ(run({"explain", "6.3-a.1", "--catalogue", KW_SOURCE_DIR "/catalogue/compliance"}), kDone) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("fact malware.signature_days, has to be: at most 7; too old after: 1d"),
                                HasSubstr("record malware-certificate"), HasSubstr("Who may attest: security, system"),
                                HasSubstr("What to do: ")));
  ASSERT_EQ(run({"explain", "6.3-a.1", "--lang=zh", "--catalogue", KW_SOURCE_DIR "/catalogue/compliance"}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("检查内容"), HasSubstr("不符合时的处理"), Not(HasSubstr("What to do"))));
}

TEST_F(ComplianceCommand, an_id_is_no_path) {
  EXPECT_EQ(run({"explain", "../../../etc"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("no requirement's ID"));
  EXPECT_EQ(run({"explain", "99.9", "--catalogue", KW_SOURCE_DIR "/catalogue/compliance"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("99.9: no requirement"));
  EXPECT_EQ(run({"explain", "5.4-b", "--catalogue", "/nonexistent"}), kFailed);
  EXPECT_THAT(err_.str(), HasSubstr("ids.txt"));
}

TEST_F(ComplianceCommand, a_clause_is_all_that_lies_below_it) {
  ASSERT_EQ(run({"explain", "5.4-b", "--catalogue", KW_SOURCE_DIR "/catalogue/compliance"}), kDone) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("5.4-b.1  No Wi-Fi"), HasSubstr("5.4-b.4"), Not(HasSubstr("5.4-a"))));
  ASSERT_EQ(run({"explain", "6.1", "--catalogue", KW_SOURCE_DIR "/catalogue/compliance"}), kDone);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("6.1-a"), HasSubstr("6.1-c.3"), Not(HasSubstr("6.2"))));
}

TEST_F(ComplianceCommand, the_state_somewhere_is_asked_of_the_platform) {
  EXPECT_EQ(run({"explain", "5.4-b.1", "--device", "00000000000000000000000000000001", "--session", "/nonexistent",
                 "--catalogue", KW_SOURCE_DIR "/catalogue/compliance"}),
            kFailed);
  EXPECT_THAT(out_.str(), HasSubstr("5.4-b.1")) << "what is checked is told all the same";
  EXPECT_FALSE(err_.str().empty());
  EXPECT_EQ(run({"explain", "5.4-b.1", "--device", "x", "--subject", "platform"}), kUsage);
  EXPECT_EQ(run({"no-such-command"}), kUsage);
}

TEST_F(ComplianceCommand, scenarios_come_out_as_they_say_or_the_answer_is_three) {
  EXPECT_EQ(run({"check", shipped("rule.toml"), shipped("pass-all.toml"), shipped("fail-buses-closed.toml")}), kDone)
      << out_.str() << err_.str();
  EXPECT_EQ(out_.str(), "3 as expected, 0 not, 0 could not be read\n");
  std::filesystem::create_directories(directory_);
  std::filesystem::copy_file(shipped("rule.toml"), directory_ / "rule.toml");
  std::ofstream(directory_ / "pass-wrong.toml") << "rule = \"5.4-a.2\"\nexpect = \"met_measured\"\n";
  EXPECT_EQ(run({"check", shipped("pass-all.toml"), (directory_ / "pass-wrong.toml").string()}), kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("expected met_measured, came out unknown"));
  EXPECT_EQ(run({"check", (directory_ / "none.toml").string()}), kFailed);
}

TEST_F(ComplianceCommand, usage) {
  EXPECT_EQ(run({}), kUsage);
  EXPECT_EQ(run({"explain"}), kUsage);
  EXPECT_EQ(run({"explain", "5.4-a.2", "--lang", "fr"}), kUsage);
  EXPECT_EQ(run({"check"}), kUsage);
  EXPECT_EQ(run({"--help"}), kDone);
}

}  // namespace
}  // namespace kw::cli
