#pragma once
// Certificate, CertificateRequest and RevocationList are parsed X.509 objects over SM2 with SM3
// (OID 1.2.156.10197.1.501; RFC 5280, GM/T 0015); builders make new ones. Policy about them lives in src/pki.
//
// Parsed objects keep their DER, are immutable and thread-safe. PURE.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/sm2.h"

namespace kw::crypto {

/// Bits of the key usage extension (RFC 5280 section 4.2.1.3).
enum class KeyUsage : unsigned {
  digital_signature = 1U << 0,
  non_repudiation = 1U << 1,
  key_encipherment = 1U << 2,
  data_encipherment = 1U << 3,
  key_agreement = 1U << 4,
  key_cert_sign = 1U << 5,
  crl_sign = 1U << 6,
};
[[nodiscard]] constexpr unsigned operator|(KeyUsage a, KeyUsage b) { return static_cast<unsigned>(a) | static_cast<unsigned>(b); }
[[nodiscard]] constexpr unsigned operator|(unsigned a, KeyUsage b) { return a | static_cast<unsigned>(b); }

struct Name {  // the attributes this platform uses, in the order they are written
  std::string country, organization, unit, common_name, serial_number;
  friend bool operator==(const Name&, const Name&) = default;
  [[nodiscard]] std::string text() const;  // "C=CN, O=..., CN=..."
  [[nodiscard]] Bytes der() const;         // as this platform writes it; others may choose other string types
};

class Certificate {
 public:
  static Result<Certificate> parse(ByteView der);          // at most 64 KiB; Errc::malformed
  static Result<std::vector<Certificate>> parse_pem(std::string_view pem);  // one or more
  [[nodiscard]] const Bytes& der() const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] const Name& subject() const;
  [[nodiscard]] const Name& issuer() const;
  [[nodiscard]] const Bytes& subject_der() const;
  [[nodiscard]] const Bytes& issuer_der() const;
  [[nodiscard]] const Bytes& serial() const;  // big-endian magnitude
  [[nodiscard]] Timestamp not_before() const;
  [[nodiscard]] Timestamp not_after() const;
  [[nodiscard]] unsigned key_usage() const;   // KeyUsage bits; 0 where the extension is absent
  [[nodiscard]] bool is_ca() const;
  [[nodiscard]] std::optional<int> path_length() const;
  [[nodiscard]] std::vector<std::string> dns_names() const;
  [[nodiscard]] const Sm2PublicKey& public_key() const;
  [[nodiscard]] bool has_unknown_critical_extension() const;
  /// signed_by checks the signature value only.
  Result<> signed_by(const Sm2PublicKey& issuer) const;
  [[nodiscard]] Bytes fingerprint() const;    // SM3 of the DER

  struct Impl;
  explicit Certificate(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

struct CertificateTemplate {
  Name subject;
  Name issuer;
  Bytes serial;  // 1 to 20 octets, positive
  Timestamp not_before, not_after;
  unsigned key_usage = 0;
  bool is_ca = false;
  std::optional<int> path_length;
  std::vector<std::string> dns_names;
  std::optional<Bytes> authority_key_id;  // 20 octets, derived from the issuer's key where absent
};
/// build_certificate signs a version 3 certificate for `subject_key` with `issuer_key`.
Result<Certificate> build_certificate(const CertificateTemplate& what, const Sm2PublicKey& subject_key,
                                      const Sm2PrivateKey& issuer_key);

/// PKCS#10 (RFC 2986).
class CertificateRequest {
 public:
  static Result<CertificateRequest> parse(ByteView der);
  static Result<CertificateRequest> build(const Name& subject, const Sm2PrivateKey& key);
  [[nodiscard]] const Bytes& der() const;
  [[nodiscard]] const Name& subject() const;
  [[nodiscard]] const Sm2PublicKey& public_key() const;
  Result<> verify() const;  // proof of possession

  struct Impl;
  explicit CertificateRequest(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

class RevocationList {
 public:
  struct Entry {
    Bytes serial;
    Timestamp when;
  };
  static Result<RevocationList> parse(ByteView der);
  static Result<RevocationList> build(const Name& issuer, std::uint64_t number, Timestamp this_update,
                                      Timestamp next_update, const std::vector<Entry>& revoked,
                                      const Sm2PrivateKey& issuer_key);
  [[nodiscard]] const Bytes& der() const;
  [[nodiscard]] const Name& issuer() const;
  [[nodiscard]] const Bytes& issuer_der() const;
  [[nodiscard]] Timestamp this_update() const;
  [[nodiscard]] Timestamp next_update() const;
  [[nodiscard]] std::uint64_t number() const;
  [[nodiscard]] bool contains(ByteView serial) const;
  Result<> signed_by(const Sm2PublicKey& issuer) const;

  struct Impl;
  explicit RevocationList(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace kw::crypto
