#pragma once
// session_begin and ask_broker are a kiosk's business without its link, for tests.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "server/testing/link_bed.h"

namespace kw::server::testing {

inline v1::SessionBegin session_begin(const std::string& matter) {
  v1::SessionBegin out;
  out.set_session_id(std::string(16, 's'));
  out.set_trace_id(std::string(16, 't'));
  out.set_span_id(std::string(8, 'r'));
  out.set_matter(matter);
  return out;
}

/// ask_broker asks service "residence" for a path within a session, and waits for the reply.
inline ServiceReply ask_broker(LinkBed& bed, const DeviceId& kiosk, ByteView session, const std::string& path,
                               std::chrono::seconds patience = std::chrono::seconds(10),
                               std::optional<WholeWish> wish = {}) {
  ServiceCall call;
  call.session = *store::BusinessSessionId::from_bytes(session);
  call.span = Bytes(8, 1);
  call.service = "residence";
  call.method = "GET";
  call.path = path;
  call.wish = wish;
  boost::asio::io_context io;
  ServiceReply out;
  out.outcome = "no reply";
  boost::asio::co_spawn(
      io, [&]() -> net::asio::awaitable<void> { out = co_await bed.broker->ask(kiosk, call); }, boost::asio::detached);
  io.run_for(patience);
  return out;
}

}  // namespace kw::server::testing
