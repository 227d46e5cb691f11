#include "paper/chart.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "paper/words.h"

namespace kw::paper {
namespace {

constexpr double kLabelSize = 9.5, kSmallSize = 8.5;
constexpr TextStyle kChartLabel{.face = Face::hei, .size = kLabelSize},
    kChartSmall{.face = Face::hei, .size = kSmallSize};

/// Lines over the present clip, so that a tone is known without its colour.
void hatch(cairo_t* canvas, Tone tone, const Box& box) {
  const double far = box.width + box.height;
  cairo_set_line_width(canvas, 0.7);
  cairo_set_source_rgba(canvas, 1, 1, 1, 0.85);
  const auto lines = [&](double step, double dx_top) {
    for (double at = -far; at < far; at += step) {
      cairo_move_to(canvas, box.x + at, box.y);
      cairo_line_to(canvas, box.x + at + dx_top, box.y + box.height);
    }
    cairo_stroke(canvas);
  };
  switch (tone) {
    case Tone::attested:
      return lines(4, box.height);
    case Tone::bad:
      lines(3.2, box.height);
      return lines(3.2, -box.height);
    case Tone::unknown:
      for (double at = box.y; at < box.y + box.height; at += 3) {
        cairo_move_to(canvas, box.x, at);
        cairo_line_to(canvas, box.x + box.width, at);
      }
      return cairo_stroke(canvas);
    case Tone::partly:
      for (double y = box.y; y < box.y + box.height; y += 4)
        for (double x = box.x; x < box.x + box.width; x += 4) {
          cairo_new_sub_path(canvas);
          cairo_arc(canvas, x, y, 0.8, 0, 2 * std::numbers::pi);
        }
      return cairo_fill(canvas);
    case Tone::plain:
    case Tone::head:
    case Tone::good:
    case Tone::none:
      return;
  }
}

/// Fills the present path with a tone and its pattern.
void fill_tone(cairo_t* canvas, Tone tone) {
  double left = 0, top = 0, right = 0, bottom = 0;
  cairo_path_extents(canvas, &left, &top, &right, &bottom);
  set_colour(canvas, strong_of(tone));
  cairo_fill_preserve(canvas);
  cairo_save(canvas);
  cairo_clip(canvas);
  hatch(canvas, tone, {left, top, right - left, bottom - top});
  cairo_restore(canvas);
  cairo_new_path(canvas);
}

std::string share_words(std::uint64_t count, std::uint64_t all) {
  return std::to_string(count) + "  (" + percent_text(all == 0 ? 0 : count * 10'000 / all) + ")";
}

void draw(cairo_t* canvas, TextMaker& texts, const Donut& donut, const Box& box) {
  std::uint64_t all = 0;
  for (const auto& slice : donut.slices) all += slice.count;
  const double outer = box.height / 2 - 4, inner = outer * 0.6;
  const double cx = box.x + box.width * 0.27, cy = box.y + box.height / 2;
  double angle = -std::numbers::pi / 2;
  for (const auto& slice : donut.slices) {
    if (slice.count == 0) continue;
    const double next = angle + 2 * std::numbers::pi * static_cast<double>(slice.count) / static_cast<double>(all);
    cairo_new_path(canvas);
    cairo_arc(canvas, cx, cy, outer, angle, next);
    cairo_arc_negative(canvas, cx, cy, inner, next, angle);
    cairo_close_path(canvas);
    fill_tone(canvas, slice.tone);
    angle = next;
  }
  const auto centre = texts.make(donut.centre, {.face = Face::hei, .size = 17, .bold = true}, -1);
  TextMaker::draw(canvas, centre.get(), cx - TextMaker::width(centre.get()) / 2, cy - 16, kAccent);
  const auto below = texts.make(donut.below, kChartLabel, -1);
  TextMaker::draw(canvas, below.get(), cx - TextMaker::width(below.get()) / 2, cy + 8, kFaint);
  const double step = std::min(22.0, box.height / static_cast<double>(donut.slices.size()));
  double y = cy - step * static_cast<double>(donut.slices.size()) / 2;
  for (const auto& slice : donut.slices) {
    const double x = box.x + box.width * 0.54;
    cairo_rectangle(canvas, x, y + 4, 16, 11);
    fill_tone(canvas, slice.tone);
    const auto label = texts.make(slice.label, kChartLabel, -1);
    TextMaker::draw(canvas, label.get(), x + 24, y + 2, kInk);
    const auto share = texts.make(share_words(slice.count, all), kChartLabel, -1);
    TextMaker::draw(canvas, share.get(), box.x + box.width - 4 - TextMaker::width(share.get()), y + 2, kInk);
    y += step;
  }
}

/// Where hundredths of a percent stand between `from` and `to`.
double along(double from, double to, std::uint64_t hundredths) {
  return from + (to - from) * static_cast<double>(hundredths) / 10'000;
}

void draw(cairo_t* canvas, TextMaker& texts, const Bars& bars, const Box& box) {
  if (bars.bars.empty()) return;
  constexpr double kFoot = 18, kValueWidth = 52;
  double labels = 0;
  for (const auto& bar : bars.bars)
    labels = std::max(labels, TextMaker::width(texts.make(bar.label, kChartLabel, -1).get()));
  const double left = box.x + labels + 12, right = box.x + box.width - kValueWidth, bottom = box.y + box.height - kFoot;
  cairo_set_line_width(canvas, 0.5);
  for (std::uint64_t tick = 0; tick <= 10'000; tick += 2'000) {
    const double x = along(left, right, tick);
    set_colour(canvas, Colour{0xd5dae0});
    cairo_move_to(canvas, x, box.y);
    cairo_line_to(canvas, x, bottom);
    cairo_stroke(canvas);
    const auto label = texts.make(std::to_string(tick / 100) + "%", kChartSmall, -1);
    TextMaker::draw(canvas, label.get(), x - TextMaker::width(label.get()) / 2, bottom + 3, kFaint);
  }
  const double step = (bottom - box.y) / static_cast<double>(bars.bars.size());
  double y = box.y;
  for (const auto& bar : bars.bars) {
    const auto label = texts.make(bar.label, kChartLabel, -1);
    const double middle = y + step / 2;
    TextMaker::draw(canvas, label.get(), left - 8 - TextMaker::width(label.get()),
                    middle - TextMaker::height(label.get()) / 2, kInk);
    const double end = along(left, right, bar.hundredths.value_or(0)), high = std::min(14.0, step * 0.6);
    set_colour(canvas, strong_of(Tone::plain));
    cairo_rectangle(canvas, left, middle - high / 2, end - left, high);
    cairo_fill(canvas);
    const auto value = texts.make(percent_text(bar.hundredths), kChartLabel, -1);
    TextMaker::draw(canvas, value.get(), end + 5, middle - TextMaker::height(value.get()) / 2, kInk);
    y += step;
  }
}

/// The scale of a curve: whole tens of percent around what there is.
std::pair<std::uint64_t, std::uint64_t> scale_of(const Curve& curve) {
  std::uint64_t least = 10'000, most = 0;
  for (const auto& point : curve.points) {
    least = std::min(least, point.hundredths.value_or(0));
    most = std::max(most, point.hundredths.value_or(0));
  }
  return {least / 1'000 * 1'000, std::min<std::uint64_t>(10'000, most / 1'000 * 1'000 + 1'000)};
}

void draw(cairo_t* canvas, TextMaker& texts, const Curve& curve, const Box& box) {
  if (curve.points.empty()) return;
  const auto [least, most] = scale_of(curve);
  const double left = box.x + 40, right = box.x + box.width - 30, top = box.y + 14, bottom = box.y + box.height - 20;
  const auto height_of = [&, low = least, high = most](std::uint64_t value) {
    return bottom - (bottom - top) * static_cast<double>(value - low) / static_cast<double>(high - low);
  };
  cairo_set_line_width(canvas, 0.5);
  const std::uint64_t step = most - least > 5'000 ? 2'000 : most - least > 2'000 ? 1'000 : 500;
  for (auto tick = least; tick <= most; tick += step) {
    set_colour(canvas, Colour{0xd5dae0});
    cairo_move_to(canvas, left, height_of(tick));
    cairo_line_to(canvas, right, height_of(tick));
    cairo_stroke(canvas);
    const auto label = texts.make(std::to_string(tick / 100) + "%", kChartSmall, -1);
    TextMaker::draw(canvas, label.get(), left - 6 - TextMaker::width(label.get()),
                    height_of(tick) - TextMaker::height(label.get()) / 2, kFaint);
  }
  const auto count = curve.points.size();
  const auto x_of = [&](std::size_t i) {
    return count == 1 ? (left + right) / 2
                      : left + 24 + (right - left - 48) * static_cast<double>(i) / static_cast<double>(count - 1);
  };
  set_colour(canvas, strong_of(Tone::plain));
  cairo_set_line_width(canvas, 1.6);
  cairo_new_path(canvas);
  for (std::size_t i = 0; i < count; ++i)
    cairo_line_to(canvas, x_of(i), height_of(curve.points[i].hundredths.value_or(0)));
  cairo_stroke(canvas);
  const std::size_t every = (count + 7) / 8;  // labels that have room
  for (std::size_t i = 0; i < count; ++i) {
    const double x = x_of(i), y = height_of(curve.points[i].hundredths.value_or(0));
    set_colour(canvas, strong_of(Tone::plain));
    cairo_new_path(canvas);  // a text leaves its place behind
    cairo_arc(canvas, x, y, 2.6, 0, 2 * std::numbers::pi);
    cairo_fill(canvas);
    if ((count - 1 - i) % every != 0) continue;
    const auto value = texts.make(percent_text(curve.points[i].hundredths), kChartSmall, -1);
    const double wide = TextMaker::width(value.get());
    set_colour(canvas, Colour{0xffffff});
    cairo_rectangle(canvas, x - wide / 2 - 1, y - 17, wide + 2, 12);
    cairo_fill(canvas);
    TextMaker::draw(canvas, value.get(), x - wide / 2, y - 18, kInk);
    const auto day = texts.make(curve.points[i].label, kChartSmall, -1);
    TextMaker::draw(canvas, day.get(), x - TextMaker::width(day.get()) / 2, bottom + 5, kFaint);
  }
}

struct DestroySurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct DestroyCanvas {
  void operator()(cairo_t* canvas) const { cairo_destroy(canvas); }
};

cairo_status_t keep_png(void* to, const unsigned char* data, unsigned int size) {
  append(*static_cast<Bytes*>(to), {data, size});
  return CAIRO_STATUS_SUCCESS;
}

}  // namespace

void draw_chart(cairo_t* canvas, TextMaker& texts, const Figure& figure, Box box) {
  std::visit([&](const auto& chart) { draw(canvas, texts, chart, box); }, figure.chart);
}

Result<Bytes> chart_png(TextMaker& texts, const Figure& figure, double width, double scale) {
  const double height = figure.height_mm * kPointsPerMm;
  const std::unique_ptr<cairo_surface_t, DestroySurface> surface(cairo_image_surface_create(
      CAIRO_FORMAT_RGB24, static_cast<int>(std::ceil(width * scale)), static_cast<int>(std::ceil(height * scale))));
  const std::unique_ptr<cairo_t, DestroyCanvas> canvas(cairo_create(surface.get()));
  set_colour(canvas.get(), Colour{0xffffff});
  cairo_paint(canvas.get());
  cairo_scale(canvas.get(), scale, scale);
  draw_chart(canvas.get(), texts, figure, {0, 0, width, height});
  Bytes out;
  const auto status = cairo_surface_write_to_png_stream(surface.get(), keep_png, &out);
  if (status != CAIRO_STATUS_SUCCESS) return fail(Errc::io, std::string("chart: ") + cairo_status_to_string(status));
  return out;
}

}  // namespace kw::paper
