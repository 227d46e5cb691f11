// links: device
// What the clipboard's watcher and the guard say to each other, and what lies in a clipboard: what parses comes back as
// it was, and an engine that is told anything clears nothing while it only watches.
#include <cstdlib>

#include "device/egress/clipboard.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kw::device;
  const auto text = kw::text_of({data, size});
  if (const auto news = parse_clipboard_news(text); news && parse_clipboard_news(clipboard_news_text(*news)).value() != *news)
    std::abort();
  if (const auto rules = parse_clipboard_rules(text); rules && parse_clipboard_rules(clipboard_rules_text(*rules)).value() != *rules)
    std::abort();
  ClipboardEngine engine({false, size % 2 == 0, size % 3 == 0, 1, {}});
  kw::Duration now{0};
  for (size_t i = 0; i < size; ++i) {
    now += std::chrono::milliseconds(data[i]);
    const auto which = static_cast<Selection>(data[i] % kSelections);
    if (data[i] < 100) engine.owned(which, now);
    else if (data[i] < 120) engine.emptied(which);
    else engine.judged(which, {static_cast<DocumentVerdict>(data[i] % 3), "x", 1}, now);
    for (const auto& step : engine.due(now, [&] { return kw::Duration(now); }))
      if (step.what == ClipboardStep::What::clear) std::abort();
  }
  return 0;
}
