#include "agent/defence/egress_place.h"

#include <algorithm>

#include "base/text.h"
#include "kioskward/v1/policy.pb.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostPlaceFact = 400;

std::string without_length(const std::string& address) { return address.substr(0, address.find('/')); }

}  // namespace

bool EgressPlace::needs_wire() const { return judged(v1::GATEWAY) || judged(v1::NEIGHBOUR) || policy_.guard_address(); }

Result<> EgressPlace::configure(const ::kioskward::v1::PolicyBundle& bundle) {
  policy_ = bundle.has_egress() ? bundle.egress() : v1::EgressPolicy();
  const auto before = std::exchange(mode_, policy_.mode());
  judged_.clear();
  for (const auto mark : policy_.judged()) judged_.insert(static_cast<v1::PlaceMark>(mark));
  told_.clear();
  const auto& port = bundle.network().interface();
  tracker_.use(port.name());
  if (mode_ != v1::WATCH && mode_ != v1::ENFORCE) {
    mode_ = v1::OFF;
    stop();
    at_home_ = true;
    return {};
  }
  if (before == v1::OFF || before == v1::MODE_UNSPECIFIED) {
    tracker_.begin(host_->now().steady);
    changed_at_ = host_->now().steady;
  }
  KW_TRY(auto own, wire_settings(port.name(), port.mac(), port.address(), port.gateway()));
  if (own != own_ || !needs_wire()) deafen();
  own_ = std::move(own);
  own_address_ = without_length(port.address());
  gateway_ = without_length(port.gateway());
  if (policy_.receiver().empty()) ports_.position->close();
  const auto listened = listen();
  judge(true);
  return listened;
}

void EgressPlace::stop() {
  deafen();
  ports_.position->close();
  nmea_.clear();
}

// ---- hearing ----------------------------------------------------------------------------------------------------

Result<> EgressPlace::listen() {
  if (listening_ || !needs_wire()) return {};
  if (const auto open = ports_.wire->open(own_); !open) {
    if (std::exchange(wire_problem_, open.error().text()) != open.error().text())
      host_->log().error("egress.not_listening", {{"interface", own_.interface}, {"error", open.error().text()}});
    return open;
  }
  wire_problem_.clear();
  listening_ = watched_ = true;
  host_->watch(ports_.wire->descriptor(), [this] { heard(); });
  next_ask_ = Duration{0};
  return {};
}

void EgressPlace::deafen() {
  if (std::exchange(watched_, false)) host_->unwatch(ports_.wire->descriptor());
  if (std::exchange(listening_, false)) ports_.wire->close();
  tracker_.moved();
}

void EgressPlace::heard() {
  if (!listening_) return;
  const auto frames = ports_.wire->take();
  if (!frames) {
    host_->log().warning("egress.wire_lost", {{"interface", own_.interface}, {"error", frames.error().text()}});
    return deafen();  // tick() listens again
  }
  for (const auto& frame : *frames)
    if (const auto news = read_frame(frame, own_)) take(*news);
  frames_ += frames->size();
  if (frames_ > kMostFrames && std::exchange(watched_, false)) host_->unwatch(ports_.wire->descriptor());
}

void EgressPlace::take(const WireNews& news) {
  const auto now = host_->now().steady;
  if (const auto* lldp = std::get_if<LldpHeard>(&news)) return tracker_.neighbour(*lldp, now);
  if (const auto* gateway = std::get_if<GatewayHeard>(&news)) {
    tracker_.gateway(gateway->mac);
    // It speaks unasked and is not the one that is known: everybody who claims to be it is asked now.
    if (!tracker_.asking() && !seen_.gateways.contains(gateway->mac))
      next_ask_ = std::min(next_ask_, now + PlaceTracker::kRound);
    return;
  }
  if (!policy_.guard_address()) return;
  const auto& claim = std::get<AddressClaim>(news);
  claimed_by_ = claim.how + " " + claim.mac;
  facts_old_ = true;
  auto event = defence_event("egress.address.claimed", "observed",
                             {{"how", claim.how}, {"address", own_address_}, {"mac", claim.mac}});
  if (auto told = claims_.tell(claimed_by_, std::move(event), now)) host_->record(std::move(*told));
}

void EgressPlace::ask() {
  const auto question = gateway_question(own_);
  if (question.empty()) return;
  tracker_.round_began(host_->now().steady);
  const auto sent = ports_.wire->send(question);
  const auto problem = sent ? std::string() : sent.error().text();
  if (problem != std::exchange(ask_problem_, problem) && !sent)
    host_->log().warning("egress.gateway_not_asked", {{"error", problem}});
}

void EgressPlace::observe(const Observation& seen) {
  if (const auto* address = std::get_if<AddressObserved>(&seen)) return tracker_.address(*address);
  if (const auto* lost = std::get_if<SensorLost>(&seen); lost != nullptr) return tracker_.forget_addresses();
  if (mode_ == v1::OFF) return;
  if (const auto* link = std::get_if<LinkObserved>(&seen); link != nullptr && link->name == own_.interface) {
    if (!link->up || link->change == Change::removed) tracker_.moved();
    next_ask_ = Duration{0};
  }
  const auto* neighbour = std::get_if<NeighbourObserved>(&seen);
  if (neighbour != nullptr && neighbour->address == gateway_ && !neighbour->mac.empty() &&
      !seen_.gateways.contains(neighbour->mac))
    next_ask_ = Duration{0};
}

void EgressPlace::look_up() {
  const auto octets = ports_.position->take(policy_.receiver());
  if (!octets) {
    nmea_.clear();
    if (std::exchange(receiver_problem_, octets.error().text()) != octets.error().text())
      host_->log().warning("egress.no_receiver", {{"receiver", policy_.receiver()}, {"error", octets.error().text()}});
    return;
  }
  receiver_problem_.clear();
  for (const auto& point : nmea_.take(*octets)) tracker_.position(point, host_->now().steady);
}

void EgressPlace::tick() {
  if (mode_ == v1::OFF) return;
  const auto now = host_->now().steady;
  frames_ = 0;
  if (listening_ && !std::exchange(watched_, true)) host_->watch(ports_.wire->descriptor(), [this] { heard(); });
  static_cast<void>(listen());  // told where it fails
  tracker_.settle(now);         // a round that is over counts before the next one begins
  if (listening_ && now >= next_ask_ && !tracker_.asking()) {
    next_ask_ = now + kAskEvery;
    ask();
  }
  if (!policy_.receiver().empty()) look_up();
  for (auto& event : claims_.due(now)) host_->record(std::move(event));
  judge(false);
}

// ---- judging ----------------------------------------------------------------------------------------------------

void EgressPlace::judge(bool anew) {
  const auto now = host_->now().steady;
  tracker_.settle(now);
  auto seen = tracker_.seen();
  const bool changed = seen != seen_;
  if (changed) changed_at_ = now;
  seen_ = std::move(seen);
  if (!bound_ && now - changed_at_ >= kQuiet && seen_ != PlaceSeen{}) propose(seen_);
  const auto verdicts = judge_place(bound_ ? *bound_ : v1::EgressBaseline(), seen_, policy_.radius_m());
  const auto patience = std::chrono::minutes(policy_.patience_minutes());
  at_home_ = true;
  for (const auto& one : verdicts) {
    if (!judged(one.mark)) continue;
    const auto standing = told_.find(one.mark);
    const bool silent = one.match == PlaceMatch::unknown && !one.bound.empty() && patience.count() > 0 &&
                        tracker_.silent_for(one.mark, now) >= patience;
    if (one.match == PlaceMatch::different || silent) {
      if (standing == told_.end() || (standing->second.silent && !silent)) tell(one, silent);
    } else if (one.match == PlaceMatch::same && standing != told_.end()) {
      told_.erase(standing);
      host_->record(defence_event("egress.place.home", "success",
                                  {{"mark", mark_word(one.mark)}, {"observed", clean_text(one.observed, 256)}}));
    }
    // What was elsewhere and says nothing now is still elsewhere.
    if (const auto at = told_.find(one.mark); at != told_.end() && at->second.cut) at_home_ = false;
  }
  if (changed || anew || std::exchange(facts_old_, false) || !told_.empty()) tell_facts(seen_, verdicts);
}

void EgressPlace::tell(const PlaceVerdict& verdict, bool silent) {
  const bool cut = mode_ == v1::ENFORCE && (!silent || policy_.cut_on_silence());
  told_[verdict.mark] = {silent, cut};
  const std::string type = silent ? "egress.place.silent" : "egress.place.changed";
  auto event = silent ? defence_event(type, cut ? "blocked" : "observed",
                                      {{"mark", mark_word(verdict.mark)},
                                       {"bound", clean_text(verdict.bound, 256)},
                                       {"minutes", std::to_string(policy_.patience_minutes())}})
                      : defence_event(type, cut ? "blocked" : "observed",
                                      {{"mark", mark_word(verdict.mark)},
                                       {"bound", clean_text(verdict.bound, 256)},
                                       {"observed", clean_text(verdict.observed, 256)}});
  if (cut) event.set_case_id(copy_text(host_->cut(type)));
  host_->record(std::move(event));
}

void EgressPlace::tell_facts(const PlaceSeen& seen, const std::vector<PlaceVerdict>& verdicts) {
  std::string matches;
  bool different = false, unknown = false;
  for (const auto& one : verdicts) {
    host_->fact("egress.place." + mark_word(one.mark), clean_text(observed_text(seen, one.mark), kMostPlaceFact), "wire");
    if (!judged(one.mark)) continue;
    matches += (matches.empty() ? "" : ", ") + mark_word(one.mark) + " " + std::string(name(one.match));
    different = different || one.match == PlaceMatch::different;
    unknown = unknown || one.match == PlaceMatch::unknown;
  }
  host_->fact("egress.place", different || !at_home_ ? "relocated" : unknown ? "unknown" : "home", "baseline");
  host_->fact("egress.place.match", matches, "baseline");
  host_->fact("egress.place.baseline", bound_ ? "held" : "none", "baseline");
  host_->fact("egress.place.wire",
              listening_     ? "listening"
              : needs_wire() ? clean_text(wire_problem_, 128)
                             : "off",
              "packet");
  host_->fact("egress.place.receiver",
              policy_.receiver().empty()  ? "none"
              : receiver_problem_.empty() ? "read"
                                          : clean_text(receiver_problem_, 128),
              "nmea");
  host_->fact("egress.address.claimed", claimed_by_, "packet");
}

void EgressPlace::released() {
  if (mode_ != v1::ENFORCE) return;
  std::erase_if(told_, [](const auto& one) { return one.second.cut; });  // judged anew
  next_ask_ = Duration{0};
}

void EgressPlace::propose(const PlaceSeen& seen) {
  auto content = schema::serialise(baseline_of(seen));
  if (content == proposed_) return;
  proposed_ = content;
  host_->propose("egress", std::move(content));
}

Result<> EgressPlace::learn() {
  if (mode_ == v1::OFF) return fail(Errc::wrong_state, "section egress is off");
  tracker_.settle(host_->now().steady);
  const auto seen = tracker_.seen();
  if (seen == PlaceSeen{}) return fail(Errc::unavailable, "nothing tells the place yet");
  proposed_.clear();  // ordered: proposed even where it was before
  propose(seen);
  return {};
}

Result<> EgressPlace::baseline(const v1::Baseline& baseline) {
  KW_TRY(bound_, egress_baseline_of(bytes_of(baseline.content())));
  if (mode_ != v1::OFF) judge(true);
  return {};
}

}  // namespace kw::agent
