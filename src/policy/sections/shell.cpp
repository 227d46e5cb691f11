#include "policy/sections/shell.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "policy/sections/hot_key.h"
#include "policy/sections/paths.h"

namespace kw::policy {
namespace {

constexpr int kMostArguments = 64, kMostKeys = 128, kMostPatterns = 128;
constexpr std::size_t kLongestArgument = 1024, kLongestPattern = 256, kLongestUser = 32;

// Chromium's options that undo what this section closes: any page, any program of the kiosk could speak to the browser,
// or nothing confines it.
constexpr std::array<std::string_view, 8> kOpenings = {
    "--remote-debugging-port", "--remote-debugging-pipe",        "--remote-debugging-address",    "--load-extension",
    "--disable-web-security",  "--allow-file-access-from-files", "--auto-open-devtools-for-tabs", "--no-sandbox"};

bool one_line(std::string_view text, std::size_t most) {
  return text.size() <= most && clean_text(text, most) == text &&
         std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

bool user_ok(std::string_view name) {
  return name.size() <= kLongestUser && name[0] != '-' && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                  c == '.';
         });
}

bool display_ok(std::string_view text) {
  return text.size() >= 2 && text.size() <= 8 && text[0] == ':' &&
         std::ranges::all_of(text.substr(1), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

void check_program(const v1::ShellPolicy& policy, Findings& findings) {
  if (policy.mode() != v1::OFF && policy.program().empty())
    findings.add("/program", "no_program", "the program that the screen is for");
  if (!policy.program().empty() && (!absolute_path_ok(policy.program()) || policy.program().size() > 512))
    findings.add("/program", "bad_path", "the absolute path of a program");
  if (policy.arguments_size() > kMostArguments) findings.add("/arguments", "too_many", "at most 64");
  for (int i = 0; i < policy.arguments_size(); ++i) {
    const auto path = "/arguments/" + std::to_string(i);
    const auto& word = policy.arguments(i);
    if (word.empty() || !one_line(word, kLongestArgument))
      findings.add(path, "bad_text", "1 to 1024 octets of one line");
    const auto name = std::string_view(word).substr(0, word.find('='));
    if (std::ranges::find(kOpenings, name) != kOpenings.end())
      findings.add(path, "opens", "this option opens the browser to others", true);
  }
  if (!policy.user().empty() && (!user_ok(policy.user()) || policy.user() == "root"))
    findings.add("/user", "bad_user", "the name of a user who is not root");
  if (!policy.display().empty() && !display_ok(policy.display()))
    findings.add("/display", "bad_display", "a screen of this machine, \":0\"");
  check_number(policy.crash_runs(), 2, 100, "/crash_runs", findings);
  check_number(policy.crash_seconds(), 5, 86'400, "/crash_seconds", findings);
  if (policy.mode() == v1::ENFORCE && !policy.wipe_profile())
    findings.add("/wipe_profile", "profile_stays", "clause 6.4-d: what a user leaves behind stays for the next", true);
}

void check_keys(const v1::ShellPolicy& policy, Findings& findings) {
  if (policy.keys_size() > kMostKeys) findings.add("/keys", "too_many", "at most 128");
  std::set<std::string> seen;
  for (int i = 0; i < policy.keys_size(); ++i) {
    const auto path = "/keys/" + std::to_string(i);
    if (!parse_hot_key(policy.keys(i)))
      findings.add(path, "bad_key", "Ctrl, Alt, Shift, Super and one key: \"Alt+F4\"");
    else if (!seen.insert(lower(policy.keys(i))).second)
      findings.add(path, "duplicate", policy.keys(i), true);
  }
}

void check_browser(const v1::ShellPolicy& policy, Findings& findings) {
  const auto& browser = policy.browser();
  if (browser.allow_size() > kMostPatterns) findings.add("/browser/allow", "too_many", "at most 128");
  for (int i = 0; i < browser.allow_size(); ++i) {
    const auto path = "/browser/allow/" + std::to_string(i);
    const std::string_view pattern = browser.allow(i);
    const bool http = pattern.starts_with("http://"), https = pattern.starts_with("https://");
    const auto host = pattern.substr(std::min<std::size_t>(pattern.size(), https ? 8 : 7));
    if ((!http && !https) || host.empty() || !one_line(pattern, kLongestPattern) ||
        pattern.find(' ') != std::string_view::npos)
      findings.add(path, "bad_pattern", "http:// or https:// and a host");
    else if (host == "*" || host == "*/*")
      findings.add(path, "every_place", "the browser may go anywhere", true);
  }
  if (!browser.manage() && (browser.allow_size() > 0 || browser.printing() || browser.downloads() ||
                            browser.dev_tools() || browser.file_dialogs()))
    findings.add("/browser/manage", "not_managed", "the rules for the browser have no effect", true);
  if (browser.manage() && browser.allow().empty())
    findings.add("/browser/allow", "every_place", "the browser may go anywhere", true);
  if (browser.manage() && browser.dev_tools())
    findings.add("/browser/dev_tools", "opens", "clause 9.2.2: whoever is at the kiosk may look into the page", true);
}

void check_shell(const v1::PolicyBundle& bundle, Findings& findings) {
  const auto& policy = bundle.shell();
  check_program(policy, findings);
  check_keys(policy, findings);
  check_browser(policy, findings);
}

}  // namespace

Section shell_section() { return {"shell", "8.2.3,9.2.2,6.4-d", check_shell, {{"renew", {}}}}; }

}  // namespace kw::policy
