#pragma once
// Private parts of Certificate, CertificateRequest and RevocationList: everything is read out of OpenSSL's objects once,
// when they are parsed. Signatures are checked over the stored "to be signed" octets with Sm2PublicKey::verify, which
// sets the distinguishing ID that OpenSSL's own verification forgets.
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "crypto/x509.h"

namespace kw::crypto {

inline constexpr std::size_t kMostDer = 65536;

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* p) const { Free(p); }
};
template <class T, void (*Free)(T*)>
using Owned = std::unique_ptr<T, Deleter<T, Free>>;

/// The outer shape shared by all three: SEQUENCE { tbs, algorithm, BIT STRING signature }, algorithm SM2 with SM3.
struct SignedDer {
  Bytes tbs;        // with tag and length
  Bytes signature;  // DER SEQUENCE{r,s}
};
/// split_signed: Errc::too_large, malformed, trailing_data, or unsupported for another signature algorithm.
Result<SignedDer> split_signed(ByteView der);
/// join_signed signs `tbs` and wraps the three parts.
Result<Bytes> join_signed(ByteView tbs, const Sm2PrivateKey& key);

Result<Name> read_name(const X509_NAME* name);
Bytes name_der(const X509_NAME* name);
Result<Owned<X509_NAME, X509_NAME_free>> make_name(const Name& name);
Result<Timestamp> read_time(const ASN1_TIME* time);
Result<Owned<ASN1_TIME, ASN1_TIME_free>> make_time(Timestamp t);
Bytes serial_octets(const ASN1_INTEGER* serial);
Result<Owned<ASN1_INTEGER, ASN1_INTEGER_free>> make_serial(ByteView octets);
Result<Sm2PublicKey> read_key(X509_PUBKEY* key);
Result<Owned<X509_PUBKEY, X509_PUBKEY_free>> make_key(const Sm2PublicKey& key);
/// set_algorithm writes SM2-with-SM3 (1.2.156.10197.1.501, no parameters) into an AlgorithmIdentifier.
Result<> set_algorithm(X509_ALGOR* algorithm);
bool is_sm2_sm3(const X509_ALGOR* algorithm);

struct Certificate::Impl {
  Bytes der, subject_der, issuer_der, serial;
  SignedDer parts;
  Name subject, issuer;
  Timestamp not_before, not_after;
  unsigned usage = 0;
  bool ca = false, unknown_critical = false;
  std::optional<int> path_length;
  std::vector<std::string> dns_names;
  std::optional<Sm2PublicKey> key;
};

struct CertificateRequest::Impl {
  Bytes der;
  SignedDer parts;
  Name subject;
  std::optional<Sm2PublicKey> key;
};

struct RevocationList::Impl {
  Bytes der;
  SignedDer parts;
  Name issuer;
  Timestamp this_update, next_update;
  std::uint64_t number = 0;
  std::vector<Bytes> serials;  // sorted
};

}  // namespace kw::crypto
