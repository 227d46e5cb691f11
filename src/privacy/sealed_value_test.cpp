#include "privacy/sealed_value.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace kw::privacy {
namespace {

struct Bed {
  crypto::SystemRandom random;
  SecretBytes key{random.bytes(16)};
  SubjectId subject = SubjectId::make({}, random);
  SubjectKeyId key_id = SubjectKeyId::make({}, random);
  Place place{"platform", "enrol.approved", "custodian", EventId::make({}, random), Timestamp::from_seconds(1)};
  SealedValue sealed(std::string_view text) { return *seal_value(text, place, subject, key_id, key, random); }
};

TEST(SealedValue, TellsWhoseItIsAndOpensWithTheKey) {
  Bed bed;
  const std::vector<std::string> texts{"",
                                       "张三",
                                       std::string(31, 'x'),
                                       std::string(32, 'x'),
                                       std::string(kMostPlain, 'x'),
                                       std::string("ends in zeros\0\0", 15)};
  for (const auto& text : texts) {
    const auto parsed = parse_sealed(bed.sealed(text).text());
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->subject, bed.subject);
    EXPECT_EQ(parsed->key, bed.key_id);
    const auto opened = open_value(*parsed, bed.place, bed.key);
    ASSERT_TRUE(opened.has_value());
    EXPECT_EQ(*opened, text);
    EXPECT_LE(parsed->text().size(), kMostSealed);
  }
}

TEST(SealedValue, HidesTheLengthOfAName) {
  Bed bed;
  EXPECT_EQ(bed.sealed("张三").text().size(), bed.sealed("司马相如").text().size());
  EXPECT_NE(bed.sealed("张三").text(), bed.sealed("张三").text());
}

TEST(SealedValue, OpensNowhereElse) {
  Bed bed;
  const auto sealed = bed.sealed("张三");
  const auto refused = [&](Place place, const SealedValue& value, const SecretBytes& key) {
    const auto opened = open_value(value, place, key);
    return !opened && opened.code() == Errc::decrypt_failed;
  };
  ASSERT_FALSE(refused(bed.place, sealed, bed.key));
  auto other = bed.place;
  other.ledger = "other";
  EXPECT_TRUE(refused(other, sealed, bed.key));
  other = bed.place;
  other.type = "enrol.rejected";
  EXPECT_TRUE(refused(other, sealed, bed.key));
  other = bed.place;
  other.param = "custodian_phone";
  EXPECT_TRUE(refused(other, sealed, bed.key));
  other = bed.place;
  other.entry = EventId::make({}, bed.random);
  EXPECT_TRUE(refused(other, sealed, bed.key));
  other = bed.place;
  other.time.unix_ns += 1;
  EXPECT_TRUE(refused(other, sealed, bed.key));
  auto changed = sealed;
  changed.subject = SubjectId::make({}, bed.random);
  EXPECT_TRUE(refused(bed.place, changed, bed.key));
  changed = sealed;
  changed.ciphertext.back() ^= 1;
  EXPECT_TRUE(refused(bed.place, changed, bed.key));
  EXPECT_TRUE(refused(bed.place, sealed, SecretBytes(16)));
}

TEST(SealedValue, ShowsAPseudonymWithoutTheKey) {
  Bed bed;
  EXPECT_EQ(without_key(bed.sealed("张三").text()), "person-" + bed.subject.text().substr(20));
  EXPECT_EQ(without_key("kwp1:abc"), "[unreadable]");
  EXPECT_EQ(without_key("张三"), "张三");
}

TEST(SealedValue, RefusesWhatIsNone) {
  Bed bed;
  const auto good = bed.sealed("张三").text();
  const auto code = [](std::string_view text) {
    const auto parsed = parse_sealed(text);
    return parsed ? Errc::internal : parsed.code();
  };
  EXPECT_EQ(code("张三"), Errc::malformed);
  EXPECT_EQ(code(""), Errc::malformed);
  EXPECT_EQ(code("kwp1:"), Errc::truncated);
  EXPECT_EQ(code("kwp1:!"), Errc::malformed);
  EXPECT_EQ(code(good.substr(0, 65)), Errc::truncated);
  EXPECT_EQ(code("kwp1:" + to_base64(Bytes{2})), Errc::unsupported);
  EXPECT_EQ(code("kwp1:" + std::string(kMostSealed, 'A')), Errc::too_large);
  auto odd = *from_base64(good.substr(5));
  odd.push_back(0);
  EXPECT_EQ(code("kwp1:" + to_base64(odd)), Errc::malformed);
  EXPECT_EQ(
      seal_value(std::string(kMostPlain + 1, 'x'), bed.place, bed.subject, bed.key_id, bed.key, bed.random).code(),
      Errc::too_large);
}

}  // namespace
}  // namespace kw::privacy
