// JSON as text: the cases are testdata/rendered.json.
#include "cli/api/render.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "cli/api/live_line.h"
#include "cli/api/text.h"

namespace kw::cli {
namespace {

namespace json = boost::json;

TEST(Render, CasesOfTheDataFile) {
  std::ifstream file(KW_SOURCE_DIR "/src/cli/api/testdata/rendered.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto cases = json::parse(text.str()).as_array();
  ASSERT_GT(cases.size(), 10U);
  for (const auto& item : cases) {
    const auto& one = item.as_object();
    std::string wanted;
    for (const auto& line : one.at("text").as_array()) wanted += std::string(line.as_string()) + "\n";
    std::ostringstream out;
    render(out, one.at("value"), text_member(one, "columns"));
    EXPECT_EQ(out.str(), wanted) << text_member(one, "why");
  }
}

TEST(Render, ParsesWithinBounds) {
  EXPECT_TRUE(parse_json("{}").has_value());
  EXPECT_EQ(parse_json("").code(), Errc::malformed);
  EXPECT_EQ(parse_json("{} x").code(), Errc::malformed);
  EXPECT_EQ(parse_json("\"\xff\"").code(), Errc::malformed);
  EXPECT_EQ(parse_json(std::string(100'000, '[')).code(), Errc::malformed);
}

TEST(Text, PrintableIsUtf8WithoutControls) {
  EXPECT_EQ(printable("市民 kiosk-1"), "市民 kiosk-1");
  EXPECT_EQ(printable(std::string("a\0b\r\x7f", 5)), "a\\x00b\\x0d\\x7f");
  EXPECT_EQ(printable("\xff\xc0\xaf\xed\xa0\x80\xe4\xbd"), "\\xff\\xc0\\xaf\\xed\\xa0\\x80\\xe4\\xbd") << "no UTF-8";
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u{9b}31m")
      << "CSI in one character";
}

TEST(Text, WidthCountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("市民"), 4U);
  EXPECT_EQ(display_width("（ｇ）"), 6U);
  EXPECT_EQ(display_width("\xf0\xa0\xae\xb7"), 2U) << "U+20BB7, rare in names but there";
  EXPECT_EQ(display_width("e\xcc\x81"), 1U) << "combining accent";
}

TEST(LiveLine, OneLineAMessage) {
  const auto alarm = live_line(
      R"({"kind":"alarm","alarm":{"id":"01","type":"net.outbound.illegal","state":"open","severity":"critical",
          "device_name":"a\nb","count":2,"params":{"address":"203.0.113.9"},"clause":"5.1"}})");
  ASSERT_TRUE(alarm.has_value());
  EXPECT_EQ(*alarm,
            "alarm  type=net.outbound.illegal severity=critical state=open device_name=a\\nb count=2 "
            "params=address=203.0.113.9 id=01");
  const auto news = live_line(R"({"kind":"weather","weather":{"rain":true}})");
  ASSERT_TRUE(news.has_value());
  EXPECT_EQ(*news, "weather  rain=yes");
  for (const auto* bad : {"", "[]", "{}", R"({"kind":"alarm"})", R"({"kind":"alarm","alarm":1})", R"({"kind":1})"})
    EXPECT_EQ(live_line(bad).code(), Errc::malformed) << bad;
}

}  // namespace
}  // namespace kw::cli
