#include "cli/tlcp_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <ostream>

#include "tlcp/pem_identity.h"

namespace kw::cli {
namespace {

constexpr std::size_t kMostFile = 1U << 20;

/// pem_of is a file's text with its name.
tlcp::PemText pem_of(const std::string& text, const std::string& path) { return {text, path}; }

}  // namespace

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::not_found, path + ": " + std::strerror(errno));
  std::string out(kMostFile + 1, '\0');
  file.read(out.data(), static_cast<std::streamsize>(out.size()));
  if (file.bad()) return fail(Errc::io, path);
  out.resize(static_cast<std::size_t>(file.gcount()));
  if (out.size() > kMostFile) return fail(Errc::too_large, path);
  return out;
}

Result<tlcp::Identity> load_identity(const IdentityFiles& files) {
  KW_TRY(const auto certificate, read_file(files.certificate));
  KW_TRY(const auto key, read_file(files.key));
  std::string encryption, encryption_key;
  if (!files.encryption_certificate.empty()) {
    KW_TRY(encryption, read_file(files.encryption_certificate));
  }
  if (!encryption.empty() && !files.encryption_key.empty()) {
    KW_TRY(encryption_key, read_file(files.encryption_key));
  }
  return tlcp::identity_of_pem({pem_of(certificate, files.certificate), pem_of(key, files.key),
                                pem_of(encryption, files.encryption_certificate),
                                pem_of(encryption_key, files.encryption_key)});
}

Result<pki::TrustStore> load_trust(const std::string& path) {
  KW_TRY(const auto pem, read_file(path));
  return tlcp::trust_of_pem(pem_of(pem, path));
}

Result<tlcp::KeyLog> file_key_log(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::io, path + ": " + std::strerror(errno));
  const std::shared_ptr<const int> file(new int(fd), [](const int* f) {
    ::close(*f);
    delete f;
  });
  return tlcp::KeyLog([file](std::string_view line) {
    auto text = std::string(line) + "\n";
    // Debugging aid: a full disk costs the line, not the connection.
    if (::write(*file, text.data(), text.size()) < 0) return;
  });
}

tlcp::Verifier reporting_verifier(ChainVerdict& verdict, bool insecure) {
  return [&verdict, insecure](const std::vector<Bytes>& list, const pki::TrustStore& trust, Timestamp now,
                              bool need_encryption) -> tl::expected<pki::PeerCertificates, pki::Refusal> {
    auto found = pki::verify_peer(list, trust, now, need_encryption);
    verdict = {true, found ? std::nullopt : std::optional(found.error())};
    if (found || !insecure) return found;
    if (list.empty() || (need_encryption && list.size() < 2)) return tl::unexpected(pki::Refusal::malformed);
    const auto signing = crypto::Certificate::parse(list[0]);
    if (!signing) return tl::unexpected(pki::Refusal::malformed);
    pki::PeerCertificates out{*signing, std::nullopt};
    if (list.size() > 1)
      if (const auto encryption = crypto::Certificate::parse(list[1])) out.encryption = *encryption;
    if (need_encryption && !out.encryption) return tl::unexpected(pki::Refusal::malformed);
    return out;
  };
}

void print_certificates(std::ostream& out, const std::vector<Bytes>& list, bool pem) {
  out << "Certificate list\n";
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto parsed = crypto::Certificate::parse(list[i]);
    if (!parsed) {
      out << " " << i << " (" << parsed.error().text() << ")\n";
      continue;
    }
    out << " " << i << " s:" << parsed->subject().text() << "\n   i:" << parsed->issuer().text()
        << "\n   v:" << to_rfc3339(parsed->not_before()) << " to " << to_rfc3339(parsed->not_after()) << "\n";
    if (pem) out << parsed->pem();
  }
}

void print_session(std::ostream& out, const tlcp::Connection& connection, const ChainVerdict& verdict, bool pem) {
  out << "---\n";
  if (!connection.peer_list().empty()) print_certificates(out, connection.peer_list(), pem);
  else out << "no peer certificate\n";
  const auto& figures = connection.figures();
  out << "---\nTLCP handshake has read " << figures.handshake_in << " bytes and written " << figures.handshake_out
      << " bytes\nProtocol  : TLCPv1.1\nCipher    : "
      << (connection.suite() ? name(*connection.suite()) : std::string_view("none"))
      << "\nBinding   : " << to_hex(connection.channel_binding()) << "\nVerification: "
      << (!verdict.asked ? std::string_view("none asked")
                         : verdict.refusal ? pki::name(*verdict.refusal) : std::string_view("OK"))
      << "\n---\n"
      << std::flush;
}

}  // namespace kw::cli
