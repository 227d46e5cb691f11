#pragma once
// RequestService is the way of what takes two persons: one asks, another one approves, then it is done.
//
//   ask (an action of a kiosk) ── no second person needed ──> order
//                              └─ needed ──> waiting ── approve, by another person ──> an order in the name of each
//   hold (any other operation) ────────────> waiting ── approve ──> done by the platform in the name of who asked,
//                                                    │              or granted: who asked does it, once, within
//                                                    kValidity ├─ reject, by anybody who may decide, or taken back by
//                                                    who asked └─ kValidity (kiosk's action) or kHeld later: lapsed
//
// Which actions need it is policy's word: two_persons of the newest revision's section (ADR 45), or the settings'
// ("askAction:camera.live"). Which operations need it is that of schemas/permissions.json and the settings (ADR 80).
// The settings that a platform began with hold where somebody else could approve, so that nobody is locked out (ADR
// 66). Two persons are two people, not two accounts: staff numbers are compared; and nobody approves what is about
// himself. Everything is recorded with who and why. Thread-safe.
#include "server/order_service.h"
#include "server/settings.h"

namespace kw::server {

/// What a held call asks for.
struct Asked {
  std::string operation, subject, body;
  std::map<std::string, std::string> words;  // what is wanted, for who approves; "person" is whom it is about
  std::string reason;
};

class RequestService {
 public:
  static constexpr Duration kValidity = std::chrono::hours(1);
  static constexpr Duration kHeld = std::chrono::hours(24);
  static constexpr std::uint64_t kMostWaiting = 16;    // of one device
  static constexpr std::uint64_t kMostWaitingBy = 64;  // of one person
  /// Perform does what an approved request asks for.
  using Perform = std::function<Result<>(const store::Request&, const std::string& trace)>;
  RequestService(Changes& changes, OrderService& orders) : changes_(changes), orders_(orders) {}
  /// set_settings: without them no settings list anything.
  void set_settings(SettingsService& settings) { settings_ = &settings; }
  void set_perform(Perform perform) { perform_ = std::move(perform); }

  /// ask gives the request as it stands: approved with its order where one person is enough. Errc::invalid for an
  /// action that policy does not know, Errc::wrong_state for a disabled device or too many that wait.
  Result<store::Request> ask(const DeviceId& device, v1::Order wanted, const std::string& reason, const Principal& who,
                             const std::string& trace);
  /// hold keeps an operation until another person decides. Errc::wrong_state where too many of this person's wait.
  Result<store::Request> hold(const Asked& asked, const DeviceId& device, const Principal& who,
                              const std::string& trace);
  /// take_grant uses up an approved request of this person for this operation and subject; false where there is none.
  Result<bool> take_grant(const Principal& who, const std::string& operation, const std::string& subject,
                          const std::string& trace);
  /// approve: Errc::forbidden for the person who asked or whom it is about, Errc::wrong_state where it does not wait
  /// (any more). What the platform then fails to do stands in the request's outcome.
  Result<store::Request> approve(const RequestId& id, const std::string& reason, const Principal& who,
                                 const std::string& trace);
  Result<store::Request> reject(const RequestId& id, const std::string& reason, const Principal& who,
                                const std::string& trace);
  Result<std::vector<store::Request>> page(const store::RequestQuery& query);
  Result<store::Request> get(const RequestId& id);
  /// waiting_for counts what waits for this person.
  Result<std::uint64_t> waiting_for(const Principal& who);
  /// needs_two tells whether an action takes a second person, by the newest policy or the settings.
  Result<bool> needs_two(const std::string& section, const std::string& action, const Principal& who,
                         const DeviceId& device);
  /// decidable tells whether somebody is there who could approve what `who` asks: an active account with the role and
  /// the place for it, of another person than who asks and than it is about. A locked one counts: locking passes.
  Result<bool> decidable(const Principal& who, const std::string& about, const DeviceId& device);
  /// tick lets requests lapse whose time is over.
  Result<> tick();
  /// settle_interrupted says of what was approved and not done when the platform stopped that it was not done. At
  /// start.
  Result<> settle_interrupted();

 private:
  struct Need {
    bool two = false, by_policy = false;
    bool alone = false;  // the settings list it, and nobody else could approve
  };
  Result<Need> need_of(const std::string& section, const std::string& action, const Principal& who,
                       const DeviceId& device);
  Result<bool> policy_wants(const std::string& section, const std::string& action);
  Result<store::Request> waiting(Change& change, const RequestId& id);
  Result<store::Request> claim(const RequestId& id, const std::string& reason, const Principal& who,
                               const std::string& trace);
  Result<store::Request> do_it(const store::Request& request, const std::string& trace);
  Result<> settle(const store::Request& request, const std::string& outcome, const Actor& who);
  Result<> record(Change& change, const store::Request& request, const std::string& what, std::string result,
                  const Actor& who, std::map<std::string, std::string> more);
  Changes& changes_;
  OrderService& orders_;
  Perform perform_;
  SettingsService* settings_ = nullptr;
};

/// record_alone says that what takes two persons was not held, since nobody else could approve it.
Result<> record_alone(Change& change, const std::string& operation, const std::string& subject, const Actor& who);

/// two_persons reads from a policy's sections (JSON form) whether a section wants two: its field two_persons. What is
/// no such text wants them: PURE.
[[nodiscard]] bool two_persons(std::string_view defence_json, const std::string& section);

}  // namespace kw::server
