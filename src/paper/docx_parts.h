#pragma once
// docx_styles, docx_rels and the other fixed parts of a Word file. Internal to src/paper.
#include <string>

#include "paper/document.h"

namespace kw::paper {

/// escaped makes text fit for XML: markup escaped, control characters that XML has no form for left out.
[[nodiscard]] std::string escaped(std::string_view text);
[[nodiscard]] std::string docx_content_types();
[[nodiscard]] std::string docx_package_rels();
[[nodiscard]] std::string docx_document_rels(std::size_t charts);
[[nodiscard]] std::string docx_styles(Language language);
[[nodiscard]] std::string docx_settings();
[[nodiscard]] std::string docx_fonts();
[[nodiscard]] std::string docx_header(const Document& document);
[[nodiscard]] std::string docx_footer(Language language);
[[nodiscard]] std::string docx_core(const Document& document);

inline constexpr std::string_view kXmlHead = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
inline constexpr int kTextTwips = 8844;  // 156 mm

}  // namespace kw::paper
