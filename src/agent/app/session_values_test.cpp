// What a session holds: bounds, replacement, and that nothing is left, in both kinds of memory.
#include "agent/app/session_values.h"

#include <gtest/gtest.h>

namespace kw::agent {
namespace {

using platform::SecretArena;

struct SessionValuesTest : ::testing::TestWithParam<SecretArena::Kind> {
  std::unique_ptr<SecretArena> arena;
  std::unique_ptr<SessionValues> values;
  void SetUp() override {
    auto made = SecretArena::make(SessionValues::kArena, GetParam());
    if (!made && made.code() == Errc::unsupported) GTEST_SKIP() << "this kernel has no memfd_secret";
    ASSERT_TRUE(made) << made.error().text();
    arena = std::move(*made);
    values = std::make_unique<SessionValues>(*arena);
  }
};

TEST_P(SessionValuesTest, AValueStandsUntilItIsReplacedOrDropped) {
  ASSERT_TRUE(values->put("phone", "13800138000"));
  ASSERT_TRUE(values->put("name", "欧阳小明"));
  EXPECT_EQ(values->get("phone"), "13800138000");
  ASSERT_TRUE(values->put("phone", "1390013"));
  EXPECT_EQ(values->get("phone"), "1390013");
  EXPECT_EQ(values->fields(), (std::vector<std::string>{"name", "phone"}));
  EXPECT_EQ(values->octets(), 7U + 12U);
  EXPECT_EQ(arena->pieces(), 2U);
  EXPECT_TRUE(values->drop("phone"));
  EXPECT_FALSE(values->drop("phone"));
  EXPECT_EQ(values->get("phone"), std::nullopt);
  EXPECT_EQ(values->put("name", "").code(), Errc::invalid);
  EXPECT_EQ(values->get("name"), "欧阳小明");
}

TEST_P(SessionValuesTest, BoundsAreKeptAndWhatIsThereStays) {
  const std::string most(SessionValues::kMostOctets, 'x');
  ASSERT_TRUE(values->put("a", most.substr(1)));
  ASSERT_TRUE(values->put("b", "1"));
  EXPECT_EQ(values->put("b", "12").code(), Errc::too_large);
  EXPECT_EQ(values->get("b"), "1");
  ASSERT_TRUE(values->put("a", most.substr(1))) << "a value takes its own place";
  values->wipe();
  for (std::size_t i = 0; i < SessionValues::kMost; ++i) ASSERT_TRUE(values->put("f" + std::to_string(i), "v"));
  EXPECT_EQ(values->put("one-more", "v").code(), Errc::too_large);
  EXPECT_TRUE(values->put("f7", "w")) << "replaced, not added";
}

TEST_P(SessionValuesTest, NothingIsLeft) {
  ASSERT_TRUE(values->put("phone", "13800138000"));
  const auto view = *values->get("phone");
  values->wipe();
  EXPECT_EQ(view, std::string(view.size(), '\0'));
  ASSERT_TRUE(values->put("phone", "13800138000"));
  const auto again = *values->get("phone");
  values.reset();
  EXPECT_EQ(again, std::string(again.size(), '\0'));
  EXPECT_EQ(arena->pieces(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SessionValuesTest,
                         ::testing::Values(SecretArena::Kind::secret, SecretArena::Kind::locked),
                         [](const auto& kind) { return std::string(name(kind.param)); });

}  // namespace
}  // namespace kw::agent
