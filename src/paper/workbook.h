#pragma once
// Workbook and Sheet hold libxlsxwriter's objects: formats by tone, a head that stays, a column for each field.
// Internal to src/paper.
#include <xlsxwriter.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "paper/palette.h"

namespace kw::paper {

struct SheetFormats {
  std::array<lxw_format*, kTones> text{}, centred{};
  lxw_format *title = nullptr, *number = nullptr, *percent = nullptr, *strong = nullptr;
};

class Sheet;
class Workbook {
 public:
  /// The file is written by finish; a Workbook that goes before leaves none.
  static Result<Workbook> make(const std::string& path, const std::string& scratch, const std::string& title,
                               const std::string& number, Timestamp made);
  Sheet add(const std::string& name, const std::vector<double>& widths);
  [[nodiscard]] const SheetFormats& formats() const noexcept { return formats_; }
  [[nodiscard]] lxw_chart* chart(lxw_chart_type type) {
    return workbook_add_chart(book_.get(), static_cast<std::uint8_t>(type));
  }
  /// The colour that a tone has in a series of a chart.
  [[nodiscard]] static lxw_chart_point point_of(Tone tone, lxw_chart_fill& fill, lxw_chart_pattern& pattern);
  Result<> finish();

 private:
  struct Close {
    void operator()(lxw_workbook* book) const { lxw_workbook_free(book); }
  };
  std::unique_ptr<lxw_workbook, Close> book_;
  SheetFormats formats_;
};

class Sheet {
 public:
  Sheet(lxw_worksheet* sheet, const SheetFormats& formats, std::vector<double> widths)
      : sheet_(sheet), formats_(&formats), widths_(std::move(widths)) {}
  /// head writes the row that stays on the screen and on each printed page; with a filter over the columns.
  void head(const std::vector<std::string>& names, lxw_col_t fixed_columns);
  /// next ends a row, and makes it as high as its texts need: not every program does that by itself.
  void next();
  Sheet& text(std::string_view words, Tone tone = Tone::plain, bool centred = false);
  Sheet& strong(std::string_view words);
  Sheet& number(std::uint64_t value);
  Sheet& percent(std::optional<std::uint64_t> hundredths);
  /// close_table sets the filter over what was written since head.
  void close_table();
  void title(const std::string& words);
  [[nodiscard]] lxw_row_t row() const noexcept { return row_; }
  [[nodiscard]] lxw_worksheet* raw() const noexcept { return sheet_; }

 private:
  lxw_worksheet* sheet_;
  const SheetFormats* formats_;
  std::vector<double> widths_;  // of columns, in characters
  std::size_t lines_ = 1;       // of the highest cell of this row
  lxw_row_t row_ = 0, head_row_ = 0;
  lxw_col_t column_ = 0, columns_ = 0;
};

}  // namespace kw::paper
