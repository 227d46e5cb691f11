#include "ledger/witness.h"

#include <gtest/gtest.h>

#include "ledger/memory_tiles.h"

namespace kw::ledger {
namespace {

class Witness : public ::testing::Test {
 protected:
  static const crypto::Sm2PrivateKey& key() {
    static const auto made = *crypto::Sm2PrivateKey::generate();
    return made;
  }
  void append(MemoryTiles& to, int count, std::string_view kind = "e") {
    for (int i = 0; i < count; ++i)
      to.append(leaf_hash(bytes_of(std::string(kind) + std::to_string(to.frontier().size()))));
  }
  static Checkpoint head(const MemoryTiles& of, std::string origin = "log.example") {
    return {std::move(origin), of.frontier().size(), of.frontier().root(), Timestamp{1234}};
  }
  static v1::Signed sign(const Checkpoint& checkpoint) { return *sign_checkpoint(checkpoint, key()); }
  auto ask(const std::optional<Checkpoint>& seen, const v1::Signed& offered, const Proof& proof,
           std::string_view origin = {}) {
    return witness(seen, offered, proof, key().public_key(), origin);
  }
  MemoryTiles log_;
};

TEST_F(Witness, AcceptsGrowth) {
  append(log_, 300);
  const Checkpoint seen = head(log_);
  append(log_, 300);
  const auto proof = *consistency_proof(300, 600, log_);
  const auto next = ask(seen, sign(head(log_)), proof);
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, head(log_));
}

TEST_F(Witness, AcceptsTheFirstAndTheSame) {
  append(log_, 5);
  EXPECT_TRUE(ask(std::nullopt, sign(head(log_)), {}));
  EXPECT_TRUE(ask(Checkpoint{}, sign(head(log_)), {}));
  EXPECT_TRUE(ask(std::nullopt, sign(head(log_)), {}, "log.example"));
  EXPECT_TRUE(ask(head(log_), sign(head(log_)), {}));
}

TEST_F(Witness, RefusesAnotherLog) {
  append(log_, 5);
  const auto other = sign(head(log_, "other.example"));
  EXPECT_EQ(ask(head(log_), other, {}).error(), WitnessRefusal::wrong_origin);
  EXPECT_EQ(ask(std::nullopt, other, {}, "log.example").error(), WitnessRefusal::wrong_origin);
}

TEST_F(Witness, RefusesAShrunkLog) {
  append(log_, 5);
  const auto old = sign(head(log_));
  append(log_, 5);
  EXPECT_EQ(ask(head(log_), old, {}).error(), WitnessRefusal::shrank);
}

TEST_F(Witness, RefusesAForkOfTheSameSize) {
  MemoryTiles other;
  append(log_, 7);
  append(other, 7, "forged");
  EXPECT_EQ(ask(head(log_), sign(head(other)), {}).error(), WitnessRefusal::forked);
}

TEST_F(Witness, KnowsAForkThatProvesItself) {
  MemoryTiles other;
  append(log_, 7);
  append(other, 20, "forged");
  const auto proof = *consistency_proof(7, 20, other);
  EXPECT_EQ(ask(head(log_), sign(head(other)), proof).error(), WitnessRefusal::forked);
}

TEST_F(Witness, RefusesBadProofs) {
  append(log_, 7);
  const Checkpoint seen = head(log_);
  append(log_, 13);
  Proof proof = *consistency_proof(7, 20, log_);
  EXPECT_EQ(ask(seen, sign(head(log_)), {}).error(), WitnessRefusal::bad_proof);
  proof.back()[5] ^= 4;
  EXPECT_EQ(ask(seen, sign(head(log_)), proof).error(), WitnessRefusal::bad_proof);
  EXPECT_EQ(ask(head(log_), sign(head(log_)), {Hash{}}).error(), WitnessRefusal::bad_proof);
}

TEST_F(Witness, RefusesWhatTheLedgerKeyDidNotSign) {
  append(log_, 7);
  const auto good = sign(head(log_));
  const auto stranger = *crypto::Sm2PrivateKey::generate();
  const auto refused = [&](const v1::Signed& offered) { return ask(std::nullopt, offered, {}).error(); };
  EXPECT_EQ(refused(*sign_checkpoint(head(log_), stranger)), WitnessRefusal::bad_signature);

  auto borrowed = *sign_checkpoint(head(log_), stranger);  // names the right key, holds another's signature
  borrowed.mutable_signatures(0)->set_key_id(good.signatures(0).key_id());
  EXPECT_EQ(refused(borrowed), WitnessRefusal::bad_signature);

  for (std::size_t i = 0; i < good.payload().size(); ++i) {
    auto changed = good;
    (*changed.mutable_payload())[i] ^= 1;
    EXPECT_EQ(refused(changed), WitnessRefusal::bad_signature) << i;
  }
  auto kind = good;
  kind.set_kind("policy");
  EXPECT_EQ(refused(kind), WitnessRefusal::bad_signature);
  auto unsigned_one = good;
  unsigned_one.clear_signatures();
  EXPECT_EQ(refused(unsigned_one), WitnessRefusal::bad_signature);
  EXPECT_EQ(refused(v1::Signed{}), WitnessRefusal::bad_signature);
}

TEST_F(Witness, NamesEveryRefusal) {
  EXPECT_EQ(name(WitnessRefusal::bad_signature), "bad_signature");
  EXPECT_EQ(name(WitnessRefusal::wrong_origin), "wrong_origin");
  EXPECT_EQ(name(WitnessRefusal::shrank), "shrank");
  EXPECT_EQ(name(WitnessRefusal::forked), "forked");
  EXPECT_EQ(name(WitnessRefusal::bad_proof), "bad_proof");
}

TEST(CheckpointForm, ComesBackAsItWasBuilt) {
  const Checkpoint checkpoint{"log.example", 9, Hash{7}, Timestamp{-5}};
  EXPECT_EQ(*parse_checkpoint(build_checkpoint(checkpoint)), checkpoint);
  const Checkpoint empty{"log.example", 0, empty_root(), Timestamp{1}};
  EXPECT_EQ(*parse_checkpoint(build_checkpoint(empty)), empty);
}

TEST(CheckpointForm, RefusesWhatIsNotOne) {
  const auto refused = [](auto change) {
    v1::Checkpoint message = to_wire({"log.example", 9, Hash{7}, Timestamp{5}});
    change(message);
    return from_wire(message).code();
  };
  EXPECT_EQ(refused([](auto& m) { m.set_version(2); }), Errc::unsupported);
  EXPECT_EQ(refused([](auto& m) { m.clear_origin(); }), Errc::malformed);
  EXPECT_EQ(refused([](auto& m) { m.set_origin(std::string(256, 'o')); }), Errc::malformed);
  EXPECT_EQ(refused([](auto& m) { m.set_size(kMaxSize + 1); }), Errc::malformed);
  EXPECT_EQ(refused([](auto& m) { m.set_root("short"); }), Errc::malformed);
  EXPECT_EQ(refused([](auto& m) { m.set_size(0); }), Errc::malformed);
  EXPECT_EQ(parse_checkpoint(Bytes(kMaxCheckpoint + 1)).code(), Errc::too_large);
  EXPECT_EQ(parse_checkpoint(Bytes{0xff, 0xff}).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::ledger
