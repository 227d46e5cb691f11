#pragma once
// paint draws lines in white on red, in the middle of a canvas, each line broken where it is too wide, all of them made
// smaller where they are too high. Returns the share of their asked size that they got (1: all of it).
//
// Width and height are pixels, at least 1. The fonts are the system's (Noto Sans CJK where it is). One thread at a time.
#include <cairo.h>

#include <vector>

#include "window/notice_view.h"

namespace kw::window {

double paint(cairo_t* canvas, int width, int height, const std::vector<Line>& lines);

}  // namespace kw::window
