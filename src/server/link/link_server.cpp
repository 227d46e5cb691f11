#include "server/link/link_server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace kw::server {
namespace {

tlcp::ServerConfig make_config(const PlatformKeys& keys, crypto::RevocationList crl) {
  tlcp::Identity identity{keys.signing_certificate(),
                          keys.signing_key(),
                          keys.encryption_certificate(),
                          keys.encryption_key(),
                          {keys.authority().certificate()}};
  tlcp::ServerConfig out{
      .identity = std::move(identity), .client_trust = {}, .client_auth = {}, .verifier = {}, .key_log = {}};
  out.client_trust.anchors = {keys.authority().certificate()};
  out.client_trust.crls = {std::move(crl)};
  out.client_trust.require_crl = true;
  out.client_auth = tlcp::ClientAuth::requested;  // docs/adr/0002-one-link-port.md
  out.need_client_encryption = true;
  return out;
}

}  // namespace

LinkServer::LinkServer(net::asio::io_context& context, LinkPorts ports, const PlatformKeys& keys,
                       crypto::RevocationList crl, LinkOptions options, Log& log)
    : context_(context),
      changes_(ports.changes),
      keys_(keys),
      log_(log),
      enrol_(changes_),
      admission_(changes_),
      intake_(changes_),
      liveness_(changes_.random()),
      quotes_(changes_, keys, options.quote_every),
      vestibule_(options.strangers),
      services_{changes_,    enrol_,       admission_,      intake_,   liveness_,  ports.media, quotes_, ports.broker,
                ports.vault, ports.feeder, ports.witnesses, registry_, vestibule_, log,         options},
      listener_(context, log, options.connections, options.connections_per_address),
      silence_timer_(context),
      silence_(changes_.clock().now()),
      config_(std::make_shared<const tlcp::ServerConfig>(make_config(keys, std::move(crl)))) {}

Result<> LinkServer::start(const std::string& address, std::uint16_t port) {
  KW_CHECK(changes_.store().write([](store::Repositories& r) { return r.devices().set_all_offline(); }));
  KW_CHECK(listener_.open(address, port));
  net::asio::co_spawn(context_,
                      listener_.run([this](net::asio::ip::tcp::socket socket) { return serve(std::move(socket)); }),
                      net::asio::detached);
  net::asio::co_spawn(context_, watch_silence(), net::asio::detached);
  return {};
}

void LinkServer::stop() {
  stopping_ = true;
  listener_.stop();
  net::asio::post(context_, [this] { silence_timer_.cancel(); });
  vestibule_.put_out_all();
  registry_.put_out_all();
}

std::shared_ptr<const tlcp::ServerConfig> LinkServer::config() const {
  const std::scoped_lock lock(mutex_);
  return config_;
}

void LinkServer::set_crl(crypto::RevocationList crl) {
  auto next = std::make_shared<const tlcp::ServerConfig>(make_config(keys_, std::move(crl)));
  const std::scoped_lock lock(mutex_);
  config_ = std::move(next);
}

void LinkServer::on_effects(const Effects& effects) {
  for (const auto& device : effects.new_bundles) registry_.nudge(device);
  for (const auto& device : effects.new_orders) registry_.nudge(device);
  for (const auto& device : effects.new_baselines) registry_.nudge(device);
  if (effects.persons) registry_.nudge_all();
  for (const auto& device : effects.put_out) registry_.put_out(device);
}

net::asio::awaitable<void> LinkServer::serve(net::asio::ip::tcp::socket socket) {
  auto engine = std::make_unique<tlcp::Server>(config(), changes_.random(), changes_.clock());
  auto stream = std::make_unique<net::TlcpStream>(std::move(socket), std::move(engine));
  const auto session = std::make_shared<LinkSession>(services_, std::move(stream));
  vestibule_.enter(session);
  if (stopping_) session->put_out();  // came in between
  co_await session->run();
  vestibule_.leave(session);
}

net::asio::awaitable<void> LinkServer::watch_silence() {
  while (!stopping_) {
    silence_timer_.expires_after(services_.options.look_for_silence);
    const auto [ec] = co_await silence_timer_.async_wait(net::kTuple);
    if (ec || stopping_) co_return;
    if (const auto reported = report_silence(); !reported)
      log_.error("link.silence", {{"error", reported.error().text()}});
  }
}

Result<> LinkServer::report_silence() {
  KW_TRY(const auto devices, changes_.store().read([](store::Repositories& r) { return r.devices().enabled(); }));
  for (const auto& silent : silence_.look(devices, changes_.clock().now())) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silent.since_heard).count();
    const Happening happening{.type = "device.silent",
                              .result = "observed",
                              .device = silent.device.id,
                              .params = {{"seconds", std::to_string(seconds)}}};
    KW_CHECK(changes_.run([&](Change& change) { return change.record(happening); }));
    silence_.told(silent.device);
  }
  return {};
}

}  // namespace kw::server
