#include "platform/linux/clipboard_child.h"

namespace kw::platform {
namespace {

constexpr std::string_view kClipboardProgram = "kioskward-clipboard";

}  // namespace

Result<std::unique_ptr<device::HelperProcess>> ClipboardChildStarter::start() {
  tidy();
  if (screen_.display.empty()) return fail(Errc::unavailable, "no display");
  KW_TRY(auto user, screen_.user.empty() ? child_user({"nobody"}) : child_user({screen_.user}));
  std::vector<std::string> environment{"DISPLAY=" + screen_.display};
  if (!screen_.cookie.empty()) environment.push_back("XAUTHORITY=" + screen_.cookie);
  return children_.start({kClipboardProgram, program_, std::move(user), std::move(environment)});
}

}  // namespace kw::platform
