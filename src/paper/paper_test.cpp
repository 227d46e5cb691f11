// The report on paper: what stands in it, how it is parted into pages, and that Word and Excel can be read.
#include <gtest/gtest.h>

#include <filesystem>
#include <pugixml.hpp>

#include "device/egress/zip.h"
#include "paper/chart.h"
#include "paper/compose.h"
#include "paper/docx.h"
#include "paper/pdf.h"
#include "paper/words.h"
#include "paper/xlsx.h"
#include "report/testing/sample.h"

namespace kw::paper {
namespace {

using compliance::Status;

const report::Model& small_model() {
  static const auto model =
      report::testing::make_sample({.kiosks = 4, .sites = 2, .rule_step = 6, .fault_every = 15, .entries = 9});
  return model;
}

/// All text of a document, in order.
std::string text_in(const Document& document) {
  std::string out;
  for (const auto& block : document.blocks) {
    if (const auto* heading = std::get_if<Heading>(&block)) out += heading->text + "\n";
    if (const auto* words = std::get_if<Paragraph>(&block)) out += words->text + "\n";
    if (const auto* figure = std::get_if<Figure>(&block)) out += figure->caption + "\n" + figure->alternative + "\n";
    if (const auto* table = std::get_if<Table>(&block)) {
      out += table->caption + "\n";
      for (const auto& row : table->rows)
        for (const auto& cell : row) out += cell.text + "\n";
    }
  }
  return out;
}

Document document_of(std::vector<Block> blocks) {
  Document out;
  out.cover.title = "题";
  out.contents_title = "目录";
  out.made = report::testing::kSampleNow;
  out.blocks = std::move(blocks);
  return out;
}

TEST(PaperCompose, has_every_clause_in_both_languages) {
  for (const auto language : {Language::zh, Language::en}) {
    const auto text = text_in(compose(small_model(), language));
    for (const auto& rule : small_model().rules) {
      EXPECT_NE(text.find(rule.id + "\n"), std::string::npos) << rule.id;
      EXPECT_NE(text.find(language == Language::zh ? rule.title.zh : rule.title.en), std::string::npos) << rule.id;
    }
    for (const auto* subject : {"ZD-0001", "ZD-0004", "ledger.example"})
      EXPECT_NE(text.find(subject), std::string::npos);
  }
}

TEST(PaperCompose, has_tables_whose_rows_fit_their_heads) {
  for (const auto language : {Language::zh, Language::en})
    for (const auto& block : compose(small_model(), language).blocks)
      if (const auto* table = std::get_if<Table>(&block)) {
        EXPECT_TRUE(table->head.empty() || table->head.size() == table->widths.size()) << table->caption;
        for (const auto& row : table->rows)
          EXPECT_TRUE(row.size() == table->widths.size() || row.size() == 1) << table->caption;
      }
}

TEST(PaperCompose, says_where_the_rest_of_a_long_list_is) {
  const auto text =
      text_in(compose(small_model(), Language::zh, {.kiosks = 3, .records = 2, .proofs = 2, .named_subjects = 1}));
  EXPECT_NE(text.find("此处列出前 3 行，共 7 行"), std::string::npos);
  EXPECT_NE(text.find("此处列出前 2 行，共 9 行"), std::string::npos);
  EXPECT_NE(text.find(" 等共 "), std::string::npos) << "of the subjects of a finding, too";
}

TEST(PaperCompose, stands_without_findings_records_items_and_proofs) {
  auto model = small_model();
  model.records.clear();
  model.items.clear();
  model.proofs.clear();
  model.checkpoint.clear();
  model.trend.clear();
  for (auto& subject : model.subjects)
    for (auto& line : subject.lines) {
      line.status = Status::met_measured;
      line.proofs.clear();
      line.evidence.clear();
    }
  const auto document = compose(model, Language::zh);
  EXPECT_NE(text_in(document).find("未发现问题"), std::string::npos);
  EXPECT_NE(text_in(document).find("100.00%"), std::string::npos);
  EXPECT_TRUE(render_pdf(document));
  model.subjects.clear();
  EXPECT_TRUE(render_pdf(compose(model, Language::zh))) << "a report of nobody";
}

TEST(PaperPdf, is_the_same_each_time_and_has_every_character) {
  for (const auto language : {Language::zh, Language::en}) {
    const auto document = compose(small_model(), language);
    const auto first = render_pdf(document), second = render_pdf(document);
    ASSERT_TRUE(first) << first.error().text();
    EXPECT_EQ(first->octets, second->octets);
    EXPECT_EQ(first->unknown_glyphs, 0);
    EXPECT_GT(first->pages, 8);
    int before = 1;
    for (const auto& heading : first->headings) {
      EXPECT_GE(heading.page, before);
      before = heading.page;
    }
  }
}

TEST(PaperPdf, counts_characters_that_no_font_has) {
  const auto pdf = render_pdf(document_of({Paragraph{"a\U0003fffd", Paragraph::Style::body}}));
  ASSERT_TRUE(pdf);
  EXPECT_GT(pdf->unknown_glyphs, 0);
}

TEST(PaperPdf, parts_rows_that_are_higher_than_a_page) {
  std::string lines = "1";
  for (int i = 2; i <= 300; ++i) lines += "\n" + std::to_string(i);
  Table table;
  table.widths = {1, 3};
  table.head = {"甲", "乙"};
  table.rows = {{{"x"}, {lines}}, {{"y"}, {"end"}}};
  const auto pdf = render_pdf(document_of({Heading{1, "题", true}, table}));
  ASSERT_TRUE(pdf);
  EXPECT_GE(pdf->pages, 2 + 5);
  EXPECT_LE(pdf->pages, 2 + 8);
}

TEST(PaperPdf, puts_no_heading_at_the_foot_of_a_page) {
  for (int lines = 20; lines < 50; ++lines) {
    std::vector<Block> blocks{Heading{1, "一", true}};
    for (int i = 0; i < lines; ++i) blocks.push_back(Paragraph{"字", Paragraph::Style::note});
    blocks.push_back(Heading{2, "二", false});
    Table table;
    table.widths = {1};
    table.together = true;
    for (int i = 0; i < 12; ++i) table.rows.push_back({{"行"}});
    blocks.push_back(table);
    blocks.push_back(Heading{2, "三", false});
    blocks.push_back(Paragraph{"字", Paragraph::Style::body});
    const auto pdf = render_pdf(document_of(blocks));
    ASSERT_TRUE(pdf);
    ASSERT_EQ(pdf->headings.size(), 3U);
    EXPECT_LE(pdf->headings[2].page, 3);
  }
}

std::string part_of(ByteView archive, std::string_view name) {
  const auto parts = device::read_zip(archive);
  if (!parts) return {};
  const auto part = std::ranges::find(*parts, name, &device::ZipPart::name);
  device::Budget budget;
  return part == parts->end() ? std::string() : copy_text(*device::unpack(*part, budget));
}

TEST(PaperWord, has_parts_that_are_xml_and_names_what_it_has) {
  auto model = small_model();
  model.subjects.back().name = "<&\"\x01>";
  const auto document = compose(model, Language::zh);
  const auto pdf = render_pdf(document);
  const auto docx = render_docx(document, pdf->headings);
  ASSERT_TRUE(docx) << docx.error().text();
  const auto parts = device::read_zip(*docx);
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->front().name, "[Content_Types].xml");
  for (const auto& part : *parts) {
    if (!part.name.ends_with(".xml") && !part.name.ends_with(".rels")) continue;
    pugi::xml_document xml;
    const auto text = part_of(*docx, part.name);
    const auto read = xml.load_buffer(text.data(), text.size());
    EXPECT_TRUE(read) << part.name << ": " << read.description();
  }
  const auto body = part_of(*docx, "word/document.xml"), rels = part_of(*docx, "word/_rels/document.xml.rels");
  for (std::size_t at = 0; (at = body.find("r:embed=\"", at)) != body.npos; ++at) {
    const auto id = body.substr(at + 9, body.find('"', at + 9) - at - 9);
    EXPECT_NE(rels.find("Id=\"" + id + "\""), rels.npos) << id;
  }
  EXPECT_NE(body.find("&lt;&amp;&quot;&gt;"), body.npos);
  EXPECT_EQ(body.find('\x01'), body.npos);
}

TEST(PaperExcel, is_read_and_leaves_nothing_behind) {
  const auto scratch = std::filesystem::temp_directory_path() / "kw-paper-test";
  std::filesystem::create_directories(scratch);
  auto model = small_model();
  model.subjects.back().name = "=1+1";
  const auto xlsx = render_xlsx(model, Language::zh, scratch.string());
  ASSERT_TRUE(xlsx) << xlsx.error().text();
  EXPECT_TRUE(std::filesystem::is_empty(scratch));
  EXPECT_NE(part_of(*xlsx, "xl/sharedStrings.xml").find("=1+1"), std::string::npos) << "a text, no formula";
  EXPECT_NE(part_of(*xlsx, "xl/workbook.xml").find("矩阵"), std::string::npos);
  for (int sheet = 1; sheet <= 8; ++sheet)
    EXPECT_EQ(part_of(*xlsx, "xl/worksheets/sheet" + std::to_string(sheet) + ".xml").find("<f>"), std::string::npos);
  std::filesystem::remove_all(scratch);
  EXPECT_FALSE(render_xlsx(model, Language::zh, scratch.string())) << "no such directory";
}

TEST(PaperChart, is_a_picture) {
  TextMaker texts;
  const Figure figure{"图", 40, Donut{{{"甲", 3, Tone::good}, {"乙", 0, Tone::bad}}, "75%", "得分"}, "words"};
  const auto png = chart_png(texts, figure, 400, 2);
  ASSERT_TRUE(png);
  EXPECT_EQ(text_of(*png).substr(1, 3), "PNG");
  EXPECT_TRUE(chart_png(texts, {"", 40, Donut{}, ""}, 400, 2)) << "nothing to show";
  EXPECT_TRUE(chart_png(texts, {"", 40, Curve{{{"a", 10'000}}}, ""}, 400, 2)) << "one point";
  EXPECT_TRUE(chart_png(texts, {"", 40, Bars{{{"a", std::nullopt}}}, ""}, 400, 2));
}

TEST(PaperWords, tell_time_as_china_does) {
  const auto at = *from_rfc3339("2026-12-31T16:05:00Z");
  EXPECT_EQ(day_text(Language::zh, at), "2027年1月1日");
  EXPECT_EQ(day_text(Language::en, at), "1 January 2027");
  EXPECT_EQ(minute_text(at), "2027-01-01 00:05");
  EXPECT_EQ(age_text(Language::zh, std::chrono::hours(47)), "47 小时");
  EXPECT_EQ(age_text(Language::en, std::chrono::minutes(1)), "1 minute");
  EXPECT_EQ(age_text(Language::en, std::chrono::hours(48)), "2 days");
  EXPECT_EQ(percent_text(10'000), "100.00%");
  EXPECT_EQ(percent_text(905), "9.05%");
  EXPECT_EQ(percent_text(std::nullopt), "—");
  EXPECT_EQ(marked(Language::zh, Status::not_met), "× 不符合");
  EXPECT_EQ(asked_text(Language::zh, "one of: up, ready"), "为 up, ready");
  EXPECT_EQ(asked_text(Language::zh, "not empty, at least 3"), "非空, 不小于 3");
  EXPECT_EQ(asked_text(Language::zh, "a time at most 30d ago"), "距今不超过 30d");
  EXPECT_EQ(asked_text(Language::en, "at most 7"), "at most 7");
  EXPECT_EQ(role_word(Language::en, "someone"), "someone");
}

}  // namespace
}  // namespace kw::paper
