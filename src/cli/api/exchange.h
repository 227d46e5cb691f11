#pragma once
// exchange sends one request of a command and understands the answer; Refusal is why there is none.
//
// Blocking: one command is one request after the other.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "cli/api/request.h"
#include "cli/api/session_file.h"
#include "net/http_client.h"

namespace kw::cli {

/// Why a command failed: the server's code, or ours where no server said anything.
struct Refusal {
  std::string code, detail, trace;
  std::string body{};  // the server's JSON, where there was any
};

struct Answer {
  boost::json::value json;  // null where the answer has no body
  std::string body;         // as it came
  std::string cookie;       // value of kw_session where the server set one
};

/// understand sorts answers: 2xx with a JSON object, 204, {code, detail, trace}, a policy's problems, and what is not
/// ours.
[[nodiscard]] tl::expected<Answer, Refusal> understand(net::Response response);
[[nodiscard]] Refusal refusal_of(const Error& error);
/// advice says what to do about a code; `entering` where the command itself logs in. May be empty.
[[nodiscard]] std::string advice(std::string_view code, const std::string& server, bool entering);
/// complain prints the one line that every failure is, and returns the exit code: for an error of this side kUsage
/// where a value was invalid.
int complain(std::ostream& err, const Refusal& refusal, const std::string& server, bool entering = false);
int complain(std::ostream& err, const Error& error);

/// call_of makes the HTTP call: with the session's cookie, and its CSRF token where it writes.
[[nodiscard]] net::HttpCall call_of(ApiRequest request, const Session& session);
tl::expected<Answer, Refusal> exchange(ApiRequest request, const Session& session);

/// wait_for runs a coroutine to its end on a context of its own.
template <class T>
Result<T> wait_for(boost::asio::awaitable<Result<T>> work) {
  boost::asio::io_context context(1);
  Result<T> out = fail(Errc::cancelled);
  boost::asio::co_spawn(context, std::move(work), [&out](const std::exception_ptr& thrown, Result<T> result) {
    if (thrown) std::rethrow_exception(thrown);
    out = std::move(result);
  });
  context.run();
  return out;
}

}  // namespace kw::cli
