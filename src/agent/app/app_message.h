#pragma once
// AppMessage is one message of a business program to the agent's local API; parse_app_message reads it from JSON.
//
//   {"type":"hello","token":"…"}                                                      first, within five seconds
//   {"type":"challenge","id":1}                                                       a nonce for an identity authority
//   {"type":"begin","id":1,"matter":"residence-permit"}                               and "identity_token", where one
//   came
//   {"type":"resume","id":1,"handle":"…"}                                             the next page of the same session
//   {"type":"step","id":2,"handle":"…","step":"form","result":"ok"}                   or "error"
//   {"type":"request","id":3,"handle":"…","service":"residence","method":"POST","path":"/applications",
//    "content_type":"application/json","body":"…","timeout_ms":10000}                 or "body_base64"; for whole
//    values with "purpose":"entry" and "place":"entry_screen", or "certificate" and "printer"
//   {"type":"end","id":4,"handle":"…"}
//
// Unknown fields are refused. Everything is bounded. PURE and thread-safe.
#include <cstdint>
#include <string>
#include <variant>

#include "base/result.h"

namespace kw::agent {

struct AppHello {
  std::string token;
};
struct AppChallenge {
  std::int64_t id = 0;
};
struct AppBegin {
  std::int64_t id = 0;
  std::string matter;
  std::string identity_token;  // empty: nobody established who the person is
};
struct AppResume {
  std::int64_t id = 0;
  std::string handle;
};
struct AppStep {
  std::int64_t id = 0;
  std::string handle, step;
  bool good = true;
};
struct AppRequest {
  std::int64_t id = 0;
  std::string handle, service, method, path, content_type, body;
  std::string purpose, place;  // of whole values; empty: masked
  std::int64_t timeout_ms = 30'000;
};
struct AppEnd {
  std::int64_t id = 0;
  std::string handle;
};
using AppMessage = std::variant<AppHello, AppChallenge, AppBegin, AppResume, AppStep, AppRequest, AppEnd>;

inline constexpr std::size_t kMostAppMessage = 512U << 10;  // octets: a body of 64 KiB, however it is escaped
/// parse_app_message: Errc::malformed for what is no JSON object, Errc::unsupported for another type, Errc::invalid for
/// a field that is missing, unknown or no good, Errc::too_large for a body above trail::kMostRequestBody. `id` is set
/// as soon as it was read, for the answer.
Result<AppMessage> parse_app_message(std::string_view text, std::int64_t& id);

}  // namespace kw::agent
