#include "paper/docx_parts.h"

namespace kw::paper {
namespace {

constexpr std::string_view kWordSpace = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"";
constexpr std::string_view kRelationTypes = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
constexpr std::string_view kPackageRelations = "http://schemas.openxmlformats.org/package/2006/relationships";

std::string run_fonts(std::string_view latin, std::string_view chinese) {
  return "<w:rFonts w:ascii=\"" + std::string(latin) + "\" w:hAnsi=\"" + std::string(latin) + "\" w:cs=\"" +
         std::string(latin) + "\" w:eastAsia=\"" + std::string(chinese) + "\"/>";
}
std::string song() { return run_fonts("Times New Roman", "仿宋"); }
std::string hei() { return run_fonts("Arial", "黑体"); }

/// A paragraph style: `size` in half points.
std::string style(std::string_view id, std::string_view name, std::string_view paragraph, std::string_view run,
                  int size, std::string_view based = "Normal") {
  const auto points = std::to_string(size);
  return "<w:style w:type=\"paragraph\" w:styleId=\"" + std::string(id) + "\"><w:name w:val=\"" + std::string(name) +
         "\"/><w:basedOn w:val=\"" + std::string(based) + "\"/><w:qFormat/><w:pPr>" + std::string(paragraph) +
         "</w:pPr><w:rPr>" + std::string(run) + "<w:sz w:val=\"" + points + "\"/><w:szCs w:val=\"" + points +
         "\"/></w:rPr></w:style>";
}

std::string relation(std::string_view id, std::string_view type, std::string_view target) {
  return "<Relationship Id=\"" + std::string(id) + "\" Type=\"" + std::string(kRelationTypes) + std::string(type) +
         "\" Target=\"" + std::string(target) + "\"/>";
}

std::string field(std::string_view code) {
  return "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> " +
         std::string(code) +
         " </w:instrText></w:r><w:r><w:fldChar "
         "w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar "
         "w:fldCharType=\"end\"/></w:r>";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n') out += c;
    }
  }
  return out;
}

std::string docx_content_types() {
  const auto override_of = [](std::string_view part, std::string_view type) {
    return "<Override PartName=\"" + std::string(part) +
           "\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml." + std::string(type) +
           "+xml\"/>";
  };
  return std::string(kXmlHead) +
         "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
         "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" "
         "ContentType=\"application/xml\"/><Default Extension=\"png\" ContentType=\"image/png\"/>" +
         override_of("/word/document.xml", "document.main") + override_of("/word/styles.xml", "styles") +
         override_of("/word/settings.xml", "settings") + override_of("/word/fontTable.xml", "fontTable") +
         override_of("/word/header1.xml", "header") + override_of("/word/footer1.xml", "footer") +
         "<Override PartName=\"/docProps/core.xml\" "
         "ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/></Types>";
}

std::string docx_package_rels() {
  return std::string(kXmlHead) + "<Relationships xmlns=\"" + std::string(kPackageRelations) + "\">" +
         relation("rId1", "officeDocument", "word/document.xml") +
         "<Relationship Id=\"rId2\" "
         "Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" "
         "Target=\"docProps/core.xml\"/></Relationships>";
}

std::string docx_document_rels(std::size_t charts) {
  auto out = std::string(kXmlHead) + "<Relationships xmlns=\"" + std::string(kPackageRelations) + "\">" +
             relation("rIdStyles", "styles", "styles.xml") + relation("rIdSettings", "settings", "settings.xml") +
             relation("rIdFonts", "fontTable", "fontTable.xml") + relation("rIdHeader", "header", "header1.xml") +
             relation("rIdFooter", "footer", "footer1.xml");
  for (std::size_t i = 1; i <= charts; ++i)
    out += relation("rIdChart" + std::to_string(i), "image", "media/chart" + std::to_string(i) + ".png");
  return out + "</Relationships>";
}

std::string docx_styles(Language language) {
  const bool zh = language == Language::zh;
  const std::string indent = zh ? "<w:ind w:firstLineChars=\"200\" w:firstLine=\"480\"/>" : "";
  const std::string body_size = zh ? "24" : "22";
  const auto heading = [&](int level, int size, std::string_view before, std::string_view after) {
    const auto number = std::to_string(level);
    const std::string ink = level == 1 ? "<w:color w:val=\"1F3A5F\"/>" : "";
    return style("Heading" + number, "heading " + number,
                 "<w:keepNext/><w:keepLines/><w:spacing w:before=\"" + std::string(before) + "\" w:after=\"" +
                     std::string(after) + "\"/><w:outlineLvl w:val=\"" + std::to_string(level - 1) + "\"/>",
                 hei() + "<w:b/><w:bCs/>" + ink, size);
  };
  const std::string tabs = "<w:tabs><w:tab w:val=\"right\" w:leader=\"dot\" w:pos=\"8840\"/></w:tabs>";
  return std::string(kXmlHead) + "<w:styles " + std::string(kWordSpace) + "><w:docDefaults><w:rPrDefault><w:rPr>" +
         song() + "<w:sz w:val=\"" + body_size + "\"/><w:szCs w:val=\"" + body_size +
         "\"/><w:lang w:val=\"en-US\" w:eastAsia=\"zh-CN\"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
         "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/>"
         "</w:style><w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal "
         "Table\"/>"
         "<w:tblPr><w:tblCellMar><w:left w:w=\"70\" w:type=\"dxa\"/><w:right w:w=\"70\" w:type=\"dxa\"/></w:tblCellMar>"
         "</w:tblPr></w:style>" +
         style("BodyText", "Body Text",
               "<w:widowControl/><w:spacing w:after=\"100\" w:line=\"400\" w:lineRule=\"exact\"/>" + indent +
                   "<w:jc w:val=\"both\"/>",
               "", zh ? 24 : 22) +
         heading(1, 32, "120", "200") + heading(2, 26, "240", "120") + heading(3, 24, "200", "100") +
         style("TOC1", "toc 1", tabs + "<w:spacing w:before=\"60\" w:after=\"60\"/>", hei() + "<w:b/><w:bCs/>", 22) +
         style("TOC2", "toc 2", tabs + "<w:spacing w:before=\"40\" w:after=\"40\"/><w:ind w:left=\"400\"/>", "", 22) +
         style("Caption", "caption", "<w:spacing w:before=\"120\" w:after=\"60\"/><w:jc w:val=\"center\"/>",
               hei() + "<w:b/><w:bCs/>", 19) +
         style("TableText", "Table Text",
               "<w:spacing w:before=\"40\" w:after=\"40\" w:line=\"260\" w:lineRule=\"atLeast\"/>", hei(), 17) +
         style("Note", "Note", "<w:spacing w:after=\"80\"/>", hei() + "<w:color w:val=\"5F6368\"/>", 18) +
         style("Code", "Code",
               "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F1F3F5\"/><w:spacing w:before=\"80\" "
               "w:after=\"120\"/><w:ind w:left=\"240\" w:right=\"240\"/>",
               run_fonts("Courier New", "黑体"), 18) +
         style("CoverTitle", "Cover Title", "<w:spacing w:before=\"120\" w:after=\"120\"/><w:jc w:val=\"center\"/>",
               hei() + "<w:b/><w:bCs/>", 40) +
         style("CoverLine", "Cover Line", "<w:spacing w:before=\"100\" w:after=\"60\"/>", "", 26) +
         style("ContentsTitle", "Contents Title", "<w:spacing w:after=\"240\"/><w:jc w:val=\"center\"/>",
               hei() + "<w:b/><w:bCs/>", 36) +
         style("HeadFoot", "Head and Foot", tabs, hei() + "<w:color w:val=\"5F6368\"/>", 17) + "</w:styles>";
}

std::string docx_settings() {
  return std::string(kXmlHead) + "<w:settings " + std::string(kWordSpace) +
         "><w:zoom w:percent=\"100\"/><w:updateFields w:val=\"true\"/><w:defaultTabStop "
         "w:val=\"420\"/><w:characterSpacingControl "
         "w:val=\"compressPunctuation\"/><w:compat><w:compatSetting w:name=\"compatibilityMode\" "
         "w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat></w:settings>";
}

std::string docx_fonts() {
  const auto font = [](std::string_view name, std::string_view other, std::string_view charset,
                       std::string_view family) {
    return "<w:font w:name=\"" + std::string(name) + "\"><w:altName w:val=\"" + std::string(other) +
           "\"/><w:charset w:val=\"" + std::string(charset) + "\"/><w:family w:val=\"" + std::string(family) +
           "\"/></w:font>";
  };
  return std::string(kXmlHead) + "<w:fonts " + std::string(kWordSpace) + ">" +
         font("仿宋", "FangSong;Noto Serif CJK SC", "86", "modern") +
         font("黑体", "SimHei;Noto Sans CJK SC", "86", "modern") +
         font("Times New Roman", "Liberation Serif", "00", "roman") + font("Arial", "Liberation Sans", "00", "swiss") +
         "</w:fonts>";
}

std::string docx_header(const Document& document) {
  return std::string(kXmlHead) + "<w:hdr " + std::string(kWordSpace) +
         "><w:p><w:pPr><w:pStyle w:val=\"HeadFoot\"/><w:pBdr><w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"4\" "
         "w:color=\"9AA5B1\"/></w:pBdr><w:tabs><w:tab w:val=\"clear\" w:pos=\"8840\"/><w:tab w:val=\"right\" "
         "w:pos=\"8840\"/></w:tabs></w:pPr><w:r><w:t xml:space=\"preserve\">" +
         escaped(document.head_left) + "</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t xml:space=\"preserve\">" +
         escaped(document.head_right) + "</w:t></w:r></w:p></w:hdr>";
}

std::string docx_footer(Language language) {
  const bool zh = language == Language::zh;
  return std::string(kXmlHead) + "<w:ftr " + std::string(kWordSpace) +
         "><w:p><w:pPr><w:pStyle w:val=\"HeadFoot\"/><w:jc w:val=\"center\"/></w:pPr><w:r><w:t "
         "xml:space=\"preserve\">" +
         (zh ? "第 " : "Page ") + "</w:t></w:r>" + field("PAGE") + "<w:r><w:t xml:space=\"preserve\">" +
         (zh ? " 页" : "") + "</w:t></w:r></w:p></w:ftr>";
}

std::string docx_core(const Document& document) {
  const auto made = to_rfc3339(document.made).substr(0, 19) + "Z";
  const auto time = [&](std::string_view name) {
    return "<dcterms:" + std::string(name) + " xsi:type=\"dcterms:W3CDTF\">" + made + "</dcterms:" + std::string(name) +
           ">";
  };
  return std::string(kXmlHead) +
         "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" "
         "xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>" +
         escaped(document.cover.subject + " " + document.cover.title) + "</dc:title><dc:subject>" +
         escaped(document.cover.number) + "</dc:subject><dc:creator>Kioskward</dc:creator>" + time("created") +
         time("modified") + "</cp:coreProperties>";
}

}  // namespace kw::paper
