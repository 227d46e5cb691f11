// States, wrapping, rewrapping, and which key may do what.
#include <gtest/gtest.h>

#include "vault/field.h"
#include "vault/test_keys.h"
#include "vault/wrap.h"

namespace kw::vault {
namespace {

constexpr KeyState kStates[] = {KeyState::pre_active, KeyState::active, KeyState::decrypt_only, KeyState::disabled,
                                KeyState::destroyed};
constexpr KeyAct kActs[] = {KeyAct::activate, KeyAct::retire, KeyAct::disable, KeyAct::restore, KeyAct::destroy};

// rows are states and columns acts, in the order above; '-' is refused, a digit is the place of the next state
constexpr std::string_view kNextStates[] = {"1---4", "-23--", "--3--", "---24", "-----"};

struct KeyPair : ::testing::TestWithParam<std::tuple<unsigned, unsigned>> {};
TEST_P(KeyPair, GoesWhereTheTableSays) {
  const auto [state, act] = GetParam();
  const char want = kNextStates[state][act];
  const auto next = after(kStates[state], kActs[act]);
  if (want == '-') {
    EXPECT_EQ(next.code(), Errc::wrong_state);
  } else {
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, kStates[want - '0']);
  }
}
INSTANTIATE_TEST_SUITE_P(All, KeyPair, ::testing::Combine(::testing::Range(0U, 5U), ::testing::Range(0U, 5U)),
                         [](const auto& pair) {
                           return std::string(name(kActs[std::get<1>(pair.param)])) + "_" +
                                  std::string(name(kStates[std::get<0>(pair.param)]));
                         });

TEST(KeyState, WhoSealsAndWhoOpens) {
  for (const auto state : kStates) {
    EXPECT_EQ(may_seal(state), state == KeyState::active);
    EXPECT_EQ(may_open(state), state == KeyState::active || state == KeyState::decrypt_only);
  }
}

const CellPlace kCell{{"shenzhen", "permits", bytes_of("17"), 3}, "phone"};
const auto kColumn = purpose_of(KeyUse::column, "permits/phone");

TEST(KeyRing, SealsWithTheActiveVersionAndOpensWhatMayBeOpened) {
  KeyRing ring;
  ASSERT_TRUE(ring.add(key_of(KeyUse::column, "permits/phone", {key_id(1), 1}, 1), KeyState::active));
  ASSERT_TRUE(ring.add(key_of(KeyUse::column, "permits/phone", {key_id(1), 2}, 2), KeyState::pre_active));
  CountingRandom random;
  const auto sealed = seal_field(**ring.sealing(kColumn), kCell, Grade::three, bytes_of("13800138000"), random);
  ASSERT_TRUE(sealed);
  const auto opens = [&] { return open_field(ring, kCell, *sealed).has_value(); };
  EXPECT_TRUE(opens());
  ASSERT_TRUE(ring.replace({key_id(1), 2}));
  EXPECT_EQ((*ring.sealing(kColumn))->label().ref.version, 2U);
  EXPECT_EQ(*ring.state({key_id(1), 1}), KeyState::decrypt_only);
  EXPECT_EQ(ring.readable(kColumn).size(), 2U);
  EXPECT_EQ(ring.readable(kColumn)[0]->label().ref.version, 2U);
  EXPECT_TRUE(opens());
  ASSERT_TRUE(ring.act({key_id(1), 1}, KeyAct::disable));
  EXPECT_FALSE(opens());
  ASSERT_TRUE(ring.act({key_id(1), 1}, KeyAct::restore));
  EXPECT_TRUE(opens());
  ASSERT_TRUE(ring.act({key_id(1), 1}, KeyAct::disable));
  ASSERT_TRUE(ring.act({key_id(1), 1}, KeyAct::destroy));
  EXPECT_EQ(open_field(ring, kCell, *sealed).code(), Errc::decrypt_failed);
  EXPECT_EQ(*ring.state({key_id(1), 1}), KeyState::destroyed);
  EXPECT_EQ(ring.readable(kColumn).size(), 1U);
}

TEST(KeyRing, RefusesWhatWouldMakeTwoActiveOrTwoPurposes) {
  KeyRing ring;
  const auto add = [&](std::string scope, KeyRef ref, KeyState state) {
    return ring.add(key_of(KeyUse::column, std::move(scope), ref), state);
  };
  ASSERT_TRUE(add("permits/phone", {key_id(1), 1}, KeyState::active));
  EXPECT_EQ(add("permits/phone", {key_id(1), 1}, KeyState::disabled).code(), Errc::already_exists);
  EXPECT_EQ(add("permits/phone", {key_id(1), 2}, KeyState::active).code(), Errc::conflict);
  EXPECT_EQ(add("permits/name", {key_id(1), 2}, KeyState::pre_active).code(), Errc::conflict);
  EXPECT_EQ(add("permits/phone", {key_id(1), 2}, KeyState::destroyed).code(), Errc::wrong_state);
  ASSERT_TRUE(add("permits/phone", {key_id(1), 2}, KeyState::pre_active));
  EXPECT_EQ(ring.act({key_id(1), 2}, KeyAct::activate).code(), Errc::conflict);
  EXPECT_EQ(*ring.state({key_id(1), 2}), KeyState::pre_active);
  EXPECT_EQ(ring.act({key_id(9), 1}, KeyAct::activate).code(), Errc::not_found);
  EXPECT_EQ(ring.replace({key_id(1), 1}).code(), Errc::wrong_state);
  EXPECT_EQ((*ring.sealing(kColumn))->label().ref.version, 1U);
  EXPECT_EQ(ring.sealing(purpose_of(KeyUse::column, "permits/name")).code(), Errc::not_found);
}

struct Wrapped : ::testing::Test {
  CountingRandom random{3};
  RootKey root = *RootKey::make({key_id(1), 1}, SecretBytes(Bytes(32, 5)));
  static KeyLabel kek_label(std::uint32_t version, std::string district = "futian") {
    return {{key_id(2), version}, {KeyUse::wrapping, DataClass::personal, std::move(district), ""}};
  }
  KeyLabel label{{key_id(3), 1}, kColumn};
  NewWrappingKey kek = *root.create(kek_label(1), random);
  NewDataKey made = *kek.key.create(label, random);
};

TEST_F(Wrapped, OpensUnderItsOwnLabelAlone) {
  EXPECT_EQ(made.wrapped.size(), kWrappedKey);
  EXPECT_TRUE(kek.key.unwrap(label, made.wrapped));
  for (int change = 0; change < 4; ++change) {
    auto other = label;
    if (change == 0) other.purpose.scope = "permits/name";
    if (change == 1) other.purpose.use = KeyUse::blind_index;
    if (change == 2) other.ref.version = 2;
    if (change == 3) other.ref.id = key_id(4);
    EXPECT_EQ(kek.key.unwrap(other, made.wrapped).code(), Errc::decrypt_failed) << change;
  }
  auto foreign = label;
  foreign.purpose.data_class = DataClass::business;
  EXPECT_EQ(kek.key.unwrap(foreign, made.wrapped).code(), Errc::wrong_usage);
  foreign = label;
  foreign.purpose.district = "nanshan";
  EXPECT_EQ(kek.key.create(foreign, random).code(), Errc::wrong_usage);
  foreign.purpose = kek_label(1).purpose;  // no wrapping key under a wrapping key
  EXPECT_EQ(kek.key.create(foreign, random).code(), Errc::wrong_usage);
}

TEST_F(Wrapped, EveryBrokenOctetIsOneError) {
  for (std::size_t i = 0; i < made.wrapped.size(); ++i) {
    auto broken = made.wrapped;
    broken[i] ^= 1;
    EXPECT_EQ(kek.key.unwrap(label, broken).code(), Errc::decrypt_failed) << i;
    EXPECT_EQ(kek.key.unwrap(label, ByteView(made.wrapped).first(i)).code(), Errc::decrypt_failed) << i;
  }
}

TEST_F(Wrapped, MovesUnderANewWrappingKeyWithoutAnybodySeeingIt) {
  const auto next = *root.create(kek_label(2), random);
  const auto mover = root.rewrapper({kek_label(1), kek.wrapped}, {kek_label(2), next.wrapped});
  ASSERT_TRUE(mover);
  const auto moved = mover->rewrap(label, made.wrapped, random);
  ASSERT_TRUE(moved);
  EXPECT_EQ(*wrapped_under(*moved), (KeyRef{key_id(2), 2}));
  EXPECT_EQ(kek.key.unwrap(label, *moved).code(), Errc::decrypt_failed);
  const auto key = next.key.unwrap(label, *moved);
  ASSERT_TRUE(key);
  const auto sealed = seal_field(made.key, kCell, Grade::two, bytes_of("1"), random);
  EXPECT_EQ(text_of(open_field(*key, kCell, *sealed)->reveal()), "1");
  // what was moved is not moved again by the same mover, and nothing moves to another district
  EXPECT_EQ(mover->rewrap(label, *moved, random).code(), Errc::decrypt_failed);
  const auto far = *root.create(kek_label(1, "nanshan"), random);
  EXPECT_EQ(root.rewrapper({kek_label(1), kek.wrapped}, {kek_label(1, "nanshan"), far.wrapped}).code(),
            Errc::wrong_usage);
}

TEST_F(Wrapped, MovesUnderANewRoot) {
  const auto next = *RootKey::make({key_id(1), 2}, SecretBytes(Bytes(32, 6)));
  const auto moved = root.rewrapper_to(next).rewrap(kek_label(1), kek.wrapped, random);
  ASSERT_TRUE(moved);
  EXPECT_TRUE(next.unwrap(kek_label(1), *moved)->unwrap(label, made.wrapped));
  EXPECT_EQ(root.unwrap(kek_label(1), *moved).code(), Errc::decrypt_failed);
}

TEST_F(Wrapped, LabelsOfWrappingKeysAndShortRootsAreRefused) {
  EXPECT_EQ(root.create(label, random).code(), Errc::wrong_usage);
  EXPECT_EQ(root.unwrap(label, made.wrapped).code(), Errc::wrong_usage);
  EXPECT_EQ(RootKey::make({key_id(1), 1}, SecretBytes(Bytes(31, 5))).code(), Errc::bad_key);
  EXPECT_EQ(DataKey::make(label, SecretBytes(Bytes(16))).code(), Errc::bad_key);
}

// Whoever moves keys has no way to data: none of these compiles for a KeyRewrapper.
template <class T>
concept OpensFields = requires(const T& with, ByteView sealed) { open_field(with, kCell, sealed); };
template <class T>
concept GivesKeys = requires(const T& with, KeyLabel of, ByteView wrapped) { with.unwrap(of, wrapped); };
static_assert(OpensFields<DataKey> && OpensFields<KeyRing> && GivesKeys<WrappingKey> && GivesKeys<RootKey>);
static_assert(!OpensFields<KeyRewrapper> && !GivesKeys<KeyRewrapper>);
static_assert(!std::is_convertible_v<KeyRewrapper, DataKey> && !std::is_constructible_v<DataKey, KeyRewrapper>);
static_assert(!OpensFields<WrappingKey>);

}  // namespace
}  // namespace kw::vault
