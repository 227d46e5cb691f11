// Syslog has no answer. What stands for it: the receiver's close_notify after everything was read (RFC 5425 section
// 4.4), or, where the profile says that its receiver sends none, a connection that outlives the batch for a while.
#include "server/export_transport.h"

namespace kw::server {
namespace {

class SyslogTransport final : public ExportTransport {
 public:
  SyslogTransport(const exports::Profile& profile, ExportPorts ports) : profile_(profile), ports_(ports) {}

  net::asio::awaitable<Result<Delivered>> deliver(const exports::Batch& batch) override {
    KW_CO_TRY(const auto message, exports::encode(profile_, batch));
    const auto deadline = net::in(profile_.exchange);
    KW_CO_TRY(auto stream, co_await connect_export(profile_, ports_, deadline));
    KW_CO_CHECK(co_await stream->write(bytes_of(message.octets), deadline));
    if (profile_.syslog.answer == exports::SyslogAnswer::settled) {
      KW_CO_CHECK(co_await outlive(*stream));
      static_cast<void>(
          co_await stream->finish(net::in(profile_.syslog.settle)));  // polite; this rule does not ask for it
    } else {
      KW_CO_CHECK(co_await stream->finish(deadline));
    }
    Delivered out;
    out.answer.emplace();
    out.answer->accepted = true;
    co_return out;
  }

 private:
  /// outlive waits; whatever the receiver does meanwhile but being silent is an error.
  net::asio::awaitable<Result<>> outlive(net::ByteStream& stream) {
    const auto heard = co_await stream.read_some(net::in(profile_.syslog.settle));
    if (!heard && heard.code() == Errc::timeout) co_return Result<>{};
    if (heard) co_return fail(Errc::malformed, "a syslog receiver that talks");
    co_return heard.error();
  }

  const exports::Profile& profile_;
  ExportPorts ports_;
};

}  // namespace

std::unique_ptr<ExportTransport> make_syslog_transport(const exports::Profile& profile, ExportPorts ports) {
  return std::make_unique<SyslogTransport>(profile, ports);
}

}  // namespace kw::server
