// The vault and the full scan's tree, on real files of the test's own.
#include "platform/linux/file_vault.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "crypto/random.h"
#include "device/malware/quarantine_form.h"
#include "platform/linux/durable_file.h"
#include "platform/linux/file_scanner.h"
#include "platform/linux/file_tree.h"
#include "platform/linux/file_digests.h"
#include "platform/linux/system_clock.h"
#include "platform/recorded/recorded_scan_gate.h"

namespace kw::platform {
namespace {

using namespace device;
namespace fs = std::filesystem;

class VaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "kw-vault-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    root = name;
    fs::create_directory(root + "/upload");
    vault.limit({1U << 20, 1U << 20});
    ASSERT_TRUE(vault.open(root + "/quarantine"));
  }
  void TearDown() override { fs::remove_all(root); }
  [[nodiscard]] std::string at(const std::string& name) const { return root + "/upload/" + name; }
  FileIdentity put(const std::string& name, const std::string& content, mode_t mode = 0640) {
    std::ofstream(at(name)) << content;
    fs::permissions(at(name), fs::perms(mode));
    return look_at(open_to_read(at(name)).get()).value().identity;
  }
  std::string read(const std::string& name) { return copy_text(read_file(at(name), 1U << 20).value()); }
  FileVault make() {
    return {[this](const std::string&) -> Result<SecretBytes> { return SecretBytes(Bytes(secret)); }, random};
  }
  std::string root;
  Bytes secret = Bytes(32, 3);
  crypto::SystemRandom random;
  FileVault vault = make();
  Timestamp now = Timestamp::from_seconds(1'800'000'000);
};

TEST_F(VaultTest, takes_and_gives_back_as_it_was) {
  const auto file = put("bad", "harm");
  const auto item = vault.take(at("bad"), file, "Test", now);
  ASSERT_TRUE(item) << item.error().text();
  EXPECT_FALSE(fs::exists(at("bad")));
  EXPECT_EQ(item->file.mode(), 0640U);
  EXPECT_EQ(item->file.name(), "Test");
  EXPECT_EQ(item->file.digest(), copy_text(crypto::sm3(bytes_of("harm"))));
  const auto stored = root + "/quarantine/" + item->id + ".kwq";
  EXPECT_EQ(fs::status(stored).permissions(), fs::perms(0600));
  auto later = make();
  ASSERT_TRUE(later.open(root + "/quarantine"));
  ASSERT_EQ(later.items().size(), 1U);
  EXPECT_EQ(later.items()[0].file.path(), at("bad"));
  const auto back = later.restore(item->id);
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(read("bad"), "harm");
  EXPECT_EQ(fs::status(at("bad")).permissions(), fs::perms(0640));
  EXPECT_EQ(look_at(open_to_read(at("bad")).get())->identity.modified_ns, file.modified_ns);
  EXPECT_FALSE(fs::exists(stored));
  EXPECT_EQ(later.restore(item->id).code(), Errc::not_found);
}
TEST_F(VaultTest, a_content_of_several_parts_comes_back_whole) {
  vault.limit({1U << 24, 1U << 24});
  for (const std::size_t size : {kQuarantinePart, kQuarantinePart + 1, 3 * kQuarantinePart - 1}) {
    std::string content(size, 'a');
    for (std::size_t i = 0; i < size; i += 1000) content[i] = static_cast<char>('a' + i / 1000 % 26);
    const auto item = vault.take(at("large"), put("large", content), "Test", now);
    ASSERT_TRUE(item) << item.error().text();
    ASSERT_TRUE(vault.restore(item->id));
    EXPECT_EQ(copy_text(read_file(at("large"), 1U << 24).value()), content);
  }
}
TEST_F(VaultTest, other_names_and_open_descriptors_hold_nothing_any_more) {
  const auto file = put("bad", "harm");
  fs::create_hard_link(at("bad"), at("hard"));
  const auto held = open_to_read(at("bad"));
  ASSERT_TRUE(vault.take(at("bad"), look_at(held.get())->identity, "Test", now));
  EXPECT_EQ(read("hard"), "");
  EXPECT_EQ(look_at(held.get())->identity.size, 0U);
  static_cast<void>(file);
}
TEST_F(VaultTest, a_file_that_is_another_by_now_is_left_alone) {
  const auto file = put("bad", "harm");
  put("bad", "mended");
  EXPECT_EQ(vault.take(at("bad"), file, "Test", now).code(), Errc::conflict);
  EXPECT_EQ(read("bad"), "mended");
  fs::create_symlink(at("bad"), at("link"));
  EXPECT_FALSE(vault.take(at("link"), file, "Test", now)) << "a link is not followed";
  EXPECT_EQ(vault.take(at("none"), file, "Test", now).code(), Errc::not_found);
  EXPECT_TRUE(vault.items().empty());
}
TEST_F(VaultTest, is_bounded) {
  vault.limit({100, 60});
  EXPECT_EQ(vault.take(at("big"), put("big", std::string(61, 'x')), "Test", now).code(), Errc::too_large);
  ASSERT_TRUE(vault.take(at("a"), put("a", std::string(50, 'x')), "Test", now));
  EXPECT_EQ(vault.take(at("b"), put("b", std::string(50, 'x')), "Test", now).code(), Errc::no_space);
  EXPECT_EQ(read("b"), std::string(50, 'x')) << "what cannot be kept is not taken";
}
TEST_F(VaultTest, nothing_is_overwritten) {
  const auto item = vault.take(at("bad"), put("bad", "harm"), "Test", now);
  put("bad", "other");
  EXPECT_EQ(vault.restore(item->id).code(), Errc::already_exists);
  EXPECT_EQ(read("bad"), "other");
  EXPECT_EQ(vault.items().size(), 1U);
  ASSERT_TRUE(vault.discard(item->id));
  EXPECT_TRUE(vault.items().empty());
  EXPECT_EQ(vault.discard(item->id).code(), Errc::not_found);
}
TEST_F(VaultTest, a_changed_item_is_not_given_back_and_foreign_ones_are_not_listed) {
  const auto item = vault.take(at("bad"), put("bad", "harm"), "Test", now);
  const auto stored = root + "/quarantine/" + item->id + ".kwq";
  auto octets = read_file(stored, 1U << 20).value();
  octets.back() ^= 1;
  ASSERT_TRUE(write_file_durably(stored, octets));
  EXPECT_EQ(vault.restore(item->id).code(), Errc::decrypt_failed);
  octets.resize(octets.size() - 20);
  ASSERT_TRUE(write_file_durably(stored, octets));
  EXPECT_FALSE(vault.restore(item->id)) << "cut off";
  EXPECT_FALSE(fs::exists(at("bad")));
  secret[0] = 9;
  auto other = make();
  ASSERT_TRUE(other.open(root + "/quarantine"));
  EXPECT_TRUE(other.items().empty());
  EXPECT_TRUE(fs::exists(stored));
}
TEST_F(VaultTest, before_it_is_open_it_takes_nothing) {
  auto closed = make();
  EXPECT_EQ(closed.take(at("bad"), put("bad", "harm"), "Test", now).code(), Errc::unavailable);
  EXPECT_EQ(read("bad"), "harm");
}

TEST_F(VaultTest, the_tree_is_walked_once_within_its_file_system) {
  SystemClock clock;
  RecordedScanner scanner;
  FileScanner contents(scanner, clock);
  ScanTree tree(contents);
  fs::create_directories(at("a/b"));
  fs::create_directories(at("skipped"));
  put("a/b/bad", std::string(kHarm));
  put("good", "fine");
  put("empty", "");
  put("large", std::string(200, 'x'));
  put("skipped/bad", std::string(kHarm));
  fs::create_directory_symlink(root, at("a/loop"));
  const FileTree::Which which{{root + "/upload", "/nowhere/at/all"}, {at("skipped")}, 100, std::chrono::seconds(5)};
  const auto never = [] { return false; };
  EXPECT_EQ(tree.count(which, never), 4U);
  std::map<std::string, Result<Scanned>> seen;
  ASSERT_TRUE(tree.scan(which, [&](FileTree::Looked one) { seen.emplace(one.path, one.result); }, never));
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen.at(at("a/b/bad"))->reply.verdict, ScanVerdict::infected);
  EXPECT_EQ(seen.at(at("good"))->reply.verdict, ScanVerdict::clean);
  EXPECT_EQ(seen.at(at("large")).code(), Errc::too_large);
  EXPECT_EQ(tree.scan(which, [](const FileTree::Looked&) {}, [] { return true; }).code(), Errc::cancelled);
}
TEST_F(VaultTest, a_scan_by_digest_is_kept_only_while_nothing_moves) {
  SystemClock clock;
  RecordedScanner scanner;
  FileScanner contents(scanner, clock);
  put("good", "fine");
  const auto scan = [&] { return contents.scan(open_to_read(at("good")).get(), std::chrono::seconds(5), {}); };
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!scan()->lasting && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_TRUE(scan()->lasting) << "it has settled";
  const auto before = scanner.scans();
  EXPECT_TRUE(scan());
  EXPECT_EQ(scanner.scans(), before) << "known by its digest";
  std::ofstream writer(at("good"), std::ios::app);
  EXPECT_FALSE(scan()->lasting) << "somebody has it open for writing";
}

}  // namespace
}  // namespace kw::platform
