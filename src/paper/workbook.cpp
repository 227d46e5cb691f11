#include "paper/workbook.h"

#include <algorithm>

#include "base/text.h"

namespace kw::paper {
namespace {

constexpr std::size_t kMostCell = 32'000;  // octets; the format ends at 32,767 characters
constexpr const char* kSheetFont = "黑体";

lxw_format* plain_format(lxw_workbook* book) {
  auto* out = workbook_add_format(book);
  format_set_font_name(out, kSheetFont);
  format_set_font_size(out, 10);
  format_set_text_wrap(out);
  format_set_align(out, LXW_ALIGN_VERTICAL_TOP);
  format_set_border(out, LXW_BORDER_THIN);
  format_set_border_color(out, kRule.rgb);
  return out;
}

/// How many lines a text takes in a column; a Chinese character is as wide as two others.
std::size_t lines_needed(std::string_view text, double width) {
  std::size_t lines = 1;
  double used = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto size = std::max<std::size_t>(1, utf8_length(text.substr(at)));
    const double wide = size >= 3 ? 2.1 : 1.1;
    if (text[at] == '\n' || used + wide > width) {
      ++lines;
      used = 0;
    }
    if (text[at] != '\n') used += wide;
    at += size;
  }
  return lines;
}

}  // namespace

Result<Workbook> Workbook::make(const std::string& path, const std::string& scratch, const std::string& title,
                                const std::string& number, Timestamp made) {
  auto directory = scratch;  // the library's interface is not const
  lxw_workbook_options options{};
  options.tmpdir = directory.data();
  Workbook out;
  out.book_.reset(workbook_new_opt(path.c_str(), &options));
  if (!out.book_) return fail(Errc::io, "workbook");
  auto* book = out.book_.get();
  auto title_text = title, number_text = number;
  lxw_doc_properties properties{};
  properties.title = title_text.data();
  properties.subject = number_text.data();
  properties.created = static_cast<time_t>(made.unix_seconds());
  workbook_set_properties(book, &properties);
  auto& formats = out.formats_;
  for (std::size_t tone = 0; tone < kTones; ++tone) {
    for (auto* list : {&formats.text, &formats.centred}) {
      auto* format = plain_format(book);
      if (static_cast<Tone>(tone) != Tone::plain) {
        format_set_bg_color(format, kFills.at(tone).rgb);
        format_set_font_color(format, kInks.at(tone).rgb);
      }
      if (list == &formats.centred) format_set_align(format, LXW_ALIGN_CENTER);
      if (static_cast<Tone>(tone) == Tone::head) {
        format_set_bold(format);
        format_set_align(format, LXW_ALIGN_VERTICAL_CENTER);
      }
      list->at(tone) = format;
    }
  }
  formats.title = workbook_add_format(book);
  format_set_font_name(formats.title, kSheetFont);
  format_set_font_size(formats.title, 16);
  format_set_bold(formats.title);
  format_set_font_color(formats.title, kAccent.rgb);
  formats.number = plain_format(book);
  format_set_num_format(formats.number, "#,##0");
  formats.percent = plain_format(book);
  format_set_num_format(formats.percent, "0.00%");
  formats.strong = plain_format(book);
  format_set_bold(formats.strong);
  return out;
}

Sheet Workbook::add(const std::string& name, const std::vector<double>& widths) {
  auto* sheet = workbook_add_worksheet(book_.get(), name.c_str());
  for (std::size_t i = 0; i < widths.size(); ++i)
    worksheet_set_column(sheet, static_cast<lxw_col_t>(i), static_cast<lxw_col_t>(i), widths[i], nullptr);
  constexpr std::uint8_t kA4 = 9;
  worksheet_set_paper(sheet, kA4);
  worksheet_set_landscape(sheet);
  worksheet_fit_to_pages(sheet, 1, 0);
  worksheet_set_margins(sheet, 0.5, 0.5, 0.7, 0.7);
  worksheet_set_footer(sheet, "&C&A  &P / &N");
  return {sheet, formats_, widths};
}

lxw_chart_point Workbook::point_of(Tone tone, lxw_chart_fill& fill, lxw_chart_pattern& pattern) {
  fill = {};
  pattern = {};
  fill.color = strong_of(tone).rgb;
  lxw_chart_point out{};
  const auto hatched = [&](std::uint8_t type) {
    pattern.fg_color = LXW_COLOR_WHITE;
    pattern.bg_color = strong_of(tone).rgb;
    pattern.type = type;
    out.pattern = &pattern;
  };
  if (tone == Tone::attested) hatched(LXW_CHART_PATTERN_WIDE_UPWARD_DIAGONAL);
  if (tone == Tone::bad) hatched(LXW_CHART_PATTERN_DIAGONAL_BRICK);
  if (tone == Tone::partly) hatched(LXW_CHART_PATTERN_PERCENT_20);
  if (tone == Tone::unknown) hatched(LXW_CHART_PATTERN_NARROW_HORIZONTAL);
  if (out.pattern == nullptr) out.fill = &fill;
  return out;
}

Result<> Workbook::finish() {
  const auto status = workbook_close(book_.release());  // frees it, too
  if (status != LXW_NO_ERROR) return fail(Errc::io, std::string("workbook: ") + lxw_strerror(status));
  return {};
}

void Sheet::head(const std::vector<std::string>& names, lxw_col_t fixed_columns) {
  head_row_ = row_;
  columns_ = static_cast<lxw_col_t>(names.size());
  for (const auto& name : names) text(name, Tone::head, true);
  worksheet_freeze_panes(sheet_, row_ + 1, fixed_columns);
  worksheet_repeat_rows(sheet_, row_, row_);
  next();
}

void Sheet::close_table() {
  if (row_ > head_row_ + 1 && columns_ > 0)
    worksheet_autofilter(sheet_, head_row_, 0, row_ - 1, static_cast<lxw_col_t>(columns_ - 1));
}

void Sheet::next() {
  constexpr double kLineHeight = 13.5, kMostHeight = 400;  // points; the format ends at 409
  if (lines_ > 1)
    worksheet_set_row(sheet_, row_, std::min(kMostHeight, kLineHeight * static_cast<double>(lines_) + 2), nullptr);
  lines_ = 1;
  ++row_;
  column_ = 0;
}

Sheet& Sheet::text(std::string_view words, Tone tone, bool centred) {
  const auto at = static_cast<std::size_t>(tone);
  if (column_ < widths_.size()) lines_ = std::max(lines_, lines_needed(words, widths_[column_]));
  worksheet_write_string(sheet_, row_, column_++, clean_text(words, kMostCell).c_str(),
                         centred ? formats_->centred.at(at) : formats_->text.at(at));
  return *this;
}
Sheet& Sheet::strong(std::string_view words) {
  worksheet_write_string(sheet_, row_, column_++, clean_text(words, kMostCell).c_str(), formats_->strong);
  return *this;
}
Sheet& Sheet::number(std::uint64_t value) {
  worksheet_write_number(sheet_, row_, column_++, static_cast<double>(value), formats_->number);
  return *this;
}
Sheet& Sheet::percent(std::optional<std::uint64_t> hundredths) {
  if (!hundredths) return text("—", Tone::plain, true);
  worksheet_write_number(sheet_, row_, column_++, static_cast<double>(*hundredths) / 10'000, formats_->percent);
  return *this;
}
void Sheet::title(const std::string& words) {
  worksheet_write_string(sheet_, row_, 0, words.c_str(), formats_->title);
  worksheet_set_row(sheet_, row_, 26, nullptr);
  next();
}

}  // namespace kw::paper
