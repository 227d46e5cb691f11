#pragma once
// BrokerService asks a back-end service for a kiosk: only what a connector allows, for a session's matter, and never
// without a record. Answers are passed through, masked where
// the connector maps their values to the data catalogue; no body and no query is kept.
//
//   auto reply = co_await broker.ask(device, std::move(call));   // always a reply: "answered", or why not
//
// Before the back end hears of a request it has a row in the store, and after it an entry service.request: one that a
// crash interrupts is recorded at the next start. What cannot be recorded is not asked, and an answer that cannot be
// recorded is not passed on. The back end gets traceparent (W3C Trace Context), X-Kw-Terminal, X-Kw-Session and, where
// the person's identity was established, X-Kw-Identity (by whom) beside the kiosk's own content type; redirects are not
// followed. Thread-safe; each ask runs on its caller's executor.
#include "net/http_client.h"
#include "server/answer_masker.h"
#include "server/business_service.h"

namespace kw::server {

// Both have constructors because GCC 12 destroys temporaries of an aggregate twice in a co_await expression (ADR 8).
struct ServiceCall {
  ServiceCall() = default;
  store::BusinessSessionId session;
  Bytes span;  // 8 octets: the kiosk's
  std::string service, method, path, content_type, body;
  std::optional<WholeWish> wish;  // whole values where the rules allow it; recorded as service.revealed
};
struct ServiceReply {
  ServiceReply() = default;
  std::string outcome = "answered";  // or a word of trail::is_reason
  std::uint32_t status = 0;
  std::string content_type, body;
};

class BrokerService {
 public:
  using Gate = std::function<Result<>()>;
  /// `book` outlives this; null where no connector maps a value.
  BrokerService(Changes& changes, const Connectors& connectors, const matters::MatterBook* book, Log& log)
      : changes_(changes), connectors_(connectors), book_(book), log_(log) {}
  /// set_gate: what it refuses is asked of nobody: the ledger takes no entries. Before the first ask.
  void set_gate(Gate gate) { gate_ = std::move(gate); }

  net::asio::awaitable<ServiceReply> ask(DeviceId device, ServiceCall call);

 private:
  struct Judged;
  struct Answered;
  Result<Judged> judge(const DeviceId& device, const ServiceCall& call);
  net::asio::awaitable<Result<net::Response>> exchange(const Judged& judged, const ServiceCall& call);
  Result<> record(const Judged& judged, const ServiceCall& call, const Answered& answered, Duration took);
  void take(const Judged& judged, const ServiceCall& call, net::Response answer, Answered& out);
  Result<> note_sent(const Judged& judged, const ServiceCall& call);

  Changes& changes_;
  const Connectors& connectors_;
  const matters::MatterBook* book_;
  Log& log_;
  Gate gate_;
};

}  // namespace kw::server
