#pragma once
// tls_road and tlcp_road read the files that protect a connection to somebody else's server: a receiver of audit
// records, a back end.
//
// They are read for each connection, so that a renewed certificate counts from the next one on. `host` is the name that
// the server's certificate must carry where the files name none. Errors: what read_public and read_private say of a
// file, bad_key, malformed. Thread-safe.
#include "config/trust_files.h"
#include "net/tls_client.h"
#include "tlcp/client.h"

namespace kw::server {

Result<std::shared_ptr<net::TlsSettings>> tls_road(const config::TrustFiles& files, const std::string& host);
Result<std::shared_ptr<const tlcp::ClientConfig>> tlcp_road(const config::TrustFiles& files, const std::string& host);

}  // namespace kw::server
