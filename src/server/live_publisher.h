#pragma once
// LivePublisher turns the effects of a committed change into LiveMessages: it reads what changed and tells the hub.
//
// Thread-safe. Does nothing while nobody listens.
#include "server/ledger_keeper.h"
#include "server/live_hub.h"

namespace kw::server {

class LivePublisher {
 public:
  LivePublisher(store::Store& store, LiveHub& hub, Log& log) : store_(store), hub_(hub), log_(log) {}
  void publish(const Effects& effects);
  void publish(const SignedHead& head);

 private:
  store::Store& store_;
  LiveHub& hub_;
  Log& log_;
};

}  // namespace kw::server
