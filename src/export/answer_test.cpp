// What receivers say: testdata/answers.json holds the cases.
#include <boost/json.hpp>

#include "export/testing/records.h"

namespace kw::exports {
namespace {

using namespace testing;

/// in_place puts the numbers of the batch's records for $0, $1, $2.
std::string in_place(std::string text) {
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto mark = "$" + std::to_string(i);
    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
      text.replace(at, mark.size(), number_of(test_ledger(), i));
  }
  return text;
}

TEST(ExportAnswer, IsReadByTheProfilesRule) {
  std::ifstream file(std::string(KW_SOURCE_DIR) + "/src/export/testdata/answers.json");
  std::stringstream text;
  text << file.rdbuf();
  const Batch batch{"b", {record(0), record(1), record(2)}};
  const auto cases = boost::json::parse(text.str());
  EXPECT_GE(cases.as_array().size(), 30u);
  for (const auto& item : cases.as_array()) {
    const std::string name(item.at("name").as_string());
    auto profile = take(parse_profile(shipped(std::string(item.at("profile").as_string()))));
    if (item.as_object().contains("inner")) profile.reply.inner = true;
    if (item.as_object().contains("bad")) profile.reply.bad = {"9", "5"};
    auto octets = in_place(std::string(item.at("octets").as_string()));
    if (item.as_object().contains("gbk")) octets = take(encode_text(octets, Charset::gbk));
    const auto answer = read_answer(profile, batch, static_cast<int>(item.at("status").as_int64()), bytes_of(octets));
    const std::string expected(item.at("expect").as_string());
    if (expected == "malformed") {
      ASSERT_FALSE(answer.has_value()) << name;
      EXPECT_EQ(answer.code(), Errc::malformed) << name;
      continue;
    }
    ASSERT_TRUE(answer.has_value()) << name << ": " << answer.error().text();
    EXPECT_EQ(answer->accepted, expected == "accepted") << name;
    const auto* refused = item.as_object().if_contains("refused");
    ASSERT_EQ(answer->refused.size(), refused == nullptr ? 0 : refused->as_array().size()) << name;
    for (std::size_t i = 0; i < answer->refused.size(); ++i)
      EXPECT_EQ(answer->refused[i].number, in_place(std::string(refused->as_array()[i].as_string()))) << name;
    constexpr std::array<std::string_view, 3> kBlames{"receiver", "unclear", "data"};
    const auto* blame = item.as_object().if_contains("blame");
    if (!answer->accepted) {
      EXPECT_EQ(kBlames.at(static_cast<std::size_t>(answer->blame)),
                blame == nullptr ? std::string_view("receiver") : std::string_view(blame->as_string()))
          << name;
    }
    if (const auto* word = item.as_object().if_contains("word")) {
      EXPECT_EQ(answer->word, word->as_string()) << name;
    }
  }
}

TEST(ExportAnswer, IsBounded) {
  const Batch batch{"b", {record(0)}};
  const auto profile = take(parse_profile(shipped("police-soap")));
  const std::string deep = "<a>";
  std::string text;
  for (int i = 0; i < 300'000; ++i) text += deep;
  EXPECT_EQ(code(read_answer(profile, batch, 200, bytes_of(text))), Errc::malformed);
  EXPECT_EQ(code(read_answer(profile, batch, 200, Bytes(kMostAnswer + 1, 'a'))), Errc::too_large);
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += "<a>";
  nested += "<return>000</return>";
  for (int i = 0; i < 100'000; ++i) nested += "</a>";
  EXPECT_TRUE(take(read_answer(profile, batch, 200, bytes_of(nested))).accepted);
}

TEST(ExportAnswer, EntitiesAreNotExpanded) {
  const Batch batch{"b", {record(0)}};
  const auto profile = take(parse_profile(shipped("police-soap")));
  const std::string text =
      "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY y \"000\">]>"
      "<r><return>&y;&x;</return></r>";
  const auto answer = take(read_answer(profile, batch, 200, bytes_of(text)));
  EXPECT_FALSE(answer.accepted);
  EXPECT_EQ(answer.word, "&y;&x;");
}

}  // namespace
}  // namespace kw::exports
