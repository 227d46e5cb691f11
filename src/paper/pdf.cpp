#include "paper/pdf.h"

#include <cairo-pdf.h>

#include <algorithm>
#include <array>

#include "paper/page_flow.h"

namespace kw::paper {
namespace {

struct CloseSurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct CloseCanvas {
  void operator()(cairo_t* canvas) const { cairo_destroy(canvas); }
};

cairo_status_t keep_pdf(void* to, const unsigned char* data, unsigned int size) {
  append(*static_cast<Bytes*>(to), {data, size});
  return CAIRO_STATUS_SUCCESS;
}

std::string roman(int number) {
  static constexpr std::array<std::pair<int, const char*>, 5> kSteps{
      {{10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}};
  std::string out;
  for (const auto& [value, digits] : kSteps)
    for (; number >= value; number -= value) out += digits;
  return out;
}

/// Text in the middle of the page; gives the y under it.
double centred(cairo_t* canvas, TextMaker& texts, std::string_view words, TextStyle style, double y, Colour ink) {
  style.centred = true;
  const auto layout = texts.make(words, style, PageSize::kText);
  TextMaker::draw(canvas, layout.get(), PageSize::kLeft, y, ink);
  return y + TextMaker::height(layout.get());
}

void draw_cover(cairo_t* canvas, TextMaker& texts, const CoverPage& cover) {
  const double left = PageSize::kLeft, right = left + PageSize::kText;
  const auto number = texts.make(cover.number, {.face = Face::hei, .size = 11}, -1);
  TextMaker::draw(canvas, number.get(), right - TextMaker::width(number.get()), 30 * kPointsPerMm, kInk);
  double y = 66 * kPointsPerMm;
  y = centred(canvas, texts, cover.subject, {.face = Face::hei, .size = 19, .bold = true, .line_height = 1.4}, y,
              kInk) +
      8;
  y = centred(canvas, texts, cover.title, {.face = Face::hei, .size = 28, .bold = true, .line_height = 1.4}, y,
              kAccent) +
      12;
  y = centred(canvas, texts, cover.kicker, {.face = Face::hei, .size = 13}, y, kFaint);
  set_colour(canvas, kAccent);
  cairo_set_line_width(canvas, 1.2);
  cairo_move_to(canvas, left + 60, y + 16);
  cairo_line_to(canvas, right - 60, y + 16);
  cairo_stroke(canvas);
  y = 148 * kPointsPerMm;
  for (const auto& [name, value] : cover.lines) {
    const auto label = texts.make(name, {.face = Face::hei, .size = 13}, -1);
    const auto words = texts.make(value, {.size = 13, .line_height = 1.4}, PageSize::kText - 150);
    TextMaker::draw(canvas, label.get(), left + 24, y + 2, kInk);
    TextMaker::draw(canvas, words.get(), left + 126, y, kInk);
    const double high = std::max(TextMaker::height(words.get()), 20.0);
    set_colour(canvas, kRule);
    cairo_set_line_width(canvas, 0.6);
    cairo_move_to(canvas, left + 120, y + high + 3);
    cairo_line_to(canvas, right - 24, y + high + 3);
    cairo_stroke(canvas);
    y += high + 14;
  }
  const double box = (PageSize::kText - 48) / static_cast<double>(std::max<std::size_t>(1, cover.signers.size()));
  y = std::max(y + 16, 213 * kPointsPerMm);
  for (std::size_t i = 0; i < cover.signers.size(); ++i) {
    const double x = left + 24 + box * static_cast<double>(i);
    set_colour(canvas, kRule);
    cairo_rectangle(canvas, x, y, box, 20);
    cairo_rectangle(canvas, x, y + 20, box, 36);
    cairo_stroke(canvas);
    const auto label = texts.make(cover.signers[i], {.face = Face::hei, .size = 10.5}, -1);
    TextMaker::draw(canvas, label.get(), x + (box - TextMaker::width(label.get())) / 2, y + 3, kInk);
  }
  y = centred(canvas, texts, cover.date, {.size = 14}, 247 * kPointsPerMm, kInk);
  centred(canvas, texts, cover.foot, {.face = Face::hei, .size = 8.5}, 271 * kPointsPerMm, kFaint);
}

constexpr double kEntryHeight = 17.2;
constexpr double kContentsTop = PageSize::kTop + 44;
std::size_t entries_on_page() { return static_cast<std::size_t>((PageSize::kEnd - kContentsTop) / kEntryHeight); }

void draw_entry(cairo_t* canvas, TextMaker& texts, const HeadingPlace& entry, std::size_t place, double y) {
  const double left = PageSize::kLeft + (entry.level - 1) * 20.0, right = PageSize::kLeft + PageSize::kText;
  const TextStyle style{.face = entry.level == 1 ? Face::hei : Face::song, .size = 11, .bold = entry.level == 1};
  const auto words = texts.make(entry.text, style, right - left - 40);
  pango_layout_set_ellipsize(words.get(), PANGO_ELLIPSIZE_END);
  const auto number = texts.make(std::to_string(entry.page), style, -1);
  cairo_tag_begin(canvas, CAIRO_TAG_LINK, ("dest='" + place_name(place) + "'").c_str());
  TextMaker::draw(canvas, words.get(), left, y, kInk);
  cairo_tag_end(canvas, CAIRO_TAG_LINK);
  const double number_at = right - TextMaker::width(number.get());
  TextMaker::draw(canvas, number.get(), number_at, y, kInk);
  set_colour(canvas, kFaint);
  for (double x = number_at - 8; x > left + TextMaker::width(words.get()) + 6; x -= 4.5) {
    cairo_new_path(canvas);
    cairo_arc(canvas, x, y + 11, 0.5, 0, 7);
    cairo_fill(canvas);
  }
}

void draw_contents(cairo_t* canvas, cairo_surface_t* surface, TextMaker& texts, const Document& document,
                   const std::vector<HeadingPlace>& headings, int& pages) {
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const auto row = i % entries_on_page();
    if (row == 0) {
      if (i > 0) cairo_show_page(canvas);
      ++pages;
      cairo_pdf_surface_set_page_label(surface, roman(pages).c_str());
      if (i == 0)
        centred(canvas, texts, document.contents_title, {.face = Face::hei, .size = 18, .bold = true}, PageSize::kTop,
                kInk);
      const auto label = texts.make(roman(pages), {.face = Face::hei, .size = 8.5}, -1);
      TextMaker::draw(canvas, label.get(), (PageSize::kWidth - TextMaker::width(label.get())) / 2,
                      PageSize::kHeight - 18 * kPointsPerMm, kFaint);
    }
    draw_entry(canvas, texts, headings[i], i, kContentsTop + kEntryHeight * static_cast<double>(row));
  }
  cairo_show_page(canvas);
}

void add_outline(cairo_surface_t* surface, const std::vector<HeadingPlace>& headings) {
  int parent = CAIRO_PDF_OUTLINE_ROOT;
  for (std::size_t i = 0; i < headings.size(); ++i) {
    const auto link = "dest='" + place_name(i) + "'";
    const bool top = headings[i].level == 1;
    const int made = cairo_pdf_surface_add_outline(surface, top ? CAIRO_PDF_OUTLINE_ROOT : parent,
                                                   headings[i].text.c_str(), link.c_str(), CAIRO_PDF_OUTLINE_FLAG_OPEN);
    if (top) parent = made;
  }
}

}  // namespace

Result<RenderedPdf> render_pdf(const Document& document) {
  TextMaker texts;
  PageFlow measured(texts, document, nullptr, 0);
  measured.run();
  RenderedPdf out;
  out.headings = measured.headings();
  const std::unique_ptr<cairo_surface_t, CloseSurface> surface(
      cairo_pdf_surface_create_for_stream(keep_pdf, &out.octets, PageSize::kWidth, PageSize::kHeight));
  const auto made = to_rfc3339(document.made).substr(0, 19) + "Z";
  const std::pair<cairo_pdf_metadata_t, std::string> metadata[] = {
      {CAIRO_PDF_METADATA_TITLE, document.cover.subject + " " + document.cover.title},
      {CAIRO_PDF_METADATA_SUBJECT, document.cover.number},
      {CAIRO_PDF_METADATA_CREATOR, "Kioskward"},
      {CAIRO_PDF_METADATA_CREATE_DATE, made},
      {CAIRO_PDF_METADATA_MOD_DATE, made}};
  for (const auto& [key, value] : metadata) cairo_pdf_surface_set_metadata(surface.get(), key, value.c_str());
  const std::unique_ptr<cairo_t, CloseCanvas> canvas(cairo_create(surface.get()));
  cairo_pdf_surface_set_page_label(surface.get(), "-");
  draw_cover(canvas.get(), texts, document.cover);
  cairo_show_page(canvas.get());
  int contents = 0;
  draw_contents(canvas.get(), surface.get(), texts, document, out.headings, contents);
  PageFlow drawn(texts, document, canvas.get(), measured.pages());
  drawn.run();
  add_outline(surface.get(), out.headings);
  cairo_show_page(canvas.get());
  cairo_surface_finish(surface.get());
  const auto status = cairo_surface_status(surface.get());
  if (status != CAIRO_STATUS_SUCCESS) return fail(Errc::io, std::string("pdf: ") + cairo_status_to_string(status));
  out.pages = 1 + contents + drawn.pages();
  out.unknown_glyphs = texts.unknown_glyphs();
  return out;
}

}  // namespace kw::paper
