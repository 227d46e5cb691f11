#pragma once
// render_docx writes a Document as Word (OOXML, ECMA-376 transitional): styles, contents, repeated heads of tables.
//
// Charts are embedded as pictures with their words as alternative text, the same drawing as in the PDF. Fonts are those
// of Chinese official papers by name (FangSong, SimHei), which the reader's system has or replaces. `pages` are the
// headings' pages as render_pdf found them: the contents' first numbers, which Word renews when asked. The same
// arguments give the same octets. Errors as chart_png.
#include <span>

#include "base/bytes.h"
#include "paper/pdf.h"

namespace kw::paper {

Result<Bytes> render_docx(const Document& document, std::span<const HeadingPlace> pages);

}  // namespace kw::paper
