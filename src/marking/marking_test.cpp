// Markings in texts, and texts in whatever octets they come.
#include "marking/marking.h"

#include <gtest/gtest.h>

namespace kw::marking {
namespace {

std::string found(std::string_view text, std::initializer_list<const char*> words = {}) {
  std::vector<std::u32string> forms;
  for (const auto* word : words) forms.push_back(mark_form(word));
  MarkScan scan(forms);
  put_text(bytes_of(text), scan);
  return scan.found().value_or("");
}
std::string in_hex(const std::string& hex) { return found(text_of(from_hex(hex).value())); }

TEST(Marking, what_the_law_asks_for) {
  EXPECT_EQ(found("机密★10年\n关于……的通知"), "机密★10年");
  EXPECT_EQ(found("绝密★长期"), "绝密★长期");
  EXPECT_EQ(found("秘密★6个月"), "秘密★6个月");
  EXPECT_EQ(found("秘密★"), "秘密★");
  EXPECT_EQ(found("机密★启用前"), "机密★") << "an examination's paper";
}
TEST(Marking, dress_makes_no_difference) {
  EXPECT_EQ(found("机 密 ★ １０ 年"), "机密★10年");
  EXPECT_EQ(found("机\u3000密\n\n★"), "机密★");
  EXPECT_EQ(found("機密★10年"), "机密★10年");
  EXPECT_EQ(found("絕密☆"), "绝密★");
  EXPECT_EQ(found("秘密⭐5年"), "秘密★5年");
  EXPECT_EQ(found("机密★\uFE0F20年"), "机密★20年");
  EXPECT_EQ(found("机\u200b密\u2060★"), "机密★");
  EXPECT_EQ(found("机密*10年"), "机密★10年");
  EXPECT_EQ(found("机密＊长期"), "机密★长期");
}
TEST(Marking, ordinary_words_mark_nothing) {
  EXPECT_EQ(found("保守国家秘密是公民的义务。机密、绝密、秘密三级。"), "");
  EXPECT_EQ(found("五星★好评 秘密花园"), "");
  EXPECT_EQ(found("机密*注"), "");
  EXPECT_EQ(found("机★密"), "");
  EXPECT_EQ(found(""), "");
}
TEST(Marking, policy_s_own_words) {
  EXPECT_EQ(found("本件为 内部 资料", {"内部资料"}), "内部资料");
  EXPECT_EQ(found("For INTERNAL use only", {"internal use"}), "internaluse");
  EXPECT_EQ(found("內部資料", {"内部资料"}), "内部资料");
  EXPECT_EQ(found("内部", {"内部资料", ""}), "");
}
TEST(Marking, encodings) {
  EXPECT_EQ(in_hex("bbfac3dca1ef3130c4ea"), "机密★10年") << "GBK, as Python's codec writes it";
  EXPECT_EQ(in_hex("41bbfac3dca1ef"), "机密★") << "behind one octet of ASCII";
}
TEST(Marking, utf16_and_marks_of_byte_order) {
  EXPECT_EQ(in_hex("fffe3a67c65b052631003000745e"), "机密★10年");
  EXPECT_EQ(in_hex("feff673a5bc62605"), "机密★");
  EXPECT_EQ(in_hex("3a67c65b05263100"), "机密★1") << "without a mark";
  EXPECT_EQ(in_hex("efbbbfe69cbae5af86e29885"), "机密★");
}
TEST(Marking, among_octets_that_are_no_text) {
  std::string octets(1001, '\xff');
  octets += "机密★";
  octets += std::string(1000, '\0');
  EXPECT_EQ(found(octets), "机密★");
  octets = std::string(1001, '\x01') + std::string(text_of(from_hex("bbfac3dca1ef").value()));
  MarkScan scan({});
  put_raw(bytes_of(octets), scan);
  EXPECT_TRUE(scan.found());
}
TEST(Marking, a_gap_parts_texts) {
  MarkScan scan({});
  put_utf8(bytes_of("机密"), scan);
  scan.gap();
  put_utf8(bytes_of("★"), scan);
  EXPECT_FALSE(scan.found());
}
TEST(Marking, gb18030_beyond_plane_0) {
  const auto octets = from_hex("bbfac3dc9439b239").value();  // U+1F31F, a glowing star
  MarkScan scan({});
  put_gb18030(octets, scan);
  EXPECT_EQ(scan.found().value_or(""), "机密★");
}

}  // namespace
}  // namespace kw::marking
