#pragma once
// TrustFiles names, beside its Guard, the files by which a connection to somebody else's server is protected;
// read_trust_files reads their keys from a section of a TOML file.
//
// All are PEM. TLS takes one certificate and its key; TLCP (GB/T 38636) takes two pairs, the second for encryption.
// Empty: not used. PURE; thread-safe.
#include "config/toml_section.h"

namespace kw::config {

/// What protects a road. None is for loopback alone, where a relay of the operator's own stands.
enum class Guard : std::uint8_t { none, tls, tlcp };

struct TrustFiles {
  std::string ca, certificate, key, encryption_certificate, encryption_key;
  std::string server_name;  // that the server's certificate must carry; the address's host without it
};

/// read_trust_files: Errc::invalid where one of a pair is missing.
inline Result<> read_trust_files(TomlSection& from, TrustFiles& out) {
  KW_CHECK(from.text("ca", out.ca));
  KW_CHECK(from.text("certificate", out.certificate));
  KW_CHECK(from.text("key", out.key));
  KW_CHECK(from.text("encryption_certificate", out.encryption_certificate));
  KW_CHECK(from.text("encryption_key", out.encryption_key));
  KW_CHECK(from.text("server_name", out.server_name, 255));
  if (out.certificate.empty() != out.key.empty()) return from.wrong("certificate", "certificate and key go together");
  if (out.encryption_certificate.empty() != out.encryption_key.empty())
    return from.wrong("encryption_certificate", "encryption_certificate and encryption_key go together");
  return {};
}

}  // namespace kw::config
