// fake_link is what a thief makes of a kiosk's stolen link keys: a link to the platform without a guard behind it.
//
//   fake_link STATE HOST PORT INTERFACE KEY     KEY: the guard's public key in hex, "own" (another key), or "none"
// It runs as root on the kiosk itself, so that hardware, address and MAC are right, and says that all is well. It ends
// when its standard input does.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <csignal>
#include <iostream>

#include "agent/enrol/enrol.h"
#include "agent/identity/device_key.h"
#include "agent/link/link.h"
#include "agent/version.h"
#include "crypto/random.h"
#include "pki/signed.h"
#include "platform/linux/hardware_sources.h"
#include "platform/linux/spdlog_log.h"
#include "platform/linux/system_clock.h"
#include "schema/codec.h"

namespace {

using namespace kw;
using namespace kw::agent;

class Thief final : public LinkDelegate {
 public:
  Thief(DeviceHardware hardware, std::string interface, std::string key, std::string boot_id)
      : hardware_(std::move(hardware)), interface_(std::move(interface)), boot_id_(std::move(boot_id)) {
    if (key == "own") shown_ = copy_text(forged_.public_key().spki());
    if (const auto hex = from_hex(key); key != "own" && key != "none" && hex) shown_ = copy_text(*hex);
  }
  asio::awaitable<Result<v1::AdmissionReport>> admission_report() override {
    v1::AdmissionReport out;
    *out.mutable_hardware() = hardware_.digest;
    KW_CO_TRY(const auto facts, interface_facts(interface_));
    out.set_mac(facts.mac);
    out.set_agent_version(std::string(kVersion));
    out.set_boot_id(boot_id_);
    out.set_state(v1::NORMAL);
    out.set_liveness_key(shown_);
    co_return out;
  }
  asio::awaitable<Result<v1::Heartbeat>> heartbeat(bool, Nonces nonces) override {
    v1::Heartbeat out;
    out.set_state(v1::NORMAL);
    v1::Liveness statement;
    statement.set_version(1);
    statement.set_nonce(nonces.liveness);
    statement.set_state(v1::NORMAL);
    statement.set_boot_id(boot_id_);
    statement.set_counter(1ULL << 62);
    KW_CO_TRY(*out.mutable_liveness(), pki::sign_object("liveness", schema::serialise(statement), forged_));
    co_return out;
  }
  asio::awaitable<Result<v1::PolicyReport>> on_policy(v1::Signed) override { co_return fail(Errc::unsupported); }
  asio::awaitable<Result<v1::OrderReport>> on_order(v1::Signed) override { co_return fail(Errc::unsupported); }
  asio::awaitable<Result<v1::BaselineReport>> on_baseline(v1::Signed) override { co_return fail(Errc::unsupported); }
  asio::awaitable<Result<v1::PersonsReport>> on_persons(v1::Signed) override { co_return fail(Errc::unsupported); }
  void on_link(bool up) override { std::cout << (up ? "up" : "down") << std::endl; }
  void on_ledger(bool) override {}
  void on_media_done(v1::MediaDone) override {}
  void on_fatal(const Error& error) override { std::cerr << error.text() << std::endl; }

 private:
  DeviceHardware hardware_;
  std::string interface_, boot_id_, shown_;
  crypto::Sm2PrivateKey forged_ = *crypto::Sm2PrivateKey::generate();
};

Result<> steal(const std::vector<std::string>& words) {
  KW_TRY(auto hardware, read_device_hardware(words[3]));
  KW_TRY(const auto state, StateDirectory::open(words[0]));
  KW_TRY(const auto key, open_device_key(state, hardware.seal));
  KW_TRY(auto spool_key, open_spool_key(state, hardware.seal));
  KW_TRY(const auto identity, load_identity(state, key));
  KW_TRY(const auto files, PosixFiles::open(state.spool_path()));
  KW_TRY(const auto boot_id, platform::read_boot_id());
  KW_TRY(const auto log, platform::SpdlogLog::to_stderr());
  platform::SystemClock clock;
  crypto::SystemRandom random;
  KW_TRY(const auto spool, Spool::open(*files, std::move(spool_key), random, {}));
  KW_TRY(auto witness, LedgerWitness::load(state, identity.ledger_key));
  EventLog events(*spool, clock, random, *log);
  boost::asio::io_context io(1);
  Thief thief(std::move(hardware), words[3], words[4], boot_id);
  LinkOptions options;
  options.server = net::Target(words[1], static_cast<std::uint16_t>(std::stoi(words[2])));
  PlatformLink link(io.get_executor(), options, identity, std::move(witness), thief,
                    {*spool, events, clock, random, *log});
  boost::asio::co_spawn(io, link.run(), boost::asio::detached);
  boost::asio::posix::stream_descriptor input(io, ::dup(0));
  char octet = 0;
  input.async_read_some(boost::asio::buffer(&octet, 1),
                        [&](const boost::system::error_code&, std::size_t) { io.stop(); });
  io.run();
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 6) return 2;
  const auto done = steal({argv + 1, argv + argc});
  if (!done) std::cerr << done.error().text() << std::endl;
  return done ? 0 : 1;
}
