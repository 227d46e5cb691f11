#include "net/http_over.h"

#include <sstream>

#include "base/secret.h"
#include "net/beast_client.h"

namespace kw::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;

std::string request_text(const std::string& host, const HttpCall& call) {
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(call.method);
  request.target(call.target);
  request.set(http::field::host, host);
  request.set(http::field::connection, "close");
  for (const auto& [key, value] : call.headers) request.set(key, value);
  request.content_length(call.body.size());
  std::ostringstream text;
  text << request.base();
  return text.str() + call.body;
}

/// Parsing is an answer that is fed as it comes.
class Parsing {
 public:
  explicit Parsing(std::uint64_t most) {
    parser_.header_limit(kMaxAnswerHeader);
    parser_.body_limit(most);
    parser_.eager(true);
  }
  [[nodiscard]] bool done() const { return parser_.is_done(); }
  Result<> feed(ByteView octets) {
    append(pending_, octets);
    while (!pending_.empty() && !done()) {
      boost::system::error_code ec;
      const auto used = parser_.put(boost::asio::const_buffer(pending_.data(), pending_.size()), ec);
      pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(used));
      if (ec == http::error::need_more) {
        // Only the header needs more at once; its bound is the parser's, which never saw the end of it.
        if (pending_.size() > kMaxAnswerHeader) return fail(Errc::too_large, "header of the answer");
        return {};
      }
      if (ec) return beast_error(ec, "answer");
      if (used == 0) return {};
    }
    return {};
  }
  Result<> end() {
    // Beast takes the end of nothing at all for a whole answer, with status 200.
    if (!parser_.got_some()) return fail(Errc::truncated, "answer");
    boost::system::error_code ec;
    parser_.put_eof(ec);
    if (ec) return beast_error(ec, "answer");
    return done() ? Result<>() : fail(Errc::truncated, "answer");
  }
  Response release() { return beast_answer(parser_.release()); }

 private:
  http::response_parser<http::string_body> parser_;
  Bytes pending_;
};

}  // namespace

asio::awaitable<Result<Response>> http_over(ByteStream& stream, std::string host, HttpCall call, Deadline deadline) {
  auto text = request_text(host, call);
  const auto sent = co_await stream.write(bytes_of(text), deadline);
  wipe({reinterpret_cast<Byte*>(text.data()), text.size()});  // it may hold a password
  if (!sent) co_return sent.error().within("send");
  Parsing parsing(call.max_answer);
  while (!parsing.done()) {
    auto more = co_await stream.read_some(deadline);
    if (more) {
      KW_CO_CHECK(parsing.feed(*more));
      continue;
    }
    if (more.code() != Errc::closed) co_return more.error().within("answer");
    KW_CO_CHECK(parsing.end());
  }
  co_return parsing.release();
}

}  // namespace kw::net
