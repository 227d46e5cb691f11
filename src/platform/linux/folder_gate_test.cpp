// The gate over folders, on the real kernel: what lies in them is asked about, at any depth and as folders come, and
// nothing beside them.
#include "platform/linux/fanotify_scan.h"
#include "platform/linux/file_scanner.h"
#include "platform/linux/scan_fixture_test.h"
#include "platform/linux/system_clock.h"
#include "platform/recorded/recorded_scan_gate.h"

namespace kw::platform {
namespace {

using namespace device;

const std::string kHarmful = "x " + std::string(kHarm) + " y";

class FolderGate : public ScanPlace {
 protected:
  void SetUp() override {
    ScanPlace::SetUp();
    if (IsSkipped()) return;
    std::filesystem::create_directories(at("spool/deep/er"));
    const auto started = gate.start([this](ScanNews one) { news.add(std::move(one)); });
    if (!started && started.code() == Errc::not_permitted) GTEST_SKIP() << "fanotify is not permitted here";
    ASSERT_TRUE(started) << started.error().text();
    auto rules = std::make_shared<ScanRules>();
    rules->mode = v1::ENFORCE;
    rules->wait = std::chrono::seconds(20);
    gate.use(rules);
    gate.scanner(::getpid(), false);
    ASSERT_TRUE(gate.guard(at("spool")));
  }
  void TearDown() override {
    gate.stop();
    ScanPlace::TearDown();
  }
  static FanotifyScanGate::Options options() {
    FanotifyScanGate::Options out;
    out.folders = true;
    return out;
  }
  SystemClock clock;
  RecordedScanner scanner;
  FileScanner contents{scanner, clock};
  FanotifyScanGate gate{contents, clock, options()};
  News news;
};

TEST_F(FolderGate, what_lies_in_the_folder_is_asked_about_and_nothing_beside_it) {
  put("spool/good", "harmless");
  put("spool/bad", kHarmful);
  put("spool/deep/er/bad", kHarmful);
  put("bad", kHarmful);
  EXPECT_TRUE(reads("spool/good"));
  EXPECT_FALSE(reads("spool/bad"));
  EXPECT_FALSE(reads("spool/deep/er/bad"));
  EXPECT_TRUE(reads("bad"));
}
TEST_F(FolderGate, a_folder_that_comes_is_guarded_as_well) {
  std::filesystem::create_directories(at("spool/new/er"));
  put("spool/new/er/bad", kHarmful);
  EXPECT_TRUE(soon([&] { return !reads("spool/new/er/bad"); }));
  std::filesystem::create_directories(at("elsewhere/deep"));
  put("elsewhere/deep/bad", kHarmful);
  std::filesystem::rename(at("elsewhere"), at("spool/moved"));
  EXPECT_TRUE(soon([&] { return !reads("spool/moved/deep/bad"); }));
}
TEST_F(FolderGate, what_is_written_is_read_with_nobody_waiting) {
  EXPECT_EQ(shell("printf '" + kHarmful + "' > " + at("spool/written")), 0);
  const auto told = news.wait<FoundTold>([](const FoundTold& one) { return one.file.use == FileUse::written; });
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->file.path.ends_with("spool/written"));
}
TEST_F(FolderGate, new_rules_and_new_words_leave_the_folders_guarded) {
  auto rules = std::make_shared<ScanRules>();
  rules->mode = v1::ENFORCE;
  rules->wait = std::chrono::seconds(20);
  gate.use(rules);
  gate.scanner(::getpid(), true);
  put("spool/bad", kHarmful);
  EXPECT_FALSE(reads("spool/bad"));
  EXPECT_FALSE(reads("spool/bad"));
}
TEST_F(FolderGate, places_that_are_no_folder_are_refused) {
  EXPECT_EQ(gate.guard(at("nowhere")).code(), Errc::not_found);
  put("file", "x");
  EXPECT_FALSE(gate.guard(at("file")));
}

}  // namespace
}  // namespace kw::platform
