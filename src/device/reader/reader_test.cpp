// A card's data, and what a scanner types: parsed, refused, bounded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/reader/card_words.h"
#include "device/reader/key_wedge.h"
#include "device/reader/testing/card_data.h"

namespace kw::device {
namespace {

using namespace std::chrono_literals;
using testing::card_data;
using testing::CardWords;

std::string said(const SecretBytes& value) { return copy_text(value.reveal()); }

TEST(CardData, ACardSaysWhoseItIs) {
  const auto facts = parse_card_data(card_data());
  ASSERT_TRUE(facts) << facts.error().text();
  EXPECT_EQ(said(facts->name), "欧阳若溪");
  EXPECT_EQ(said(facts->sex), "2");
  EXPECT_EQ(said(facts->nation), "01");
  EXPECT_EQ(said(facts->birthday), "19491231");
  EXPECT_EQ(said(facts->address), "广东省深圳市福田区福中路1号 A座");
  EXPECT_EQ(said(facts->id_number), "11010519491231002X");
  EXPECT_EQ(said(facts->issuer), "深圳市公安局");
  EXPECT_EQ(said(facts->valid_from), "20200101");
  EXPECT_EQ(said(facts->valid_until), "长期");
  EXPECT_EQ(facts->photo.size(), 1024U);
  CardWords rare;
  rare.name = U"\U00020BB7野";
  EXPECT_EQ(said(parse_card_data(card_data(rare))->name), "\U00020BB7野");
  EXPECT_TRUE(parse_card_data(card_data({}, 0))->photo.empty());
}

TEST(CardData, WhatIsNoCardsDataIsRefused) {
  const auto good = card_data();
  for (std::size_t size = 0; size < good.size(); size += size < 300 ? 1 : 100)
    EXPECT_FALSE(parse_card_data(ByteView(good).first(size))) << size;
  auto longer = good;
  longer.push_back(0);
  EXPECT_EQ(parse_card_data(longer).code(), Errc::trailing_data);
  const auto code = [](const CardWords& words) { return parse_card_data(card_data(words)).code(); };
  EXPECT_EQ(code({.number = U"110105194912310021"}), Errc::malformed) << "its check digit";
  EXPECT_EQ(code({.birth = U"19491230"}), Errc::malformed) << "another birthday than the number's";
  EXPECT_EQ(code({.number = U"11010519491231002x"}), Errc::malformed) << "cards have capitals";
  EXPECT_EQ(code({.name = U""}), Errc::malformed);
  EXPECT_EQ(code({.name = U"a\u0007"}), Errc::malformed);
  EXPECT_EQ(code({.name = U"\xd800"}), Errc::malformed);
  EXPECT_EQ(code({.kind = U'I'}), Errc::unsupported);
  EXPECT_EQ(code({.kind = U'J'}), Errc::unsupported);
  EXPECT_EQ(parse_card_data(card_data({}, kMostCardPhoto + 1)).code(), Errc::too_large);
}

/// Types a text on an American keyboard, 10 ms a key; gives what came of it.
class Typist {
 public:
  std::vector<std::string> types(std::string_view keys) {
    std::vector<std::string> out;
    for (const char c : keys)
      for (const auto& press : testing::keys_of(c)) {
        now_ += 5ms;
        if (auto text = wedge_.key(press.code, press.value, now_)) out.push_back(copy_text(text->reveal()));
      }
    return out;
  }
  void waits(Duration time) { now_ += time; }
  void presses(std::uint16_t code, std::int32_t value = 1) { EXPECT_FALSE(wedge_.key(code, value, now_ += 1ms)); }

 private:
  KeyWedge wedge_;
  Duration now_{1h};
};

TEST(KeyWedges, EveryCharacterOfAsciiIsTypedAndRead) {
  std::string all;
  for (char c = ' '; c < 0x7f; ++c) all += c;
  Typist typist;
  EXPECT_THAT(typist.types(all + "\n"), ::testing::ElementsAre(all));
  EXPECT_THAT(typist.types("https://x.example/?a=B\nsecond\n"),
              ::testing::ElementsAre("https://x.example/?a=B", "second"));
  EXPECT_TRUE(typist.types("\n\n").empty()) << "an empty code is none";
}

TEST(KeyWedges, RepeatsAndReleasesTypeNothing) {
  Typist typist;
  EXPECT_TRUE(typist.types("a").empty());
  typist.presses(30, 2);
  typist.presses(30, 0);
  EXPECT_THAT(typist.types("b\n"), ::testing::ElementsAre("ab"));
}

TEST(KeyWedges, APersonWhoTypesMakesNoCode) {
  Typist typist;
  EXPECT_TRUE(typist.types("4403").empty());
  typist.waits(KeyWedge::kMostPause + 1ms);
  EXPECT_THAT(typist.types("A1\n"), ::testing::ElementsAre("A1")) << "what came before the pause is dropped";
  for (const int other : {1, 14, 15, 29, 56, 58, 59, 125, 183, 240}) {  // Escape, Backspace, Tab, Ctrl, Alt …
    EXPECT_TRUE(typist.types("abc").empty());
    typist.presses(static_cast<std::uint16_t>(other));
    EXPECT_TRUE(typist.types("def\n").empty()) << other;
    EXPECT_THAT(typist.types("next\n"), ::testing::ElementsAre("next")) << other;
  }
}

TEST(KeyWedges, ALongCodeIsDroppedAsAWhole) {
  Typist typist;
  const std::string most(kMostCode, 'x');
  EXPECT_THAT(typist.types(most + "\n"), ::testing::ElementsAre(most));
  EXPECT_TRUE(typist.types(most + "y\n").empty());
  EXPECT_THAT(typist.types("z\n"), ::testing::ElementsAre("z"));
}

TEST(CardWords, FactsHaveTheFormOfValues) {
  const auto facts = parse_card_data(testing::card_data());
  ASSERT_TRUE(facts);
  const auto value = [&](std::string_view word) {
    const auto got = card_value(*facts, word);
    return got ? copy_text(got->reveal()) : std::string(name(got.code()));
  };
  EXPECT_EQ(value("name"), "欧阳若溪");
  EXPECT_EQ(value("sex"), "女");
  EXPECT_EQ(value("nation"), "01");
  EXPECT_EQ(value("birthday"), "1949-12-31");
  EXPECT_EQ(value("valid_from"), "2020-01-01");
  EXPECT_EQ(value("valid_until"), "长期");
  EXPECT_EQ(value("id_number"), "11010519491231002X");
  for (const auto* word :
       {"name", "sex", "nation", "birthday", "address", "id_number", "issuer", "valid_from", "valid_until"})
    EXPECT_TRUE(is_card_word(word) && card_value(*facts, word)) << word;
  EXPECT_FALSE(is_card_word("photo"));
  EXPECT_EQ(card_value(*facts, "photo").code(), Errc::not_found);
}
TEST(CardWords, ADateThatIsNoneIsRefused) {
  const auto facts = parse_card_data(testing::card_data({.until = U"forever"}));
  ASSERT_TRUE(facts);
  EXPECT_EQ(card_value(*facts, "valid_until").code(), Errc::malformed);
}

}  // namespace
}  // namespace kw::device
