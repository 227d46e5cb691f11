#pragma once
// What http_client.cpp and websocket_client.cpp share: Beast's errors and answers in the platform's words.
//
// Internal to these two units (Beast stays out of every other one).
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "net/http_client.h"

namespace kw::net {

inline constexpr std::uint32_t kMaxAnswerHeader = 16U << 10;  // octets, status line included

[[nodiscard]] inline std::string beast_text(boost::beast::string_view view) { return {view.data(), view.size()}; }

/// beast_error says what went wrong with an answer.
[[nodiscard]] inline Error beast_error(const boost::system::error_code& error, std::string_view doing) {
  namespace http = boost::beast::http;
  const auto detail = std::string(doing) + ": " + error.message();
  if (error == boost::beast::error::timeout) return Error(Errc::timeout, std::string(doing));
  if (error == http::error::body_limit || error == http::error::header_limit || error == http::error::buffer_overflow)
    return Error(Errc::too_large, detail);
  if (error == http::error::partial_message || error == http::error::end_of_stream)
    return Error(Errc::truncated, detail);
  if (error.category() == http::make_error_code(http::error::bad_version).category())
    return Error(Errc::malformed, detail);
  return error_of(error, doing);
}

template <class Body>
[[nodiscard]] Response beast_answer(boost::beast::http::response<Body>&& from) {
  Response out;
  out.status = static_cast<int>(from.result_int());
  out.content_type = beast_text(from[boost::beast::http::field::content_type]);
  for (const auto& field : from) {
    std::string key = beast_text(field.name_string());
    for (char& c : key) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    out.headers.emplace_back(std::move(key), beast_text(field.value()));
  }
  out.body = std::move(from.body());
  return out;
}

}  // namespace kw::net
