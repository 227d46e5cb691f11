#pragma once
// browser_policies_text is the file of Chromium's managed policies that a section asks for; plan_browser_policies says
// what is to be done with the one that is there (clauses 9.2.2, 9.7-b.4).
//
// The text is JSON, always the same for the same rules, so that it is compared octet by octet and never parsed. Closed
// always: other schemes than http and https, pages of the browser itself, extensions, guests, other people's profiles,
// sync, passwords, autofill, devices, the screen's capture, remote debugging unless dev_tools. Source: Chrome
// Enterprise policy list, https://chromeenterprise.google/policies/. PURE and thread-safe.
#include <optional>
#include <string>

#include "kioskward/v1/shell.pb.h"

namespace kw::device {

inline constexpr std::size_t kMostBrowserPolicies = 256U << 10;  // of a file that is looked at

[[nodiscard]] std::string browser_policies_text(const ::kioskward::v1::ShellBrowser& rules);

enum class BrowserPlan { nothing, write, remove };
/// wanted: nothing where the section does not keep the file; observed: nothing where there is none. `ours` is what this
/// kiosk wrote last; only that is taken away.
[[nodiscard]] BrowserPlan plan_browser_policies(const std::optional<std::string>& wanted,
                                                const std::optional<std::string>& observed, const std::string& ours);

}  // namespace kw::device
