#include "server/person_service.h"

#include "privacy/mask.h"

namespace kw::server {
namespace {

const std::string kScrubDue = "persons.scrub_due";

/// values_of are the texts that say who somebody is.
std::vector<std::string> values_of(const Person& person) {
  std::vector<std::string> out;
  for (const auto* text : {&person.number, &person.name, &person.phone})
    if (!text->empty()) out.push_back(*text);
  return out;
}

}  // namespace

Result<PersonInfo> PersonService::info(store::Repositories& r, store::Subject subject) const {
  PersonInfo out{std::move(subject), {}};
  if (out.subject.forgotten) return out;
  KW_TRY(const auto person, keys_.about(r, out.subject));
  out.shown = privacy::masked(person.name.empty() ? person.number : person.name);
  return out;
}

Result<std::vector<PersonInfo>> PersonService::list(std::optional<store::SubjectId> before) {
  return changes_.store().read([&](store::Repositories& r) -> Result<std::vector<PersonInfo>> {
    KW_TRY(auto subjects, r.subjects().list(kMostListed, before));
    std::vector<PersonInfo> out;
    for (auto& subject : subjects) {
      KW_TRY(auto one, info(r, std::move(subject)));
      out.push_back(std::move(one));
    }
    return out;
  });
}

Result<std::vector<PersonInfo>> PersonService::find(const Person& person, const std::string& reason, const Actor& who) {
  if (values_of(person).size() != 1) return fail(Errc::invalid, "one of number, name and phone");
  const std::string by = !person.number.empty() ? "number" : !person.name.empty() ? "name" : "phone";
  return changes_.run([&](Change& change) -> Result<std::vector<PersonInfo>> {
    auto& r = change.repositories();
    KW_TRY(auto found, keys_.find(r, person));
    std::vector<PersonInfo> out;
    for (auto& subject : found) {
      KW_TRY(auto one, info(r, std::move(subject)));
      out.push_back(std::move(one));
    }
    KW_CHECK(change.record({.type = "person.found",
                            .actor = who,
                            .params = {{"by", by}, {"count", std::to_string(out.size())}, {"reason", reason}}}));
    return out;
  });
}

Result<PersonService::Standing> PersonService::standing(store::Repositories& r, const store::SubjectId& id) const {
  Standing out;
  KW_TRY(auto subject, r.subjects().get(id));
  const bool forgotten = subject.forgotten.has_value();
  KW_TRY(out.detail.info, info(r, std::move(subject)));
  KW_TRY(out.detail.entries, r.subjects().entries(id, kMostEntries));
  if (forgotten) return out;
  KW_TRY(out.person, keys_.about(r, out.detail.info.subject));
  KW_TRY(const auto waiting, r.requests().naming(values_of(out.person)));
  if (waiting > 0) out.detail.in_office = "request";
  if (out.person.kind == store::SubjectKind::custodian) {
    KW_TRY(const auto custodies, r.devices().custodies());
    for (const auto& one : custodies) {
      if (one.custodian != out.person.name || one.phone != out.person.phone) continue;
      out.detail.devices.push_back(one.device);
      if (!one.disabled) out.detail.in_office = "custodian";
    }
    return out;
  }
  KW_TRY(const auto users, r.users().list());
  for (const auto& user : users) {
    if (user.person != out.person.number) continue;
    out.users.push_back(user.id);
    out.detail.accounts.push_back(user.account);
    if (user.state != store::UserState::disabled) out.detail.in_office = "account";
  }
  return out;
}

Result<PersonDetail> PersonService::get(const store::SubjectId& id) {
  KW_TRY(auto found, changes_.store().read([&](auto& r) { return standing(r, id); }));
  return std::move(found.detail);
}

Result<PersonService::Standing> PersonService::ready(store::Repositories& r, const store::SubjectId& id,
                                                     const std::string& reason) const {
  KW_TRY(auto out, standing(r, id));
  if (out.detail.info.subject.forgotten) return fail(Errc::wrong_state, "forgotten already");
  if (!out.detail.in_office.empty()) return fail(Errc::wrong_state, "in office: " + out.detail.in_office);
  for (const auto& value : values_of(out.person))
    if (reason.find(value) != std::string::npos) return fail(Errc::invalid, "/reason: it names the person");
  return out;
}

Result<std::map<std::string, std::string>> PersonService::check(const store::SubjectId& id, const std::string& reason) {
  KW_TRY(const auto found, changes_.store().read([&](auto& r) { return ready(r, id, reason); }));
  // Not who he is: the request outlives him.
  return std::map<std::string, std::string>{{"subject", privacy::pseudonym(id)},
                                            {"kind", std::string(name(found.detail.info.subject.kind))},
                                            {"entries", std::to_string(found.detail.info.subject.entries)},
                                            {"reason", reason}};
}

Result<PersonInfo> PersonService::forget(const store::SubjectId& id, const std::string& reason, const Actor& who) {
  const auto done = changes_.run([&](Change& change) -> Result<PersonInfo> {
    auto& r = change.repositories();
    KW_TRY(const auto found, ready(r, id, reason));
    const auto pseudonym = privacy::pseudonym(id);
    for (const auto& device : found.detail.devices) {
      KW_CHECK(r.devices().set_custodian(device, "", ""));
      change.device_changed(device);
    }
    for (const auto& user : found.users) KW_CHECK(r.users().forget(user, pseudonym));
    KW_CHECK(r.requests().forget(values_of(found.person), found.person.number, pseudonym));
    KW_CHECK(r.subjects().forget(id, changes_.clock().now()));
    KW_CHECK(r.meta().put(kScrubDue, "1"));
    KW_CHECK(change.record({.type = "person.forgotten",
                            .actor = who,
                            .params = {{"person", pseudonym},
                                       {"entries", std::to_string(found.detail.info.subject.entries)},
                                       {"reason", reason}}}));
    KW_TRY(auto subject, r.subjects().get(id));
    return PersonInfo{std::move(subject), {}};
  });
  KW_TRY(auto out, done);
  const auto scrubbed = scrub();
  if (!scrubbed && scrubbed.code() != Errc::unavailable) return scrubbed.error();  // unavailable: tick does it
  return out;
}

Result<> PersonService::scrub() {
  KW_CHECK(changes_.store().scrub());
  return changes_.store().write([](store::Repositories& r) { return r.meta().put(kScrubDue, "0"); });
}

Result<> PersonService::tick() {
  KW_TRY(const auto due, changes_.store().read([](auto& r) { return r.meta().get(kScrubDue); }));
  return due.value_or("0") == "1" ? scrub() : Result<>();
}

Result<> PersonService::adopt() {
  return changes_.store().write([&](store::Repositories& r) -> Result<> {
    const auto now = changes_.clock().now();
    KW_TRY(const auto custodies, r.devices().custodies());
    for (const auto& one : custodies)
      KW_CHECK(keys_.know(r, custodian_of(one.custodian, one.phone), now, changes_.random()));
    KW_TRY(const auto users, r.users().list());
    for (const auto& user : users)
      if (!user.display_name.empty()) KW_CHECK(keys_.know(r, administrator_of(user), now, changes_.random()));
    return {};
  });
}

}  // namespace kw::server
