// `kioskward verify report`: what it prints of a good report and of altered ones.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <sstream>

#include "cli/command.h"
#include "cli/verify.h"
#include "report/bundle.h"
#include "report/testing/sample.h"
#include "store/ledger/ledger_test_support.h"

namespace kw::cli {
namespace {

class VerifyReport : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(key_, report::testing::sample_key().public_key().spki());
    const auto model = report::testing::make_sample(
        {.kiosks = 1, .sites = 1, .districts = 1, .rule_step = 40, .entries = 3, .with_items = false});
    bundle_ =
        *report::build_bundle(model, {{"report.zh.pdf", copy(bytes_of("%PDF pages"))}}, report::testing::sample_key());
  }
  static void write_file(const std::filesystem::path& path, ByteView octets) {
    std::ofstream(path, std::ios::binary).write(text_of(octets).data(), static_cast<std::streamsize>(octets.size()));
  }
  int verify(ByteView octets, std::vector<std::string> more = {}) {
    write_file(file_, octets);
    std::vector<std::string> args{"verify", "report", file_.string(), "--key", key_.string()};
    args.insert(args.end(), more.begin(), more.end());
    out_.str("");
    err_.str("");
    return run_verify(args, out_, err_, store::testing::StandingClock());
  }
  [[nodiscard]] bool says(std::string_view words) const { return out_.str().find(words) != std::string::npos; }

  store::testing::TempDir temp_;
  std::filesystem::path key_ = temp_.path() / "key", file_ = temp_.path() / "report.kwreport";
  Bytes bundle_;
  std::ostringstream out_, err_;
};

TEST_F(VerifyReport, SaysOfEachPartThatItIsGood) {
  EXPECT_EQ(verify(bundle_), kDone) << out_.str() << err_.str();
  for (const auto* words :
       {"KW-2026-0042", "[有效 / good] report.json", "[有效 / good] report.zh.pdf", "ledger.example",
        "[有效 / good] checkpoint", "Every file is as the holder of the key signed it"})
    EXPECT_TRUE(says(words)) << words << "\n" << out_.str();
  EXPECT_FALSE(says("BAD"));
}

TEST_F(VerifyReport, NamesTheFileThatWasChanged) {
  bundle_[text_of(bundle_).find("%PDF pages")] ^= 4;
  EXPECT_EQ(verify(bundle_), kUntrusted);
  EXPECT_TRUE(says("BAD: report_file_altered")) << out_.str();
  EXPECT_TRUE(says("[无效 / BAD]  report.zh.pdf")) << out_.str();
  EXPECT_TRUE(says("[有效 / good] proofs")) << "the rest is looked at all the same\n" << out_.str();
}

TEST_F(VerifyReport, WritesJson) {
  bundle_.push_back(1);
  EXPECT_EQ(verify(bundle_, {"--json"}), kUntrusted);
  const auto json = boost::json::parse(out_.str()).as_object();
  EXPECT_FALSE(json.at("good").as_bool());
  EXPECT_GT(json.at("parts").as_array().size(), 0U);
  EXPECT_NE(json.at("sentence").as_object().at("en").as_string(), "The check failed.")
      << "every fault has its sentence";
}

TEST_F(VerifyReport, RefusesWhatIsNoReport) {
  EXPECT_EQ(verify(bytes_of("no archive")), kUntrusted);
  EXPECT_TRUE(says("unreadable"));
  EXPECT_EQ(verify(ByteView(bundle_).first(bundle_.size() / 2)), kUntrusted);
  std::filesystem::remove(file_);
  std::vector<std::string> args{"report", file_.string(), "--key", key_.string()};
  EXPECT_EQ(run_verify(args, out_, err_, store::testing::StandingClock()), kFailed);
}

}  // namespace
}  // namespace kw::cli
