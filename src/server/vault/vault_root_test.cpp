// The root key's file: by what it is sealed, how it moves, and everything it refuses.
#include "server/vault/vault_root.h"

#include <fstream>

#include "crypto/password.h"
#include "platform/recorded/recorded_module.h"
#include "server/secret_file.h"
#include "server/testing/platform.h"
#include "server/vault/root_source.h"

namespace kw::server {
namespace {

using platform::RecordedModule;
using testing::good, testing::take, testing::code;

/// A data directory's root file, and what there is to seal it with.
struct RootBed {
  testing::TemporaryDirectory directory;
  crypto::SystemRandom random;
  Sealer sealer{SecretBytes(Bytes(32, 1))};
  std::optional<SecretBytes> passphrase;
  RecordedModule module;
  bool has_module = false;
  std::filesystem::path file = directory.path() / "vault-root.key";

  VaultRoot root() { return {file, {sealer, passphrase, has_module ? &module : nullptr, random}}; }
  void name_passphrase(std::string_view text = "correct horse") { passphrase = SecretBytes::copy_of(bytes_of(text)); }
  RootFile stored() const { return take(parse_root_file(take(read_private(file)).reveal())); }
  /// wraps is a key under the root, which tells roots apart.
  Bytes wraps(const vault::RootKey& key) { return take(key.create(label(), random)).wrapped; }
  static vault::KeyLabel label() {
    return {{*vault::KeyId::from_bytes(Bytes(16, 9)), 1},
            {vault::KeyUse::wrapping, vault::DataClass::personal, "福田区", {}}};
  }
};

TEST(VaultRoot, is_made_once_and_read_again_by_each_kind) {
  for (const auto by : {RootSeal::platform, RootSeal::passphrase, RootSeal::module}) {
    RootBed bed;
    if (by == RootSeal::passphrase) bed.name_passphrase();
    bed.has_module = by == RootSeal::module;
    const auto wrapped = bed.wraps(take(bed.root().load(false)));
    EXPECT_EQ(bed.stored().by, by);
    EXPECT_TRUE(take(bed.root().load(true)).unwrap(RootBed::label(), wrapped)) << name(by);
    const auto octets = take(read_private(bed.file));
    EXPECT_TRUE(take(bed.root().load(false)).unwrap(RootBed::label(), wrapped)) << "nothing is made anew";
    EXPECT_TRUE(equal(octets.reveal(), take(read_private(bed.file)).reveal()));
  }
}

TEST(VaultRoot, moves_to_the_module_and_back) {
  RootBed bed;
  bed.name_passphrase();
  const auto wrapped = bed.wraps(take(bed.root().load(false)));
  bed.has_module = true;
  EXPECT_EQ(code(bed.root().load(true)), Errc::wrong_state) << "the module is named, the file is not moved yet";
  const auto moved = take(bed.root().move(RootSeal::module));
  EXPECT_EQ(moved.from, RootSeal::passphrase);
  EXPECT_EQ(bed.stored().by, RootSeal::module);
  EXPECT_TRUE(take(bed.root().load(true)).unwrap(RootBed::label(), wrapped)) << "the same root";
  EXPECT_EQ(code(bed.root().move(RootSeal::module)), Errc::wrong_state) << "it is there already";
  take(bed.root().move(RootSeal::passphrase));
  bed.has_module = false;
  EXPECT_TRUE(take(bed.root().load(true)).unwrap(RootBed::label(), wrapped));
  take(bed.root().move(RootSeal::platform));
  EXPECT_EQ(code(bed.root().load(true)), Errc::wrong_state) << "a passphrase is named that nothing is under";
  bed.passphrase.reset();
  EXPECT_TRUE(take(bed.root().load(true)).unwrap(RootBed::label(), wrapped));
}

TEST(VaultRoot, a_move_that_fails_leaves_the_file_as_it_was) {
  RootBed bed;
  take(bed.root().load(false));
  const auto before = take(read_private(bed.file));
  EXPECT_EQ(code(bed.root().move(RootSeal::module)), Errc::invalid) << "none is named";
  EXPECT_EQ(code(bed.root().move(RootSeal::passphrase)), Errc::invalid);
  bed.has_module = true;
  bed.module.show("87654321");
  EXPECT_EQ(code(bed.root().move(RootSeal::module)), Errc::forbidden);
  bed.module.gone = true;
  EXPECT_EQ(code(bed.root().move(RootSeal::module)), Errc::unavailable);
  EXPECT_TRUE(equal(before.reveal(), take(read_private(bed.file)).reveal()));
  bed.module.gone = false;
  bed.module.show("12345678");
  const auto moved = take(bed.root().move(RootSeal::module));
  good(bed.root().put_back(moved));
  EXPECT_TRUE(equal(before.reveal(), take(read_private(bed.file)).reveal()));
}

TEST(VaultRoot, each_refusal_has_its_word) {
  RootBed bed;
  bed.has_module = true;
  take(bed.root().load(false));
  bed.module.gone = true;
  EXPECT_EQ(code(bed.root().load(true)), Errc::unavailable);
  bed.module.gone = false;
  bed.module.show("87654321");
  EXPECT_EQ(code(bed.root().load(true)), Errc::forbidden);
  bed.module.show("12345678");
  bed.has_module = false;
  EXPECT_EQ(code(bed.root().load(true)), Errc::wrong_state) << "sealed by a module that is not named";
  bed.has_module = true;
  RecordedModule other;
  const VaultRoot elsewhere(bed.file, {bed.sealer, bed.passphrase, &other, bed.random});
  EXPECT_EQ(code(elsewhere.load(true)), Errc::bad_key);
  const Sealer stranger{SecretBytes(Bytes(32, 2))};
  EXPECT_EQ(code(VaultRoot(bed.file, {stranger, bed.passphrase, &bed.module, bed.random}).load(true)),
            Errc::decrypt_failed);
  good(remove_file(bed.file));
  EXPECT_EQ(code(bed.root().load(true)), Errc::corrupt) << "no new root where keys are under the old one";
  EXPECT_EQ(code(read_private(bed.file)), Errc::not_found) << "and none was written";
  EXPECT_EQ(code(bed.root().move(RootSeal::platform)), Errc::not_found);
}

TEST(VaultRoot, another_passphrase_opens_nothing) {
  RootBed bed;
  bed.name_passphrase();
  take(bed.root().load(false));
  bed.name_passphrase("wrong horse");
  EXPECT_EQ(code(bed.root().load(true)), Errc::decrypt_failed);
}

TEST(VaultRoot, no_changed_octet_opens) {
  for (const auto by : {RootSeal::platform, RootSeal::module}) {
    RootBed bed;
    bed.has_module = by == RootSeal::module;
    take(bed.root().load(false));
    const auto octets = copy(take(read_private(bed.file)).reveal());
    for (std::size_t i = 0; i < octets.size(); ++i) {
      auto changed = octets;
      changed[i] ^= 1;
      good(write_private(bed.file, changed));
      EXPECT_FALSE(bed.root().load(true)) << name(by) << " " << i;
    }
    for (const std::size_t size : {std::size_t{0}, std::size_t{7}, octets.size() - 1}) {
      good(write_private(bed.file, ByteView(octets).first(size)));
      EXPECT_FALSE(bed.root().load(true)) << name(by) << " " << size;
    }
  }
}

TEST(VaultRoot, files_of_before_open_and_move_to_the_present_form) {
  const Bytes root(32, 5), salt(16, 6);
  RootBed bed;
  good(write_private(bed.file, take(bed.sealer.seal("vault root", root, bed.random))));
  EXPECT_TRUE(bed.stored().old_form);
  const auto wrapped = bed.wraps(take(bed.root().load(true)));
  bed.name_passphrase();
  const Sealer inner(take(crypto::derive_key(bed.passphrase->reveal(), salt, 32)));
  auto file = salt;
  append(file, take(bed.sealer.seal("vault root", take(inner.seal("vault root", root, bed.random)), bed.random)));
  good(write_private(bed.file, file));
  EXPECT_TRUE(take(bed.root().load(true)).unwrap(RootBed::label(), wrapped));
  take(bed.root().move(RootSeal::platform));
  EXPECT_FALSE(bed.stored().old_form);
  bed.passphrase.reset();
  EXPECT_TRUE(take(bed.root().load(true)).unwrap(RootBed::label(), wrapped));
}

TEST(RootFile, refuses_what_it_does_not_know) {
  const auto parse = [](std::string_view text) { return code(parse_root_file(bytes_of(text))); };
  EXPECT_EQ(parse(""), Errc::malformed);
  EXPECT_EQ(parse("KWROOT"), Errc::malformed);
  EXPECT_EQ(parse(std::string_view("KWROOT\2\1KWKEY", 13)), Errc::unsupported);
  EXPECT_EQ(parse(std::string_view("KWROOT\1\4KWKEY", 13)), Errc::unsupported);
  EXPECT_EQ(parse(std::string_view("KWROOT\1\0KWKEY", 13)), Errc::unsupported);
  EXPECT_EQ(parse("KWROOT\1\2KWKEY"), Errc::malformed) << "a passphrase without its salt";
  EXPECT_EQ(parse("KWROOT\1\1something"), Errc::malformed);
  EXPECT_EQ(code(parse_root_file(Bytes(kMostRootFile + 1))), Errc::too_large);
  for (const auto* word : {"platform", "passphrase", "module"}) EXPECT_EQ(name(take(parse_root_seal(word))), word);
  EXPECT_EQ(code(parse_root_seal("tpm")), Errc::invalid);
}

}  // namespace
}  // namespace kw::server
