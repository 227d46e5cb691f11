#include "cli/scan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/dictionary.h"
#include "cli/mask_check.h"

namespace kw::cli {
namespace {

class OfflineCommand : public ::testing::Test {
 protected:
  ~OfflineCommand() override { std::filesystem::remove_all(directory_); }
  std::string file(const std::string& name, std::string_view text) {
    std::filesystem::create_directories(directory_);
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  template <class Run>
  int run(Run command, std::vector<std::string> args) {
    out_.str("");
    err_.str("");
    Terminal terminal{STDIN_FILENO, out_, err_};
    return command(args, terminal);
  }
  int check(std::vector<std::string> profiles) {
    profiles.insert(profiles.begin(), {"check", "--catalogue", KW_SOURCE_DIR "/catalogue/masks"});
    return run(run_mask, profiles);
  }
  static std::string shipped(const std::string& role) {
    return KW_SOURCE_DIR "/catalogue/masks/roles/" + role + ".toml";
  }
  std::filesystem::path directory_ =
      std::filesystem::path(::testing::TempDir()) / ("kw-offline-" + std::to_string(::getpid()));
  std::ostringstream out_, err_;
};

TEST_F(OfflineCommand, ScanSaysWhereAndNeverWhat) {
  const auto clean = file("clean", "nothing here"), marked = file("marked", "id=11010519491231002X\n机密★");
  EXPECT_EQ(run(run_scan, {clean}), kDone);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(run(run_scan, {clean, marked}), kRefused);
  EXPECT_EQ(out_.str(), marked + ": id-number at 3, 18 octets\n" + marked + ": marking at 22, 9 octets\n");
}

TEST_F(OfflineCommand, ScanFindsOverTheEndOfAPiece) {
  auto text = std::string(256 * 1024 - 9, '.') + "11010519491231002X";
  EXPECT_EQ(run(run_scan, {file("long", text)}), kRefused);
  EXPECT_NE(out_.str().find("id-number at 262135, 18 octets"), std::string::npos) << out_.str();
}

TEST_F(OfflineCommand, ScanTakesRulesOfTheOperator) {
  const auto text = file("text", "本件为内部资料");
  EXPECT_EQ(run(run_scan, {text}), kDone);
  EXPECT_EQ(run(run_scan, {text, "--rules", KW_SOURCE_DIR "/catalogue/landing/rules.toml"}), kRefused);
  EXPECT_EQ(out_.str(), text + ": rule internal at 9, 12 octets\n");
  EXPECT_EQ(run(run_scan, {text, "--rules", file("bad", "[[rule]]\nname = 'a'\npattern = 'a*'")}), kFailed);
  EXPECT_NE(err_.str().find("rule a"), std::string::npos) << err_.str();
}

TEST_F(OfflineCommand, ScanFailsWhereItCannotRead) {
  EXPECT_EQ(run(run_scan, {file("clean", "x"), "/nowhere/at/all"}), kFailed);
  EXPECT_EQ(run(run_scan, {directory_.string()}), kFailed) << "a directory";
  EXPECT_EQ(run(run_scan, {}), kUsage);
  EXPECT_EQ(run(run_scan, {"--wrong"}), kUsage);
  EXPECT_EQ(run(run_scan, {"--help"}), kDone);
}

TEST_F(OfflineCommand, MaskCheckLetsTheShippedProfilesThrough) {
  EXPECT_EQ(check({shipped("applicant"), shipped("agent"), shipped("operator"), shipped("audit")}), kDone)
      << out_.str();
  EXPECT_NE(out_.str().find("applicant   id_card"), std::string::npos) << out_.str();
}

TEST_F(OfflineCommand, MaskCheckRefusesWithFigures) {
  const auto six_four = file("a.toml", "role = \"a\"\n[mask.id_card]\nfirst = 6\nlast = 4\n");
  EXPECT_EQ(check({six_four}), kRefused);
  EXPECT_NE(out_.str().find("refused: too_few: id_card of a leaves 3,312 candidates, 1,000,000 are asked for\n"),
            std::string::npos)
      << out_.str();
  EXPECT_EQ(check({shipped("applicant"), file("b.toml", "role = \"b\"\n[mask.id_card]\nlast = 3\n")}), kRefused);
  EXPECT_NE(out_.str().find("refused: combine: id_card of applicant, b"), std::string::npos) << out_.str();
}

TEST_F(OfflineCommand, MaskCheckFailsWhereItCannotRead) {
  EXPECT_EQ(check({"/nowhere.toml"}), kFailed);
  EXPECT_EQ(check({file("bad.toml", "role = 1")}), kFailed);
  EXPECT_NE(err_.str().find("role: text expected"), std::string::npos) << err_.str();
  EXPECT_EQ(run(run_mask, {"check"}), kUsage);
  EXPECT_EQ(run(run_mask, {"show", "x"}), kUsage);
  EXPECT_EQ(run(run_mask, {"--help"}), kDone);
}

TEST_F(OfflineCommand, DictionaryTrainsOnInventedRecordsAlone) {
  std::string samples;
  for (int i = 0; i < 2000; ++i)
    samples += R"({"ground": ")" + std::string(i % 2 == 0 ? "合法稳定就业" : "合法稳定住所") +
               R"(", "valid_until": "20)" + std::to_string(26 + i % 9) + "-" + std::to_string(10 + i % 3) + "-" +
               std::to_string(10 + i % 20) + "\"}\n";
  const auto file_of_samples = file("samples.jsonl", samples);
  const auto out = (directory_ / "permit.zdict").string();
  EXPECT_EQ(run(run_dictionary, {"train", "permit", "--samples", file_of_samples, "--out", out}), kDone) << err_.str();
  EXPECT_GT(std::filesystem::file_size(out), 256U);
  EXPECT_EQ(run(run_dictionary, {"train", "permit", "--samples", file("bad.jsonl", "[1]\n"), "--out", out}), kFailed);
  EXPECT_NE(err_.str().find("line 1"), std::string::npos) << err_.str();
  EXPECT_EQ(run(run_dictionary, {"train", "permit", "--samples",
                                 file("real.jsonl", samples + "{\"phone\": \"13800138000\"}\n"), "--out", out}),
            kRefused);
  EXPECT_EQ(err_.str().find("13800138000"), std::string::npos);
  EXPECT_EQ(run(run_dictionary, {"train"}), kUsage);
}

}  // namespace
}  // namespace kw::cli
