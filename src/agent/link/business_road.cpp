#include "agent/link/business_road.h"

#include <algorithm>

#include "base/bytes.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

constexpr std::size_t kCaseOctets = 16;

}  // namespace

BusinessRoad::~BusinessRoad() { *alive_ = false; }

void BusinessRoad::finish(const std::shared_ptr<Waiting>& waiting, std::string outcome) {
  waiting->timer.cancel();
  if (waiting->begun) return waiting->begun(std::move(outcome));
  if (waiting->vaulted) {
    waiting->answer.set_outcome(std::move(outcome));
    return waiting->vaulted(std::move(waiting->answer));
  }
  waiting->result.outcome = std::move(outcome);
  if (waiting->result.outcome != "answered") waiting->result = {waiting->result.outcome, 0, {}, {}};
  waiting->done(std::move(waiting->result));
}

void BusinessRoad::end(Waits& in, const std::string& key, std::string outcome) {
  const auto node = in.extract(key);
  if (!node.empty()) finish(node.mapped(), std::move(outcome));
}

void BusinessRoad::wait(Waits& in, const std::string& key, const std::shared_ptr<Waiting>& waiting,
                        std::chrono::milliseconds patience) {
  in[key] = waiting;
  waiting->timer.expires_after(patience);
  waiting->timer.async_wait([this, &in, key, alive = alive_](const boost::system::error_code& ec) {
    if (!ec && *alive) end(in, key, "timeout");
  });
}

void BusinessRoad::down() {
  write_ = {};
  for (auto* waits : {&sessions_, &requests_, &vaulted_}) {
    auto all = std::exchange(*waits, {});  // whoever is told may ask anew
    for (const auto& [key, waiting] : all) finish(waiting, "link_lost");
  }
}

void BusinessRoad::begin(const v1::SessionBegin& message, Begun done) {
  if (!write_) return done("no_link");
  auto waiting = std::make_shared<Waiting>(executor_);
  waiting->begun = std::move(done);
  wait(sessions_, message.session_id(), waiting, kBeginPatience);
  v1::Envelope envelope;
  *envelope.mutable_session_begin() = message;
  write_(std::move(envelope));
}

void BusinessRoad::ask(const v1::ServiceRequest& message, std::chrono::milliseconds patience, Answered done) {
  const auto refuse = [&](const char* why) { done({why, 0, {}, {}}); };
  if (!write_) return refuse("no_link");
  if (under_way() >= trail::kMostUnderWay) return refuse("busy");
  auto waiting = std::make_shared<Waiting>(executor_);
  waiting->done = std::move(done);
  wait(requests_, message.span_id(), waiting, patience);
  v1::Envelope envelope;
  *envelope.mutable_service_request() = message;
  write_(std::move(envelope));
}

void BusinessRoad::vault(v1::VaultRequest message, std::chrono::milliseconds patience, Vaulted done) {
  if (!write_ || under_way() >= trail::kMostUnderWay) {
    v1::VaultAnswer refused;
    refused.set_outcome(write_ ? "busy" : "no_link");
    return done(std::move(refused));
  }
  auto waiting = std::make_shared<Waiting>(executor_);
  waiting->vaulted = std::move(done);
  wait(vaulted_, message.span_id(), waiting, patience);
  v1::Envelope envelope;
  *envelope.mutable_vault_request() = std::move(message);
  write_(std::move(envelope));
}

void BusinessRoad::tell(v1::VaultRequest message) {
  if (!write_) return;
  v1::Envelope envelope;
  *envelope.mutable_vault_request() = std::move(message);
  write_(std::move(envelope));
}

Result<> BusinessRoad::take(const v1::SessionBegun& message) {
  if (message.outcome() != "begun" && !trail::is_reason(message.outcome()))
    return fail(Errc::malformed, "outcome of a session");
  end(sessions_, message.session_id(), message.outcome());
  return {};
}

Result<> BusinessRoad::take(const v1::ServiceAnswer& message) {
  const bool answered = message.outcome() == "answered";
  if (!answered && !trail::is_reason(message.outcome())) return fail(Errc::malformed, "outcome of a request");
  if (message.size() > trail::kMostAnswerBody) return fail(Errc::malformed, "size of an answer");
  const auto at = requests_.find(message.span_id());
  if (at == requests_.end()) return {};
  auto& waiting = *at->second;
  auto& result = waiting.result;
  if (message.offset() == 0) {
    waiting.size = message.size();
    result = {"answered", message.status(), message.content_type(), {}};
  }
  const bool follows = message.offset() == result.body.size() && message.size() == waiting.size &&
                       message.data().size() <= waiting.size - result.body.size();
  if (!follows || (message.data().empty() && result.body.size() < waiting.size))
    return fail(Errc::malformed, "part of an answer");
  result.body += message.data();
  if (result.body.size() == waiting.size) end(requests_, std::string(message.span_id()), message.outcome());
  return {};
}

Result<> BusinessRoad::take(v1::VaultAnswer message) {
  const bool answered = message.outcome() == "answered";
  if (!answered && !trail::is_reason(message.outcome())) return fail(Errc::malformed, "outcome of the vault");
  const auto whole = [](const v1::VaultCase& one) { return one.case_id().size() == kCaseOctets; };
  if (!std::ranges::all_of(message.cases(), whole)) return fail(Errc::malformed, "case of the vault");
  const auto at = vaulted_.find(message.span_id());
  if (at == vaulted_.end()) return {};
  auto outcome = message.outcome();
  auto key = message.span_id();
  at->second->answer = std::move(message);
  end(vaulted_, key, std::move(outcome));
  return {};
}

}  // namespace kw::agent
