#include "agent/defence/outbound.h"

#include "kioskward/v1/policy.pb.h"
#include "policy/plan.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr auto kNetdev = "netdev";
constexpr std::uint64_t kReadTicks = 30;

std::uint32_t secret_mark(Random& random) {
  std::array<Byte, 4> octets{};
  std::uint32_t out = 0;
  while (out == 0) {
    random.fill(octets);
    out = static_cast<std::uint32_t>(octets[0]) << 24 | static_cast<std::uint32_t>(octets[1]) << 16 |
          static_cast<std::uint32_t>(octets[2]) << 8 | octets[3];
  }
  return out;
}

}  // namespace

Result<> OutboundDefence::start(DefenceHost& host) {
  host_ = &host;
  return {};
}

Result<> OutboundDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto& section = policy.outbound();
  const auto& bound = policy.network().interface();
  mode_ = policy.has_outbound() ? section.mode() : v1::OFF;
  end_connections_ = mode_ == v1::ENFORCE && section.end_connections();
  cut_on_frames_ = mode_ == v1::ENFORCE && section.cut_on_frames();
  keep_.clear();
  if (policy.network().cut().leave_platform_channel())
    for (const auto& endpoint : policy.network().platform())
      for (const auto& ports : endpoint.ports()) keep_.emplace_back(endpoint.address(), static_cast<std::uint16_t>(ports.first()));
  rules_ = {};
  rules_.mode = section.guard_frames() ? mode_ : v1::OFF;
  rules_.interface = bound.name();
  rules_.address = bound.address().substr(0, bound.address().find('/'));
  if (rules_.address.find(':') != std::string::npos) rules_.address.clear();
  rules_.ethertypes.assign(section.ethertypes().begin(), section.ethertypes().end());
  return apply_frames();
}

Result<> OutboundDefence::apply_frames() {
  if (ports_.ruleset == nullptr) return rules_.mode == v1::OFF ? Result<>{} : fail(Errc::not_permitted, "no packet rules here");
  if (rules_.mode == v1::OFF && !applied_) return {};
  rules_.mark = secret_mark(host_->random());
  holds_ = false;
  if (rules_.mode != v1::OFF) applied_ = true;  // wanted from here on: tick() tries again what fails below
  KW_CHECK(ports_.ruleset->apply(policy::compile_frames(rules_)));
  applied_ = rules_.mode != v1::OFF;
  frames_ = 0;
  KW_TRY(wanted_, read_frames());
  if (applied_ && !wanted_) return fail(Errc::conflict, "the frame table is gone after applying");
  holds_ = true;
  return {};
}

Result<std::optional<crypto::Digest>> OutboundDefence::read_frames() {
  // Asked before the rules: what changes while they are read is read again.
  const auto generation = ports_.ruleset->generation();
  generation_ = generation ? std::optional(*generation) : std::nullopt;
  unread_ = 0;
  std::string both;
  for (const auto* family : {kNetdev, "inet"}) {
    auto listing = ports_.ruleset->read_back(family, std::string(policy::kFramesTable));
    if (!listing && listing.code() == Errc::not_found) return std::optional<crypto::Digest>{};
    if (!listing) return listing.error();
    both += policy::normalise_ruleset(*listing);
  }
  return std::optional(policy::ruleset_digest(both));
}

void OutboundDefence::observe(const Observation& seen) {
  if (std::holds_alternative<LinkObserved>(seen)) generation_.reset();
}

bool OutboundDefence::touched() {
  if (!holds_ || !generation_ || ++unread_ >= kReadTicks) return true;
  const auto now = ports_.ruleset->generation();
  return !now || *now != *generation_;
}

void OutboundDefence::tick() {
  if (!applied_) return;
  if (!touched()) return count_frames();
  const auto seen = read_frames();
  if (!seen) {
    host_->log().error("outbound.unreadable", {{"error", seen.error().text()}});
    holds_ = false;
    return;
  }
  if (holds_ && *seen == wanted_) {  // what was gone when it was read back is no state to hold to
    count_frames();
    return;
  }
  const bool known = !holds_;  // what cannot be repaired is told once
  const auto again = apply_frames();
  if (!again && known) return;
  if (!again) host_->log().error("outbound.repair_failed", {{"error", again.error().text()}});
  host_->record(defence_event("policy.drift", again ? "blocked" : "failed",
                              {{"table", std::string(policy::kFramesTable)}, {"repaired", again ? "true" : "false"}}));
}

void OutboundDefence::count_frames() {
  const auto counters = ports_.ruleset->counters(kNetdev, std::string(policy::kFramesTable));
  if (!counters) return;  // the next look tells what is wrong
  for (const auto& counter : *counters) {
    if (counter.name != policy::kFramesCounter) continue;
    host_->fact("outbound.frames_refused", std::to_string(counter.packets), "nft");
    if (counter.packets <= frames_) return;
    std::string holders;
    for (const auto& one : ports_.packet_sockets()) holders += (holders.empty() ? "" : ", ") + one;
    auto event = defence_event("outbound.frames.refused", mode_ == v1::ENFORCE ? "blocked" : "observed",
                               {{"interface", rules_.interface},
                                {"count", std::to_string(counter.packets - frames_)},
                                {"process", holders.substr(0, 400)}});
    frames_ = counter.packets;
    if (cut_on_frames_) event.set_case_id(copy_text(host_->cut("outbound.frames.refused")));
    host_->record(std::move(event));
  }
}

void OutboundDefence::cut_made() {
  if (!end_connections_) return;
  const auto ended = ports_.end_connections(keep_);
  if (!ended) {
    host_->log().error("outbound.connections_not_ended", {{"error", ended.error().text()}});
    host_->record(defence_event("outbound.connections.ended", "failed", {{"count", "0"}, {"reason", ended.error().text()}}));
    return;
  }
  if (*ended > 0)
    host_->record(defence_event("outbound.connections.ended", "success", {{"count", std::to_string(*ended)}}));
}

}  // namespace kw::agent
