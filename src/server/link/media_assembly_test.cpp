#include "server/link/media_assembly.h"

#include <gtest/gtest.h>

namespace kw::server {
namespace {

v1::MediaPart part(const std::string& data, std::uint32_t offset, std::uint32_t size, std::uint64_t sequence = 0) {
  v1::MediaPart out;
  auto& piece = *out.mutable_piece();
  piece.set_order_id(std::string(16, 'o'));
  piece.set_section("camera");
  piece.set_kind("snapshot");
  piece.set_sequence(sequence);
  piece.set_data(data);
  out.set_offset(offset);
  out.set_size(size);
  return out;
}

Errc code(const Result<std::optional<v1::Media>>& result) { return result ? Errc::internal : result.code(); }

TEST(MediaAssembly, PutsPartsTogether) {
  MediaAssembly assembly;
  EXPECT_FALSE(assembly.add(part("abc", 0, 7))->has_value());
  EXPECT_FALSE(assembly.add(part("de", 3, 7))->has_value());
  const auto whole = assembly.add(part("fg", 5, 7));
  ASSERT_TRUE(whole && *whole);
  EXPECT_EQ((*whole)->data(), "abcdefg");
  EXPECT_EQ(assembly.memory(), 0U);
  EXPECT_TRUE(assembly.add(part("", 0, 0))->has_value()) << "an end without content";
}

TEST(MediaAssembly, ABeginningTakesThePlaceOfWhatWasNotFinished) {
  MediaAssembly assembly;
  EXPECT_FALSE(assembly.add(part("abc", 0, 7))->has_value());
  const auto other = assembly.add(part("x", 0, 1, 1));
  ASSERT_TRUE(other && *other);
  EXPECT_EQ((*other)->sequence(), 1U);
}

TEST(MediaAssembly, RefusesWhatIsNotTheNextPart) {
  const auto after_first = [](const v1::MediaPart& next) {
    MediaAssembly assembly;
    EXPECT_TRUE(assembly.add(part("abc", 0, 7)));
    return code(assembly.add(next));
  };
  EXPECT_EQ(after_first(part("de", 4, 7)), Errc::malformed) << "a hole";
  EXPECT_EQ(after_first(part("de", 2, 7)), Errc::malformed) << "again";
  EXPECT_EQ(after_first(part("de", 3, 8)), Errc::malformed) << "another size";
  EXPECT_EQ(after_first(part("de", 3, 7, 1)), Errc::malformed) << "another piece";
  EXPECT_EQ(after_first(part("defgh", 3, 7)), Errc::malformed) << "more than was said";
  EXPECT_EQ(after_first(part("", 3, 7)), Errc::malformed) << "nothing, for ever";
  MediaAssembly fresh;
  EXPECT_EQ(code(fresh.add(part("de", 3, 7))), Errc::malformed) << "a middle without a beginning";
}

TEST(MediaAssembly, BoundsSizesBeforeItTakesMemory) {
  MediaAssembly assembly;
  EXPECT_EQ(code(assembly.add(part("a", 0, (256U << 10) + 1))), Errc::too_large);
  EXPECT_EQ(code(assembly.add(part(std::string((32U << 10) + 1, 'a'), 0, 256U << 10))), Errc::too_large);
  auto nobody = part("a", 0, 1);
  nobody.mutable_piece()->set_order_id("x");
  EXPECT_EQ(code(assembly.add(nobody)), Errc::malformed);
  auto wordy = part("a", 0, 1);
  wordy.mutable_piece()->set_content_type(std::string(1000, 't'));
  EXPECT_EQ(code(assembly.add(wordy)), Errc::too_large);
  EXPECT_EQ(assembly.memory(), 0U);
}

}  // namespace
}  // namespace kw::server
