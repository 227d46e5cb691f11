#pragma once
// Round collects the cosignatures of one head until enough sites have signed it.
//
//   asks up to `picked` kiosks, each of another site  ──>  take() their words  ──>  complete() from `needed` sites on
//
// Witnesses of one site count once: who holds a site holds all that stands there. A named witness is a site of its own
// and is never picked: it comes by itself. PURE; not thread-safe.
#include <algorithm>
#include <map>
#include <set>

#include "base/time.h"
#include "kioskward/v1/witness.pb.h"
#include "witness/cosignature.h"

namespace kw::witness {

struct QuorumRule {
  std::size_t needed = 1;  // sites whose word makes a head witnessed
  std::size_t picked = 5;  // kiosks that are asked in a round; at least needed
};

class Round {
 public:
  Round(v1::Signed object, ledger::Checkpoint head, QuorumRule rule, Duration began)
      : object_(std::move(object)), head_(std::move(head)), rule_(rule), began_(began) {}

  [[nodiscard]] const ledger::Checkpoint& head() const noexcept { return head_; }
  [[nodiscard]] const v1::Signed& object() const noexcept { return object_; }
  [[nodiscard]] Duration began() const noexcept { return began_; }
  /// pick tells whether this kiosk is to be asked now; each is asked once, and one of a site.
  bool pick(const std::string& witness, const std::string& site);
  /// take counts a word whose signature was verified; false where it is for another head or was taken already.
  bool take(const Cosignature& word, const v1::Signed& object, const std::string& site);
  [[nodiscard]] std::size_t sites() const noexcept { return sites_.size(); }
  [[nodiscard]] bool complete() const noexcept { return sites_.size() >= rule_.needed; }
  /// over tells whether everybody who was to be asked has answered.
  [[nodiscard]] bool over() const noexcept { return sites_.size() >= std::max(rule_.needed, rule_.picked); }
  [[nodiscard]] v1::WitnessedCheckpoint witnessed() const;

 private:
  v1::Signed object_;
  ledger::Checkpoint head_;
  QuorumRule rule_;
  Duration began_;
  std::set<std::string> asked_;               // sites
  std::map<std::string, v1::Signed> words_;   // witness -> word
  std::set<std::string> sites_;
};

}  // namespace kw::witness
