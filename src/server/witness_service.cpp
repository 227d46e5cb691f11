#include "server/witness_service.h"

#include <algorithm>

#include "schema/codec.h"
#include "server/secret_file.h"
#include "witness/witnessed.h"

namespace kw::server {
namespace {

constexpr std::size_t kMostListed = 200;

std::filesystem::path witnessed_file(const std::filesystem::path& data) { return data / "witnessed.kww"; }

std::vector<std::string> signers(const v1::WitnessedCheckpoint& object) {
  std::vector<std::string> out;
  for (const auto& word : object.cosignatures())
    if (const auto said = witness::read_cosignature(word)) out.push_back(said->witness);
  return out;
}

/// A refusal's evidence, one file a witness: names are hex or come from the configuration, which allows no others.
std::filesystem::path refusal_file(const std::filesystem::path& data, const std::string& witness) {
  return data / "refusals" / (witness + ".kwr");
}

}  // namespace

std::string_view name(Quorum quorum) noexcept {
  switch (quorum) {
    case Quorum::none: return "none";
    case Quorum::met: return "met";
    case Quorum::below: return "below";
  }
  return "unknown";
}

WitnessService::WitnessService(Changes& changes, LedgerKeeper& keeper, std::filesystem::path data_dir,
                               WitnessOptions options, Log& log)
    : changes_(changes), keeper_(keeper), data_dir_(std::move(data_dir)), options_(std::move(options)), log_(log) {
  for (const auto& one : options_.named) standing(one.name, one.site, true);
}

Result<> WitnessService::load(const crypto::Sm2PublicKey& ledger_key) {
  const std::lock_guard lock(mutex_);
  ledger_key_ = ledger_key;
  const auto octets = read_public(witnessed_file(data_dir_));
  if (!octets) return octets.code() == Errc::not_found ? Result<>() : octets.error();
  auto object = schema::parse<v1::WitnessedCheckpoint>(*octets, witness::kMostWitnessed);
  if (!object) return fail(Errc::corrupt, "witnessed.kww");
  const auto head = witness::verify_witnessed(*object, ledger_key, {}, 0);
  if (!head) return fail(Errc::corrupt, "witnessed.kww: " + head.error().text());
  witnessed_head_ = head->head;
  by_ = signers(*object);
  witnessed_ = std::move(*object);
  return {};
}

WitnessStanding& WitnessService::standing(const std::string& witness, const std::string& site, bool named) {
  auto& out = standings_[witness];
  out.witness = witness;
  out.site = site;
  out.named = named;
  return out;
}

void WitnessService::renew_round() {
  const auto now = changes_.clock().steady();
  const bool going = round_ && !round_->over() && now - round_->began() < options_.patience;
  if (going || (round_ && now - round_->began() < options_.every)) return;
  const auto head = keeper_.head();
  if (!head || (round_ && round_->complete() && round_->head().size == head->checkpoint.size)) return;
  round_.emplace(head->object, head->checkpoint, options_.rule, now);
}

Result<WitnessService::Offer> WitnessService::offer_locked(std::uint64_t seen, bool may_sign,
                                                           const std::function<bool(witness::Round&)>& picked) {
  KW_TRY(const auto newest, keeper_.head());
  renew_round();
  Offer out{newest, {}, false};
  if (may_sign && round_ && seen <= round_->head().size && picked(*round_)) {
    out.head = {round_->object(), round_->head()};
    out.cosign = true;
  }
  if (seen > 0 && seen < out.head.checkpoint.size) {
    KW_TRY(out.consistency, keeper_.consistency(seen, out.head.checkpoint.size));
  }
  return out;
}

Result<WitnessService::Offer> WitnessService::offer(const Kiosk& kiosk, std::uint64_t seen) {
  const std::lock_guard lock(mutex_);
  const auto id = kiosk.device.text();
  const auto known = standings_.find(id);
  const bool refuses = known != standings_.end() && !known->second.refuses.empty();
  return offer_locked(seen, !refuses, [&](witness::Round& round) { return round.pick(id, kiosk.site); });
}

Result<WitnessService::Offer> WitnessService::head_for(std::uint64_t seen) {
  const std::lock_guard lock(mutex_);
  return offer_locked(seen, true, [](const witness::Round&) { return true; });
}

Result<> WitnessService::hear(const Kiosk& kiosk, const crypto::Sm2PublicKey& key, const v1::Heartbeat& beat) {
  const auto id = kiosk.device.text();
  if (beat.has_cosignature()) {
    KW_TRY(const auto word, witness::open_cosignature(beat.cosignature(), key));
    if (word.witness != id) return fail(Errc::malformed, "a cosignature in another's name");
    const std::lock_guard lock(mutex_);
    if (standings_.size() < kMostRemembered || standings_.contains(id))
      KW_CHECK(take_word(beat.cosignature(), word, kiosk.site, false));
  }
  if (beat.has_refusal()) {
    KW_TRY(const auto refusal, witness::open_refusal(beat.refusal(), key));
    if (refusal.witness != id) return fail(Errc::malformed, "a refusal in another's name");
    return take_refusal(beat.refusal(), refusal, kiosk.site, false);
  }
  const std::lock_guard lock(mutex_);
  if (const auto known = standings_.find(id); known != standings_.end()) known->second.refuses.clear();
  return {};
}

Result<> WitnessService::say(const v1::Signed& word) {
  if (word.signatures_size() != 1) return fail(Errc::malformed, "one signature");
  const auto& key_id = word.signatures(0).key_id();
  const auto who = std::ranges::find_if(
      options_.named, [&](const NamedWitness& w) { return equal(w.key.key_id(), bytes_of(key_id)); });
  if (who == options_.named.end()) return fail(Errc::forbidden, "not the key of a named witness");
  if (word.kind() == "witness-refusal") {
    KW_TRY(const auto refusal, witness::open_refusal(word, who->key));
    if (refusal.witness != who->name) return fail(Errc::malformed, "a refusal in another's name");
    return take_refusal(word, refusal, who->site, true);
  }
  KW_TRY(const auto said, witness::open_cosignature(word, who->key));
  if (said.witness != who->name) return fail(Errc::malformed, "a cosignature in another's name");
  const std::lock_guard lock(mutex_);
  standing(who->name, who->site, true).refuses.clear();
  return take_word(word, said, who->site, true);
}

Result<> WitnessService::take_word(const v1::Signed& object, const witness::Cosignature& word, const std::string& site,
                                   bool named) {
  auto& known = standing(word.witness, site, named);
  known.size = word.head.size;
  known.signed_at = changes_.clock().now();
  if (!round_ || !round_->take(word, object, site.empty() ? "named " + word.witness : site) || !round_->complete())
    return {};
  auto gathered = round_->witnessed();
  KW_CHECK(write_public(witnessed_file(data_dir_), schema::serialise(gathered)));
  witnessed_head_ = round_->head();
  by_ = signers(gathered);
  witnessed_ = std::move(gathered);
  return {};
}

Result<> WitnessService::take_refusal(const v1::Signed& object, const witness::Refusal& refusal, const std::string& site,
                                      bool named) {
  {
    const std::lock_guard lock(mutex_);
    auto& known = standing(refusal.witness, site, named);
    if (std::exchange(known.refuses, refusal.reason) == refusal.reason) return {};
  }
  const auto finding = ledger_key_ ? witness::weigh_refusal(refusal, *ledger_key_) : witness::Finding::word_against;
  log_.error("ledger.refused",
             {{"witness", refusal.witness}, {"reason", refusal.reason}, {"proves", witness::name(finding)}});
  KW_CHECK(make_private_directory(data_dir_ / "refusals"));
  KW_CHECK(write_public(refusal_file(data_dir_, refusal.witness), schema::serialise(object)));
  if (!named) return {};  // a kiosk's own event tells it
  return changes_.run([&](Change& change) {
    return change.record({.type = "ledger.refused",
                          .result = "refused",
                          .params = {{"witness", refusal.witness},
                                     {"reason", refusal.reason},
                                     {"proves", std::string(witness::name(finding))}}});
  });
}

Result<> WitnessService::tick() {
  const auto head = keeper_.head();
  if (!head) return {};
  bool overdue = false, caught_up = false, below = false;
  std::uint64_t witnessed = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto now = changes_.clock().steady();
    witnessed = witnessed_head_ ? witnessed_head_->size : 0;
    // A busy ledger is always a little ahead: a round that began after the last look and was completed is enough.
    caught_up = witnessed >= head->checkpoint.size ||
                (round_ && round_->complete() && behind_since_ && round_->began() >= *behind_since_);
    if (caught_up || !behind_since_) behind_since_ = now;
    overdue = now - *behind_since_ >= options_.alarm_after;
    below = below_;
  }
  const bool lost = overdue && !below;
  if (!lost && !(below && caught_up)) return {};
  if (lost && options_.named.empty()) {  // is there anybody who could?
    KW_TRY(const auto devices, changes_.store().read([](auto& r) { return r.devices().page(store::DeviceQuery{}); }));
    if (devices.total == 0) return {};
  }
  KW_CHECK(changes_.run([&](Change& change) {
    return change.record({.type = lost ? "ledger.quorum.lost" : "ledger.quorum.restored",
                          .result = lost ? "failed" : "success",
                          .params = {{"witnessed_size", std::to_string(witnessed)},
                                     {"size", std::to_string(head->checkpoint.size)},
                                     {"needed", std::to_string(options_.rule.needed)}}});
  }));
  const std::lock_guard lock(mutex_);
  below_ = lost;
  return {};
}

WitnessReport WitnessService::report() const {
  const std::lock_guard lock(mutex_);
  WitnessReport out;
  out.rule = options_.rule;
  out.witnessed = witnessed_head_;
  out.by = by_;
  out.quorum = below_ ? Quorum::below : witnessed_head_ ? Quorum::met : Quorum::none;
  for (const auto& [id, known] : standings_) out.standings.push_back(known);
  std::ranges::sort(out.standings, [](const WitnessStanding& a, const WitnessStanding& b) {
    return std::tuple(a.refuses.empty(), !a.named, b.size, a.witness) < std::tuple(b.refuses.empty(), !b.named, a.size, b.witness);
  });
  if (out.standings.size() > kMostListed) out.standings.resize(kMostListed);
  return out;
}

Result<v1::WitnessedCheckpoint> WitnessService::witnessed() const {
  const std::lock_guard lock(mutex_);
  if (!witnessed_) return fail(Errc::not_found, "no head was witnessed yet");
  return *witnessed_;
}

}  // namespace kw::server
