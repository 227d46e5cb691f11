#pragma once
// WitnessOptions are who vouches for the ledger: how many sites have to, and the witnesses that are no kiosks.
#include <string>
#include <vector>

#include "base/time.h"
#include "crypto/sm2.h"
#include "witness/round.h"

namespace kw::server {

/// NamedWitness is a witness elsewhere, a backup site or the police gateway: it asks by itself and signs with its own key.
struct NamedWitness {
  std::string name, site;  // site empty: a site of its own
  crypto::Sm2PublicKey key;
};

struct WitnessOptions {
  witness::QuorumRule rule;
  Duration every = std::chrono::seconds(10);     // from the beginning of one round to that of the next
  Duration patience = std::chrono::seconds(30);  // for those who were asked
  Duration alarm_after = std::chrono::minutes(5);  // without a witnessed head, while the ledger grows
  std::vector<NamedWitness> named;
};

}  // namespace kw::server
