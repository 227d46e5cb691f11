// Documents: a recorded gate and scanner, a real vault and tree in a folder of the test's own.
#include "agent/defence/egress_documents.h"

#include <gtest/gtest.h>

#include <fstream>

#include "agent/testing/defence_bench.h"
#include "platform/linux/file_digests.h"
#include "platform/linux/file_scanner.h"
#include "platform/linux/file_tree.h"
#include "platform/linux/file_vault.h"
#include "platform/recorded/recorded_scan_gate.h"

namespace kw::agent {
namespace {

using namespace device;

class EgressDocumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    EgressDocuments::Ports ports;
    auto scan = std::make_unique<platform::RecordedScanner>();
    auto recorded = std::make_unique<platform::RecordedScanGate>();
    scanner = scan.get();
    gate = recorded.get();
    ports.contents = std::make_unique<platform::FileScanner>(*scan, bench.clock);
    ports.tree = std::make_unique<platform::ScanTree>(*ports.contents);
    ports.vault = std::make_unique<platform::FileVault>(
        [](const std::string&) -> Result<SecretBytes> { return SecretBytes(Bytes(32, 1)); }, bench.random());
    ports.scanner = std::move(scan);
    ports.gate = std::move(recorded);
    documents = std::make_unique<EgressDocuments>(std::move(ports));
    place = bench.dir.path("spool");
    std::filesystem::create_directories(place);
    put("good", "an application");
    documents->start(bench);
  }
  void TearDown() override { documents->stop(); }
  [[nodiscard]] std::string at(const std::string& name) const { return place + "/" + name; }
  // On the disk for vault and tree, and in the recorded kernel for the gate, as the same file.
  void put(const std::string& name, const std::string& content) {
    std::ofstream(at(name)) << content;
    gate->files[at(name)] = {content, 1, 1, 1};
  }
  Result<> use(v1::Mode mode, v1::Unjudged unreadable = v1::DENY_UNJUDGED, bool quarantine = true) {
    v1::EgressPolicy policy;
    policy.set_mode(mode);
    policy.add_folders(place);
    policy.add_words("内部资料");
    policy.set_when_unreadable(unreadable);
    policy.set_quarantine(quarantine);
    auto done = documents->configure(policy);
    if (mode != v1::OFF) bench.until([&] { return documents->holds(); });
    return done;
  }
  bool comes(const std::string& type, std::size_t count = 1) {
    return bench.until([&] { return bench.told(type).size() >= count; });
  }
  // As the gate on the kernel would tell it, with the real file's stamp.
  void gate_finds(const std::string& name) {
    const auto looked = platform::look_at_path(at(name));
    ASSERT_TRUE(looked);
    FoundTold told;
    told.file = {FileUse::opened, true, 99, at(name), looked->identity, "机密★10年", std::nullopt};
    told.process = "lp";
    told.user = "1000";
    gate->tell(told);
  }
  Result<> order(const std::string& action, const std::string& item, const std::string& person) {
    v1::Order order;
    order.set_action(action);
    order.set_person(person);
    (*order.mutable_args())["item"] = item;
    return documents->order(order);
  }
  testing::DefenceBench bench;
  platform::RecordedScanner* scanner = nullptr;
  platform::RecordedScanGate* gate = nullptr;
  std::string place;
  std::unique_ptr<EgressDocuments> documents;
};

TEST_F(EgressDocumentsTest, a_marked_document_is_refused_told_and_sealed) {
  ASSERT_TRUE(use(v1::ENFORCE));
  EXPECT_EQ(scanner->socket(), "内部资料\n");
  EXPECT_TRUE(gate->open(at("good")));
  ASSERT_TRUE(bench.until([&] { return scanner->scans() >= 1; })) << "what lay there before is read";
  put("secret", std::string(platform::kHarm));
  EXPECT_FALSE(gate->open(at("secret")));
  gate_finds("secret");
  ASSERT_TRUE(comes("egress.document.quarantined"));
  EXPECT_FALSE(std::filesystem::exists(at("secret")));
  const auto told = bench.told("egress.document.marked");
  ASSERT_GE(told.size(), 1U);
  EXPECT_EQ(told.back().result(), "blocked");
  EXPECT_EQ(told.back().params().at("path"), at("secret"));
  const auto item = bench.told("egress.document.quarantined")[0].params().at("item");
  EXPECT_EQ(bench.told("egress.document.quarantined")[0].params().at("marking"), "机密★10年");

  EXPECT_EQ(order("restore", "nothing", "anna").code(), Errc::not_found);
  ASSERT_TRUE(order("restore", item, "anna"));
  EXPECT_EQ(order("restore", item, "anna").code(), Errc::forbidden);
  ASSERT_TRUE(order("restore", item, "berta"));
  ASSERT_TRUE(comes("egress.document.restored"));
  EXPECT_TRUE(std::filesystem::exists(at("secret")));
  EXPECT_EQ(bench.told("egress.document.restored")[0].params().at("person"), "anna, berta");
  EXPECT_TRUE(gate->open(at("secret"))) << "held for clean from then on";
}
TEST_F(EgressDocumentsTest, what_lay_there_before_is_read_once) {
  put("old", std::string(platform::kHarm));
  ASSERT_TRUE(use(v1::ENFORCE));
  ASSERT_TRUE(comes("egress.document.quarantined"));
  EXPECT_EQ(bench.told("egress.document.marked")[0].params().at("use"), "pass");
  EXPECT_FALSE(std::filesystem::exists(at("old")));
}
TEST_F(EgressDocumentsTest, watch_tells_and_leaves_everything) {
  put("secret", std::string(platform::kHarm));
  ASSERT_TRUE(use(v1::WATCH));
  EXPECT_TRUE(gate->open(at("secret")));
  ASSERT_TRUE(comes("egress.document.marked"));
  EXPECT_EQ(bench.told("egress.document.marked")[0].result(), "observed");
  EXPECT_TRUE(std::filesystem::exists(at("secret")));
  EXPECT_TRUE(bench.told("egress.document.quarantined").empty());
}
TEST_F(EgressDocumentsTest, policy_chooses_for_what_cannot_be_read) {
  put("scan.pdf", std::string(platform::kLimit));
  ASSERT_TRUE(use(v1::ENFORCE, v1::DENY_UNJUDGED));
  EXPECT_FALSE(gate->open(at("scan.pdf")));
  ASSERT_TRUE(comes("egress.document.unreadable"));
  EXPECT_EQ(bench.told("egress.document.unreadable")[0].result(), "blocked");
  ASSERT_TRUE(use(v1::ENFORCE, v1::ALLOW_UNJUDGED));
  EXPECT_TRUE(gate->open(at("scan.pdf")));
}
TEST_F(EgressDocumentsTest, without_quarantine_it_stays_and_stays_refused) {
  put("secret", std::string(platform::kHarm));
  ASSERT_TRUE(use(v1::ENFORCE, v1::DENY_UNJUDGED, false));
  EXPECT_FALSE(gate->open(at("secret")));
  EXPECT_FALSE(gate->open(at("secret")));
  ASSERT_TRUE(comes("egress.document.marked"));
  EXPECT_TRUE(std::filesystem::exists(at("secret")));
}
TEST_F(EgressDocumentsTest, a_gate_that_was_lost_is_told_and_opened_again) {
  ASSERT_TRUE(use(v1::ENFORCE));
  gate->tell(ScanGateLost{"too slow"});
  ASSERT_TRUE(comes("egress.gate.lost"));
  EXPECT_FALSE(documents->holds());
  documents->tick();
  EXPECT_TRUE(documents->holds());
}
TEST_F(EgressDocumentsTest, a_gate_that_cannot_be_opened_is_an_error_and_degraded) {
  gate->start_error = Error(Errc::not_permitted, "fanotify");
  v1::EgressPolicy policy;
  policy.set_mode(v1::ENFORCE);
  policy.add_folders(place);
  EXPECT_EQ(documents->configure(policy).code(), Errc::not_permitted);
  EXPECT_FALSE(documents->holds());
}
TEST_F(EgressDocumentsTest, off_asks_about_nothing) {
  put("secret", std::string(platform::kHarm));
  ASSERT_TRUE(use(v1::ENFORCE, v1::DENY_UNJUDGED, false));
  ASSERT_TRUE(use(v1::OFF));
  EXPECT_FALSE(gate->open_now);
  EXPECT_TRUE(documents->holds());
  EXPECT_EQ(order("discard", "x", "anna").code(), Errc::wrong_state);
}

}  // namespace
}  // namespace kw::agent
