#pragma once
// SigningService gathers the signatures of persons over what a kiosk obeys: orders, policy, baselines, the rule itself.
//
//   ask ──> waiting ── as many persons as the rule in force asks for have signed ──> complete: the kind's hook goes on
//                   ├─ withdraw, by who asked or by who may sign ──> withdrawn ┐
//                   └─ its time is over ─────────────────────────> lapsed    ─┴> the kind's hook gives it up
//
// Without a rule of persons nothing is asked for, and the platform's own key commands (ADR 81). Persons sign octets
// that the platform made; their keys are never here. Everything is recorded. Thread-safe.
#include <functional>

#include "pki/persons.h"
#include "server/auth_service.h"

namespace kw::server {

/// What is to be signed. `object` has the platform's own signature.
struct SigningDraft {
  std::string kind, subject;
  DeviceId device{};
  pki::PersonAct act = pki::PersonAct::action;
  std::string must{};  // account whose signature has to be among them
  v1::Signed object{};
  std::map<std::string, std::string> words{};  // for who signs
  Timestamp expires{};
};

class SigningService {
 public:
  /// For what has no end of its own; an order lapses with itself.
  static constexpr Duration kValidity = std::chrono::hours(7 * 24);
  using Hook = std::function<Result<>(Change&, const store::Signing&, const Actor& who)>;
  struct Hooks {
    Hook complete, dropped;
  };
  explicit SigningService(Changes& changes) : changes_(changes) {}
  /// set_hooks before the first use.
  void set_hooks(std::string kind, Hooks hooks) { hooks_[std::move(kind)] = std::move(hooks); }

  /// rule is the one in force; nothing before the first.
  static Result<std::optional<pki::PersonRule>> rule(store::Repositories& repositories);
  /// needed is how many persons an act takes now.
  static Result<std::uint32_t> needed(store::Repositories& repositories, pki::PersonAct act);

  Result<store::Signing> ask(Change& change, SigningDraft draft, const Actor& who);
  /// sign adds one signature. Errc::forbidden for a key that is not this person's or not in the rule, bad_signature,
  /// already_exists, wrong_state where it does not wait (any more).
  Result<store::Signing> sign(const store::SigningId& id, ByteView key_id, ByteView signature, const Principal& who,
                              const std::string& trace);
  Result<store::Signing> withdraw(const store::SigningId& id, const std::string& reason, const Principal& who,
                                  const std::string& trace);
  Result<std::vector<store::Signing>> page(const store::SigningQuery& query);
  Result<store::Signing> get(const store::SigningId& id);
  /// signers gives the accounts that have signed, by the rule that counts them.
  Result<std::set<std::string>> signers(const store::Signing& signing);
  /// tick lets those lapse whose time is over.
  Result<> tick();

 private:
  static Result<pki::PersonRule> counting_rule(store::Repositories& repositories, const store::Signing& signing);
  Result<> drop(Change& change, store::Signing signing, store::SigningState state, const std::string& reason,
                const Actor& who);
  Changes& changes_;
  std::map<std::string, Hooks, std::less<>> hooks_;
};

/// signed_of parses what a signing holds.
[[nodiscard]] Result<v1::Signed> signed_of(const store::Signing& signing);

}  // namespace kw::server
