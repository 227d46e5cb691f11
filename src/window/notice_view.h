#pragma once
// NoticeView is what the notice says; parse_state reads it from the agent's answer, lines_of words it, both languages.
//
//   KW_TRY(const auto view, parse_state(response.body));
//   if (view.cut) paint(..., lines_of(view, local_text(view.since)));
//
// PURE and thread-safe. The words are those of the page that browsers show (src/agent/notice).
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace kw::window {

struct NoticeView {
  bool cut = false;
  bool shown = false;  // the agent has been told so
  bool watched = false;  // somebody sees what the kiosk's camera sees
  bool ledger_refused = false;  // the platform's ledger is not the one that this kiosk saw
  std::string case_id;
  std::string reason_zh, reason_en;
  std::string phone;  // of the custodian; empty: not known
  Timestamp since;
  bool operator==(const NoticeView&) const = default;
};

/// Line is one paragraph; its size is a part of the screen's shorter side.
struct Line {
  std::string text;  // UTF-8
  double size;
  bool strong = false;
  double gap = 0;  // above it, a part of the shorter side
};

/// parse_state: malformed for whatever is no state of the notice's page (GET /state). At most 64 KiB are looked at.
Result<NoticeView> parse_state(std::string_view json);
/// lines_of: nothing where the network is not cut.
[[nodiscard]] std::vector<Line> lines_of(const NoticeView& view, std::string_view since);
/// strip_of: what a strip at the screen's upper edge says; nothing where there is nothing to say.
[[nodiscard]] std::vector<Line> strip_of(const NoticeView& view);

}  // namespace kw::window
