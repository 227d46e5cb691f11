#include "vault/record.h"

#include <gtest/gtest.h>

#include "schema/codec.h"
#include "vault/sample_records.h"
#include "vault/test_keys.h"

namespace kw::vault {
namespace {

const CellPlace kCase{{"shenzhen", "cases", bytes_of("case-1"), 2}, "body"};

struct Records : ::testing::Test {
  void SetUp() override { ASSERT_TRUE(ring.add(key_of(KeyUse::record, "cases", {key_id(1), 1}), KeyState::active)); }
  Result<Bytes> seal(const Record& record, const RecordDictionary* dictionary) {
    return seal_record(**ring.sealing(purpose_of(KeyUse::record, "cases")), kCase, Grade::three, record, dictionary,
                       random);
  }
  static RecordDictionary trained() {
    std::vector<SecretBytes> samples;
    std::vector<ByteView> views;
    for (unsigned i = 0; i < 400; ++i) samples.push_back(sample_record(i).serialised());
    for (const auto& sample : samples) views.push_back(sample.reveal());
    return *RecordDictionary::load(*train_dictionary(views, 8192));
  }
  KeyRing ring;
  CountingRandom random;
};

TEST_F(Records, ComeBackWithAndWithoutADictionary) {
  const auto dictionary = trained();
  const auto record = sample_record(1234);
  for (const auto* with : {static_cast<const RecordDictionary*>(nullptr), &dictionary}) {
    const auto sealed = seal(record, with);
    ASSERT_TRUE(sealed);
    const auto header = record_header(*sealed);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->codec, with == nullptr ? 0 : 2);  // so short a case does not shrink by itself
    EXPECT_EQ(header->dictionary, with == nullptr ? 0 : dictionary.id());
    const auto opened = open_record(ring, kCase, *sealed, with);
    ASSERT_TRUE(opened);
    EXPECT_EQ(copy(opened->serialised().reveal()), copy(record.serialised().reveal()));
    EXPECT_EQ(opened->find("holder_name")->text(), record.find("holder_name")->text());
    EXPECT_EQ(opened->find("nothing"), nullptr);
  }
  EXPECT_LT(seal(record, &dictionary)->size(), seal(record, nullptr)->size());
}

TEST_F(Records, OfOneValueAreNeverCompressed) {
  Record record("cases");
  ASSERT_TRUE(record.text("note", std::string(1000, 'x')));
  const auto sealed = seal(record, nullptr);
  EXPECT_EQ(record_header(*sealed)->codec, 0);
  EXPECT_GT(sealed->size(), 1000U);
  EXPECT_TRUE(open_record(ring, kCase, *sealed, nullptr));
  ASSERT_TRUE(record.flag("done", true));
  EXPECT_LT(seal(record, nullptr)->size(), 300U);
}

TEST_F(Records, OpenInTheirPlaceAlone) {
  const auto sealed = *seal(sample_record(1), nullptr);
  auto other = kCase;
  other.row.row_version = 1;
  EXPECT_EQ(open_record(ring, other, sealed, nullptr).code(), Errc::decrypt_failed);
  other = kCase;
  other.row.primary_key = bytes_of("case-2");
  EXPECT_EQ(open_record(ring, other, sealed, nullptr).code(), Errc::decrypt_failed);
  other = kCase;
  other.column = "attachment";
  EXPECT_EQ(open_record(ring, other, sealed, nullptr).code(), Errc::decrypt_failed);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto broken = sealed;
    broken[i] ^= 1;
    EXPECT_EQ(open_record(ring, kCase, broken, nullptr).code(), Errc::decrypt_failed) << i;
    EXPECT_EQ(open_record(ring, kCase, ByteView(sealed).first(i), nullptr).code(), Errc::decrypt_failed) << i;
  }
}

TEST_F(Records, NeedTheirOwnDictionary) {
  const auto dictionary = trained();
  const auto other = *RecordDictionary::load(bytes_of("another dictionary, of plain content"));
  const auto sealed = *seal(sample_record(1), &dictionary);
  EXPECT_EQ(open_record(ring, kCase, sealed, nullptr).code(), Errc::decrypt_failed);
  EXPECT_EQ(open_record(ring, kCase, sealed, &other).code(), Errc::decrypt_failed);
  EXPECT_TRUE(open_record(ring, kCase, *seal(sample_record(1), &other), &other));
  EXPECT_EQ(RecordDictionary::load(bytes_of("short")).code(), Errc::malformed);
  EXPECT_EQ(RecordDictionary::load(Bytes(kMostDictionary + 1)).code(), Errc::too_large);
  EXPECT_EQ(train_dictionary({}, 8192).code(), Errc::invalid);
}

TEST_F(Records, AKeyOfTheirOwnOpensOneRecordAndNoOther) {
  const auto own = key_of(KeyUse::record, record_scope("cases", kCase.row.primary_key), {key_id(5), 1});
  auto other = kCase;
  other.row.primary_key = bytes_of("case-2");
  EXPECT_TRUE(seal_record(own, kCase, Grade::three, sample_record(1), nullptr, random));
  EXPECT_EQ(seal_record(own, other, Grade::three, sample_record(1), nullptr, random).code(), Errc::wrong_usage);
}

TEST_F(Records, OfASessionGoWithItsKey) {
  const CellPlace session{{"shenzhen", "sessions", bytes_of("session-1"), 1}, "body"};
  ASSERT_TRUE(
      ring.add(key_of(KeyUse::session, session_scope(session.row.primary_key), {key_id(6), 1}), KeyState::active));
  const auto sealed =
      *seal_record(**ring.opening({key_id(6), 1}), session, Grade::four, sample_record(1), nullptr, random);
  EXPECT_TRUE(open_record(ring, session, sealed, nullptr));
  EXPECT_EQ(seal_record(**ring.opening({key_id(6), 1}), kCase, Grade::four, sample_record(1), nullptr, random).code(),
            Errc::wrong_usage);
  ASSERT_TRUE(ring.act({key_id(6), 1}, KeyAct::disable));
  ASSERT_TRUE(ring.act({key_id(6), 1}, KeyAct::destroy));
  EXPECT_EQ(open_record(ring, session, sealed, nullptr).code(), Errc::decrypt_failed);
}

TEST_F(Records, AFrameThatPromisesTooMuchIsRefusedBeforeMemoryIsTaken) {
  const auto bomb = compress_plain(Bytes(kMostRecord + 1));
  ASSERT_TRUE(bomb);
  EXPECT_LT(bomb->size(), 1000U);
  EXPECT_EQ(decompress_plain(bomb->reveal(), kMostRecord).code(), Errc::too_large);
  EXPECT_EQ(decompress_plain(bytes_of("no frame at all"), kMostRecord).code(), Errc::malformed);
  EXPECT_EQ(decompress_plain(bomb->reveal().first(bomb->size() - 1), 2 * kMostRecord).code(), Errc::malformed);
}

TEST_F(Records, PayloadsAreChecked) {
  Record record("cases");
  ASSERT_TRUE(record.number("year", -5));
  ASSERT_TRUE(record.octets("photo", Bytes(3, 9)));
  EXPECT_EQ(record.flag("year", true).code(), Errc::already_exists);
  EXPECT_EQ(record.text("", "x").code(), Errc::invalid);
  const auto parsed = Record::parse(record.serialised().reveal());
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->find("year")->number(), -5);
  v1::RecordPayload bad = [] {
    v1::RecordPayload out;
    out.set_version(1);
    out.set_matter("m");
    return out;
  }();
  const auto code = [&] { return Record::parse(schema::serialise(bad)).code(); };
  bad.add_values()->set_field("empty");
  EXPECT_EQ(code(), Errc::malformed);
  bad.mutable_values(0)->set_number(1);
  *bad.add_values() = bad.values(0);
  EXPECT_EQ(code(), Errc::malformed);
  bad.set_version(2);
  EXPECT_EQ(code(), Errc::unsupported);
  EXPECT_EQ(Record::parse(Bytes(5, 0xff)).code(), Errc::malformed);
  Record moved = std::move(record);
  EXPECT_EQ(moved.values().size(), 2);
}

}  // namespace
}  // namespace kw::vault
