#include "server/witness_service.h"

#include "schema/codec.h"
#include "server/secret_file.h"
#include "server/testing/link_bed.h"
#include "witness/witnessed.h"

namespace kw::server {
namespace {

using namespace std::chrono_literals;
using testing::code;
using testing::good;
using testing::LinkBed;
using testing::take;
using testing::TemporaryDirectory;

struct WitnessServiceTest : ::testing::Test {
  struct Voter {
    WitnessService::Kiosk kiosk;
    crypto::Sm2PrivateKey key = take(crypto::Sm2PrivateKey::generate());
    std::uint64_t seen = 0;
  };
  Voter voter(const std::string& site) {
    return {{DeviceId::make(bed.platform.clock.now(), bed.platform.random), site}};
  }
  static WitnessOptions options(const crypto::Sm2PrivateKey& backup) {
    WitnessOptions out;
    out.rule = {2, 3};
    out.named.push_back({"backup", "", backup.public_key()});
    return out;
  }
  void grow() {
    const auto position = take(bed.platform.changes.run([](Change& change) -> Result<std::int64_t> {
      KW_CHECK(change.record({.type = "audit.read"}));
      return change.position();
    }));
    ASSERT_TRUE(bed.soon([&] { return bed.feeder->durable_through() >= position; }));
    good(bed.keeper->tick(true));
  }
  /// beat is one heartbeat: what was asked for last is said, the answer kept.
  bool beat(Voter& who) {
    v1::Heartbeat out;
    if (who.kiosk.device == asked_for) *out.mutable_cosignature() = word;
    good(service.hear(who.kiosk, who.key.public_key(), out));
    const auto offer = take(service.offer(who.kiosk, who.seen));
    who.seen = offer.head.checkpoint.size;
    asked_for = offer.cosign ? who.kiosk.device : DeviceId();
    if (offer.cosign)
      word = take(witness::cosign(offer.head.checkpoint, who.kiosk.device.text(), bed.platform.clock.now(), who.key));
    return offer.cosign;
  }
  bool sign(Voter& who) {
    const bool asked = beat(who);
    beat(who);
    return asked;
  }
  Result<> say_for(const std::string& name, const crypto::Sm2PrivateKey& with) {
    const auto offer = take(service.head_for(0));
    return service.say(take(witness::cosign(offer.head.checkpoint, name, bed.platform.clock.now(), with)));
  }

  LinkBed bed;
  testing::TemporaryDirectory dir;
  crypto::Sm2PrivateKey backup = take(crypto::Sm2PrivateKey::generate());
  WitnessService service{bed.platform.changes, *bed.keeper, dir.path(), options(backup), bed.log};
  DeviceId asked_for;
  v1::Signed word;
  void SetUp() override { good(service.load(testing::test_keys().ledger_key().public_key())); }
};

TEST_F(WitnessServiceTest, KiosksOfTwoSitesMakeAHeadWitnessed) {
  grow();
  auto a = voter("a"), also_a = voter("a"), b = voter("b");
  EXPECT_EQ(service.report().quorum, Quorum::none);
  EXPECT_TRUE(sign(a));
  EXPECT_FALSE(sign(also_a)) << "one of a site";
  EXPECT_EQ(code(service.witnessed()), Errc::not_found);
  EXPECT_TRUE(sign(b));
  const auto object = take(service.witnessed());
  const auto checked = witness::verify_witnessed(object, testing::test_keys().ledger_key().public_key(),
                                                 {a.key.public_key(), b.key.public_key()}, 2);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->head.size, a.seen);
  EXPECT_EQ(service.report().quorum, Quorum::met);
  const auto stored =
      take(schema::parse<v1::WitnessedCheckpoint>(take(read_public(dir.path() / "witnessed.kww")), 1 << 16));
  EXPECT_EQ(stored.cosignatures_size(), 2);

  WitnessService next{bed.platform.changes, *bed.keeper, dir.path(), options(backup), bed.log};
  good(next.load(testing::test_keys().ledger_key().public_key()));
  EXPECT_EQ(next.report().witnessed->size, a.seen) << "kept over a restart";
}

TEST_F(WitnessServiceTest, ANamedWitnessIsASiteOfItsOwn) {
  grow();
  auto a = voter("a");
  sign(a);
  EXPECT_EQ(code(say_for("backup", a.key)), Errc::forbidden) << "not its key";
  EXPECT_EQ(code(say_for("police", backup)), Errc::malformed) << "not its name";
  good(say_for("backup", backup));
  EXPECT_EQ(service.report().by, (std::vector<std::string>{a.kiosk.device.text(), "backup"}));
}

TEST_F(WitnessServiceTest, ARoundWaitsForItsTimeAndThenANewerHeadIsSigned) {
  grow();
  auto a = voter("a"), b = voter("b");
  sign(a);
  const auto first = a.seen;
  grow();
  EXPECT_FALSE(beat(a)) << "asked once a round";
  EXPECT_GT(a.seen, first) << "and shown the newest head meanwhile";
  bed.platform.clock.advance(31s);
  EXPECT_TRUE(sign(a));
  EXPECT_TRUE(sign(b));
  EXPECT_EQ(service.report().witnessed->size, a.seen);
}

TEST_F(WitnessServiceTest, OthersWordsAreRefused) {
  grow();
  auto a = voter("a"), b = voter("b");
  beat(a);
  v1::Heartbeat stolen;
  *stolen.mutable_cosignature() = word;
  EXPECT_EQ(code(service.hear(b.kiosk, b.key.public_key(), stolen)), Errc::bad_signature);
  EXPECT_EQ(code(service.hear(b.kiosk, a.key.public_key(), stolen)), Errc::malformed) << "in another's name";
}

TEST_F(WitnessServiceTest, ARefusalIsKeptShownAndEndsWithTheNextGoodHeartbeat) {
  grow();
  auto a = voter("a");
  const auto head = take(service.newest());
  witness::Refusal refusal;
  refusal.witness = a.kiosk.device.text();
  refusal.reason = "forked";
  refusal.seen = refusal.offered = head.object;
  v1::Heartbeat beat_of;
  *beat_of.mutable_refusal() = take(witness::sign_refusal(refusal, a.key));
  good(service.hear(a.kiosk, a.key.public_key(), beat_of));
  EXPECT_EQ(service.report().standings.at(0).refuses, "forked");
  EXPECT_FALSE(take(service.offer(a.kiosk, 0)).cosign) << "who refuses is not asked to sign";
  EXPECT_FALSE(take(read_public(dir.path() / "refusals" / (a.kiosk.device.text() + ".kwr"))).empty());
  good(service.hear(a.kiosk, a.key.public_key(), {}));
  EXPECT_EQ(service.report().standings.at(0).witness, "backup") << "nobody refuses";

  refusal.witness = "backup";
  good(service.say(take(witness::sign_refusal(refusal, backup))));
  EXPECT_EQ(bed.recorded("ledger.refused").params().at("proves"), "word_against");
}

TEST_F(WitnessServiceTest, BelowQuorumTheLedgerGoesOnWithAnAlarmUntilItIsMetAgain) {
  grow();
  good(service.tick());
  bed.platform.clock.advance(4min);
  good(service.tick());
  EXPECT_NE(service.report().quorum, Quorum::below);
  bed.platform.clock.advance(2min);
  good(service.tick());
  EXPECT_EQ(service.report().quorum, Quorum::below);
  EXPECT_EQ(bed.recorded("ledger.quorum.lost").params().at("witnessed_size"), "0");
  bed.platform.clock.advance(10min);
  good(service.tick());
  EXPECT_EQ(bed.entries("ledger.quorum.lost").size(), 1u) << "told once";
  grow();
  auto a = voter("a"), b = voter("b");
  sign(a);
  sign(b);
  good(service.tick());
  EXPECT_EQ(service.report().quorum, Quorum::met);
  bed.recorded("ledger.quorum.restored");
}

}  // namespace
}  // namespace kw::server
