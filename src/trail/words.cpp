#include "trail/words.h"

#include <algorithm>
#include <array>

#include "base/plain_name.h"

namespace kw::trail {
namespace {

using namespace std::string_view_literals;
constexpr std::size_t kMostPlainWord = 32;

constexpr std::array kSteps{"welcome"sv, "consent"sv, "identify"sv, "card"sv,   "face"sv,   "menu"sv,
                            "form"sv,    "photo"sv,   "scan"sv,     "upload"sv, "query"sv,  "confirm"sv,
                            "sign"sv,    "pay"sv,     "submit"sv,   "wait"sv,   "result"sv, "print"sv,
                            "receipt"sv, "finish"sv,  "help"sv,     "error"sv,  "cancel"sv};

constexpr std::array kReasons{
    // of the kiosk
    "no_link"sv, "link_lost"sv, "cut_off"sv, "busy"sv, "timeout"sv, "too_large"sv, "no_session"sv,
    "reader_unavailable"sv, "unreadable"sv,
    // of the platform
    "matter_unknown"sv, "matter_forbidden"sv, "service_unknown"sv, "service_forbidden"sv, "method_forbidden"sv,
    "path_forbidden"sv, "unrecorded"sv, "identity_required"sv, "identity_refused"sv, "identity_unavailable"sv,
    // of the vault
    "consent_required"sv, "purpose_forbidden"sv, "field_unknown"sv, "field_forbidden"sv, "value_invalid"sv,
    "case_unknown"sv, "case_changed"sv, "reveal_refused"sv, "landing_refused"sv, "too_often"sv, "locked"sv,
    "vault_unavailable"sv, "file_unknown"sv, "upload_order"sv, "upload_unknown"sv,
    // of the back end
    "backend_unreachable"sv, "backend_untrusted"sv, "backend_timeout"sv, "backend_malformed"sv, "backend_too_large"sv,
    "interrupted"sv,
    // ends of a session
    "done"sv, "idle"sv, "page_gone"sv, "shell_ended"sv, "stopped"sv, "superseded"sv, "lapsed"sv};

constexpr std::array kMethods{"GET"sv, "POST"sv, "PUT"sv, "PATCH"sv, "DELETE"sv};

bool among(const auto& words, std::string_view word) { return std::ranges::find(words, word) != words.end(); }

}  // namespace

bool is_plain_word(std::string_view word) noexcept {
  return !word.empty() && word.size() <= kMostPlainWord && has_plain_letters(word);
}
bool is_step(std::string_view word) noexcept { return among(kSteps, word); }
bool is_reason(std::string_view word) noexcept { return among(kReasons, word); }
bool is_method(std::string_view word) noexcept { return among(kMethods, word); }

std::string trace_parent(ByteView trace, ByteView span) { return "00-" + to_hex(trace) + "-" + to_hex(span) + "-01"; }

}  // namespace kw::trail
