#pragma once
// Document is a report as it is laid out: cover, headings, paragraphs, tables and charts, in one language, for no
// particular format. compose makes it, render_pdf and render_docx write it.
//
// Widths of tables are shares; sizes of figures millimetres. A row with fewer cells than columns is a band over all of
// them. Colours are tones: whoever renders has one fill and one ink for each, and the words say the same. A value type.
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"

namespace kw::paper {

enum class Language : std::uint8_t { zh, en };
enum class Tone : std::uint8_t { plain, head, good, attested, partly, bad, unknown, none };
inline constexpr std::size_t kTones = 8;

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
  bool strong = false, centred = false;
};
using Row = std::vector<Cell>;
struct Table {
  std::string caption;
  std::vector<double> widths;
  std::vector<std::string> head;  // repeated on each page; empty: none
  std::vector<Row> rows;
  bool together = false;  // on one page where it fits there
};
struct Heading {
  int level = 1;
  std::string text;
  bool on_new_page = false;
};
struct Paragraph {
  enum class Style : std::uint8_t { body, item, note, code };
  std::string text;
  Style style = Style::body;
};

struct Slice {
  std::string label;
  std::uint64_t count = 0;
  Tone tone = Tone::plain;
};
struct Donut {
  std::vector<Slice> slices;
  std::string centre, below;
};
struct Bar {
  std::string label;
  std::optional<std::uint64_t> hundredths;  // of a percent; nothing where nothing applies
};
struct Bars {
  std::vector<Bar> bars;
};
struct Curve {
  std::vector<Bar> points;  // in the order of time
};
struct Figure {
  std::string caption;
  double height_mm = 60;
  std::variant<Donut, Bars, Curve> chart;
  std::string alternative;  // what it shows, in words
};

using Block = std::variant<Heading, Paragraph, Table, Figure>;

struct CoverPage {
  std::string number, kicker, title, subject;
  std::vector<std::pair<std::string, std::string>> lines;
  std::vector<std::string> signers;  // where people sign: prepared, reviewed, approved
  std::string date, foot;
};
struct Document {
  Language language = Language::zh;
  CoverPage cover;
  std::string contents_title, head_left, head_right;
  std::vector<Block> blocks;
  Timestamp made;
};

}  // namespace kw::paper
