#include "net/tls_client.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/write.hpp>

namespace kw::net {
namespace {

namespace ssl = asio::ssl;
using asio::ip::tcp;
constexpr std::size_t kTlsRead = 16384;

asio::const_buffer buffer_of(std::string_view text) { return {text.data(), text.size()}; }

/// In TLS 1.3 a server judges our certificate after the handshake: what it thinks of it comes as an alert later on.
bool refuses_our_certificate(const boost::system::error_code& ec) {
  switch (ERR_GET_REASON(static_cast<unsigned long>(ec.value()))) {
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
      return true;
    default:
      return false;
  }
}

Error tls_error(const Watch& watch, const boost::system::error_code& ec, std::string_view doing) {
  if (ec == ssl::error::stream_truncated)
    return Error(Errc::truncated, std::string(doing) + ": no close_notify from the peer");
  if (ec.category() == asio::error::get_ssl_category())
    return Error(refuses_our_certificate(ec) ? Errc::untrusted : Errc::io, std::string(doing) + ": " + ec.message());
  return watch.error(ec, doing);
}

class TlsBytes final : public ByteStream {
 public:
  TlsBytes(tcp::socket socket, std::shared_ptr<TlsSettings> settings, ssl::context& context)
      : settings_(std::move(settings)), stream_(std::move(socket), context) {}
  ssl::stream<tcp::socket>& raw() { return stream_; }
  asio::awaitable<Result<>> write(ByteView octets, Deadline deadline) override {
    Watch watch(stream_.get_executor(), deadline);
    const auto [ec, n] = co_await asio::async_write(stream_, asio::buffer(octets.data(), octets.size()), watch.token());
    if (ec) co_return tls_error(watch, ec, "write");
    co_return Result<>{};
  }
  asio::awaitable<Result<Bytes>> read_some(Deadline deadline) override {
    Bytes out(kTlsRead);
    Watch watch(stream_.get_executor(), deadline);
    const auto [ec, n] = co_await stream_.async_read_some(asio::buffer(out), watch.token());
    if (ec == asio::error::eof) co_return fail(Errc::closed, "close_notify");
    if (ec) co_return tls_error(watch, ec, "read");
    out.resize(n);
    co_return out;
  }
  asio::awaitable<Result<>> finish(Deadline deadline) override {
    Watch watch(stream_.get_executor(), deadline);
    // Asio waits for the peer's close_notify and says stream_truncated where the connection ends without it.
    const auto [ec] = co_await stream_.async_shutdown(watch.token());
    if (ec) co_return tls_error(watch, ec, "close");
    co_return Result<>{};
  }

 private:
  std::shared_ptr<TlsSettings> settings_;  // the context lives as long as its streams
  ssl::stream<tcp::socket> stream_;
};

Result<> prepare_stream(ssl::stream<tcp::socket>& stream, const std::string& expected) {
  auto* handle = stream.native_handle();
  boost::system::error_code ec;
  asio::ip::make_address(expected, ec);
  const bool is_name = static_cast<bool>(ec);
  // What SSL_set_tlsext_host_name does, without its cast.
  if (is_name && SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                          const_cast<char*>(expected.c_str())) != 1)
    return fail(Errc::invalid, "server name");
  stream.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
  stream.set_verify_callback(ssl::host_name_verification(expected), ec);
  if (ec) return fail(Errc::internal, ec.message());
  return {};
}

}  // namespace

class TlsSettings::Impl {
 public:
  Impl() : context(ssl::context::tls_client) {}
  ssl::context context;
  std::string server_name;
};

TlsSettings::TlsSettings(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TlsSettings::~TlsSettings() = default;

Result<std::shared_ptr<TlsSettings>> TlsSettings::make(TlsTrust trust) {
  if (trust.server_name.empty()) return fail(Errc::invalid, "name of the server");
  auto impl = std::make_unique<Impl>();
  impl->server_name = std::move(trust.server_name);
  boost::system::error_code ec;
  auto& context = impl->context;
  context.set_options(ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 | ssl::context::no_compression, ec);
  if (ec) return fail(Errc::internal, "TLS options");
  context.add_certificate_authority(buffer_of(trust.authorities), ec);
  if (ec) return fail(Errc::malformed, "certificates of the authority: " + ec.message());
  if (!trust.certificate.empty()) {
    context.use_certificate_chain(buffer_of(trust.certificate), ec);
    if (ec) return fail(Errc::malformed, "own certificate: " + ec.message());
    const auto key = trust.key.reveal();
    context.use_private_key(asio::const_buffer(key.data(), key.size()), ssl::context::pem, ec);
    if (ec) return fail(Errc::bad_key, "own key: " + ec.message());
  }
  return std::shared_ptr<TlsSettings>(new TlsSettings(std::move(impl)));
}

asio::awaitable<Result<std::unique_ptr<ByteStream>>> connect_tls(Target target, std::shared_ptr<TlsSettings> settings,
                                                                 Deadline deadline) {
  KW_CO_TRY(auto socket, co_await connect_tcp(std::move(target), deadline));
  KW_CO_CHECK(tune_socket(socket));
  auto& impl = settings->impl();
  auto stream = std::make_unique<TlsBytes>(std::move(socket), settings, impl.context);
  KW_CO_CHECK(prepare_stream(stream->raw(), impl.server_name));
  Watch watch(stream->raw().get_executor(), deadline);
  const auto [ec] = co_await stream->raw().async_handshake(ssl::stream_base::client, watch.token());
  if (ec && SSL_get_verify_result(stream->raw().native_handle()) != X509_V_OK) {
    co_return fail(Errc::untrusted, std::string("handshake: ") + X509_verify_cert_error_string(SSL_get_verify_result(
                                                                     stream->raw().native_handle())));
  }
  if (ec) co_return tls_error(watch, ec, "handshake").within("TLS");
  std::unique_ptr<ByteStream> out = std::move(stream);
  co_return out;
}

}  // namespace kw::net
