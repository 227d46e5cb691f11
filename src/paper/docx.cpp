#include "paper/docx.h"

#include <cmath>
#include <numeric>

#include "paper/chart.h"
#include "paper/docx_parts.h"
#include "report/zip_writer.h"

namespace kw::paper {
namespace {

constexpr double kEmuPerPoint = 12'700, kPixelsPerPoint = 220.0 / 72;

std::string hex_of(Colour colour) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (int shift = 20; shift >= 0; shift -= 4) out += kDigits[colour.rgb >> static_cast<unsigned>(shift) & 15U];
  return out;
}

std::string run(std::string_view text, std::string_view properties = {}) {
  return "<w:r>" + (properties.empty() ? "" : "<w:rPr>" + std::string(properties) + "</w:rPr>") +
         "<w:t xml:space=\"preserve\">" + escaped(text) + "</w:t></w:r>";
}
std::string paragraph(std::string_view style, std::string_view content, std::string_view more = {}) {
  return "<w:p><w:pPr><w:pStyle w:val=\"" + std::string(style) + "\"/>" + std::string(more) + "</w:pPr>" +
         std::string(content) + "</w:p>";
}
/// Word's own names of a contents' marks.
std::string mark_name(std::size_t heading) { return "_Toc" + std::to_string(100'000 + heading); }

class WordWriter {
 public:
  WordWriter(const Document& document, std::span<const HeadingPlace> pages) : document_(document), pages_(pages) {}

  Result<std::string> body() {
    out_ = std::string(kXmlHead) +
           "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" "
           "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\" "
           "xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" "
           "xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\" "
           "xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><w:body>";
    put_cover();
    put_contents();
    for (const auto& block : document_.blocks) KW_CHECK(put(block));
    out_ += section("decimal", true) + "</w:body></w:document>";
    return std::move(out_);
  }
  [[nodiscard]] std::vector<Bytes>& charts() noexcept { return charts_; }

 private:
  /// A section's page: A4, the margins of the PDF; with head and foot, and pages numbered from 1.
  static std::string section(std::string_view numbers, bool furnished) {
    const std::string refs = furnished ? "<w:headerReference w:type=\"default\" r:id=\"rIdHeader\"/>"
                                         "<w:footerReference w:type=\"default\" r:id=\"rIdFooter\"/>"
                                       : "";
    return "<w:sectPr>" + refs +
           "<w:type w:val=\"nextPage\"/><w:pgSz w:w=\"11906\" w:h=\"16838\"/><w:pgMar w:top=\"1701\" w:right=\"1531\" "
           "w:bottom=\"1531\" w:left=\"1531\" w:header=\"1021\" w:footer=\"907\" w:gutter=\"0\"/><w:pgNumType "
           "w:fmt=\"" +
           std::string(numbers) + "\" w:start=\"1\"/></w:sectPr>";
  }
  void end_section(std::string_view numbers, bool furnished) {
    out_ += "<w:p><w:pPr>" + section(numbers, furnished) + "</w:pPr></w:p>";
  }

  void put_cover() {
    const auto& cover = document_.cover;
    out_ += paragraph("Normal", run(cover.number), "<w:spacing w:after=\"2300\"/><w:jc w:val=\"right\"/>");
    out_ += paragraph("CoverTitle", run(cover.subject));
    out_ += paragraph("CoverTitle",
                      run(cover.title, "<w:color w:val=\"1F3A5F\"/><w:sz w:val=\"56\"/><w:szCs w:val=\"56\"/>"));
    out_ += paragraph(
        "CoverTitle",
        run(cover.kicker, "<w:b w:val=\"0\"/><w:color w:val=\"5F6368\"/><w:sz w:val=\"26\"/><w:szCs w:val=\"26\"/>"),
        "<w:spacing w:after=\"2300\"/>");
    Table lines;
    lines.widths = {26, 74};
    for (const auto& [name, value] : cover.lines) lines.rows.push_back({{name, Tone::plain, true}, {value}});
    put_table(lines, "CoverLine",
              "<w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"9AA5B1\"/><w:insideH "
              "w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"9AA5B1\"/>");
    out_ += paragraph("Normal", "", "<w:spacing w:before=\"500\"/>");
    Table signers;
    Row names, room;
    for (const auto& name : cover.signers) {
      signers.widths.push_back(1);
      names.push_back({name, Tone::plain, false, true});
      room.push_back({"\n"});
    }
    signers.rows = {names, room};
    put_table(signers, "TableText", box_borders());
    out_ += paragraph("Normal", run(cover.date, "<w:sz w:val=\"28\"/>"),
                      "<w:spacing w:before=\"500\"/><w:jc w:val=\"center\"/>");
    out_ += paragraph("Note", run(cover.foot), "<w:spacing w:before=\"300\"/><w:jc w:val=\"center\"/>");
    end_section("decimal", false);
  }

  void put_contents() {
    out_ += paragraph("ContentsTitle", run(document_.contents_title));
    const std::string begin = "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>",
                      between = "<w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>",
                      end = "<w:r><w:fldChar w:fldCharType=\"end\"/></w:r>";
    const auto code = [](std::string_view words) {
      return "<w:r><w:instrText xml:space=\"preserve\"> " + std::string(words) + " </w:instrText></w:r>";
    };
    // no field around them all: LibreOffice keeps such a one as it stands, and renews single references
    for (std::size_t i = 0; i < pages_.size(); ++i) {
      const auto content = "<w:hyperlink w:anchor=\"" + mark_name(i) + "\" w:history=\"1\">" + run(pages_[i].text) +
                           "<w:r><w:tab/></w:r>" + begin + code("PAGEREF " + mark_name(i) + " \\h") + between +
                           run(std::to_string(pages_[i].page)) + end + "</w:hyperlink>";
      out_ += paragraph("TOC" + std::to_string(pages_[i].level), content);
    }
    end_section("upperRoman", true);
  }

  Result<> put(const Block& block) {
    if (const auto* heading = std::get_if<Heading>(&block)) {
      const auto id = std::to_string(headings_), name = mark_name(headings_);
      const bool breaks = heading->on_new_page && headings_ > 0;
      ++headings_;
      out_ += paragraph("Heading" + std::to_string(heading->level),
                        "<w:bookmarkStart w:id=\"" + id + "\" w:name=\"" + name + "\"/>" + run(heading->text) +
                            "<w:bookmarkEnd w:id=\"" + id + "\"/>",
                        breaks ? "<w:pageBreakBefore/>" : "");
    } else if (const auto* words = std::get_if<Paragraph>(&block)) {
      const auto style = words->style == Paragraph::Style::note   ? "Note"
                         : words->style == Paragraph::Style::code ? "Code"
                                                                  : "BodyText";
      out_ += paragraph(style, run(words->text));
    } else if (const auto* table = std::get_if<Table>(&block)) {
      if (!table->caption.empty()) out_ += paragraph("Caption", run(table->caption), "<w:keepNext/>");
      put_table(*table, "TableText", box_borders());
      out_ += paragraph("Normal", "", "<w:spacing w:line=\"160\" w:lineRule=\"exact\"/>");
    } else {
      return put(std::get<Figure>(block));
    }
    return {};
  }

  Result<> put(const Figure& figure) {
    const double width = 156 * kPointsPerMm;
    KW_TRY(auto png, chart_png(texts_, figure, width, kPixelsPerPoint));
    charts_.push_back(std::move(png));
    const auto number = std::to_string(charts_.size());
    const auto emu = [](double points) { return std::to_string(std::llround(points * kEmuPerPoint)); };
    const auto size = "cx=\"" + emu(width) + "\" cy=\"" + emu(figure.height_mm * kPointsPerMm) + "\"";
    const auto words = escaped(figure.caption + ": " + figure.alternative);
    out_ += paragraph(
        "Normal",
        "<w:r><w:drawing><wp:inline distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\"><wp:extent " + size +
            "/><wp:docPr id=\"" + number + "\" name=\"chart" + number + "\" descr=\"" + words +
            "\"/><a:graphic><a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic>"
            "<pic:nvPicPr><pic:cNvPr id=\"" +
            number + "\" name=\"chart" + number + ".png\" descr=\"" + words +
            "\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"rIdChart" + number +
            "\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext " +
            size +
            "/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData>"
            "</a:graphic></wp:inline></w:drawing></w:r>",
        "<w:keepNext/><w:spacing w:before=\"120\"/><w:jc w:val=\"center\"/>");
    out_ += paragraph("Caption", run(figure.caption));
    return {};
  }

  static std::string box_borders() {
    std::string out;
    for (const auto* side : {"top", "left", "bottom", "right", "insideH", "insideV"})
      out += "<w:" + std::string(side) + " w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"9AA5B1\"/>";
    return out;
  }

  void put_table(const Table& table, std::string_view style, const std::string& borders) {
    const double sum = std::accumulate(table.widths.begin(), table.widths.end(), 0.0);
    std::vector<int> twips;
    for (const auto width : table.widths) twips.push_back(static_cast<int>(std::lround(width / sum * kTextTwips)));
    out_ += "<w:tbl><w:tblPr><w:tblW w:w=\"" + std::to_string(kTextTwips) + "\" w:type=\"dxa\"/><w:tblBorders>" +
            borders + "</w:tblBorders><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>";
    for (const auto width : twips) out_ += "<w:gridCol w:w=\"" + std::to_string(width) + "\"/>";
    out_ += "</w:tblGrid>";
    if (!table.head.empty()) {
      Row head;
      for (const auto& words : table.head) head.push_back({words, Tone::head, true, true});
      put_row(head, twips, style, "<w:cantSplit/><w:tblHeader/>", true);
    }
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const bool band = table.rows[i].size() == 1 && table.widths.size() > 1;
      put_row(table.rows[i], twips, style, "<w:cantSplit/>", band || (table.together && i + 1 < table.rows.size()));
    }
    out_ += "</w:tbl>";
  }

  void put_row(const Row& row, const std::vector<int>& twips, std::string_view style, std::string_view properties,
               bool keep_next) {
    out_ += "<w:tr><w:trPr>" + std::string(properties) + "</w:trPr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto span = i + 1 == row.size() ? twips.size() - i : 1;
      const auto first = twips.begin() + static_cast<std::ptrdiff_t>(i);
      const int width = std::accumulate(first, first + static_cast<std::ptrdiff_t>(span), 0);
      put_cell(row[i], width, span, style, keep_next);
    }
    out_ += "</w:tr>";
  }

  void put_cell(const Cell& cell, int width, std::size_t span, std::string_view style, bool keep_next) {
    out_ += "<w:tc><w:tcPr><w:tcW w:w=\"" + std::to_string(width) + "\" w:type=\"dxa\"/>";
    if (span > 1) out_ += "<w:gridSpan w:val=\"" + std::to_string(span) + "\"/>";
    if (cell.tone != Tone::plain)
      out_ += "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"" + hex_of(fill_of(cell.tone)) + "\"/>";
    out_ += "<w:vAlign w:val=\"center\"/></w:tcPr>";
    std::string properties = cell.strong ? "<w:b/><w:bCs/>" : "";
    if (cell.tone != Tone::plain) properties += "<w:color w:val=\"" + hex_of(ink_of(cell.tone)) + "\"/>";
    const std::string more =
        std::string(keep_next ? "<w:keepNext/>" : "") + (cell.centred ? "<w:jc w:val=\"center\"/>" : "");
    std::string_view rest = cell.text;
    while (true) {
      const auto end = rest.find('\n');
      out_ += paragraph(style, run(rest.substr(0, end), properties), more);
      if (end == rest.npos) break;
      rest.remove_prefix(end + 1);
    }
    out_ += "</w:tc>";
  }

  const Document& document_;
  std::span<const HeadingPlace> pages_;
  TextMaker texts_;
  std::string out_;
  std::size_t headings_ = 0;
  std::vector<Bytes> charts_;
};

}  // namespace

Result<Bytes> render_docx(const Document& document, std::span<const HeadingPlace> pages) {
  WordWriter writer(document, pages);
  KW_TRY(const auto body, writer.body());
  const auto part = [](std::string name, const std::string& text) {
    return report::deflate_part(std::move(name), bytes_of(text));
  };
  std::vector<report::PackedPart> parts{
      part("[Content_Types].xml", docx_content_types()),
      part("_rels/.rels", docx_package_rels()),
      part("word/document.xml", body),
      part("word/_rels/document.xml.rels", docx_document_rels(writer.charts().size())),
      part("word/styles.xml", docx_styles(document.language)),
      part("word/settings.xml", docx_settings()),
      part("word/fontTable.xml", docx_fonts()),
      part("word/header1.xml", docx_header(document)),
      part("word/footer1.xml", docx_footer(document.language)),
      part("docProps/core.xml", docx_core(document))};
  for (std::size_t i = 0; i < writer.charts().size(); ++i)
    parts.push_back(
        report::stored_part("word/media/chart" + std::to_string(i + 1) + ".png", std::move(writer.charts()[i])));
  return report::write_zip(parts);
}

}  // namespace kw::paper
