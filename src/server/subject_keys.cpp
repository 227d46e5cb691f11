#include "server/subject_keys.h"

#include <algorithm>

#include "base/reader.h"
#include "base/text.h"
#include "base/writer.h"
#include "crypto/sm3.h"
#include "crypto/sm4.h"
#include "privacy/mask.h"

namespace kw::server {
namespace {

constexpr std::string_view kSubjectType = "subject", kAboutParam = "about";
constexpr std::size_t kMostKnownBy = 255;  // octets of a name or number: three of them fit into one sealed value

std::string wrapping_place(const store::SubjectId& subject) { return "subject " + subject.text(); }

Bytes bound(std::string_view text) { return copy(bytes_of(clean_text(text, kMostKnownBy))); }

std::string about_text(const Person& person) {
  Writer out;
  out.vec8(bound(person.number)).vec8(bound(person.name)).vec8(bound(person.phone));
  return copy_text(out.view());
}

Result<Person> about_of(store::SubjectKind kind, std::string_view text) {
  Reader in(bytes_of(text));
  KW_TRY(const auto number, in.vec8());
  KW_TRY(const auto name, in.vec8());
  KW_TRY(const auto phone, in.vec8());
  KW_CHECK(in.finish());
  return Person{kind, copy_text(number), copy_text(name), copy_text(phone)};
}

/// The one place where a subject's own names stand: its row.
privacy::Place row_place(std::string_view ledger, const store::Subject& subject) {
  return {ledger, kSubjectType, kAboutParam, {}, subject.created};
}

}  // namespace

Bytes SubjectKeys::handle(std::string_view what, std::string_view text) const {
  const auto mac = crypto::hmac_sm3(person_key_.reveal(), {bytes_of(what), Bytes{0}, bytes_of(text)});
  return {mac.begin(), mac.end()};
}

std::vector<Bytes> SubjectKeys::handles(const Person& person) const {
  std::vector<Bytes> out;
  for (const auto& [what, text] : {std::pair<std::string_view, const std::string&>{"number", person.number},
                                   {"name", person.name},
                                   {"phone", person.phone}})
    if (!text.empty()) out.push_back(handle(what, text));
  return out;
}

Bytes SubjectKeys::identity(const Person& person) const {
  Writer known_by;
  known_by.u8(static_cast<Byte>(person.kind));
  const bool numbered = !person.number.empty();
  known_by.vec16(bytes_of(numbered ? person.number : person.name)).vec16(bytes_of(numbered ? "" : person.phone));
  return handle("identity", text_of(known_by.view()));
}

privacy::Place SubjectKeys::place(const v1::AuditEntry& entry, std::string_view param) const {
  const auto id = EventId::from_bytes(bytes_of(entry.id()));
  return {ledger_, entry.type(), param, id ? *id : EventId(), Timestamp{entry.time_ns()}};
}

Result<SecretBytes> SubjectKeys::unwrap(const store::SubjectKey& key) const {
  return sealer_.open(wrapping_place(key.subject), key.wrapped);
}

Result<store::Subject> SubjectKeys::know(store::Repositories& r, const Person& person, Timestamp now,
                                         Random& random) const {
  store::Subject out;
  out.identity = identity(person);
  auto known = r.subjects().by_identity(out.identity);
  if (known || known.code() != Errc::not_found) return known;
  out.id = store::SubjectId::make(now, random);
  out.kind = person.kind;
  out.created = now;
  store::SubjectKey key;
  key.subject = out.id;
  key.id = store::SubjectKeyId::make(now, random);
  SecretBytes fresh(crypto::kSm4Key);
  random.fill(fresh.reveal_mutable());
  KW_TRY(key.wrapped, sealer_.seal(wrapping_place(out.id), fresh.reveal(), random));
  KW_TRY(const auto about,
         privacy::seal_value(about_text(person), row_place(ledger_, out), out.id, key.id, fresh, random));
  key.about = about.text();
  KW_CHECK(r.subjects().insert(out, key, handles(person)));
  return out;
}

Result<std::vector<store::Subject>> SubjectKeys::find(store::Repositories& r, const Person& person) const {
  std::vector<store::Subject> out;
  for (const auto& one : handles(person)) {
    KW_TRY(auto found, r.subjects().by_handle(one));
    for (auto& subject : found)
      if (std::ranges::none_of(out, [&](const auto& known) { return known.id == subject.id; }))
        out.push_back(std::move(subject));
  }
  return out;
}

Result<Person> SubjectKeys::about(store::Repositories& r, const store::Subject& subject) const {
  KW_TRY(const auto key, r.subjects().key(subject.id));
  KW_TRY(const auto secret, unwrap(key));
  KW_TRY(const auto sealed, privacy::parse_sealed(key.about));
  KW_TRY(const auto text, privacy::open_value(sealed, row_place(ledger_, subject), secret));
  return about_of(subject.kind, text);
}

Result<std::string> SubjectKeys::seal(store::Repositories& r, const Person& person, const v1::AuditEntry& entry,
                                      const std::string& param, std::string_view text, Random& random) const {
  KW_TRY(const auto subject, know(r, person, Timestamp{entry.time_ns()}, random));
  KW_TRY(const auto key, r.subjects().key(subject.id));
  KW_TRY(const auto secret, unwrap(key));
  KW_TRY(const auto sealed, privacy::seal_value(text, place(entry, param), subject.id, key.id, secret, random));
  return sealed.text();
}

Result<std::string> SubjectKeys::shown(store::Repositories& r, const v1::AuditEntry& entry, const std::string& param,
                                       const std::string& text, Showing how) const {
  const auto sealed = privacy::parse_sealed(text);
  if (!sealed || how == Showing::pseudonym) return privacy::without_key(text);
  const auto key = r.subjects().key(sealed->subject);
  if (!key && key.code() == Errc::not_found) return std::string(kForgotten);
  if (!key) return key.error();
  const auto secret = unwrap(*key);
  const auto opened = secret ? privacy::open_value(*sealed, place(entry, param), *secret) : secret.error();
  if (!opened) return std::string("[unreadable]");
  return how == Showing::plain ? *opened : privacy::masked(*opened);
}

Result<> SubjectKeys::show(store::Repositories& r, v1::AuditEntry& entry, Showing how) const {
  for (auto& [param, text] : *entry.mutable_params()) {
    if (!privacy::says_sealed(text)) continue;
    KW_TRY(text, shown(r, entry, param, text, how));
  }
  return {};
}

Person custodian_of(const std::string& name, const std::string& phone) {
  return {.kind = store::SubjectKind::custodian, .name = name, .phone = phone};
}

Person administrator_of(const store::User& user) {
  return {.kind = store::SubjectKind::administrator, .number = user.person, .name = user.display_name};
}

std::vector<store::SubjectId> subjects_of(const v1::AuditEntry& entry) {
  std::vector<store::SubjectId> out;
  for (const auto& [param, text] : entry.params()) {
    const auto sealed = privacy::parse_sealed(text);
    if (sealed && std::ranges::find(out, sealed->subject) == out.end()) out.push_back(sealed->subject);
  }
  return out;
}

}  // namespace kw::server
