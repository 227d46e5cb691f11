#pragma once
// open_guarded_road connects to somebody else's server, a receiver of audit records or a back end, as its guard says.
//
// The files are read for each connection, so that a renewed certificate counts from the next one on. The server's
// certificate must carry the name that the files give, or the target's host where they give none. Errors: what
// read_public and read_private say of a file, bad_key, malformed; those of connect_tls, connect_tlcp_bytes and
// connect_plain. `random` and `clock` must outlive the stream.
#include "config/trust_files.h"
#include "net/byte_stream.h"

namespace kw::server {

net::asio::awaitable<Result<std::unique_ptr<net::ByteStream>>> open_guarded_road(config::Guard guard,
                                                                                 net::Target target,
                                                                                 const config::TrustFiles& files,
                                                                                 Random& random, const Clock& clock,
                                                                                 net::Deadline deadline);

}  // namespace kw::server
