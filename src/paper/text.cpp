#include "paper/text.h"

#include <algorithm>

namespace kw::paper {
namespace {

// Every font that could stand in has simplified forms; the first is Debian's.
constexpr std::array kFamilies{"Noto Serif CJK SC, Noto Serif SC, serif", "Noto Sans CJK SC, Noto Sans SC, sans-serif",
                               "Noto Sans Mono CJK SC, monospace"};

struct FreeDescription {
  void operator()(PangoFontDescription* font) const { pango_font_description_free(font); }
};
struct FreeOptions {
  void operator()(cairo_font_options_t* options) const { cairo_font_options_destroy(options); }
};

bool is_word_sign(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
         c == '#' || c == '%';
}

/// Numbers of clauses and kiosks ("9.7-d.2", "ZD-0042") stay on one line; longer words may part.
void keep_whole(PangoAttrList* list, std::string_view text) {
  constexpr std::size_t kMostWhole = 12;
  for (std::size_t at = 0; at < text.size();) {
    auto end = at;
    bool digits = false;
    for (; end < text.size() && is_word_sign(text[end]); ++end)
      digits = digits || (text[end] >= '0' && text[end] <= '9');
    if (digits && end - at > 1 && end - at <= kMostWhole) {
      auto* whole = pango_attr_allow_breaks_new(FALSE);
      whole->start_index = static_cast<guint>(at);
      whole->end_index = static_cast<guint>(end);
      pango_attr_list_insert(list, whole);
    }
    at = std::max(end, at + 1);
  }
}

int units(double points) { return static_cast<int>(points * PANGO_SCALE); }

}  // namespace

TextMaker::TextMaker() : fonts_(pango_cairo_font_map_new()), context_(pango_font_map_create_context(fonts_.get())) {
  pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(fonts_.get()), 72);  // a point is a unit of the page
  const std::unique_ptr<cairo_font_options_t, FreeOptions> options(cairo_font_options_create());
  cairo_font_options_set_hint_style(options.get(), CAIRO_HINT_STYLE_NONE);
  cairo_font_options_set_hint_metrics(options.get(), CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias(options.get(), CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options(context_.get(), options.get());
  pango_context_set_round_glyph_positions(context_.get(), FALSE);
  pango_context_set_language(context_.get(), pango_language_from_string("zh-CN"));
}

Layout TextMaker::make(std::string_view text, const TextStyle& style, double width) {
  Layout layout(pango_layout_new(context_.get()));
  const std::unique_ptr<PangoFontDescription, FreeDescription> font(
      pango_font_description_from_string(kFamilies.at(static_cast<std::size_t>(style.face))));
  pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
  pango_font_description_set_weight(font.get(), style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout.get(), font.get());
  if (width >= 0) {
    pango_layout_set_width(layout.get(), units(width));
    pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  }
  if (style.centred) pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
  if (style.justified) pango_layout_set_justify(layout.get(), TRUE);
  if (style.indent > 0) pango_layout_set_indent(layout.get(), units(style.indent));
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  auto* list = pango_attr_list_new();
  if (style.line_height > 0)
    pango_attr_list_insert(list, pango_attr_line_height_new_absolute(units(style.size * style.line_height)));
  keep_whole(list, text);
  pango_layout_set_attributes(layout.get(), list);
  pango_attr_list_unref(list);
  unknown_ += pango_layout_get_unknown_glyphs_count(layout.get());
  return layout;
}

double TextMaker::height(PangoLayout* layout) {
  int high = 0;
  pango_layout_get_size(layout, nullptr, &high);
  return static_cast<double>(high) / PANGO_SCALE;
}
double TextMaker::width(PangoLayout* layout) {
  int wide = 0;
  pango_layout_get_size(layout, &wide, nullptr);
  return static_cast<double>(wide) / PANGO_SCALE;
}

void TextMaker::draw(cairo_t* canvas, PangoLayout* layout, double x, double y, Colour ink) {
  set_colour(canvas, ink);
  cairo_move_to(canvas, x, y);
  pango_cairo_show_layout(canvas, layout);
}

void set_colour(cairo_t* canvas, Colour colour) {
  cairo_set_source_rgb(canvas, colour.red(), colour.green(), colour.blue());
}

}  // namespace kw::paper
