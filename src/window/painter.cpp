#include "window/painter.h"

#include <pango/pangocairo.h>

#include <algorithm>
#include <memory>

namespace kw::window {
namespace {

constexpr double kRed = 0x8c / 255.0, kGreen = 0x1d / 255.0, kBlue = 0x18 / 255.0;
constexpr double kWidest = 0.92, kHighest = 0.94;  // of the canvas
constexpr double kSmaller = 0.94, kSmallest = 0.2;
constexpr double kPortrait = 1.3;  // there is height to spare: larger signs for the same width

struct Unref {
  void operator()(PangoLayout* layout) const { g_object_unref(layout); }
};
struct FreeFont {
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
struct Placed {
  std::unique_ptr<PangoLayout, Unref> layout;
  double gap;
  int height;
};

/// The lines at one scale, and how high they are together.
std::vector<Placed> lay_out(cairo_t* canvas, int width, double unit, const std::vector<Line>& lines, double& height) {
  std::vector<Placed> out;
  height = 0;
  for (const auto& line : lines) {
    std::unique_ptr<PangoLayout, Unref> layout(pango_cairo_create_layout(canvas));
    const std::unique_ptr<PangoFontDescription, FreeFont> font(
        pango_font_description_from_string("Noto Sans CJK SC, Noto Sans SC, sans-serif"));
    pango_font_description_set_absolute_size(font.get(), std::max(1.0, line.size * unit) * PANGO_SCALE);
    pango_font_description_set_weight(font.get(), line.strong ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout.get(), font.get());
    pango_layout_set_width(layout.get(), static_cast<int>(kWidest * width * PANGO_SCALE));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
    pango_layout_set_text(layout.get(), line.text.data(), static_cast<int>(line.text.size()));
    int high = 0;
    pango_layout_get_pixel_size(layout.get(), nullptr, &high);
    const double gap = out.empty() ? 0 : line.gap * unit;
    height += gap + high;
    out.push_back({std::move(layout), gap, high});
  }
  return out;
}

}  // namespace

double paint(cairo_t* canvas, int width, int height, const std::vector<Line>& lines) {
  cairo_set_source_rgb(canvas, kRed, kGreen, kBlue);
  cairo_paint(canvas);
  const double shorter = std::min(width, height) * (height > width ? kPortrait : 1);
  double scale = 1, together = 0;
  auto placed = lay_out(canvas, width, shorter, lines, together);
  while (together > kHighest * height && scale > kSmallest) {
    scale *= kSmaller;
    placed = lay_out(canvas, width, shorter * scale, lines, together);
  }
  cairo_set_source_rgb(canvas, 1, 1, 1);
  double y = (height - together) / 2;
  for (const auto& line : placed) {
    y += line.gap;
    cairo_move_to(canvas, (1 - kWidest) / 2 * width, y);
    pango_cairo_show_layout(canvas, line.layout.get());
    y += line.height;
  }
  return scale;
}

}  // namespace kw::window
