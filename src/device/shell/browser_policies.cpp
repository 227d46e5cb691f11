#include "device/shell/browser_policies.h"

#include <cstdio>
#include <map>

namespace kw::device {
namespace {

namespace v1 = ::kioskward::v1;

// Chromium's pattern "*" covers pages of the web; a scheme is closed for certain by its own name.
constexpr std::string_view kClosedSchemes[] = {"file://*",
                                               "view-source:*",
                                               "chrome://*",
                                               "chrome-untrusted://*",
                                               "chrome-extension://*",
                                               "devtools://*",
                                               "filesystem:*",
                                               "javascript://*",
                                               "ftp://*",
                                               "mailto:*",
                                               "tel:*",
                                               "sms:*",
                                               "intent:*"};

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (octet < 0x20) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\u%04x", octet);
      out += escaped;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

template <class List>
std::string json_list(const List& list) {
  std::string out = "[";
  for (const auto& one : list) out += (out.size() > 1 ? ", " : "") + json_string(one);
  return out + "]";
}

/// site_pattern makes a pattern of a site's (https://[*.]example.cn) out of one of addresses
/// (https://*.example.cn/path/*).
std::string site_pattern(std::string_view place) {
  const auto host = place.find("://");
  if (host == std::string_view::npos) return std::string(place);
  std::string out(place.substr(0, place.find('/', host + 3)));
  if (out.compare(host + 3, 2, "*.") == 0) out.replace(host + 3, 2, "[*.]");
  return out;
}

}  // namespace

std::string browser_policies_text(const v1::ShellBrowser& rules) {
  const auto allowed = [](bool yes) { return std::string(yes ? "true" : "false"); };
  std::vector<std::string> blocked(std::begin(kClosedSchemes), std::end(kClosedSchemes));
  if (!rules.allow().empty()) blocked.insert(blocked.begin(), "*");
  // "2" of Default…Setting refuses, "3" would ask the person in front.
  std::map<std::string, std::string> all{
      {"AllowDinosaurEasterEgg", "false"},
      {"AllowFileSelectionDialogs", allowed(rules.file_dialogs())},
      {"AudioSandboxEnabled", "true"},
      {"AutofillAddressEnabled", "false"},
      {"AutofillCreditCardEnabled", "false"},
      {"AutoplayAllowed", "true"},
      {"BackgroundModeEnabled", "false"},
      {"BookmarkBarEnabled", "false"},
      {"BrowserAddPersonEnabled", "false"},
      {"BrowserGuestModeEnabled", "false"},
      {"BrowserLabsEnabled", "false"},
      {"BrowserSignin", "0"},
      {"ClickToCallEnabled", "false"},
      {"DefaultBrowserSettingEnabled", "false"},
      {"DefaultFileSystemReadGuardSetting", "2"},
      {"DefaultFileSystemWriteGuardSetting", "2"},
      {"DefaultGeolocationSetting", "2"},
      {"DefaultNotificationsSetting", "2"},
      {"DefaultPopupsSetting", "2"},
      {"DefaultSerialGuardSetting", "2"},
      {"DefaultWebBluetoothGuardSetting", "2"},
      {"DefaultWebHidGuardSetting", "2"},
      {"DefaultWebUsbGuardSetting", "2"},
      {"DeveloperToolsAvailability", rules.dev_tools() ? "1" : "2"},
      {"DownloadRestrictions", rules.downloads() ? "0" : "3"},
      {"EditBookmarksEnabled", "false"},
      {"ExtensionInstallBlocklist", json_list(std::vector<std::string>{"*"})},
      {"ExternalProtocolDialogShowAlwaysOpenCheckbox", "false"},
      {"IncognitoModeAvailability", "1"},
      {"MetricsReportingEnabled", "false"},
      {"PasswordManagerEnabled", "false"},
      {"PrintingEnabled", allowed(rules.printing())},
      {"PromotionsEnabled", "false"},
      {"PromptForDownloadLocation", "false"},
      {"RemoteDebuggingAllowed", allowed(rules.dev_tools())},
      {"SSLErrorOverrideAllowed", "false"},
      {"SavingBrowserHistoryDisabled", "true"},
      {"ScreenCaptureAllowed", "false"},
      {"SearchSuggestEnabled", "false"},
      {"SyncDisabled", "true"},
      {"TaskManagerEndProcessEnabled", "false"},
      {"TranslateEnabled", "false"},
      {"URLBlocklist", json_list(blocked)},
  };
  if (!rules.allow().empty()) {
    all["URLAllowlist"] = json_list(rules.allow());
    // Their pages speak to this kiosk's own agent; newer browsers ask the user before a page reaches loopback.
    std::vector<std::string> sites;
    for (const auto& place : rules.allow()) sites.push_back(site_pattern(place));
    all["LocalNetworkAccessAllowedForUrls"] = json_list(sites);
  }
  std::string out = "{\n";
  for (const auto& [name, value] : all) out += (out.size() > 2 ? ",\n  " : "  ") + json_string(name) + ": " + value;
  return out + "\n}\n";
}

BrowserPlan plan_browser_policies(const std::optional<std::string>& wanted, const std::optional<std::string>& observed,
                                  const std::string& ours) {
  if (wanted) return observed == wanted ? BrowserPlan::nothing : BrowserPlan::write;
  return observed && !ours.empty() && *observed == ours ? BrowserPlan::remove : BrowserPlan::nothing;
}

}  // namespace kw::device
