#pragma once
// TpmKeeper answers the platform's nonces with quotes, and says how the kiosk's TPM is.
//
//   keeper.want(nonce, [] { beat_now(); });   // on a thread of its own: a TPM takes its time
//   if (auto quote = keeper.take()) ...       // with the next heartbeat
//
// The TPM is asked for nothing else, so an idle kiosk leaves it alone. A TPM that fails is told once, and once when it
// is back. Everything but the quote itself runs on the executor's one thread.
#include <boost/asio/any_io_executor.hpp>

#include "agent/defence/worker.h"
#include "agent/events.h"
#include "agent/identity/seals.h"

namespace kw::agent {

class TpmKeeper {
 public:
  struct Ports {
    const StateDirectory& state;
    EventSink& events;
    const Clock& clock;
    Log& log;
  };
  /// What open_seals gave, without the seals.
  struct Held {
    std::optional<v1::TpmState> state;
    std::optional<device::TpmFacts> facts;
    std::optional<Error> problem;
    std::string moved;
    SecretBytes auth;  // of DeviceHardware
  };
  TpmKeeper(boost::asio::any_io_executor executor, std::shared_ptr<device::TpmPort> tpm, Held held, Ports ports);
  ~TpmKeeper() { stop(); }

  /// start tells what happened to the keys at this start.
  void start();
  void stop();
  /// identity: nothing where no TPM holds the keys.
  [[nodiscard]] const std::optional<v1::TpmIdentity>& identity() const noexcept { return identity_; }
  [[nodiscard]] std::map<std::string, std::string> facts() const;

  /// want begins a quote over `nonce`; one that is under way is finished first, and the newest nonce counts.
  void want(std::string nonce, std::function<void()> ready);
  [[nodiscard]] std::optional<v1::TpmQuote> take() { return std::exchange(quote_, std::nullopt); }
  /// permit_change: seals.h. Errc::wrong_state where no TPM holds the keys. Waits for the TPM.
  Result<> permit_change(Timestamp until);
  /// tick ends a permission that is over; about twice a second, and costs nothing.
  void tick();

 private:
  void begin(std::string nonce);
  void done(Result<v1::TpmQuote> quote);
  void tell(const std::optional<Error>& problem);

  boost::asio::any_io_executor executor_;
  std::shared_ptr<device::TpmPort> tpm_;
  Held held_;
  Ports ports_;
  std::optional<v1::TpmIdentity> identity_;
  std::optional<v1::TpmQuote> quote_;
  std::string next_;  // nonce that came while a quote was under way
  std::function<void()> ready_;
  bool busy_ = false;
  std::shared_ptr<std::mutex> asking_ = std::make_shared<std::mutex>();  // the port is for one at a time
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Worker worker_;
};

}  // namespace kw::agent
