#include "export/charset.h"

#include "export/testing/records.h"

namespace kw::exports {
namespace {

using namespace testing;

// Octets by Python's codecs (gb18030, gbk), which take them from the standard's tables.
TEST(ExportCharset, WritesChineseAsTheReceiverReadsIt) {
  EXPECT_EQ(to_hex(bytes_of(take(encode_text("南山", Charset::gb18030)))), "c4cfc9bd");
  EXPECT_EQ(to_hex(bytes_of(take(encode_text("南山", Charset::gbk)))), "c4cfc9bd");
  EXPECT_EQ(to_hex(bytes_of(take(encode_text("𠮷", Charset::gb18030)))), "9534b235");
  EXPECT_EQ(to_hex(bytes_of(take(encode_text("㐂", Charset::gb18030)))), "8139ef31");
  EXPECT_EQ(take(encode_text("a𠮷b", Charset::gbk)), "a?b");
  EXPECT_EQ(take(encode_text("南山", Charset::utf8)), "南山");
}

TEST(ExportCharset, ReadsItBack) {
  for (const auto set : {Charset::utf8, Charset::gb18030}) {
    std::string text;
    for (int i = 0; i < 2000; ++i) text += "终端𠮷㐂a";
    EXPECT_EQ(take(decode_text(bytes_of(take(encode_text(text, set))), set)), text);
  }
}

TEST(ExportCharset, RefusesOctetsThatMeanNothing) {
  EXPECT_EQ(code(decode_text(bytes_of("\xff\xff"), Charset::gb18030)), Errc::malformed);
  EXPECT_EQ(code(decode_text(bytes_of("\xc4"), Charset::gb18030)), Errc::malformed);
  EXPECT_EQ(code(decode_text(bytes_of("\xc3\x28"), Charset::utf8)), Errc::malformed);
  EXPECT_EQ(take(encode_text("a\xff", Charset::utf8)), "a?");
}

TEST(ExportCharset, KnowsItsNames) {
  EXPECT_EQ(parse_charset("gb2312"), Charset::gbk);
  EXPECT_EQ(parse_charset("GB18030"), Charset::gb18030);
  EXPECT_FALSE(parse_charset("latin1"));
}

}  // namespace
}  // namespace kw::exports
