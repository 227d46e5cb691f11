// Proofs of a small ledger, whole and altered in every part.
#include "cli/api/audit_proof.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "ledger/memory_tiles.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
constexpr std::uint64_t kSize = 37, kIndex = 11;

class AuditProofTest : public ::testing::Test {
 protected:
  static const crypto::Sm2PrivateKey& key() {
    static const auto made = crypto::Sm2PrivateKey::generate();
    return *made;
  }
  void SetUp() override {
    ledger::MemoryTiles tiles;
    for (std::uint64_t i = 0; i < kSize; ++i) tiles.append(leaf(i));
    const auto path = ledger::inclusion_proof(kIndex, kSize, tiles);
    ASSERT_TRUE(path.has_value());
    const ledger::Checkpoint head{"kioskward/test", kSize, tiles.frontier().root(),
                                  Timestamp{1'795'000'000'123'456'789}};
    const auto object = ledger::sign_checkpoint(head, key());
    ASSERT_TRUE(object.has_value());
    json::array hashes;
    for (const auto& hash : *path) hashes.emplace_back(to_hex(hash));
    answer_ = json::object{{"index", kIndex},
                           {"leaf_hash", to_hex(leaf(kIndex))},
                           {"path", hashes},
                           {"checkpoint", json::object{{"origin", head.origin},
                                                       {"size", head.size},
                                                       {"root", to_hex(head.root)},
                                                       {"time", to_rfc3339(head.time)}}},
                           {"signature", to_hex(bytes_of(object->signatures(0).value()))},
                           {"key_id", to_hex(bytes_of(object->signatures(0).key_id()))},
                           {"verified", true}};
    answer_ = json::parse(json::serialize(answer_)).as_object();  // numbers as a parser gives them
  }
  static ledger::Hash leaf(std::uint64_t i) { return ledger::leaf_hash(bytes_of("entry " + std::to_string(i))); }
  static void flip(json::string& hex) { hex.back() = hex.back() == '0' ? '1' : '0'; }
  Result<AuditProof> parsed() { return parse_proof(answer_); }
  AuditProof proof() {
    auto out = parsed();
    EXPECT_TRUE(out.has_value()) << json::serialize(answer_);
    return out.value_or(AuditProof());
  }
  json::object answer_;
};

TEST_F(AuditProofTest, AGoodProofHolds) {
  const auto proof = parsed();
  ASSERT_TRUE(proof.has_value()) << proof.error().text();
  EXPECT_TRUE(check_inclusion(*proof, kIndex));
  EXPECT_TRUE(check_signature(*proof, key().public_key()));
}

TEST_F(AuditProofTest, EveryAlterationIsSeen) {
  const auto whole = answer_;
  flip(answer_["leaf_hash"].as_string());
  EXPECT_EQ(check_inclusion(proof(), kIndex).code(), Errc::untrusted);
  answer_ = whole;
  for (std::size_t i = 0; i < whole.at("path").as_array().size(); ++i) {
    answer_ = whole;
    flip(answer_["path"].as_array()[i].as_string());
    EXPECT_EQ(check_inclusion(proof(), kIndex).code(), Errc::untrusted) << i;
  }
  answer_ = whole;
  answer_["path"].as_array().pop_back();
  EXPECT_FALSE(check_inclusion(proof(), kIndex));
  answer_ = whole;
  answer_["index"] = 12;
  EXPECT_EQ(check_inclusion(proof(), kIndex).code(), Errc::untrusted) << "the proof of another entry";
  EXPECT_FALSE(check_inclusion(proof(), 12));
  answer_ = whole;
  flip(answer_["checkpoint"].as_object()["root"].as_string());
  EXPECT_EQ(check_inclusion(proof(), kIndex).code(), Errc::untrusted);
  EXPECT_EQ(check_signature(proof(), key().public_key()).code(), Errc::bad_signature);
}

TEST_F(AuditProofTest, TheSignatureCoversTheWholeCheckpointAndIsOfTheKey) {
  const auto whole = answer_;
  answer_["checkpoint"].as_object()["size"] = std::int64_t{kSize + 1};
  EXPECT_EQ(check_signature(proof(), key().public_key()).code(), Errc::bad_signature);
  answer_ = whole;
  answer_["checkpoint"].as_object()["time"] = "2026-11-18T11:06:40.123456788Z";
  EXPECT_EQ(check_signature(proof(), key().public_key()).code(), Errc::bad_signature);
  answer_ = whole;
  answer_["checkpoint"].as_object()["origin"] = "kioskward/tesu";
  EXPECT_EQ(check_signature(proof(), key().public_key()).code(), Errc::bad_signature);
  answer_ = whole;
  EXPECT_EQ(check_signature(proof(), crypto::Sm2PrivateKey::generate()->public_key()).code(), Errc::bad_signature);
}

TEST_F(AuditProofTest, WrongFormsAreTyped) {
  const auto whole = answer_;
  for (const auto* name : {"index", "leaf_hash", "path", "checkpoint"}) {
    answer_ = whole;
    answer_[name] = -1;
    EXPECT_EQ(parsed().code(), Errc::malformed) << name;
  }
  for (const auto* name : {"index", "leaf_hash", "path", "checkpoint", "signature", "key_id"}) {
    answer_ = whole;
    answer_[name] = "zz";
    EXPECT_EQ(parsed().code(), Errc::malformed) << name;
  }
  answer_ = whole;
  answer_["path"] = json::array(65, whole.at("leaf_hash"));
  EXPECT_EQ(parsed().code(), Errc::too_large);
  answer_ = whole;
  answer_["signature"] = std::string(2000, 'a');
  EXPECT_EQ(parsed().code(), Errc::too_large);
  EXPECT_EQ(parse_proof(json::value(1)).code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::cli
