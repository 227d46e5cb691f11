#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/reader.h"
#include "base/secret.h"
#include "base/time.h"
#include "base/writer.h"

namespace kw {
namespace {

class CountingRandom final : public Random {
 public:
  void fill(MutableByteView out) override {
    for (auto& b : out) b = next_++;
  }

 private:
  Byte next_ = 0;
};

TEST(Bytes, TextFormsRoundTripRfc4648Vectors) {
  // RFC 4648 section 10.
  const std::pair<std::string_view, std::string_view> base64[] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : base64) {
    EXPECT_EQ(to_base64(bytes_of(plain)), text);
    EXPECT_EQ(text_of(from_base64(text).value()), plain);
  }
  const std::pair<std::string_view, std::string_view> base32[] = {
      {"", ""}, {"f", "MY"}, {"fo", "MZXQ"}, {"foo", "MZXW6"}, {"foobar", "MZXW6YTBOI"}};
  for (const auto& [plain, text] : base32) {
    EXPECT_EQ(to_base32(bytes_of(plain)), text);
    EXPECT_EQ(text_of(from_base32(text).value()), plain);
  }
}

TEST(Bytes, MalformedTextIsRefused) {
  for (const auto* text : {"0", "0g", " 00"}) EXPECT_EQ(from_hex(text).code(), Errc::malformed) << text;
  for (const auto* text : {"Zg=", "Zg", "Z===", "Zh==", "Zg==\n", "Z=9v"})
    EXPECT_EQ(from_base64(text).code(), Errc::malformed) << text;
  EXPECT_EQ(from_base32("M1").code(), Errc::malformed);
}

TEST(Reader, NeverReadsPastItsEnd) {
  const Bytes in{0x00, 0x02, 0xaa};
  Reader r(in);
  EXPECT_EQ(r.vec16().code(), Errc::truncated);
  Reader bounded(in);
  EXPECT_EQ(bounded.vec16(1).code(), Errc::too_large);
  Reader some(in);
  EXPECT_EQ(some.u16().value(), 2);
  EXPECT_EQ(some.finish().code(), Errc::trailing_data);
}

TEST(Writer, WritesWhatReaderReads) {
  Writer w;
  w.u8(1).u16(2).u24(3).u32(4).u64(5).vec8(Bytes{7}).vec24(Bytes{8, 9});
  const Bytes out = std::move(w).take();
  Reader r(out);
  EXPECT_EQ(r.u8().value(), 1);
  EXPECT_EQ(r.u16().value(), 2);
  EXPECT_EQ(r.u24().value(), 3U);
  EXPECT_EQ(r.u32().value(), 4U);
  EXPECT_EQ(r.u64().value(), 5U);
  EXPECT_EQ(r.vec8().value().size(), 1U);
  EXPECT_EQ(r.vec24().value().size(), 2U);
  EXPECT_TRUE(r.finish().has_value());
}

TEST(Id, IsUuidVersion7AndOrderedByTime) {
  CountingRandom random;
  const auto early = DeviceId::make(Timestamp::from_seconds(1000), random);
  const auto late = DeviceId::make(Timestamp::from_seconds(1001), random);
  EXPECT_LT(early, late);
  EXPECT_EQ(early.text()[12], '7');
  EXPECT_EQ(DeviceId::parse(early.text()).value(), early);
  EXPECT_EQ(DeviceId::parse("00").code(), Errc::malformed);
}

TEST(Time, Rfc3339RoundTripsAndRefuses) {
  const Timestamp t{1'700'000'000'123'456'789};
  EXPECT_EQ(to_rfc3339(t), "2023-11-14T22:13:20.123456789Z");
  EXPECT_EQ(from_rfc3339(to_rfc3339(t)).value(), t);
  EXPECT_EQ(from_rfc3339("2024-02-29T00:00:00Z").value().unix_seconds(), 1'709'164'800);
  for (const auto* text : {"2023-02-29T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01 00:00:00Z", "2023-01-01T00:00:00",
                           "2023-01-01T00:00:00.Z", "", "2023-01-01T00:00:00+08:00"})
    EXPECT_EQ(from_rfc3339(text).code(), Errc::malformed) << text;
}

TEST(Secret, WipesAndDoesNotCopy) {
  static_assert(!std::is_copy_constructible_v<SecretBytes>);
  auto secret = SecretBytes::copy_of(Bytes{1, 2, 3});
  wipe(secret.reveal_mutable());
  EXPECT_TRUE(equal(secret.reveal(), Bytes{0, 0, 0}));
}

TEST(Result, CarriesCodeAndPlace) {
  const Result<int> r = fail(Errc::io, "disk");
  EXPECT_EQ(r.error().within("spool").text(), "io: spool: disk");
}

}  // namespace
}  // namespace kw
