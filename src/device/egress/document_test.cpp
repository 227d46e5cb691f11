// Documents that other programs made (testdata: chromium and cairo as PDF, Python's zipfile as OOXML), and ones that
// are made here to be unreadable.
#include "device/egress/document.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace kw::device {
namespace {

std::string file(const std::string& name) {
  std::ifstream in(std::string(KW_SOURCE_DIR) + "/src/device/egress/testdata/" + name, std::ios::binary);
  std::string out((std::istreambuf_iterator<char>(in)), {});
  EXPECT_FALSE(out.empty()) << name;
  return out;
}
std::string read(std::string_view document, std::vector<std::string> words = {}, Budget budget = {}) {
  auto text = reading_text(read_document(bytes_of(document), words, budget));
  EXPECT_TRUE(parse_reading(text)) << text;
  text.pop_back();
  return text;
}

TEST(Document, pdf_of_two_programs) {
  EXPECT_EQ(read(file("chromium_marked.pdf")), "marked 机密★10年");
  EXPECT_EQ(read(file("chromium_clean.pdf")), "clean");
  EXPECT_EQ(read(file("chromium_clean.pdf"), {"办事指南"}), "marked 办事指南");
  EXPECT_EQ(read(file("cairo_marked.pdf")), "marked 绝密★");
}
TEST(Document, office) {
  EXPECT_EQ(read(file("marked.docx")), "marked 机密★10年");
  EXPECT_EQ(read(file("header_marked.docx")), "marked 秘密★5年");
  EXPECT_EQ(read(file("marked.xlsx")), "marked 绝密★长期");
  EXPECT_EQ(read(file("clean.docx")), "clean") << "its picture is one of a document";
}
TEST(Document, archives) {
  EXPECT_EQ(read(file("nested.zip")), "marked 机密★10年");
  EXPECT_EQ(read(file("deep.zip")), "unreadable archives in archives");
  EXPECT_EQ(read(file("bomb.zip")), "unreadable more comes out than is looked at");
  EXPECT_EQ(read(file("encrypted.zip")), "unreadable zip: encrypted");
  EXPECT_EQ(read(file("pictures.zip")), "unreadable picture");
  auto broken = file("marked.docx");
  broken.resize(broken.size() - 30);
  EXPECT_EQ(read(broken), "unreadable zip: no directory");
}
TEST(Document, texts) {
  EXPECT_EQ(read("机密★10年"), "marked 机密★10年");
  EXPECT_EQ(read("公开"), "clean");
  EXPECT_EQ(read(""), "clean");
  EXPECT_EQ(read("<html><b>机</b><i>密</i>&#9733;3年</html>"), "marked 机密★3年");
  EXPECT_EQ(read(R"({"title":"\u673a\u5bc6\u2605"})"), "marked 机密★");
  EXPECT_EQ(read(R"({\rtf1\ansicpg936 \'bb\'fa\'c3\'dc\'a1\'ef 10})"), "marked 机密★10");
  EXPECT_EQ(read(R"({\rtf1 \u26426?\u23494?\u9733?})"), "marked 机密★");
  EXPECT_EQ(read(R"({\rtf1 plain\par})"), "clean");
}
TEST(Document, what_cannot_be_read_says_so) {
  EXPECT_EQ(read("\x89PNG\r\n\x1a\n\x01\x02"), "unreadable picture");
  EXPECT_EQ(read("%!PS-Adobe-3.0\n(Hello) show\n"), "unreadable printer's language");
  EXPECT_EQ(read("\x1b%-12345X@PJL SET JOBNAME=\"机密★\"\n"), "marked 机密★");
  EXPECT_EQ(read(std::string("\x01\x02\x03", 3)), "unreadable unknown format");
  EXPECT_EQ(read("%PDF-1.7\n1 0 obj<</Encrypt 2 0 R>>endobj"), "unreadable pdf: encrypted");
  EXPECT_EQ(read("%PDF-1.7\nnothing"), "unreadable pdf: no pages found");
}

std::string pdf(const std::string& font, const std::string& content, const std::string& more = "") {
  return "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1"
         "/Resources<</Font<</F1 5 0 R>>>>>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R>>endobj\n"
         "4 0 obj<</Length " +
         std::to_string(content.size()) + ">>stream\n" + content +
         "\nendstream endobj\n"
         "5 0 obj" +
         font + "endobj\n" + more + "trailer<</Root 1 0 R>>\n%%EOF\n";
}
TEST(Document, fonts_of_pdf) {
  const std::string gbk = "<</Type/Font/Subtype/Type0/Encoding/GBK-EUC-H/BaseFont/X>>";
  EXPECT_EQ(read(pdf(gbk, "BT /F1 12 Tf <bbfac3dc> Tj [<a1ef>-120<31>] TJ ET")), "marked 机密★1");
  const std::string ucs = "<</Type/Font/Subtype/Type0/Encoding/UniGB-UCS2-H>>";
  EXPECT_EQ(read(pdf(ucs, "BT /F1 12 Tf <673a5bc62605> Tj ET")), "marked 机密★");
  const std::string identity = "<</Type/Font/Subtype/Type0/Encoding/Identity-H>>";
  EXPECT_EQ(read(pdf(identity, "BT /F1 12 Tf <000100020003> Tj ET")),
            "unreadable pdf: a font whose letters have no names");
  EXPECT_EQ(read(pdf("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>", "BT /F1 12 Tf (plain) Tj ET")), "clean");
  EXPECT_EQ(
      read(pdf("<</Type/Font/Subtype/Type3/Encoding<</Differences[1/g1/g2]>>>>", "BT /F1 12 Tf (\001\002) Tj ET")),
      "unreadable pdf: a font whose letters have no names");
  EXPECT_EQ(read(pdf("<</Subtype/Type1/Encoding<</Differences[1/uni673A/uni5BC6/uni2605]>>>>",
                     "BT /F1 9 Tf (\\001\\002\\003) Tj ET")),
            "marked 机密★");
  const std::string map =
      "begincmap 1 begincodespacerange <00><ff> endcodespacerange 2 beginbfchar <01> <673A> <02> <5BC6> endbfchar "
      "1 beginbfrange <03> <05> <2605> endbfrange endcmap";
  EXPECT_EQ(read(pdf("<</Subtype/TrueType/ToUnicode 6 0 R>>", "BT /F1 9 Tf <01> Tj <0203> Tj ET",
                     "6 0 obj<</Length 3>>stream\n" + map + "\nendstream endobj\n")),
            "marked 机密★")
      << "a wrong length is mended";
}
TEST(Document, pdf_beside_its_pages) {
  const std::string font = "<</Subtype/Type1>>";
  EXPECT_EQ(read(pdf(font, "", "7 0 obj<</Title<feff673a5bc62605>>>endobj\n")), "marked 机密★");
  EXPECT_EQ(read(pdf(font, "", "7 0 obj<</Type/XObject/Subtype/Image/Length 2>>stream\nxx\nendstream endobj\n")),
            "unreadable pdf: pictures without text");
  EXPECT_EQ(read(pdf(font, "BI /W 1 ID \x01\x02 EI")), "unreadable pdf: pictures without text");
}
TEST(Document, whatever_is_cut_off_or_turned_around_is_borne) {
  for (const auto* name : {"chromium_marked.pdf", "cairo_marked.pdf", "marked.docx", "nested.zip"}) {
    const auto whole = file(name);
    for (std::size_t n = 0; n < whole.size(); n += whole.size() / 37 + 1) {
      read(std::string_view(whole).substr(0, n));
      auto turned = whole;
      turned[n] = static_cast<char>(turned[n] ^ 0x5a);
      read(turned);
    }
  }
}
TEST(Document, readings_are_parsed_strictly) {
  for (const auto* bad : {"", "clean", "clean\n\n", "unknown\n", "marked 机密★\nclean\n"})
    EXPECT_FALSE(parse_reading(bad)) << bad;
  EXPECT_FALSE(parse_reading(std::string(500, 'x') + "\n"));
}

}  // namespace
}  // namespace kw::device
