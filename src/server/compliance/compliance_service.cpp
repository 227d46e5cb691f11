#include "server/compliance/compliance_service.h"

#include <algorithm>

#include "policy/sections/section.h"
#include "server/compliance/verdict_rows.h"

namespace kw::server {
namespace {

using compliance::Status;
using compliance::Verdict;
using store::ComplianceSubject;
using store::SubjectOf;

constexpr std::string_view kWatchedBefore = "compliance.watched";
constexpr std::size_t kMostOverdue = 1000;
constexpr Duration kOverdueAfter = std::chrono::hours(1);  // a sweep each minute takes 200 cases
constexpr std::int64_t kSecondsOfDay = 86'400;

std::string_view word_of_mode(v1::Mode mode) {
  return mode == v1::ENFORCE ? "enforce" : mode == v1::WATCH ? "watch" : "off";
}

}  // namespace

std::string subject_text(const ComplianceSubject& subject) {
  switch (subject.kind) {
    case SubjectOf::platform:
      break;
    case SubjectOf::site:
      return "site:" + to_hex(subject.id);
    case SubjectOf::device:
      return "device:" + to_hex(subject.id);
    case SubjectOf::region:
      return "region:" + to_hex(subject.id);
  }
  return "platform";
}

Result<ComplianceSubject> parse_subject(std::string_view text) {
  if (text == "platform") return ComplianceSubject();
  const auto colon = text.find(':');
  const auto word = text.substr(0, colon);
  ComplianceSubject out;
  if (word == "site") {
    out.kind = SubjectOf::site;
  } else if (word == "device") {
    out.kind = SubjectOf::device;
  } else if (word == "region") {
    out.kind = SubjectOf::region;
  } else {
    return fail(Errc::invalid, "subject: platform, site:ID, device:ID or region:ID");
  }
  const auto id =
      colon == std::string_view::npos ? Result<RawId>(fail(Errc::invalid)) : parse_raw_id(text.substr(colon + 1));
  if (!id) return fail(Errc::invalid, "subject: 32 hex digits behind the colon");
  out.id = *id;
  return out;
}

DeviceId device_of(const ComplianceSubject& subject) {
  return subject.kind == SubjectOf::device ? DeviceId(subject.id) : DeviceId();
}

compliance::Evidence evidence_of(const store::ComplianceRecord& record) {
  compliance::Evidence out;
  out.kind = record.record;
  out.number = record.number;
  out.issuer = record.issuer;
  out.valid_from = record.valid_from;
  out.valid_until = record.valid_until;
  out.who = record.who;
  out.role = record.role;
  out.second_who = record.second_who;
  out.file_digest = record.file_digest;
  out.fields = record.fields;
  out.requirement = record.requirement;
  out.reason = record.reason;
  return out;
}

ComplianceService::ComplianceService(Changes& changes, const ComplianceBook& book, Sources sources, Log& log)
    : changes_(changes), book_(book), sources_(std::move(sources)), log_(log) {}

Result<> ComplianceService::open() {
  KW_CHECK(recall_events());
  own_ = sources_.own();
  KW_CHECK(look_at_register());
  KW_TRY(const auto stored, changes_.store().read([](auto& r) { return r.compliance().statuses(); }));
  const std::lock_guard lock(mutex_);
  for (const auto& row : stored) {
    const auto at = standings_.find(row.subject);
    if (at == standings_.end() || row.status < 0 || static_cast<std::size_t>(row.status) >= compliance::kStatuses)
      continue;
    const auto& index = book_.of(*scope_of(row.subject.kind));
    if (const auto i = index.named(row.requirement)) at->second.statuses[*i] = static_cast<Status>(row.status);
    at->second.known = true;
  }
  for (auto& [subject, one] : standings_)
    one.score = compliance::score(book_.of(*scope_of(subject.kind)).requirements(), compliance::Statuses(one.statuses));
  log_.info("compliance.opened",
            {{"requirements", std::to_string(book_.all().size())}, {"subjects", std::to_string(standings_.size())}});
  return {};
}

/// What happened before a type was watched is in the ledger: without it "did not happen" would be a claim.
Result<> ComplianceService::recall_events() {
  KW_TRY(const auto before, changes_.store().read([](auto& r) { return r.meta().get(std::string(kWatchedBefore)); }));
  const auto known = "," + before.value_or("") + ",";
  std::vector<v1::AuditEntry> found;
  std::string all;
  for (const auto& type : book_.watched().events) {
    all += (all.empty() ? "" : ",") + type;
    if (known.find("," + type + ",") != std::string::npos) continue;
    KW_TRY(const auto entries, sources_.old_events(type, kOldEvents));
    found.insert(found.end(), entries.begin(), entries.end());
  }
  if (before && *before == all) return {};
  // Oldest first, so that the newest of a type is the one that stays.
  std::ranges::stable_sort(found, {}, [](const auto& entry) { return entry.received_ns(); });
  return changes_.run([&](Change& change) -> Result<> {
    for (const auto& entry : found) {
      const auto device = DeviceId::from_bytes(bytes_of(entry.device_id()));
      KW_CHECK(change.repositories().compliance().note_event(
          device ? *device : DeviceId(),
          {entry.type(), entry.result(), Timestamp{entry.received_ns()}, entry.device_sequence() > 0}));
    }
    return change.repositories().meta().put(std::string(kWatchedBefore), all);
  });
}

void ComplianceService::on_effects(const Effects& effects) {
  const std::lock_guard lock(mutex_);
  dirty_.insert(effects.to_judge.begin(), effects.to_judge.end());
  for (const auto& device : effects.devices)
    if (!standings_.contains(subject_of(device))) register_changed_ = true;
}

/// look_at_register takes up what is new in the register, and forgets what is gone.
Result<> ComplianceService::look_at_register() {
  struct Register {
    std::vector<store::Device> devices;
    std::vector<store::Site> sites;
    std::map<store::RegionId, std::vector<store::RegionId>> chains;
  };
  KW_TRY(const auto found, changes_.store().read([](store::Repositories& r) -> Result<Register> {
    Register out;
    KW_TRY(out.devices, r.devices().enabled());
    KW_TRY(out.sites, r.sites().list());
    for (const auto& site : out.sites)
      if (!out.chains.contains(site.region)) {
        KW_TRY(out.chains[site.region], r.regions().chain(site.region));
      }
    return out;
  }));
  const auto fresh = [&](const ComplianceSubject& subject, std::string name) {
    Standing out;
    out.subject = subject;
    out.name = std::move(name);
    const auto requirements = book_.of(*scope_of(subject.kind)).requirements();
    out.statuses.assign(requirements.size(), Status::unknown);
    out.score = compliance::score(requirements, compliance::Statuses(out.statuses));
    return out;
  };
  std::map<ComplianceSubject, Standing> now;
  now.emplace(ComplianceSubject(), fresh(ComplianceSubject(), ""));
  std::map<SiteId, const store::Site*> sites;
  for (const auto& site : found.sites) {
    sites[site.id] = &site;
    auto& one = now.emplace(subject_of(site.id), fresh(subject_of(site.id), site.name)).first->second;
    one.site = site.id;
    one.chain = found.chains.at(site.region);
  }
  for (const auto& device : found.devices) {
    auto& one = now.emplace(subject_of(device.id), fresh(subject_of(device.id), device.name)).first->second;
    one.site = device.site;
    one.site_name = device.site_name;
    if (const auto at = sites.find(device.site); at != sites.end()) one.chain = found.chains.at(at->second->region);
  }
  std::vector<ComplianceSubject> gone;
  {
    const std::lock_guard lock(mutex_);
    register_changed_ = false;
    for (auto& [subject, old] : standings_) {
      const auto at = now.find(subject);
      if (at == now.end()) {
        gone.push_back(subject);
        continue;
      }
      at->second.statuses = std::move(old.statuses);
      at->second.score = old.score;
      at->second.due = old.due;
      at->second.known = old.known;
    }
    standings_ = std::move(now);
    for (const auto& subject : gone) dirty_.erase(subject);
  }
  looked_ = changes_.clock().now();
  if (gone.empty()) return {};
  return changes_.run([&](Change& change) -> Result<> {
    for (const auto& subject : gone) KW_CHECK(change.repositories().compliance().drop(subject));
    return {};
  });
}

Result<ComplianceService::Modes> ComplianceService::modes_of(store::Repositories& r, const DeviceId& device,
                                                             const store::KioskWord& word) {
  if (word.policy_revision == 0) return Modes();
  // The kiosk's word has to be about the very bundle that it was sent.
  KW_TRY(const auto digest, r.bundles().digest(device, word.policy_revision));
  if (digest.empty() || !equal(digest, word.policy_digest)) return Modes();
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = modes_.find(word.policy_revision); at != modes_.end()) return at->second;
  }
  const auto policy = r.policies().get(word.policy_revision);
  if (!policy && policy.code() == Errc::not_found) return Modes();
  if (!policy) return policy.error();
  v1::PolicyBundle sections;
  KW_CHECK(policy::parse_sections(policy->defence_json, sections));
  Modes out;
  out["network"] = policy_network_mode(policy->template_json);
  for (const auto& section : policy::sections())
    out[std::string(section.name)] = word_of_mode(policy::mode_of(sections, section.name));
  const std::lock_guard lock(mutex_);
  return modes_.emplace(word.policy_revision, std::move(out)).first->second;
}

Result<compliance::Facts> ComplianceService::facts_of_kiosk(store::Repositories& r, const DeviceId& device,
                                                            Timestamp now) {
  KioskState state;
  KW_TRY(state.device, r.devices().get(device));
  KW_TRY(state.word, r.compliance().word(device));
  KW_TRY(state.facts, r.devices().facts(device));
  std::erase_if(state.facts, [&](const auto& fact) { return !book_.watched().facts.contains(fact.key); });
  KW_TRY(state.events, r.compliance().events_of(device));
  KW_TRY(state.certificates, r.certificates().of_device(device));
  KW_TRY(state.modes, modes_of(r, device, state.word));
  return kiosk_facts(state, now);
}

Result<compliance::Facts> ComplianceService::facts_of_platform(store::Repositories& r, Timestamp now) {
  compliance::Facts out;
  {
    const std::lock_guard lock(mutex_);
    own_facts(own_, out);
  }
  std::vector<AccountState> accounts;
  KW_TRY(const auto users, r.users().list());
  for (const auto& user : users) {
    KW_TRY(const auto factors, r.factors().of(user.id));
    accounts.push_back({user, !factors.empty()});
  }
  account_facts(accounts, now, out);
  const auto* vault = out.find("platform.vault");
  if (vault != nullptr && vault->value == "on") {
    KW_TRY(const auto keys, r.vault().keys());
    KW_TRY(const auto cases, r.vault().ended(now - kOverdueAfter, kMostOverdue));
    KW_TRY(const auto files, r.vault().files_ended(now - kOverdueAfter, kMostOverdue));
    vault_facts(keys, cases.size() + files.size(), now, out);
  }
  KW_TRY(const auto events, r.compliance().newest_events());
  KW_TRY(const auto complete, r.compliance().oldest_complete());
  platform_events(events, complete, now, out);
  return out;
}

Result<compliance::Facts> ComplianceService::facts_of(store::Repositories& r, const ComplianceSubject& subject,
                                                      Timestamp now) {
  switch (subject.kind) {
    case SubjectOf::device:
      return facts_of_kiosk(r, DeviceId(subject.id), now);
    case SubjectOf::platform:
      return facts_of_platform(r, now);
    case SubjectOf::site:
      return compliance::Facts();  // what stands at a site is known by records alone
    case SubjectOf::region:
      break;
  }
  return fail(Errc::not_found, "a region is no subject of requirements");
}

Result<std::vector<Verdict>> ComplianceService::judge_in(store::Repositories& r, const ComplianceSubject& subject,
                                                         Timestamp now) {
  KW_TRY(auto facts, facts_of(r, subject, now));
  KW_TRY(const auto records, r.compliance().records(subject, true));
  compliance::Evidences evidences;
  for (const auto& record : records) evidences.put(evidence_of(record));
  const compliance::Board board(book_.of(*scope_of(subject.kind)), std::move(facts), std::move(evidences), now);
  return std::vector(board.verdicts().begin(), board.verdicts().end());
}

Result<std::vector<Verdict>> ComplianceService::judge(const ComplianceSubject& subject) {
  if (!standing(subject)) return fail(Errc::not_found, "subject");
  return changes_.store().read([&](store::Repositories& r) { return judge_in(r, subject, changes_.clock().now()); });
}

/// next gives what to judge in this tick: what has changed first, then what is due.
std::vector<ComplianceSubject> ComplianceService::next(Timestamp now) {
  std::vector<ComplianceSubject> out;
  const std::lock_guard lock(mutex_);
  while (!dirty_.empty() && out.size() < kAtOnce) {
    const auto subject = *dirty_.begin();
    dirty_.erase(dirty_.begin());
    if (standings_.contains(subject)) out.push_back(subject);
  }
  for (const auto& [subject, one] : standings_) {
    if (out.size() >= kAtOnce) break;
    if (one.due <= now && std::ranges::find(out, subject) == out.end()) out.push_back(subject);
  }
  return out;
}

Result<> ComplianceService::tick() {
  const auto now = changes_.clock().now();
  bool look = false;
  {
    const std::lock_guard lock(mutex_);
    look = register_changed_ || now - looked_ >= kLookAgain;
  }
  if (look) {
    KW_CHECK(look_at_register());
    auto own = sources_.own();
    const std::lock_guard lock(mutex_);
    own_ = std::move(own);
    dirty_.insert(ComplianceSubject());
  }
  const auto subjects = next(now);
  const auto done = [&]() -> Result<> {
    if (subjects.empty()) return {};
    KW_TRY(const auto outcomes, changes_.store().read([&](store::Repositories& r) -> Result<std::vector<Outcome>> {
      std::vector<Outcome> out;
      for (const auto& subject : subjects) {
        auto verdicts = judge_in(r, subject, now);
        if (!verdicts && verdicts.code() == Errc::not_found) continue;  // it went meanwhile
        if (!verdicts) return verdicts.error().within(subject_text(subject));
        out.push_back({subject, std::move(*verdicts)});
      }
      return out;
    }));
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      for (const auto& outcome : outcomes) KW_CHECK(keep(change, outcome));
      return {};
    }));
    for (const auto& outcome : outcomes) take(outcome);
    return {};
  }();
  if (!done) {
    const std::lock_guard lock(mutex_);
    dirty_.insert(subjects.begin(), subjects.end());
    return done;
  }
  if (now - scored_ < kLookAgain) return {};
  return keep_scores(now);
}

void ComplianceService::take(const Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  const auto at = standings_.find(outcome.subject);
  if (at == standings_.end()) return;
  auto& one = at->second;
  one.due = compliance::kForever;
  for (std::size_t i = 0; i < outcome.verdicts.size(); ++i) {
    one.statuses[i] = outcome.verdicts[i].status;
    one.due = std::min(one.due, outcome.verdicts[i].holds_until);
  }
  one.known = true;
  one.score =
      compliance::score(book_.of(*scope_of(outcome.subject.kind)).requirements(), compliance::Statuses(one.statuses));
}

/// keep writes what differs from what is stored, and tells.
Result<> ComplianceService::keep(Change& change, const Outcome& outcome) {
  auto& compliance = change.repositories().compliance();
  const auto requirements = book_.of(*scope_of(outcome.subject.kind)).requirements();
  KW_TRY(const auto stored, compliance.verdicts(outcome.subject));
  std::vector<store::ComplianceChange> changed;
  for (std::size_t i = 0; i < requirements.size(); ++i) {
    const auto old = std::ranges::find(stored, requirements[i].id, &store::ComplianceVerdict::requirement);
    const auto* before = old == stored.end() ? nullptr : &*old;
    auto row = verdict_row(requirements[i], outcome.verdicts[i], change.now());
    if (before != nullptr && before->status == row.status) row.since = before->since;
    if (before != nullptr && before->status != row.status)
      changed.push_back({outcome.subject, row.requirement, change.now(), before->status, row.status});
    if (before == nullptr || differs(*before, row)) KW_CHECK(compliance.put_verdict(outcome.subject, row));
  }
  for (const auto& one : changed) KW_CHECK(compliance.add_change(one));
  if (stored.empty() || !changed.empty()) change.judged(outcome.subject);
  if (changed.empty()) return {};
  return tell(change, outcome, changed);
}

Result<> ComplianceService::tell(Change& change, const Outcome& outcome,
                                 const std::vector<store::ComplianceChange>& changed) {
  const auto& index = book_.of(*scope_of(outcome.subject.kind));
  const auto loud = [](int status) {
    return status == static_cast<int>(Status::not_met) || status == static_cast<int>(Status::not_applicable);
  };
  std::size_t quiet = 0;
  for (const auto& one : changed) {
    if (!loud(one.before) && !loud(one.after)) {
      ++quiet;
      continue;
    }
    const auto i = *index.named(one.requirement);
    KW_CHECK(change.record(happened(device_of(outcome.subject), "compliance.verdict.changed", "observed",
                                    {{"whose", subject_text(outcome.subject)},
                                     {"requirement", one.requirement},
                                     {"before", std::string(name(static_cast<Status>(one.before)))},
                                     {"after", std::string(name(static_cast<Status>(one.after)))},
                                     {"why", first_fault(index.requirements()[i], outcome.verdicts[i])}})));
  }
  if (quiet == 0) return {};
  const auto score = compliance::score(index.requirements(), compliance::Verdicts(outcome.verdicts));
  std::map<std::string, std::string> params{{"whose", subject_text(outcome.subject)},
                                            {"changed", std::to_string(quiet)}};
  for (std::size_t i = 0; i < compliance::kStatuses; ++i)
    params[std::string(name(static_cast<Status>(i)))] = std::to_string(score.count.at(i));
  return change.record(
      happened(device_of(outcome.subject), "compliance.subject.judged", "observed", std::move(params)));
}

/// keep_scores writes the scores of today that differ from those written last, of each subject and of each sum.
Result<> ComplianceService::keep_scores(Timestamp now) {
  const auto day = now.unix_seconds() / kSecondsOfDay;
  std::map<ComplianceSubject, compliance::Score> sums;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [subject, one] : standings_) {
      sums[subject] += one.score;
      if (subject.kind == SubjectOf::device) sums[subject_of(one.site)] += one.score;
      if (subject.kind == SubjectOf::platform) sums[region_subject(store::city_region())] += one.score;
      for (const auto& region : one.chain) sums[region_subject(region)] += one.score;
    }
  }
  std::erase_if(sums, [&](const auto& item) {
    const auto at = written_.find(item.first);
    return at != written_.end() && at->second == std::pair(day, item.second);
  });
  if (!sums.empty() || pruned_day_ != day) {
    KW_CHECK(changes_.run([&](Change& change) -> Result<> {
      auto& compliance = change.repositories().compliance();
      for (const auto& [subject, score] : sums)
        KW_CHECK(compliance.put_score({subject, day, score.earned, score.possible, score.count}));
      if (pruned_day_ == day) return {};
      return compliance.prune(Timestamp::from_seconds((day - kHistoryDays) * kSecondsOfDay), day - kScoreDays);
    }));
    for (const auto& [subject, score] : sums) written_.insert_or_assign(subject, std::pair(day, score));
    pruned_day_ = day;
  }
  scored_ = now;
  return {};
}

std::vector<Standing> ComplianceService::standings(const std::function<bool(const Standing&)>& wanted) const {
  std::vector<Standing> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [subject, one] : standings_)
    if (wanted(one)) out.push_back(one);
  return out;
}
std::optional<Standing> ComplianceService::standing(const ComplianceSubject& subject) const {
  const std::lock_guard lock(mutex_);
  const auto at = standings_.find(subject);
  return at == standings_.end() ? std::nullopt : std::optional(at->second);
}
std::size_t ComplianceService::waiting() const {
  const auto now = changes_.clock().now();
  const std::lock_guard lock(mutex_);
  auto out = dirty_;
  for (const auto& [subject, one] : standings_)
    if (one.due <= now) out.insert(subject);
  return out.size();
}

}  // namespace kw::server
