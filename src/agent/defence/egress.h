#pragma once
// EgressDefence holds a kiosk to its place, and data to the kiosk (clauses 9.7-b, 9.7-e).
//
//   EgressPlace      wire, receiver, network sensors ──> judged by the approved baseline; another place isolates
//   EgressDocuments  print spools and upload folders ──> marked documents are refused and taken away
//   EgressWaysOut    what is mounted, print queues that write into files
//   EgressClipboard  the clipboards of the kiosk's screen
//
// The parts share the section's mode and nothing else: one that fails makes the kiosk degraded and leaves the others.
#include "agent/defence/egress_clipboard.h"
#include "agent/defence/egress_documents.h"
#include "agent/defence/egress_place.h"
#include "agent/defence/egress_ways_out.h"
#include "platform/linux/clipboard_child.h"

namespace kw::agent {

/// Stops its parts when it ends.
class EgressDefence final : public device::Defence {
 public:
  struct Ports {
    EgressPlace::Ports place;
    EgressDocuments::Ports documents;
    EgressWaysOut::Ports ways_out;
    EgressClipboard::Ports clipboard;
  };
  explicit EgressDefence(Ports ports)
      : place_(std::move(ports.place)), documents_(std::move(ports.documents)), ways_out_(std::move(ports.ways_out)), clipboard_(std::move(ports.clipboard)) {}
  ~EgressDefence() override { stop(); }

  [[nodiscard]] std::string_view section() const noexcept override { return "egress"; }
  Result<> start(device::DefenceHost& host) override;
  Result<> configure(const ::kioskward::v1::PolicyBundle& policy) override;
  void observe(const device::Observation& seen) override { place_.observe(seen); }
  void tick() override;
  Result<> order(const device::v1::Order& order) override;
  Result<> baseline(const device::v1::Baseline& baseline) override { return place_.baseline(baseline); }
  void released() override { place_.released(); }
  void session_ended() override { clipboard_.session_ended(); }
  [[nodiscard]] bool holds() const override { return place_.holds() && documents_.holds() && ways_out_.holds() && clipboard_.holds(); }
  void stop() override;

 private:
  EgressPlace place_;
  EgressDocuments documents_;
  EgressWaysOut ways_out_;
  EgressClipboard clipboard_;
};

/// egress_ports makes the section's adapters on this machine, with its screen.
[[nodiscard]] EgressDefence::Ports egress_ports(platform::ScreenAccess screen);

}  // namespace kw::agent
