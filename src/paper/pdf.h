#pragma once
// render_pdf writes a Document as PDF: A4, cover, contents with links, pages with head and foot, outline.
//
// It lays everything out twice: once to learn the pages, once to draw. The same document gives the same octets with the
// same fonts and libraries; the times in the file are those of the document. Fonts are embedded as far as they are
// used. Errc::io where Cairo fails.
#include "base/bytes.h"
#include "paper/document.h"

namespace kw::paper {

struct HeadingPlace {
  int level = 1;
  std::string text;
  int page = 0;  // as printed, from 1 behind the contents
};
struct RenderedPdf {
  Bytes octets;
  int pages = 0;  // with cover and contents
  std::vector<HeadingPlace> headings;
  int unknown_glyphs = 0;  // characters that no font has
};
Result<RenderedPdf> render_pdf(const Document& document);

}  // namespace kw::paper
