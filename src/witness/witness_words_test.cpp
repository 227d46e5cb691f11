// Cosignatures, refusals, rounds, and what offline checks make of them.
#include <gtest/gtest.h>

#include "ledger/memory_tiles.h"
#include "pki/signed.h"
#include "schema/codec.h"
#include "witness/refusal.h"
#include "witness/round.h"
#include "witness/witnessed.h"

namespace kw::witness {
namespace {

using ledger::Checkpoint;

crypto::Sm2PrivateKey fresh() { return *crypto::Sm2PrivateKey::generate(); }
const crypto::Sm2PrivateKey& log_key() {
  static const auto made = fresh();
  return made;
}
void grow(ledger::MemoryTiles& log, int count, const std::string& kind = "e") {
  for (int i = 0; i < count; ++i) log.append(ledger::leaf_hash(bytes_of(kind + std::to_string(log.frontier().size()))));
}
Checkpoint head_of(const ledger::MemoryTiles& log, std::int64_t time = 10, std::string origin = "log.example") {
  return {std::move(origin), log.frontier().size(), log.frontier().root(), Timestamp{time}};
}
v1::Signed sealed(const Checkpoint& head) { return *ledger::sign_checkpoint(head, log_key()); }

TEST(Cosignatures, AreReadBackAndBoundToTheirKey) {
  ledger::MemoryTiles log;
  grow(log, 5);
  const auto key = fresh();
  const auto word = *cosign(head_of(log), "backup", Timestamp{77}, key);
  const auto said = open_cosignature(word, key.public_key());
  ASSERT_TRUE(said);
  EXPECT_EQ(said->witness, "backup");
  EXPECT_EQ(said->head.time.unix_ns, 77);
  EXPECT_TRUE(vouches(*said, head_of(log, 999))) << "the ledger's time is not what is vouched for";
  EXPECT_EQ(open_cosignature(word, fresh().public_key()).code(), Errc::bad_signature);
  auto changed = word;
  changed.mutable_payload()->back() ^= 1;
  EXPECT_FALSE(open_cosignature(changed, key.public_key()));
  EXPECT_EQ(open_cosignature(sealed(head_of(log)), log_key().public_key()).code(), Errc::malformed) << "another kind";
  EXPECT_EQ(cosign(head_of(log), "", Timestamp{1}, key).code(), Errc::invalid);
  EXPECT_EQ(cosign(head_of(log), std::string(65, 'a'), Timestamp{1}, key).code(), Errc::invalid);
  grow(log, 1);
  EXPECT_FALSE(vouches(*said, head_of(log)));
}

Refusal refusal(const Checkpoint& seen, const Checkpoint& offered, ledger::Proof proof = {}) {
  Refusal out;
  out.witness = "backup";
  out.reason = "forked";
  out.seen = sealed(seen);
  out.offered = sealed(offered);
  out.consistency = std::move(proof);
  out.time = Timestamp{5};
  return out;
}

TEST(Refusals, TravelWhole) {
  ledger::MemoryTiles log, other;
  grow(log, 5);
  grow(other, 5, "x");
  const auto key = fresh();
  const auto object = *sign_refusal(refusal(head_of(log), head_of(other)), key);
  const auto back = open_refusal(object, key.public_key());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->witness, "backup");
  EXPECT_EQ(weigh_refusal(*back, log_key().public_key()), Finding::forked);
  EXPECT_EQ(open_refusal(object, fresh().public_key()).code(), Errc::bad_signature);
  EXPECT_EQ(weigh_refusal(*back, fresh().public_key()), Finding::word_against) << "heads of somebody else's key";
}

TEST(Refusals, ProveWhatTheTwoHeadsContradict) {
  ledger::MemoryTiles log, other;
  grow(log, 300);
  grow(other, 299);
  grow(other, 1, "changed");
  const auto seen = head_of(log);
  const auto weigh = [](const Refusal& r) { return weigh_refusal(r, log_key().public_key()); };
  EXPECT_EQ(weigh(refusal(seen, head_of(other))), Finding::forked) << "same size";
  grow(other, 300);
  const auto own_history = *ledger::consistency_proof(300, 600, other);
  EXPECT_EQ(weigh(refusal(seen, head_of(other), own_history)), Finding::forked) << "grown from another past";
  grow(log, 300);
  const auto good = *ledger::consistency_proof(300, 600, log);
  EXPECT_EQ(weigh(refusal(seen, head_of(log), good)), Finding::word_against) << "it follows: the witness lies";
  EXPECT_EQ(weigh(refusal(seen, head_of(log), {})), Finding::word_against) << "no proof convicts nobody";
  EXPECT_EQ(weigh(refusal(head_of(log, 10), {"log.example", 0, ledger::empty_root(), Timestamp{11}})), Finding::shrank);
  EXPECT_EQ(weigh(refusal(head_of(log, 10), seen)), Finding::word_against) << "an old head, served again";
  EXPECT_EQ(weigh(refusal(seen, head_of(log, 10, "other.example"))), Finding::other_log);
  auto unseen = refusal(seen, head_of(other));
  unseen.seen.reset();
  EXPECT_EQ(weigh(unseen), Finding::word_against);
}

struct Voting {
  ledger::MemoryTiles log;
  std::map<std::string, crypto::Sm2PrivateKey> keys;
  Voting() { grow(log, 9); }
  Round round(QuorumRule rule) { return {sealed(head_of(log)), head_of(log), rule, Duration{0}}; }
  v1::Signed word(const std::string& witness) {
    return *cosign(head_of(log), witness, Timestamp{1}, keys.emplace(witness, fresh()).first->second);
  }
  bool take(Round& round, const std::string& witness, const std::string& site) {
    const auto object = word(witness);
    return round.take(*read_cosignature(object), object, site);
  }
};

TEST(Rounds, AskKiosksOfDifferentSites) {
  Voting v;
  auto round = v.round({2, 2});
  EXPECT_TRUE(round.pick("a1", "site a"));
  EXPECT_FALSE(round.pick("a2", "site a")) << "one of a site";
  EXPECT_FALSE(round.pick("a1", "site a")) << "asked once";
  EXPECT_TRUE(v.take(round, "a1", "site a"));
  EXPECT_FALSE(round.pick("a1", "site a"));
  EXPECT_TRUE(round.pick("b1", "site b"));
  EXPECT_FALSE(round.pick("c1", "site c")) << "enough are asked";
}

TEST(Rounds, CountSitesNotWords) {
  Voting v;
  auto round = v.round({2, 3});
  EXPECT_TRUE(v.take(round, "a1", "site a"));
  EXPECT_TRUE(v.take(round, "a2", "site a"));
  EXPECT_FALSE(v.take(round, "a2", "site a")) << "said already";
  EXPECT_FALSE(round.complete());
  EXPECT_TRUE(v.take(round, "backup", "named backup"));
  EXPECT_TRUE(round.complete());
  EXPECT_FALSE(round.over());
  EXPECT_TRUE(v.take(round, "b1", "site b"));
  EXPECT_TRUE(round.over());
  EXPECT_EQ(round.witnessed().cosignatures_size(), 4);
  grow(v.log, 1);
  EXPECT_FALSE(v.take(round, "c1", "site c")) << "another head";
}

TEST(Witnessed, NeedsAsManyKnownKeysAsAsked) {
  Voting v;
  auto round = v.round({2, 3});
  for (const auto* who : {"a", "b", "stranger"}) v.take(round, who, who);
  const auto object = round.witnessed();
  const auto check = [&](std::size_t needed) {
    return verify_witnessed(object, log_key().public_key(), {v.keys.at("a").public_key(), v.keys.at("b").public_key()},
                            needed);
  };
  ASSERT_TRUE(check(2));
  EXPECT_EQ(check(2)->witnesses, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(check(2)->head.size, 9u);
  EXPECT_EQ(check(3).code(), Errc::untrusted);
  EXPECT_EQ(verify_witnessed(object, fresh().public_key(), {}, 0).code(), Errc::bad_signature);

  auto twice = object;
  *twice.add_cosignatures() = object.cosignatures(0);
  EXPECT_EQ(verify_witnessed(twice, log_key().public_key(), {v.keys.at("a").public_key()}, 2).code(), Errc::untrusted)
      << "one key counts once";
  auto elsewhere = object;
  grow(v.log, 1);
  *elsewhere.mutable_cosignatures(0) = v.word("a");
  EXPECT_EQ(verify_witnessed(elsewhere, log_key().public_key(), {v.keys.at("a").public_key()}, 1).code(),
            Errc::untrusted);
  auto false_word = object;
  false_word.mutable_cosignatures(0)->mutable_signatures(0)->mutable_value()->back() ^= 1;
  EXPECT_EQ(verify_witnessed(false_word, log_key().public_key(), {v.keys.at("a").public_key()}, 0).code(),
            Errc::bad_signature);
}

}  // namespace
}  // namespace kw::witness
