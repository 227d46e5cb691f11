// One HTTP POST a batch, over TLS, TLCP or loopback: SOAP calls and bridges.
#include "net/http_over.h"
#include "server/export_transport.h"
#include "server/secret_file.h"

namespace kw::server {
namespace {

/// basic_header reads "user:password"; a line end behind it does not count.
Result<std::string> basic_header(const std::string& file) {
  KW_TRY(const auto secret, read_private(file));
  auto text = text_of(secret.reveal());
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  if (text.find(':') == std::string_view::npos) return fail(Errc::malformed, file + ": user:password expected");
  return "Basic " + to_base64(bytes_of(text));
}

class WebTransport final : public ExportTransport {
 public:
  WebTransport(const exports::Profile& profile, ExportPorts ports) : profile_(profile), ports_(ports) {}

  net::asio::awaitable<Result<Delivered>> deliver(const exports::Batch& batch) override {
    KW_CO_TRY(auto call, call_of(batch));
    const auto deadline = net::in(profile_.exchange);
    KW_CO_TRY(auto stream, co_await connect_export(profile_, ports_, deadline));
    auto host = net::authority(net::Target(profile_.address.host, profile_.address.port));
    KW_CO_TRY(const auto response, co_await net::http_over(*stream, std::move(host), std::move(call), deadline));
    Delivered out;
    KW_CO_TRY(out.answer, exports::read_answer(profile_, batch, response.status, bytes_of(response.body)));
    co_return out;
  }

 private:
  Result<net::HttpCall> call_of(const exports::Batch& batch) const {
    KW_TRY(auto message, exports::encode(profile_, batch));
    net::HttpCall call("POST", profile_.address.path);
    call.headers = std::move(message.headers);
    call.headers.emplace_back("Content-Type", message.content_type);
    if (!profile_.credentials.basic.empty()) {
      KW_TRY(auto basic, basic_header(profile_.credentials.basic));
      call.headers.emplace_back("Authorization", std::move(basic));
    }
    call.body = std::move(message.octets);
    call.max_answer = exports::kMostAnswer;
    return call;
  }

  const exports::Profile& profile_;
  ExportPorts ports_;
};

}  // namespace

std::unique_ptr<ExportTransport> make_web_transport(const exports::Profile& profile, ExportPorts ports) {
  return std::make_unique<WebTransport>(profile, ports);
}

}  // namespace kw::server
