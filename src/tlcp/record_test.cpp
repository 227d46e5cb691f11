#include <gtest/gtest.h>

#include "base/writer.h"
#include "crypto/sm4.h"
#include "tests/support/tlcp/peers.h"

namespace kw::tlcp::testing {
namespace {

Failure failure_of(ByteView wire) {
  RecordReader reader;
  reader.feed(wire);
  const auto record = reader.next();
  EXPECT_FALSE(record);
  return record ? Failure::crypto_failed : record.error();
}

TEST(RecordReader, judges_a_header_as_soon_as_it_can) {
  EXPECT_EQ(failure_of(bytes_of("G")), Failure::malformed_record);
  EXPECT_EQ(failure_of(Bytes{19}), Failure::malformed_record);
  EXPECT_EQ(failure_of(Bytes{24}), Failure::malformed_record);
  EXPECT_EQ(failure_of(Bytes{22, 3, 1}), Failure::wrong_version);
  EXPECT_EQ(failure_of(Bytes{22, 1, 0}), Failure::wrong_version);
  EXPECT_EQ(failure_of(Bytes{22, 1, 1, 0x48, 0x01}), Failure::record_too_large);
}

TEST(RecordReader, gives_records_of_any_cut) {
  auto wire = encode_record(ContentType::handshake, bytes_of("abc"));
  append(wire, encode_record(ContentType::alert, {}));
  RecordReader reader;
  std::vector<std::string> seen;
  for (const auto octet : wire) {
    reader.feed(ByteView(&octet, 1));
    while (true) {
      const auto record = reader.next();
      ASSERT_TRUE(record);
      if (!*record) break;
      seen.push_back(copy_text((*record)->fragment));
    }
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"abc", ""}));
  EXPECT_TRUE(reader.empty());
}

DirectionKeys keys(Suite suite) {
  CountingRandom random(5);
  const auto size = sizes(suite);
  return {SecretBytes(random.bytes(size.mac_key)), SecretBytes(random.bytes(size.cipher_key)),
          SecretBytes(random.bytes(size.fixed_iv))};
}

class Protection : public ::testing::TestWithParam<Suite> {
 protected:
  std::unique_ptr<RecordProtection> make() { return make_protection(GetParam(), keys(GetParam()), random_).value(); }
  CountingRandom random_;
};

TEST_P(Protection, opens_what_it_sealed_at_every_length) {
  const auto writer = make(), reader = make();
  for (std::size_t n : {0UL, 1UL, 15UL, 16UL, 17UL, 31UL, 32UL, 255UL, 256UL, 1000UL, kMaxPlaintext}) {
    const auto plaintext = random_.bytes(n);
    const auto sealed = writer->seal(ContentType::application_data, plaintext);
    ASSERT_TRUE(sealed);
    EXPECT_LE(sealed->size(), kMaxFragment);
    const auto opened = reader->open(ContentType::application_data, *sealed);
    ASSERT_TRUE(opened) << n;
    EXPECT_EQ(*opened, plaintext);
  }
}

TEST_P(Protection, has_one_error_for_every_change) {
  const auto sealed = make()->seal(ContentType::handshake, bytes_of("sixteen octets..and some")).value();
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    for (const Byte flip : {Byte{0x01}, Byte{0x80}}) {
      auto changed = sealed;
      changed[at] ^= flip;
      EXPECT_EQ(make()->open(ContentType::handshake, changed).code(), Errc::decrypt_failed);
    }
  }
  for (std::size_t n = 0; n < sealed.size(); ++n)
    EXPECT_EQ(make()->open(ContentType::handshake, ByteView(sealed).first(n)).code(), Errc::decrypt_failed);
  EXPECT_EQ(make()->open(ContentType::alert, sealed).code(), Errc::decrypt_failed);
}

INSTANTIATE_TEST_SUITE_P(All, Protection, ::testing::ValuesIn(kSuites));

TEST(GcmProtection, takes_any_explicit_nonce) {
  const auto suite = Suite::ecc_sm4_gcm_sm3;
  const auto k = keys(suite);
  const auto cipher = crypto::Sm4Gcm::make(k.cipher_key.reveal()).value();
  Writer nonce, aad, record;
  nonce.raw(k.fixed_iv.reveal()).u64(0xfeedfacecafebeef);
  aad.u64(0).u8(23).u16(kVersion).u16(2);
  record.u64(0xfeedfacecafebeef).raw(cipher.seal(nonce.view(), aad.view(), bytes_of("ok")).value());
  CountingRandom random;
  const auto opened = make_protection(suite, keys(suite), random).value()->open(ContentType::application_data, record.view());
  ASSERT_TRUE(opened);
  EXPECT_EQ(text_of(*opened), "ok");
}

// Padding may be longer than needed, up to 255 octets, and every octet of it counts.
TEST(CbcProtection, checks_long_padding_octet_by_octet) {
  const auto suite = Suite::ecc_sm4_cbc_sm3;
  const auto k = keys(suite);
  CountingRandom random;
  const auto sealed_with = [&](std::size_t padding, std::size_t spoilt) {
    Writer header;
    header.u64(0).u8(23).u16(kVersion).u16(15);
    const auto content = bytes_of("fifteen octets.");
    Bytes blocks = copy(content);
    append(blocks, crypto::hmac_sm3(k.mac_key.reveal(), {header.view(), content}));
    blocks.insert(blocks.end(), padding + 1, static_cast<Byte>(padding));
    if (spoilt != 0) blocks[blocks.size() - 1 - spoilt] ^= 1;
    Bytes out = random.bytes(16);
    append(out, crypto::sm4_cbc_encrypt(k.cipher_key.reveal(), out, blocks).value());
    return make_protection(suite, keys(suite), random).value()->open(ContentType::application_data, out);
  };
  for (const std::size_t padding : {0UL, 16UL, 240UL}) {
    const auto opened = sealed_with(padding, 0);
    ASSERT_TRUE(opened) << padding;
    EXPECT_EQ(text_of(*opened), "fifteen octets.");
  }
  for (std::size_t spoilt = 1; spoilt <= 240; spoilt += 17) EXPECT_FALSE(sealed_with(240, spoilt)) << spoilt;
}

}  // namespace
}  // namespace kw::tlcp::testing
