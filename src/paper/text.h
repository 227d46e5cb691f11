#pragma once
// TextMaker sets text with Pango in the fonts of a report. Internal to src/paper.
//
// Sizes and widths are points. Metrics are not rounded to pixels, so that a text has the same lines wherever it is
// measured or drawn. One thread at a time. Characters that no font has are counted.
#include <pango/pangocairo.h>

#include <memory>
#include <string_view>

#include "paper/palette.h"

namespace kw::paper {

struct UnrefGObject {
  void operator()(void* object) const { g_object_unref(object); }
};
using Layout = std::unique_ptr<PangoLayout, UnrefGObject>;

/// Song is for running text, Hei for headings and tables, Code for commands: Noto's CJK faces stand for them.
enum class Face : std::uint8_t { song, hei, code };
struct TextStyle {
  Face face = Face::song;
  double size = 12;
  bool bold = false;
  bool centred = false, justified = false;
  double indent = 0;       // of the first line
  double line_height = 0;  // of its size; 0: the font's own
};

class TextMaker {
 public:
  TextMaker();
  /// `width` below 0: one line, however long.
  [[nodiscard]] Layout make(std::string_view text, const TextStyle& style, double width);
  [[nodiscard]] static double height(PangoLayout* layout);
  [[nodiscard]] static double width(PangoLayout* layout);
  /// draw puts the upper left corner at (x, y).
  static void draw(cairo_t* canvas, PangoLayout* layout, double x, double y, Colour ink);
  [[nodiscard]] int unknown_glyphs() const noexcept { return unknown_; }

 private:
  std::unique_ptr<PangoFontMap, UnrefGObject> fonts_;
  std::unique_ptr<PangoContext, UnrefGObject> context_;
  int unknown_ = 0;
};

void set_colour(cairo_t* canvas, Colour colour);

}  // namespace kw::paper
