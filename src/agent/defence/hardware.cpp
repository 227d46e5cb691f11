#include "agent/defence/hardware.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/sm3.h"
#include "kioskward/v1/policy.pb.h"
#include "platform/linux/durable_file.h"
#include "schema/codec.h"

namespace kw::agent {

using namespace device;

namespace {

constexpr std::size_t kMostHardwareState = std::size_t{256} << 10;
constexpr std::size_t kMostHardwareFact = 400;

std::string key_of(const HardwareDeviation& one) { return one.text() + " " + one.order_id; }
std::string name_of(const std::optional<HardwarePart>& part) { return part ? part->identity() : std::string(); }
void add_word(std::string& to, const std::string& word, std::string_view between) {
  if (to.size() + word.size() < kMostHardwareFact) to += (to.empty() ? "" : std::string(between)) + word;
}

}  // namespace

Result<> HardwareDefence::start(DefenceHost& host) {
  host_ = &host;
  load_replacements();
  return {};
}

Result<> HardwareDefence::configure(const ::kioskward::v1::PolicyBundle& policy) {
  const auto& section = policy.hardware();
  mode_ = policy.has_hardware() ? section.mode() : v1::OFF;
  told_only_.clear();
  for (const auto kind : section.told_only()) told_only_.insert(static_cast<HardwareKind>(kind));
  readers_ = {section.readers().begin(), section.readers().end()};
  told_.clear();
  if (mode_ == v1::OFF) {
    holds_ = true;
    since_.clear();
    last_.reset();
    return {};
  }
  return look();
}

void HardwareDefence::tick() {
  if (mode_ == v1::OFF || host_->now().steady < next_look_) return;
  if (const auto done = look(); !done) host_->log().error("hardware.look_failed", {{"error", done.error().text()}});
}

Result<> HardwareDefence::look() {
  next_look_ = host_->now().steady + kLookEvery;
  const auto seen = port_->look(readers_);
  if (!seen) {
    holds_ = false;
    return seen.error();
  }
  judge(*seen);
  return {};
}

// ---- judging ----------------------------------------------------------------------------------------------------

void HardwareDefence::judge(const HardwareSeen& seen) {
  const bool quiet = last_ == seen;  // nothing came or went since the look before: a machine that boots is not proposed
  last_ = seen;
  if (drop_expired(replacements_, host_->now().utc))
    if (const auto kept = keep_replacements(); !kept)
      host_->log().error("hardware.replacements_not_kept", {{"error", kept.error().text()}});
  bool settling = false;
  const auto deviations = standing(seen, settling);
  tell(deviations);
  tell_facts(seen, deviations);
  const bool ordered =
      !deviations.empty() && std::ranges::all_of(deviations, [](const auto& one) { return !one.order_id.empty(); });
  if (quiet && !settling && (!bound_ || ordered)) propose(seen);
}

std::vector<HardwareDeviation> HardwareDefence::standing(const HardwareSeen& seen, bool& settling) {
  std::vector<HardwareDeviation> out;
  std::map<std::string, Duration> since;
  const auto now = host_->now().steady;
  if (bound_)
    for (auto& one : compare_hardware(*bound_, seen.parts, replacements_)) {
      const auto before = since_.find(one.text());
      const auto first = before != since_.end() ? before->second : now;
      since.emplace(one.text(), first);
      if (pluggable(one.kind) && now - first < kUnpluggedFor)
        settling = true;
      else
        out.push_back(std::move(one));
    }
  since_ = std::move(since);
  return out;
}

void HardwareDefence::tell(const std::vector<HardwareDeviation>& deviations) {
  std::map<std::string, HardwareDeviation> now;
  for (const auto& one : deviations) now.emplace(key_of(one), one);
  holds_ = true;
  RawId case_id{};
  for (const auto& [key, one] : now) {
    const bool isolate = mode_ == v1::ENFORCE && isolates(one, told_only_);
    holds_ = holds_ && !isolate;
    if (told_.contains(key)) continue;
    if (isolate && case_id == RawId{}) case_id = host_->cut("hardware.part.changed");
    tell_one(one, isolate, case_id);
  }
  for (const auto& [key, one] : told_) {
    const bool stands = std::ranges::any_of(now, [&](const auto& other) { return other.second.text() == one.text(); });
    if (!stands)
      host_->record(
          defence_event("hardware.part.back", "success",
                        {{"kind", kind_word(one.kind)}, {"slot", one.slot()}, {"bound", name_of(one.bound)}}));
  }
  told_ = std::move(now);
}

void HardwareDefence::tell_one(const HardwareDeviation& one, bool isolate, const RawId& case_id) {
  if (!one.order_id.empty()) {
    host_->record(defence_event("hardware.part.replaced", "success",
                                {{"change", one.change()},
                                 {"kind", kind_word(one.kind)},
                                 {"slot", one.slot()},
                                 {"bound", name_of(one.bound)},
                                 {"observed", name_of(one.seen)},
                                 {"order", to_hex(bytes_of(one.order_id))}}));
    return;
  }
  auto event = defence_event("hardware.part.changed", isolate ? "blocked" : "observed",
                             {{"change", one.change()},
                              {"kind", kind_word(one.kind)},
                              {"slot", one.slot()},
                              {"bound", name_of(one.bound)},
                              {"observed", name_of(one.seen)}});
  if (isolate) event.set_case_id(copy_text(case_id));
  host_->record(std::move(event));
}

void HardwareDefence::released() {
  if (mode_ != v1::ENFORCE) return;
  std::erase_if(told_, [&](const auto& one) { return isolates(one.second, told_only_); });  // judged anew
  next_look_ = Duration{0};
}

void HardwareDefence::propose(const HardwareSeen& seen) {
  auto content = schema::serialise(baseline_of(seen));
  if (content == proposed_) return;
  proposed_ = content;
  host_->propose(std::string(section()), std::move(content));
}

// ---- what the platform says -------------------------------------------------------------------------------------

Result<> HardwareDefence::baseline(const v1::Baseline& baseline) {
  KW_TRY(bound_, parts_of(bytes_of(baseline.content())));
  since_.clear();
  if (mode_ != v1::OFF) return look();
  return {};
}

Result<> HardwareDefence::order(const v1::Order& order) {
  if (mode_ == v1::OFF) return fail(Errc::wrong_state, "section hardware is off");
  if (order.action() == "learn") {
    KW_TRY(const auto seen, port_->look(readers_));
    proposed_.clear();  // ordered: proposed even where it was before
    propose(seen);
    return {};
  }
  const auto arg = [&](const char* name) {
    return order.args().contains(name) ? order.args().at(name) : std::string();
  };
  if (order.action() == "permit_boot_change") {
    if (!permit_boot_change_) return fail(Errc::wrong_state, "no TPM holds this kiosk's keys");
    KW_TRY(const auto until, hours_after(arg("hours"), {order.issued_ns()}));
    return permit_boot_change_(until);
  }
  if (order.action() != "replace") return fail(Errc::unsupported, order.action());
  KW_TRY(auto replacement, take_replacement(arg("kind"), arg("old"), arg("new"), arg("hours"), {order.issued_ns()}));
  if (replacements_.items_size() >= kMostReplacements) return fail(Errc::rate_limited, "64 replacements are open");
  replacement.set_order_id(order.order_id());
  *replacements_.add_items() = std::move(replacement);
  if (const auto kept = keep_replacements(); !kept) {
    replacements_.mutable_items()->RemoveLast();  // one that a restart would forget isolates the kiosk after all
    return kept;
  }
  return look();
}

// ---- kept over restarts -----------------------------------------------------------------------------------------

void HardwareDefence::load_replacements() {
  const auto dir = host_->state_path(section());
  const auto file = dir ? platform::read_private_file(*dir + "/replacements", kMostHardwareState) : Result<Bytes>(dir.error());
  if (!file && file.code() == Errc::not_found) return;
  auto kept = file ? schema::parse<v1::HardwareReplacements>(*file, kMostHardwareState)
                   : Result<v1::HardwareReplacements>(file.error());
  if (!kept || kept->version() != 1 || kept->items_size() > kMostReplacements) {
    host_->log().error("hardware.replacements_unreadable", {{"error", kept ? "form" : kept.error().text()}});
    return;
  }
  replacements_ = std::move(*kept);
}

Result<> HardwareDefence::keep_replacements() {
  replacements_.set_version(1);
  KW_TRY(const auto dir, host_->state_path(section()));
  return platform::write_file_durably(dir + "/replacements", schema::serialise(replacements_), 0600);
}

// ---- facts ------------------------------------------------------------------------------------------------------

void HardwareDefence::tell_facts(const HardwareSeen& seen, const std::vector<HardwareDeviation>& deviations) {
  std::map<HardwareKind, std::string> kinds;
  for (int kind = v1::HardwareComponent::Kind_MIN + 1; kind <= v1::HardwareComponent::Kind_MAX; ++kind)
    kinds[static_cast<HardwareKind>(kind)];
  for (const auto& part : seen.parts)
    add_word(kinds[part.kind], part.slot + ": " + part.model + (part.serial.empty() ? "" : " (" + part.serial + ")"),
             "; ");
  for (const auto& [kind, text] : kinds)
    host_->fact("hardware." + kind_word(kind), clean_text(text, kMostHardwareFact), "sysfs");
  std::string missing, wrong;
  for (const auto& source : seen.missing) add_word(missing, source, ", ");
  for (const auto& one : deviations) add_word(wrong, one.text() + (one.order_id.empty() ? "" : " (ordered)"), "; ");
  host_->fact("hardware.missing_sources", missing, "sysfs");
  host_->fact("hardware.deviations", wrong, "baseline");
  host_->fact("hardware.baseline", bound_ ? "held" : "none", "baseline");
  host_->fact("hardware.digest", to_hex(crypto::sm3(schema::serialise(baseline_of(seen)))), "sysfs");
  host_->fact("hardware.replacements", std::to_string(replacements_.items_size()), "order");
}

}  // namespace kw::agent
