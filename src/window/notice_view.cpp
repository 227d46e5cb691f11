#include "window/notice_view.h"

#include <boost/json.hpp>

#include "base/text.h"

namespace kw::window {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostState = std::size_t{64} << 10;
constexpr std::size_t kMostWord = 256;  // octets

Result<std::string> word(const json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  if (found == nullptr || !found->is_string()) return fail(Errc::malformed, "state." + std::string(name));
  const auto& text = found->get_string();
  return clean_text({text.data(), text.size()}, kMostWord);
}

}  // namespace

Result<NoticeView> parse_state(std::string_view text) {
  if (text.size() > kMostState) return fail(Errc::too_large, "state");
  boost::system::error_code ec;
  const auto value = json::parse(text, ec);
  const auto* object = ec ? nullptr : value.if_object();
  if (object == nullptr) return fail(Errc::malformed, "state");
  KW_TRY(const auto state, word(*object, "state"));
  NoticeView out;
  out.cut = state == "cut";
  const auto set = [&](std::string_view name) {
    const auto* found = object->if_contains(name);
    return found != nullptr && found->is_bool() && found->get_bool();
  };
  out.watched = set("watched");
  out.ledger_refused = set("ledger_refused");
  if (!out.cut) return out;
  const auto* shown = object->if_contains("shown");
  if (shown == nullptr || !shown->is_bool()) return fail(Errc::malformed, "state.shown");
  out.shown = shown->get_bool();
  KW_TRY(out.case_id, word(*object, "case"));
  KW_TRY(out.reason_zh, word(*object, "reason_zh"));
  KW_TRY(out.reason_en, word(*object, "reason_en"));
  KW_TRY(out.phone, word(*object, "phone"));
  KW_TRY(const auto since, word(*object, "since"));
  KW_TRY(out.since, from_rfc3339(since));
  return out;
}

std::vector<Line> strip_of(const NoticeView& view) {
  if (view.watched && view.ledger_refused) return {{"● 摄像头正被远程查看　⚠ 平台的审计账本与本机所见不符", 0.5, true}};
  if (view.watched) return {{"● 摄像头正被远程查看 / The camera is being viewed", 0.5, true}};
  if (view.ledger_refused)
    return {{"⚠ 平台的审计账本与本机所见不符 / The audit ledger is not the one this kiosk saw", 0.5, true}};
  return {};
}

std::vector<Line> lines_of(const NoticeView& view, std::string_view since) {
  if (!view.cut) return {};
  std::vector<Line> out{
      {"已断网", 0.15, true},
      {"Network cut off", 0.07, true},
      {"原因：" + view.reason_zh, 0.042, false, 0.03},
      {"Reason: " + view.reason_en, 0.032},
      {"时间 / Time：" + std::string(since), 0.034, true, 0.03},
      {"事件编号 / Case：" + view.case_id, 0.034, true},
  };
  if (!view.phone.empty()) out.push_back({"管理人电话 / Custodian：" + view.phone, 0.034, true});
  out.push_back({"请停止办理业务，不要断电或拔线，请联系现场管理人。", 0.042, false, 0.03});
  out.push_back({"Please stop here, do not switch off or unplug anything, and call the site's custodian.", 0.032});
  return out;
}

}  // namespace kw::window
