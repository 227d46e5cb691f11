#include "net/deadline.h"

#include <boost/asio/error.hpp>

namespace kw::net {

Error error_of(const boost::system::error_code& ec, std::string_view doing) {
  const auto detail = std::string(doing) + ": " + ec.message();
  if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) return Error(Errc::cancelled, detail);
  if (ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
    return Error(Errc::closed, detail);
  if (ec == asio::error::timed_out) return Error(Errc::timeout, detail);
  if (ec == asio::error::connection_refused || ec == asio::error::host_unreachable ||
      ec == asio::error::network_unreachable || ec == asio::error::network_down)
    return Error(Errc::unavailable, detail);
  if (ec == asio::error::host_not_found || ec == asio::error::host_not_found_try_again)
    return Error(Errc::not_found, detail);
  if (ec == asio::error::access_denied || ec == boost::system::errc::operation_not_permitted)
    return Error(Errc::not_permitted, detail);
  return Error(Errc::io, detail);
}

Watch::Watch(const asio::any_io_executor& executor, Deadline deadline) : state_(std::make_shared<State>(executor)) {
  state_->timer.expires_at(deadline);
  state_->timer.async_wait([state = state_](const boost::system::error_code& ec) {
    if (ec || state->over) return;
    state->fired = true;
    state->signal.emit(asio::cancellation_type::terminal);
  });
}

Watch::~Watch() {
  state_->over = true;
  state_->timer.cancel();
}

Error Watch::error(const boost::system::error_code& ec, std::string_view doing) const {
  if (state_->fired && ec == asio::error::operation_aborted) return Error(Errc::timeout, std::string(doing));
  return error_of(ec, doing);
}

}  // namespace kw::net
