#pragma once
// load_identity and load_trust read certificates and keys from PEM files; print_session shows a finished handshake.
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

#include "base/result.h"
#include "tlcp/connection.h"

namespace kw::cli {

/// read_file reads a whole file of at most 1 MiB; the error's detail names it.
Result<std::string> read_file(const std::string& path);

struct IdentityFiles {
  std::string certificate, key;  // signing; CA certificates may follow in the certificate file
  std::string encryption_certificate, encryption_key;  // may be empty
};
Result<tlcp::Identity> load_identity(const IdentityFiles& files);
/// load_trust: self-signed certificates are anchors and the others intermediates; with no self-signed one, all are anchors.
Result<pki::TrustStore> load_trust(const std::string& path);

/// file_key_log appends lines to a file (SSLKEYLOGFILE form), readable by its owner only. Errc::io.
Result<tlcp::KeyLog> file_key_log(const std::string& path);

/// What a verifier found, for the report.
struct ChainVerdict {
  bool asked = false;
  std::optional<pki::Refusal> refusal;
};
/// reporting_verifier is pki::verify_peer that notes its verdict; with `insecure` it lets refused peers pass as long as
/// their certificates can be parsed at all.
tlcp::Verifier reporting_verifier(ChainVerdict& verdict, bool insecure);

void print_certificates(std::ostream& out, const std::vector<Bytes>& list, bool pem);
void print_session(std::ostream& out, const tlcp::Connection& connection, const ChainVerdict& verdict, bool pem);

}  // namespace kw::cli
