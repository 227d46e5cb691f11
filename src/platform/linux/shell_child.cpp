#include "platform/linux/shell_child.h"

namespace kw::platform {
namespace {

constexpr std::string_view kShellProgram = "kioskward-shell";

}  // namespace

Result<std::unique_ptr<device::HelperProcess>> ShellChildStarter::start(const std::string& user,
                                                                        const std::string& display) {
  tidy();
  const auto& screen = display.empty() ? screen_.display : display;
  if (screen.empty()) return fail(Errc::unavailable, "no display");
  const auto& wanted = user.empty() ? screen_.user : user;
  if (wanted.empty()) return fail(Errc::not_found, "no user is named for the screen");
  KW_TRY(auto account, child_user({wanted}));
  std::vector<std::string> environment{"DISPLAY=" + screen};
  if (!screen_.cookie.empty()) environment.push_back("XAUTHORITY=" + screen_.cookie);
  return children_.start({kShellProgram, program_, std::move(account), std::move(environment)});
}

}  // namespace kw::platform
