#pragma once
// AppMessage is one message of a business program to the agent's local API; parse_app_message reads it from JSON.
//
//   {"type":"hello","token":"…"}                                                      first, within five seconds
//   {"type":"challenge","id":1}                                                       a nonce for an identity authority
//   {"type":"begin","id":1,"matter":"residence-permit"}                               and "identity_token", where one
//   came, or "identity_code": true where a telephone shows it to the scanner, with "wait_ms"
//   {"type":"resume","id":1,"handle":"…"}                                             the next page of the same session
//   {"type":"step","id":2,"handle":"…","step":"form","result":"ok"}                   or "error"
//   {"type":"request","id":3,"handle":"…","service":"residence","method":"POST","path":"/applications",
//    "content_type":"application/json","body":"…","timeout_ms":10000}                 or "body_base64"; for whole
//    values with "purpose":"entry" and "place":"entry_screen", or "certificate" and "printer"
//   {"type":"end","id":4,"handle":"…"}
//
// Values of the session, which live as long as it does:
//   {"type":"put","id":5,"handle":"…","field":"phone","value":"13800138000"}
//   {"type":"get","id":6,"handle":"…","field":"phone"}                               masked; and "drop"
//   {"type":"read","id":6,"handle":"…","source":"card","into":{"name":"holder_name"},"wait_ms":30000}
//                                  what the card says becomes values; "source":"code" has {"text":"receipt_number"}
//   {"type":"reveal","id":7,"handle":"…","field":"phone","purpose":"entry","place":"entry_screen"}
// Stored cases; with "purpose" and "consent", a reference, each:
//   {"type":"submit","id":8,"handle":"…","purpose":"entry","consent":"C-1","number":"A-1","status":"filed",
//    "for_another":false,"fields":["phone"]}                       all storable values without "fields"; of a case that
//                                                                   is written anew also "case" and "version"
//   {"type":"case",…,"case":"…"}  {"type":"find",…,"field":"phone","value":"…"}
//   {"type":"reveal_case",…,"case":"…","place":"printer","fields":["name"]}
//   {"type":"remove_case",…,"case":"…","version":1}
// A file for a stored case, in parts of at most 192 KiB, each when the one before is answered; the last one reaches
// "size":
//   {"type":"put_file",…,"case":"…","field":"photo","size":300000,"offset":0,"data_base64":"…"}
//   {"type":"drop_file","id":9,"handle":"…"}                                         the file under way is given up
//
// Unknown fields are refused. Everything is bounded. Values are in ordinary memory here, and the link process
// overwrites what it frees (ADR 113). PURE and thread-safe.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "agent/app/session_reader.h"
#include "base/secret.h"

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
  std::string identity_token;     // empty: nobody established who the person is
  std::int64_t code_wait_ms = 0;  // above 0: the token is shown to the scanner, within this time
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
struct AppPut {
  std::int64_t id = 0;
  std::string handle, field, value;
};
struct AppGet {
  std::int64_t id = 0;
  std::string handle, field;
};
struct AppDrop {
  std::int64_t id = 0;
  std::string handle, field;
};
/// AppRead: what is read becomes which datum; words of device::is_card_word, or "text" of a code.
struct AppRead {
  struct Into {
    std::string word, field;
  };
  std::int64_t id = 0;
  std::string handle;
  ReadSource source = ReadSource::card;
  std::vector<Into> into;
  std::int64_t wait_ms = 30'000;
};
struct AppReveal {
  std::int64_t id = 0;
  std::string handle, field, purpose, place;
};
/// AppVaultReason is what every message to the vault bears.
struct AppVaultReason {
  std::int64_t id = 0;
  std::string handle, purpose, consent;
};
struct AppSubmit : AppVaultReason {
  std::string number, status;
  bool for_another = false;
  std::vector<std::string> fields;  // empty: every storable value
  Bytes case_id;                    // empty: a new case
  std::int64_t version = 0;
};
struct AppCase : AppVaultReason {
  Bytes case_id;
};
struct AppFind : AppVaultReason {
  std::string field, value;
};
struct AppRevealCase : AppVaultReason {
  Bytes case_id;
  std::string place;
  std::vector<std::string> fields;
};
struct AppRemoveCase : AppVaultReason {
  Bytes case_id;
  std::int64_t version = 0;
};
struct AppPutFile : AppVaultReason {
  Bytes case_id;
  std::string field;
  std::uint64_t size = 0, offset = 0;  // of the whole file; of this part in it
  SecretBytes octets;
};
struct AppDropFile {
  std::int64_t id = 0;
  std::string handle;
};
using AppMessage = std::variant<AppHello, AppChallenge, AppBegin, AppResume, AppStep, AppRequest, AppEnd, AppPut,
                                AppGet, AppDrop, AppRead, AppReveal, AppSubmit, AppCase, AppFind, AppRevealCase,
                                AppRemoveCase, AppPutFile, AppDropFile>;

inline constexpr std::size_t kMostAppMessage = 512U << 10;  // octets: a body of 64 KiB, however it is escaped
/// parse_app_message: Errc::malformed for what is no JSON object, Errc::unsupported for another type, Errc::invalid for
/// a field that is missing, unknown or no good, Errc::too_large for a body above trail::kMostRequestBody or a part of a
/// file above trail::kMostFilePart. `id` is set as soon as it was read, for the answer.
Result<AppMessage> parse_app_message(std::string_view text, std::int64_t& id);

}  // namespace kw::agent
