// A field opens in its place, under its key, as it was sealed, and nowhere else.
#include "vault/field.h"

#include <gtest/gtest.h>

#include "vault/test_keys.h"

namespace kw::vault {
namespace {

const DataKey kPhoneKey = key_of(KeyUse::column, "permits/phone", {key_id(1), 4});

CellPlace phone_of(std::string_view primary_key, std::uint64_t version) {
  return {{"shenzhen", "permits", bytes_of(primary_key), version}, "phone"};
}
Bytes sealed_phone(const CellPlace& place, std::string_view phone, Random& random) {
  return *seal_field(kPhoneKey, place, Grade::three, bytes_of(phone), random);
}

TEST(Field, ComesBackAtEveryLengthAndTellsItsLengthInSteps) {
  CountingRandom random;
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 64U, 1000U, 65536U}) {
    const Bytes plain(size, 0x80);  // looks like padding
    const auto sealed = seal_field(kPhoneKey, phone_of("17", 1), Grade::three, plain, random);
    ASSERT_TRUE(sealed);
    EXPECT_EQ(sealed->size(), kHeader + kSalt + (size / 32 + 1) * 32 + 16);
    EXPECT_LE(sealed->size(), kMostSealedField);
    EXPECT_EQ(copy(open_field(kPhoneKey, phone_of("17", 1), *sealed)->reveal()), plain);
  }
  EXPECT_EQ(seal_field(kPhoneKey, phone_of("17", 1), Grade::one, Bytes(kMostField + 1), random).code(),
            Errc::too_large);
}

TEST(Field, HeaderTellsKeyAndGrade) {
  CountingRandom random;
  const auto header = field_header(sealed_phone(phone_of("17", 1), "1", random));
  ASSERT_TRUE(header);
  EXPECT_EQ(*header, (FormHeader{Form::field, 3, {key_id(1), 4}}));
}

TEST(Field, SwappedCopiedAndRolledBackCiphertextsDoNotOpen) {
  CountingRandom random;
  const auto mine = sealed_phone(phone_of("17", 5), "13800138000", random);
  const auto yours = sealed_phone(phone_of("18", 5), "13900139000", random);
  const auto older = sealed_phone(phone_of("17", 4), "13700137000", random);
  EXPECT_TRUE(open_field(kPhoneKey, phone_of("17", 5), mine));
  EXPECT_EQ(open_field(kPhoneKey, phone_of("17", 5), yours).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_field(kPhoneKey, phone_of("18", 5), mine).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_field(kPhoneKey, phone_of("17", 5), older).code(), Errc::decrypt_failed);

  auto place = phone_of("17", 5);
  place.row.tenant = "guangzhou";
  EXPECT_EQ(open_field(kPhoneKey, place, mine).code(), Errc::decrypt_failed);
  // another table or column, even where somebody gave both one and the same key
  const auto same_octets = key_of(KeyUse::column, "archive/phone", {key_id(1), 4});
  place = phone_of("17", 5);
  place.row.table = "archive";
  EXPECT_EQ(open_field(same_octets, place, mine).code(), Errc::decrypt_failed);
  const auto fax = key_of(KeyUse::column, "permits/fax", {key_id(1), 4});
  place = phone_of("17", 5);
  place.column = "fax";
  EXPECT_EQ(open_field(fax, place, mine).code(), Errc::decrypt_failed);
  // words that run into each other are not the same place
  const auto shifted = key_of(KeyUse::column, "permit/sphone", {key_id(1), 4});
  EXPECT_EQ(open_field(shifted, {{"shenzhen", "permit", bytes_of("17"), 5}, "sphone"}, mine).code(),
            Errc::decrypt_failed);
}

TEST(Field, EveryBrokenOctetAndEveryCutIsOneError) {
  CountingRandom random;
  const auto place = phone_of("17", 1);
  const auto sealed = sealed_phone(place, "13800138000", random);
  KeyRing ring;
  ASSERT_TRUE(ring.add(key_of(KeyUse::column, "permits/phone", {key_id(1), 4}), KeyState::active));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto broken = sealed;
    broken[i] ^= 0x40;
    EXPECT_EQ(open_field(ring, place, broken).code(), Errc::decrypt_failed) << i;
    EXPECT_EQ(open_field(ring, place, ByteView(sealed).first(i)).code(), Errc::decrypt_failed) << i;
  }
  auto longer = sealed;
  longer.resize(longer.size() + 32);
  EXPECT_EQ(open_field(ring, place, longer).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_field(KeyRing(), place, sealed).code(), Errc::decrypt_failed);
}

TEST(Field, HeadersOfOtherKindsSayWhatIsWrong) {
  CountingRandom random;
  const auto sealed = sealed_phone(phone_of("17", 1), "1", random);
  const auto with = [&](std::size_t at, Byte value) {
    auto out = sealed;
    out[at] = value;
    return field_header(out).code();
  };
  EXPECT_EQ(with(0, 'k'), Errc::malformed);
  EXPECT_EQ(with(2, 2), Errc::unsupported);
  EXPECT_EQ(with(3, 2), Errc::malformed);
  EXPECT_EQ(with(4, 2), Errc::unsupported);
  EXPECT_EQ(with(5, 0), Errc::malformed);
  EXPECT_EQ(with(5, 5), Errc::malformed);
  EXPECT_EQ(field_header(ByteView(sealed).first(60)).code(), Errc::truncated);
  EXPECT_EQ(field_header(Bytes(kMostSealedField + 1)).code(), Errc::too_large);
}

TEST(Field, KeysOfOtherPurposesSealNothing) {
  CountingRandom random;
  const auto place = phone_of("17", 1);
  for (const auto& key :
       {key_of(KeyUse::column, "permits/fax", {key_id(1), 4}), key_of(KeyUse::column, "permits", {key_id(1), 4}),
        key_of(KeyUse::record, "permits/phone", {key_id(1), 4})})
    EXPECT_EQ(seal_field(key, place, Grade::two, bytes_of("1"), random).code(), Errc::wrong_usage);
  auto nowhere = place;
  nowhere.row.primary_key = {};
  EXPECT_EQ(seal_field(kPhoneKey, nowhere, Grade::two, bytes_of("1"), random).code(), Errc::invalid);
}

TEST(Field, EqualValuesAreNeverEqualCiphertexts) {
  CountingRandom random;
  EXPECT_NE(sealed_phone(phone_of("17", 1), "1", random), sealed_phone(phone_of("17", 1), "1", random));
}

}  // namespace
}  // namespace kw::vault
