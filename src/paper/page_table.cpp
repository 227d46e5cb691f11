// Tables of PageFlow: rows are laid out, drawn, and parted where a page ends.
#include <algorithm>
#include <numeric>

#include "paper/page_flow.h"

namespace kw::paper {
namespace {

constexpr double kCellSize = 8.5, kCellLine = 1.4, kPadX = 3.5, kPadY = 3, kGapAround = 7, kCaptionGap = 3;
constexpr double kPartAbove = (PageSize::kEnd - PageSize::kTop) / 3;  // rows that may be parted
constexpr double kLeastPart = 60;                                     // what of one has to stand on a page

TextStyle cell_style(const Cell& cell, bool head) {
  return {.face = Face::hei,
          .size = kCellSize,
          .bold = cell.strong || head,
          .centred = cell.centred || head,
          .line_height = kCellLine};
}
TextStyle table_caption_style() { return {.face = Face::hei, .size = 9.5, .bold = true, .centred = true}; }

double lines_height(const LaidCell& cell, std::size_t from, std::size_t to) {
  return from >= to ? 0 : cell.lines[to - 1].bottom - cell.lines[from].top;
}
double rest_height(const LaidRow& row) {
  double out = 0;
  for (const auto& cell : row.cells) out = std::max(out, lines_height(cell, cell.drawn, cell.lines.size()));
  return out + 2 * kPadY;
}
/// How many of a cell's lines, from the first undrawn on, are no higher than this.
std::size_t lines_within(const LaidCell& cell, double height) {
  auto to = cell.drawn;
  while (to < cell.lines.size() && lines_height(cell, cell.drawn, to + 1) <= height) ++to;
  return to;
}

Row head_row(const Table& table) {
  Row row;
  for (const auto& words : table.head) row.push_back({words, Tone::head, true, true});
  return row;
}

}  // namespace

LaidRow PageFlow::lay_row(const Table& table, const Row& row, bool head) {
  LaidRow out;
  const double sum = std::accumulate(table.widths.begin(), table.widths.end(), 0.0);
  double left = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    double width = 0;
    const bool last = i + 1 == row.size();
    for (auto column = i; column < (last ? table.widths.size() : i + 1); ++column)
      width += table.widths[column] / sum * PageSize::kText;
    LaidCell cell{
        texts_.make(row[i].text, cell_style(row[i], head), width - 2 * kPadX), {}, left, width, row[i].tone, 0};
    cell.lines = lines_of(cell.layout.get());
    out.cells.push_back(std::move(cell));
    left += width;
  }
  out.height = rest_height(out);
  return out;
}

void PageFlow::draw_row(LaidRow& row, double height) {
  for (auto& cell : row.cells) {
    const auto to = lines_within(cell, height - 2 * kPadY + 0.01);
    const double x = PageSize::kLeft + cell.left;
    if (canvas_ != nullptr) {
      cairo_rectangle(canvas_, x, y_, cell.width, height);
      set_colour(canvas_, fill_of(cell.tone));
      cairo_fill_preserve(canvas_);
      set_colour(canvas_, kRule);
      cairo_set_line_width(canvas_, 0.5);
      cairo_stroke(canvas_);
    }
    const double high = lines_height(cell, cell.drawn, to);
    const bool whole = cell.drawn == 0 && to == cell.lines.size();  // in the middle of its row; parts begin on top
    const double down = whole ? (height - high) / 2 : kPadY;
    double y = y_ + down;
    for (; cell.drawn < to; ++cell.drawn) {
      const auto& line = cell.lines[cell.drawn];
      draw_line(line, x + kPadX, y, ink_of(cell.tone));
      y += line.bottom - line.top;
    }
  }
  y_ += height;
}

void PageFlow::put_row(LaidRow& row, LaidRow& head) {
  const auto next_page = [&] {
    new_page();
    if (head.cells.empty()) return;
    for (auto& cell : head.cells) cell.drawn = 0;
    draw_row(head, head.height);
  };
  while (true) {
    const double needed = rest_height(row);
    if (needed <= room()) return draw_row(row, needed);
    const bool parted = row.height > kPartAbove && room() > kLeastPart;
    const bool fresh = y_ <= PageSize::kTop + (head.cells.empty() ? 0 : head.height) + 0.01;
    if (parted || fresh) draw_row(row, room());
    next_page();
  }
}

double PageFlow::table_height(const Table& table, std::size_t rows) {
  double out = kGapAround;
  if (!table.caption.empty())
    out += TextMaker::height(texts_.make(table.caption, table_caption_style(), PageSize::kText).get()) + kCaptionGap;
  if (!table.head.empty()) out += lay_row(table, head_row(table), true).height;
  for (std::size_t i = 0; i < std::min(rows, table.rows.size()); ++i) {
    const double high = lay_row(table, table.rows[i], false).height;
    out += rows == 1 && high > kPartAbove ? kLeastPart : high;
    if (out > PageSize::kEnd - PageSize::kTop) break;  // no page has room; how much more does not matter
  }
  return out;
}

void PageFlow::put(const Table& table) {
  const double whole = table.together ? table_height(table, table.rows.size()) : 0;
  const bool fits = whole <= PageSize::kEnd - PageSize::kTop;
  want(table.together && fits ? whole : table_height(table, 1));
  if (!table.caption.empty()) {
    const auto caption = texts_.make(table.caption, table_caption_style(), PageSize::kText);
    if (canvas_ != nullptr) TextMaker::draw(canvas_, caption.get(), PageSize::kLeft, y_, kInk);
    y_ += TextMaker::height(caption.get()) + kCaptionGap;
  }
  LaidRow head;
  if (!table.head.empty()) {
    head = lay_row(table, head_row(table), true);
    draw_row(head, head.height);
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    auto row = lay_row(table, table.rows[i], false);
    // a band stays with the row under it
    const bool band = table.rows[i].size() < table.widths.size() && table.rows[i].size() == 1;
    if (band && i + 1 < table.rows.size() && row.height + 2 * row.height > room()) {
      new_page();
      for (auto& cell : head.cells) cell.drawn = 0;
      if (!head.cells.empty()) draw_row(head, head.height);
    }
    put_row(row, head);
  }
  y_ += kGapAround;
}

}  // namespace kw::paper
