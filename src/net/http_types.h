#pragma once
// Request and Response are one HTTP exchange as handlers see it: plain values, already bounded and decoded.
//
// No type of the HTTP library shows through.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/errc.h"
#include "base/result.h"

namespace kw::net {

struct Request {
  std::string method;  // upper case
  std::string path;    // percent-decoded UTF-8 without query; begins with '/', has no "." or ".." segments
  std::map<std::string, std::string> query;   // decoded; a repeated name is refused before a handler sees it
  std::map<std::string, std::string> params;  // of the route's pattern: "/devices/{id}" fills "id"
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string peer;   // numeric address of the other end, without port
  std::string trace;  // 32 hex digits, one for each request; errors, log lines and audit entries carry it

  /// header returns the first value of a header; `name` in lower case.
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  /// cookie returns the value of one cookie.
  [[nodiscard]] std::optional<std::string> cookie(std::string_view name) const;
};

/// BodySource gives a body piece by piece, for what is too large to stand in memory. One thread at a time.
class BodySource {
 public:
  virtual ~BodySource() = default;
  [[nodiscard]] virtual std::uint64_t size() const = 0;  // octets in all
  /// next: nothing at the end. An error, or another number of octets than size() said, ends the connection: the peer
  /// sees that the body is not whole.
  virtual Result<std::optional<Bytes>> next() = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<BodySource> source{};  // in place of `body`
};

/// json_response wraps serialised JSON.
[[nodiscard]] Response json_response(int status, std::string json);
/// error_response is the API's error object {code, detail, trace}.
[[nodiscard]] Response error_response(int status, std::string_view code, std::string_view detail,
                                      std::string_view trace);
/// status_of maps an error code to the HTTP status that stands for it.
[[nodiscard]] int status_of(Errc code) noexcept;

}  // namespace kw::net
