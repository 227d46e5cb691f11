#include "paper/page_flow.h"

#include <algorithm>

namespace kw::paper {
namespace {

constexpr double kBodySize = 12, kBodyLine = 1.6, kNoteSize = 9, kGapUnderParagraph = 5, kGapAroundFigure = 8;
constexpr double kHeadFootSize = 8.5;

TextStyle heading_style(int level) {
  return {.face = Face::hei, .size = level == 1 ? 16.0 : level == 2 ? 13.0 : 12.0, .bold = true, .line_height = 1.35};
}
double gap_over(int level) { return level == 1 ? 6 : 12; }
double gap_under(int level) { return level == 1 ? 10 : 6; }

TextStyle caption_style() { return {.face = Face::hei, .size = 9.5, .bold = true, .centred = true}; }

}  // namespace

std::string place_name(std::size_t heading) { return "h" + std::to_string(heading); }

std::vector<TextLine> lines_of(PangoLayout* layout) {
  std::vector<TextLine> out;
  auto* iter = pango_layout_get_iter(layout);
  do {
    PangoRectangle logical{};
    int top = 0, bottom = 0;
    pango_layout_iter_get_line_extents(iter, nullptr, &logical);
    pango_layout_iter_get_line_yrange(iter, &top, &bottom);
    const auto points = [](int units) { return static_cast<double>(units) / PANGO_SCALE; };
    out.push_back({points(top), points(bottom), points(pango_layout_iter_get_baseline(iter)), points(logical.x),
                   pango_layout_iter_get_line_readonly(iter)});
  } while (pango_layout_iter_next_line(iter) != FALSE);
  pango_layout_iter_free(iter);
  return out;
}

void PageFlow::run() {
  new_page();
  for (std::size_t i = 0; i < document_.blocks.size(); ++i) put(i);
}

void PageFlow::new_page() {
  if (canvas_ != nullptr && page_ > 0) cairo_show_page(canvas_);
  ++page_;
  y_ = PageSize::kTop;
  if (canvas_ == nullptr) return;
  const TextStyle style{.face = Face::hei, .size = kHeadFootSize};
  const double head = 19 * kPointsPerMm, foot = PageSize::kHeight - 18 * kPointsPerMm;
  const auto left = texts_.make(document_.head_left, style, -1), right = texts_.make(document_.head_right, style, -1);
  TextMaker::draw(canvas_, left.get(), PageSize::kLeft, head, kFaint);
  const double end = PageSize::kLeft + PageSize::kText;
  TextMaker::draw(canvas_, right.get(), end - TextMaker::width(right.get()), head, kFaint);
  set_colour(canvas_, kRule);
  cairo_set_line_width(canvas_, 0.6);
  cairo_move_to(canvas_, PageSize::kLeft, head + 15);
  cairo_line_to(canvas_, end, head + 15);
  cairo_stroke(canvas_);
  const auto number = std::to_string(page_), all = std::to_string(in_all_);
  const auto words =
      document_.language == Language::zh ? "第 " + number + " 页　共 " + all + " 页" : "Page " + number + " of " + all;
  const auto at_foot = texts_.make(words, style, -1);
  TextMaker::draw(canvas_, at_foot.get(), (PageSize::kWidth - TextMaker::width(at_foot.get())) / 2, foot, kFaint);
}

void PageFlow::want(double height) {
  if (height > room() && !at_top()) new_page();
}

void PageFlow::put(std::size_t at) {
  const auto& block = document_.blocks[at];
  if (const auto* heading = std::get_if<Heading>(&block)) return put(*heading, at);
  if (const auto* paragraph = std::get_if<Paragraph>(&block)) return put(*paragraph);
  if (const auto* table = std::get_if<Table>(&block)) return put(*table);
  put(std::get<Figure>(block));
}

double PageFlow::least_height(std::size_t at) {
  if (at >= document_.blocks.size()) return 0;
  const auto& block = document_.blocks[at];
  if (const auto* heading = std::get_if<Heading>(&block)) {
    if (heading->on_new_page) return 0;
    return gap_over(heading->level) + TextMaker::height(heading_layout(*heading).get()) + gap_under(heading->level) +
           least_height(at + 1);
  }
  if (std::holds_alternative<Paragraph>(block)) return 2 * kBodySize * kBodyLine;
  if (const auto* table = std::get_if<Table>(&block))
    return table_height(*table, table->together ? table->rows.size() : 1);
  return std::get<Figure>(block).height_mm * kPointsPerMm + 30;
}

Layout PageFlow::heading_layout(const Heading& heading) {
  return texts_.make(heading.text, heading_style(heading.level), PageSize::kText);
}

void PageFlow::put(const Heading& heading, std::size_t at) {
  const auto layout = heading_layout(heading);
  const double high = TextMaker::height(layout.get());
  if (heading.on_new_page && !at_top()) new_page();
  const double rest = std::min(least_height(at + 1), (PageSize::kEnd - PageSize::kTop) * 0.8);
  want(gap_over(heading.level) + high + gap_under(heading.level) + rest);
  if (!at_top()) y_ += gap_over(heading.level);
  if (canvas_ != nullptr) {
    cairo_tag_begin(canvas_, CAIRO_TAG_DEST, ("name='" + place_name(headings_.size()) + "'").c_str());
    TextMaker::draw(canvas_, layout.get(), PageSize::kLeft, y_, heading.level == 1 ? kAccent : kInk);
    cairo_tag_end(canvas_, CAIRO_TAG_DEST);
  }
  headings_.push_back({heading.level, heading.text, page_});
  y_ += high + gap_under(heading.level);
}

Layout PageFlow::paragraph_layout(const Paragraph& paragraph) {
  TextStyle style;
  double width = PageSize::kText;
  switch (paragraph.style) {
    case Paragraph::Style::body:
      style = {.size = kBodySize, .justified = true, .line_height = kBodyLine};
      if (document_.language == Language::zh) style.indent = 2 * kBodySize;
      if (document_.language == Language::en) style.size = 11;
      break;
    case Paragraph::Style::item:
      style = {.size = kBodySize, .line_height = kBodyLine};
      break;
    case Paragraph::Style::note:
      style = {.face = Face::hei, .size = kNoteSize, .line_height = 1.4};
      break;
    case Paragraph::Style::code:
      style = {.face = Face::code, .size = kNoteSize, .line_height = 1.5};
      width -= 24;
      break;
  }
  return texts_.make(paragraph.text, style, width);
}

void PageFlow::draw_line(const TextLine& line, double x, double y, Colour ink) {
  if (canvas_ == nullptr) return;
  set_colour(canvas_, ink);
  cairo_move_to(canvas_, x + line.left, y + line.baseline - line.top);
  pango_cairo_show_layout_line(canvas_, line.line);
}

void PageFlow::put(const Paragraph& paragraph) {
  const auto layout = paragraph_layout(paragraph);
  const auto lines = lines_of(layout.get());
  const bool code = paragraph.style == Paragraph::Style::code;
  if (code) {
    want(TextMaker::height(layout.get()) + 14);
    if (canvas_ != nullptr) {
      set_colour(canvas_, Colour{0xf1f3f5});
      cairo_rectangle(canvas_, PageSize::kLeft, y_, PageSize::kText, TextMaker::height(layout.get()) + 10);
      cairo_fill(canvas_);
    }
    y_ += 5;
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double high = lines[i].bottom - lines[i].top;
    const auto left = lines.size() - i;
    // neither the first line alone below, nor the last alone above
    const bool first_alone = i == 0 && left > 1 && room() < 2 * high;
    const bool last_alone = left == 2 && i > 0 && room() < 2 * high;
    if ((room() < high || first_alone || last_alone) && !at_top()) new_page();
    draw_line(lines[i], PageSize::kLeft + (code ? 12 : 0), y_,
              paragraph.style == Paragraph::Style::note ? kFaint : kInk);
    y_ += high;
  }
  y_ += kGapUnderParagraph + (code ? 5 : 0);
}

void PageFlow::put(const Figure& figure) {
  const auto caption = texts_.make(figure.caption, caption_style(), PageSize::kText);
  const double high = figure.height_mm * kPointsPerMm, words = TextMaker::height(caption.get());
  want(high + words + 2 * kGapAroundFigure);
  y_ += kGapAroundFigure / 2;
  if (canvas_ != nullptr) {
    draw_chart(canvas_, texts_, figure, {PageSize::kLeft, y_, PageSize::kText, high});
    TextMaker::draw(canvas_, caption.get(), PageSize::kLeft, y_ + high + 4, kInk);
  }
  y_ += high + words + 4 + kGapAroundFigure;
}

}  // namespace kw::paper
