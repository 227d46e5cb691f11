#include "crypto/md5.h"

#include <gtest/gtest.h>

namespace kw::crypto {
namespace {

TEST(Md5, the_vectors_of_rfc_1321) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  };
  for (const auto& [text, digest] : cases) {
    Md5 hash;
    for (const char& c : text) ASSERT_TRUE(hash.update(bytes_of({&c, 1})));
    EXPECT_EQ(to_hex(hash.finish().value()), digest) << text;
  }
}

}  // namespace
}  // namespace kw::crypto
