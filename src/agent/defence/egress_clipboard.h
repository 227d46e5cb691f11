#pragma once
// EgressClipboard has the clipboards of the kiosk's screen watched (clauses 9.7-b, 9.7-e; ADR 48).
//
//   guard ── rules, a question every kAskEvery ──> kioskward-clipboard, unprivileged ── reads, judges, clears
//         <── what it did: which clipboard, which rule, how long ──
//
// Content never reaches this process. A watcher that ends, or says nothing for kSilence, is started anew after a wait
// that doubles; what was copied meanwhile is looked at then. One that cannot be had for kPatience is told, once.
#include <memory>

#include "agent/defence/gathered_events.h"
#include "device/defence.h"
#include "device/egress/clipboard.h"
#include "device/helper.h"
#include "kioskward/v1/egress.pb.h"

namespace kw::agent {

class EgressClipboard {
 public:
  struct Ports {
    std::unique_ptr<device::HelperStarter> starter;
  };
  static constexpr Duration kAskEvery = std::chrono::seconds(10), kSilence = std::chrono::seconds(25);
  static constexpr Duration kPatience = std::chrono::seconds(60);  // a screen comes up after the agent
  static constexpr Duration kFirstWait = std::chrono::seconds(1), kLongestWait = std::chrono::seconds(30);

  explicit EgressClipboard(Ports ports) : ports_(std::move(ports)) {}
  void start(device::DefenceHost& host) { host_ = &host; }
  Result<> configure(const device::v1::EgressPolicy& policy);
  void tick();
  void session_ended();
  [[nodiscard]] bool holds() const { return policy_.mode() != device::v1::ENFORCE || !on() || watching_; }
  void stop() { end(); }

 private:
  [[nodiscard]] bool on() const;
  [[nodiscard]] device::ClipboardRules rules() const;
  void run();
  void say(std::string_view text);
  void hear();
  void take(const device::ClipboardNews& news);
  void tell(const device::ClipboardNews& news);
  void lose(const std::string& why);
  void tell_lost(const std::string& why);
  void end();
  void tell_facts();

  Ports ports_;
  device::DefenceHost* host_ = nullptr;
  device::v1::EgressPolicy policy_;
  std::unique_ptr<device::HelperProcess> process_;
  device::ClipboardRules sent_;
  Duration wanted_since_{0}, heard_{0}, asked_{0}, start_at_{0}, wait_{kFirstWait};
  bool watching_ = false, lost_told_ = false;
  std::string trouble_;  // why nothing is watched
  std::uint64_t marked_ = 0, cleared_ = 0;
  GatheredEvents events_;
};

}  // namespace kw::agent
