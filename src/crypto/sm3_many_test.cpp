// Every kernel that this processor runs against the plain function, libgcrypt and the standard's vectors.
#include <gcrypt.h>

#include <algorithm>
#include <random>

#include "crypto/sm3_kernels.h"
#include "crypto/vectors.h"

namespace kw::crypto {
namespace {

Digest gcrypt_sm3(ByteView prefix, ByteView message) {
  Bytes whole = copy(prefix);
  append(whole, message);
  Digest out{};
  gcry_md_hash_buffer(GCRY_MD_SM3, out.data(), whole.data(), whole.size());
  return out;
}

class Sm3Many : public ::testing::TestWithParam<Sm3Kernel> {
 protected:
  static void SetUpTestSuite() { ASSERT_NE(gcry_check_version(nullptr), nullptr); }
  Sm3Many() : data_(100'000) {
    std::mt19937 random(32905);
    std::generate(data_.begin(), data_.end(), [&] { return static_cast<Byte>(random()); });
  }
  [[nodiscard]] std::vector<Digest> hash(const std::vector<ByteView>& messages, ByteView prefix = {}) const {
    std::vector<Digest> out(messages.size());
    sm3_many_with(GetParam(), prefix, messages, out);
    return out;
  }
  void expect_plain(const std::vector<ByteView>& messages, ByteView prefix = {}) const {
    const auto digests = hash(messages, prefix);
    for (std::size_t i = 0; i < messages.size(); ++i)
      ASSERT_EQ(digests[i], sm3_concat({prefix, messages[i]})) << i << " of " << messages[i].size() << " octets";
  }
  [[nodiscard]] ByteView octets(std::size_t from, std::size_t count) const {
    return ByteView(data_).subspan(from, count);
  }
  Bytes data_;
};

TEST_P(Sm3Many, StandardVectorsInEveryLane) {
  for (const auto& v : vectors().at("sm3").as_array()) {
    const Bytes message = hex(v.at("msg"));
    for (std::size_t place = 0; place < GetParam().lanes; ++place) {
      std::vector<ByteView> messages(GetParam().lanes, octets(0, 70));
      messages[place] = message;
      EXPECT_EQ(to_hex(hash(messages)[place]), std::string_view(v.at("digest").as_string())) << place;
    }
  }
}

TEST_P(Sm3Many, EveryLengthAgreesWithThePlainFunctionAndLibgcrypt) {
  for (std::size_t length = 0; length <= 300; ++length) {
    std::vector<ByteView> messages;
    for (std::size_t i = 0; i < GetParam().lanes + 3; ++i) messages.push_back(octets(1 + i * 301, length));
    const auto digests = hash(messages);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      ASSERT_EQ(digests[i], sm3(messages[i])) << length;
      ASSERT_EQ(digests[i], gcrypt_sm3({}, messages[i])) << length;
    }
  }
}

TEST_P(Sm3Many, AllLengthsAtOnceInAnyOrder) {
  std::vector<ByteView> messages;
  for (std::size_t length = 0; length <= 300; ++length) messages.push_back(octets(length, length));
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(messages.begin(), messages.end(), random);
    expect_plain(messages);
  }
}

TEST_P(Sm3Many, EveryNumberOfMessages) {
  for (std::size_t count = 0; count <= 40; ++count) {
    std::vector<ByteView> messages;
    for (std::size_t i = 0; i < count; ++i) messages.push_back(octets(i, 65 + i % 3));
    expect_plain(messages);
  }
}

TEST_P(Sm3Many, PrefixesOfEveryLength) {
  for (std::size_t prefix = 0; prefix <= 150; ++prefix) {
    std::vector<ByteView> messages;
    for (std::size_t i = 0; i < 40; ++i) messages.push_back(octets(i * 5, i * 5));
    expect_plain(messages, octets(1000, prefix));
    ASSERT_EQ(hash(messages, octets(1000, prefix)).back(), gcrypt_sm3(octets(1000, prefix), messages.back()));
  }
}

TEST_P(Sm3Many, OneLongMessageAmongShortOnes) {
  std::vector<ByteView> messages(50, octets(3, 10));
  messages[7] = octets(0, data_.size());
  messages[49] = octets(0, 4096);
  expect_plain(messages, octets(9, 1));
}

std::string kernel_name(const ::testing::TestParamInfo<Sm3Kernel>& info) { return std::string(info.param.name); }
INSTANTIATE_TEST_SUITE_P(Kernels, Sm3Many, ::testing::ValuesIn(sm3_kernels()), kernel_name);

TEST(Sm3ManyFacade, AgreesWithThePlainFunction) {
  const Bytes data(400, 0x5a);
  for (std::size_t count = 0; count <= 33; ++count) {
    std::vector<ByteView> messages;
    for (std::size_t i = 0; i < count; ++i) messages.push_back(ByteView(data).first(i * 11));
    std::vector<Digest> out(count);
    sm3_many(bytes_of("x"), messages, out);
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(out[i], sm3_concat({bytes_of("x"), messages[i]})) << count;
  }
}

TEST(Sm3ManyFacade, OffersThePortableKernelEverywhere) {
  const auto kernels = sm3_kernels();
  ASSERT_FALSE(kernels.empty());
  EXPECT_EQ(kernels.back().name, "portable");
  for (const auto& kernel : kernels) EXPECT_LE(kernel.lanes, kMaxSm3Lanes);
}

}  // namespace
}  // namespace kw::crypto
