#pragma once
// WitnessService has the ledger's heads signed by kiosks of different sites and by named witnesses, and knows who refuses.
//
//   offer(kiosk, seen) ──> the head of this round and "sign it", once a round and site; otherwise the newest head
//   hear(kiosk, heartbeat) <── its cosignature, or its refusal
//   head_for(seen), say(word): the same for named witnesses, over the API
//   tick(): below quorum the ledger goes on, marked, and an alarm is raised (ledger.quorum.lost, ledger.quorum.restored)
//
// The newest head that enough sites have signed lies in `witnessed.kww` of the data directory, what refusing witnesses say
// in `refusals/`: both are checked off line by `kioskward verify`. Thread-safe. Source: architecture, audit that nobody
// can rewrite; C2SP tlog-witness.
#include <mutex>

#include "kioskward/v1/link.pb.h"
#include "server/ledger_keeper.h"
#include "server/witness_options.h"
#include "witness/refusal.h"

namespace kw::server {

/// What a witness is known to have said last.
struct WitnessStanding {
  std::string witness, site;  // a device's ID in hex, or a name
  bool named = false;
  std::uint64_t size = 0;     // of the head that it signed last; 0: none yet
  std::optional<Timestamp> signed_at;
  std::string refuses;        // the reason, while it does
};

enum class Quorum { none, met, below };  // none: nobody has signed yet, and nobody is overdue
[[nodiscard]] std::string_view name(Quorum quorum) noexcept;

struct WitnessReport {
  Quorum quorum = Quorum::none;
  witness::QuorumRule rule;
  std::optional<ledger::Checkpoint> witnessed;
  std::vector<std::string> by;  // who signed it
  std::vector<WitnessStanding> standings;  // those that refuse first, then named ones, then the newest; at most 200
};

class WitnessService {
 public:
  static constexpr std::size_t kMostRemembered = 20'000;  // kiosks
  struct Kiosk {
    DeviceId device;
    std::string site;
  };
  struct Offer {
    SignedHead head;
    ledger::Proof consistency;
    bool cosign = false;
  };

  WitnessService(Changes& changes, LedgerKeeper& keeper, std::filesystem::path data_dir, WitnessOptions options, Log& log);
  /// load takes up the head that was witnessed last; what is not one is Errc::corrupt.
  Result<> load(const crypto::Sm2PublicKey& ledger_key);

  /// newest is the ledger's newest head; Errc::unavailable before the first checkpoint.
  [[nodiscard]] Result<SignedHead> newest() const { return keeper_.head(); }
  /// offer: errors as newest.
  Result<Offer> offer(const Kiosk& kiosk, std::uint64_t seen);
  /// hear: Errc::bad_signature and malformed for words that are not this kiosk's.
  Result<> hear(const Kiosk& kiosk, const crypto::Sm2PublicKey& key, const v1::Heartbeat& beat);
  Result<Offer> head_for(std::uint64_t seen);
  /// say takes a named witness's cosignature or refusal. Errc::forbidden for a key that is not configured.
  Result<> say(const v1::Signed& word);

  Result<> tick();
  [[nodiscard]] WitnessReport report() const;
  /// witnessed: Errc::not_found before the first head was.
  Result<v1::WitnessedCheckpoint> witnessed() const;

 private:
  Result<Offer> offer_locked(std::uint64_t seen, bool may_sign, const std::function<bool(witness::Round&)>& picked);
  void renew_round();
  // with the lock held: renew_round, offer_locked, take_word, standing
  Result<> take_word(const v1::Signed& object, const witness::Cosignature& word, const std::string& site, bool named);
  Result<> take_refusal(const v1::Signed& object, const witness::Refusal& refusal, const std::string& site, bool named);
  WitnessStanding& standing(const std::string& witness, const std::string& site, bool named);

  Changes& changes_;
  LedgerKeeper& keeper_;
  const std::filesystem::path data_dir_;
  const WitnessOptions options_;
  Log& log_;
  mutable std::mutex mutex_;
  std::optional<crypto::Sm2PublicKey> ledger_key_;
  std::optional<witness::Round> round_;
  std::optional<v1::WitnessedCheckpoint> witnessed_;
  std::optional<ledger::Checkpoint> witnessed_head_;
  std::vector<std::string> by_;
  std::map<std::string, WitnessStanding> standings_;
  std::optional<Duration> behind_since_;  // the ledger has entries that nobody has vouched for
  bool below_ = false;
};

}  // namespace kw::server
