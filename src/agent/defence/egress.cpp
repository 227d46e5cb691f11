#include "agent/defence/egress.h"

#include "kioskward/v1/policy.pb.h"

namespace kw::agent {

using namespace device;

Result<> EgressDefence::start(DefenceHost& host) {
  place_.start(host);
  documents_.start(host);
  ways_out_.start(host);
  clipboard_.start(host);
  return {};
}

Result<> EgressDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto section = policy.has_egress() ? policy.egress() : v1::EgressPolicy();
  const Result<> all[] = {place_.configure(policy), documents_.configure(section), ways_out_.configure(section),
                          clipboard_.configure(section)};
  for (const auto& one : all)
    if (!one) return one;
  return {};
}

void EgressDefence::tick() {
  place_.tick();
  documents_.tick();
  ways_out_.tick();
  clipboard_.tick();
}

Result<> EgressDefence::order(const v1::Order& order) {
  return order.action() == "learn" ? place_.learn() : documents_.order(order);
}

void EgressDefence::stop() {
  place_.stop();
  documents_.stop();
  ways_out_.stop();
  clipboard_.stop();
}

}  // namespace kw::agent
