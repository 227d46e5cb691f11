#pragma once
// draw_chart draws a figure's chart on any canvas of Cairo; chart_png makes a picture of it, for formats that embed
// one.
//
// The box is in points, its upper left corner at (x, y). Statuses carry a pattern and their word beside the colour. One
// thread at a time. Errc::io where Cairo cannot make the picture.
#include "base/bytes.h"
#include "paper/text.h"

namespace kw::paper {

struct Box {
  double x = 0, y = 0, width = 0, height = 0;
};
void draw_chart(cairo_t* canvas, TextMaker& texts, const Figure& figure, Box box);
/// chart_png: `width` in points; `scale` pixels a point.
Result<Bytes> chart_png(TextMaker& texts, const Figure& figure, double width, double scale);
inline constexpr double kPointsPerMm = 72 / 25.4;

}  // namespace kw::paper
