#pragma once
// QuoteDesk asks kiosks' TPMs how they were started, and tells when one was not started as bound.
//
//   KW_TRY(auto quotes, desk.begin(device, report, peer));   // at admission
//   admitted->set_quote_nonce(desk.next_nonce(quotes));
//   KW_CHECK(desk.take(quotes, heartbeat));                  // then next_nonce() again
//
// A kiosk is asked once it has shown a TPM, at each admission and every `every`. A quote may take until kPatience. What
// is bound first comes with the enrolment, or is the first quote that holds; measured values change by an order "permit
// a change of firmware or boot loader" only. A kiosk whose quote is missing, false or shows other values stays, is
// shown as degraded, and is cut where policy says so (docs/adr/0041-quotes.md). Sessions live on their strand; the desk
// is thread-safe.
#include "device/hardware/quote.h"
#include "kioskward/v1/link.pb.h"
#include "server/change.h"
#include "server/order_service.h"

namespace kw::server {

class QuoteDesk {
 public:
  static constexpr Duration kPatience = std::chrono::seconds(30);
  QuoteDesk(Changes& changes, const PlatformKeys& keys, Duration every)
      : changes_(changes), signings_(changes), orders_(changes, keys, signings_), every_(every) {}

  struct Session {
    DeviceId device;
    std::string peer;
    v1::TpmBinding bound;
    v1::TpmIdentity shown;
    Bytes nonce;        // that no quote has answered yet
    bool asks = false;  // a TPM is bound or shown
    Duration asked{0}, due{0};
    std::string fault;  // of device::QuoteVerdict, "no_quote", "no_key", "key_changed", "boot_changed"; empty: proven

    [[nodiscard]] bool proven() const noexcept { return fault.empty(); }
  };
  Result<Session> begin(const store::Device& device, const v1::AdmissionReport& report, const std::string& peer);
  /// next_nonce: empty where no quote is due.
  [[nodiscard]] std::string next_nonce(Session& session);
  Result<> take(Session& session, const v1::Heartbeat& beat);

 private:
  Result<> judge(Session& session, const v1::TpmQuote& quote);
  Result<> bind(Session& session, const v1::TpmQuote& quote, ByteView nonce);
  Result<> changed(Session& session, const v1::TpmQuote& quote, const device::PcrSet& pcrs);
  Result<> settle(Session& session, std::string_view fault, const device::PcrSet& pcrs = {});
  Result<> isolate(const Session& session);

  Changes& changes_;
  SigningService signings_;  // asks only: who signs does so at the console's
  OrderService orders_;
  Duration every_;
};

}  // namespace kw::server
