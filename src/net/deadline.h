#pragma once
// within runs an Asio operation against a point in time: the operation is cancelled when that passes.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <string_view>

#include "base/result.h"

namespace kw::net {

namespace asio = boost::asio;

/// Deadlines are points of the steady clock; `in(seconds(5))` makes one.
using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] inline Deadline in(std::chrono::steady_clock::duration d) { return std::chrono::steady_clock::now() + d; }

/// error_of translates what Asio says into the platform's vocabulary; `doing` goes into the detail.
[[nodiscard]] Error error_of(const boost::system::error_code& ec, std::string_view doing);

}  // namespace kw::net
