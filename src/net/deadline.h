#pragma once
// Watch cancels one Asio operation when its deadline passes; Deadline and error_of go with it.
//
//   Watch watch(executor, net::in(5s));
//   auto [ec, n] = co_await socket.async_read_some(buffer, watch.token());
//   if (ec) return watch.error(ec, "read");
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace kw::net {

namespace asio = boost::asio;

/// Deadlines are points of the steady clock; `in(seconds(5))` makes one.
using Deadline = std::chrono::steady_clock::time_point;
[[nodiscard]] inline Deadline in(std::chrono::steady_clock::duration d) { return std::chrono::steady_clock::now() + d; }

/// error_of translates what Asio says into the platform's vocabulary; `doing` goes into the detail.
[[nodiscard]] Error error_of(const boost::system::error_code& ec, std::string_view doing);

inline constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

/// One watch per operation, on the executor (strand) that the operation runs on.
class Watch {
 public:
  Watch(const asio::any_io_executor& executor, Deadline deadline);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// token is the completion token for the operation; it yields a tuple that begins with the error code.
  [[nodiscard]] auto token() { return asio::bind_cancellation_slot(state_->signal.slot(), kTuple); }
  [[nodiscard]] bool fired() const noexcept { return state_->fired; }
  /// error says timeout where the watch ended the operation, and error_of otherwise.
  [[nodiscard]] Error error(const boost::system::error_code& ec, std::string_view doing) const;

 private:
  struct State {  // outlives the watch while the timer's handler is under way
    explicit State(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    asio::cancellation_signal signal;
    bool fired = false, over = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace kw::net
