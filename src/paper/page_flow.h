#pragma once
// PageFlow puts a document's blocks on pages, one under the other; without a canvas it only finds out where they stand.
// Internal to src/paper.
//
// A heading stays with what follows it, a paragraph leaves no single line behind, a table's head stands on each of its
// pages, and a row is parted only where it is higher than a third of a page.
#include "paper/chart.h"
#include "paper/pdf.h"

namespace kw::paper {

struct PageSize {
  static constexpr double kWidth = 210 * kPointsPerMm, kHeight = 297 * kPointsPerMm;
  static constexpr double kLeft = 27 * kPointsPerMm, kTop = 30 * kPointsPerMm, kBottom = 27 * kPointsPerMm;
  static constexpr double kText = kWidth - 2 * kLeft;  // 156 mm
  static constexpr double kEnd = kHeight - kBottom;
};

/// One line of a layout: where it is in it.
struct TextLine {
  double top = 0, bottom = 0, baseline = 0, left = 0;
  PangoLayoutLine* line = nullptr;  // the layout's
};
[[nodiscard]] std::vector<TextLine> lines_of(PangoLayout* layout);

struct LaidCell {
  Layout layout;
  std::vector<TextLine> lines;
  double left = 0, width = 0;
  Tone tone = Tone::plain;
  std::size_t drawn = 0;  // lines that stand on pages already
};
struct LaidRow {
  std::vector<LaidCell> cells;
  double height = 0;
};

class PageFlow {
 public:
  PageFlow(TextMaker& texts, const Document& document, cairo_t* canvas, int pages_in_all)
      : texts_(texts), document_(document), canvas_(canvas), in_all_(pages_in_all) {}
  /// run places everything, once.
  void run();
  [[nodiscard]] int pages() const noexcept { return page_; }
  [[nodiscard]] const std::vector<HeadingPlace>& headings() const noexcept { return headings_; }

 private:
  [[nodiscard]] double room() const noexcept { return PageSize::kEnd - y_; }
  [[nodiscard]] bool at_top() const noexcept { return y_ <= PageSize::kTop; }
  void new_page();
  void want(double height);
  /// What has to stand under a heading before block `at`.
  double least_height(std::size_t at);
  void put(std::size_t at);
  void put(const Heading& heading, std::size_t at);
  void put(const Paragraph& paragraph);
  void put(const Table& table);
  void put(const Figure& figure);
  Layout heading_layout(const Heading& heading);
  Layout paragraph_layout(const Paragraph& paragraph);
  void draw_line(const TextLine& line, double x, double y, Colour ink);

  LaidRow lay_row(const Table& table, const Row& row, bool head);
  void draw_row(LaidRow& row, double height);
  void put_row(LaidRow& row, LaidRow& head);
  [[nodiscard]] double table_height(const Table& table, std::size_t rows);

  TextMaker& texts_;
  const Document& document_;
  cairo_t* canvas_;
  int in_all_;
  int page_ = 0;
  double y_ = 0;
  std::vector<HeadingPlace> headings_;
};

/// The name of a heading's place in the file.
[[nodiscard]] std::string place_name(std::size_t heading);

}  // namespace kw::paper
