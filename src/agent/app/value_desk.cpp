#include "agent/app/value_desk.h"

#include "matters/value_check.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

constexpr std::string_view kApplicant = "applicant";

tl::unexpected<ValueDesk::No> no(const char* code, std::string detail = {}) {
  return tl::unexpected(ValueDesk::No{code, std::move(detail)});
}

}  // namespace

ValueDesk::Or<const vault::DataMatter*> ValueDesk::matter_of(const std::string& matter) const {
  if (ports_.book == nullptr || ports_.values == nullptr) return no("vault_unavailable");
  const auto* found = ports_.book->matter(matter);
  if (found == nullptr) return no("matter_unknown", "not in the data catalogue");
  return found;
}

ValueDesk::Or<const vault::DataField*> ValueDesk::field_of(const std::string& matter, const std::string& field) const {
  const auto of = matter_of(matter);
  if (!of) return tl::unexpected(of.error());
  const auto* found = (*of)->find(field);
  if (found == nullptr) return no("field_unknown");
  return found;
}

ValueDesk::Or<const vault::DataField*> ValueDesk::stored_field(const std::string& matter,
                                                               const std::string& field) const {
  auto out = field_of(matter, field);
  if (out && !(*out)->stored) return no("field_forbidden", field);
  return out;
}

ValueDesk::Or<std::string_view> ValueDesk::value_of(const std::string& field) const {
  const auto value = ports_.values->get(field);
  if (!value) return no("field_unknown", "no value");
  return *value;
}

bool ValueDesk::knows(const std::string& matter, const std::string& field) const {
  return field_of(matter, field).has_value();
}

ValueDesk::Or<void> ValueDesk::put(const std::string& matter, const AppPut& message) {
  const auto field = field_of(matter, message.field);
  if (!field) return tl::unexpected(field.error());
  return put(**field, message.value);
}

ValueDesk::Or<void> ValueDesk::put(const vault::DataField& field, std::string_view value) {
  if (const auto good = matters::check_value(field, value); !good) return no("value_invalid", good.error().detail());
  if (const auto done = ports_.values->put(field.name, value); !done)
    return no(done.code() == Errc::too_large ? "too_large" : "value_invalid", done.error().detail());
  return {};
}

ValueDesk::Or<void> ValueDesk::may_read(const std::string& matter, const AppRead& message) const {
  for (const auto& [word, name] : message.into)
    if (const auto field = field_of(matter, name); !field) return no(field.error().code, name);
  return {};
}

ValueDesk::Or<void> ValueDesk::put(const std::string& matter, const AppRead& message,
                                   const std::vector<SecretBytes>& texts) {
  for (std::size_t i = 0; i < message.into.size(); ++i) {
    const auto field = field_of(matter, message.into[i].field);
    if (!field) return tl::unexpected(field.error());
    auto done = put(**field, text_of(texts[i].reveal()));
    if (done) continue;
    for (std::size_t before = 0; before < i; ++before) ports_.values->drop(message.into[before].field);
    return done;
  }
  return {};
}

ValueDesk::Or<ValueDesk::Shown> ValueDesk::shown(const std::string& matter, const std::string& field) const {
  const auto found = field_of(matter, field);
  if (!found) return tl::unexpected(found.error());
  const auto value = value_of(field);
  if (!value) return tl::unexpected(value.error());
  return Shown{ports_.book->show(kApplicant, **found, *value), (*found)->mask.empty()};
}

ValueDesk::Or<void> ValueDesk::drop(const std::string& matter, const std::string& field) {
  if (const auto found = field_of(matter, field); !found) return tl::unexpected(found.error());
  if (!ports_.values->drop(field)) return no("field_unknown", "no value");
  return {};
}

ValueDesk::Or<std::string_view> ValueDesk::reveal(const std::string& matter, const AppReveal& message) const {
  const auto field = field_of(matter, message.field);
  if (!field) return tl::unexpected(field.error());
  const auto purpose = masking::purpose_of(message.purpose);
  const auto place = masking::place_of(message.place);
  if (!purpose || !place) return no("reveal_refused", "wrong_purpose");
  const auto decision = ports_.book->may_reveal(kApplicant, matter, **field, *purpose, *place);
  if (!decision.allowed()) return no("reveal_refused", std::string(masking::name(decision.reason)));
  return value_of(message.field);
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::begin(const std::string& matter, const AppVaultReason& message) const {
  if (const auto of = matter_of(matter); !of) return tl::unexpected(of.error());
  if (message.consent.empty()) return no("consent_required");
  v1::VaultRequest out;
  out.set_purpose(message.purpose);
  out.set_consent(message.consent);
  return out;
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::request(const std::string& matter, const AppSubmit& message) const {
  auto out = begin(matter, message);
  if (!out) return out;
  auto& put = *out->mutable_put();
  put.set_case_id(copy_text(message.case_id));
  put.set_version(static_cast<std::uint64_t>(message.version));
  put.set_number(message.number);
  put.set_status(message.status);
  put.set_for_another(message.for_another);
  for (const auto& name : message.fields.empty() ? ports_.values->fields() : message.fields) {
    const auto field = stored_field(matter, name);
    const bool kept_here = !field && message.fields.empty();  // nobody asked for it by name
    if (kept_here) continue;
    if (!field) return tl::unexpected(field.error());
    const auto value = value_of(name);
    if (!value) return tl::unexpected(value.error());
    auto& to = *put.add_values();
    to.set_field(name);
    to.set_text(std::string(*value));
  }
  if (put.values().empty()) return no("field_unknown", "no value that is stored");
  return out;
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::request(const std::string& matter, const AppCase& message) const {
  auto out = begin(matter, message);
  if (out) out->mutable_get()->set_case_id(copy_text(message.case_id));
  return out;
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::request(const std::string& matter, const AppFind& message) const {
  auto out = begin(matter, message);
  if (!out) return out;
  const auto field = field_of(matter, message.field);
  if (!field) return tl::unexpected(field.error());
  if (!(*field)->searchable) return no("field_forbidden", message.field);
  out->mutable_find()->set_field(message.field);
  out->mutable_find()->set_value(message.value);
  return out;
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::request(const std::string& matter, const AppRevealCase& message) const {
  auto out = begin(matter, message);
  if (!out) return out;
  auto& reveal = *out->mutable_reveal();
  reveal.set_case_id(copy_text(message.case_id));
  reveal.set_place(message.place);
  for (const auto& name : message.fields) {
    if (const auto field = stored_field(matter, name); !field) return tl::unexpected(field.error());
    reveal.add_fields(name);
  }
  return out;
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::request(const std::string& matter, const AppRemoveCase& message) const {
  auto out = begin(matter, message);
  if (!out) return out;
  out->mutable_remove()->set_case_id(copy_text(message.case_id));
  out->mutable_remove()->set_version(static_cast<std::uint64_t>(message.version));
  return out;
}

ValueDesk::Or<v1::VaultRequest> ValueDesk::request(const std::string& matter, const AppPutFile& message) const {
  auto out = begin(matter, message);
  if (!out) return out;
  if (masking::purpose_of(message.purpose) != masking::Purpose::entry) return no("purpose_forbidden", "files are for entry");
  const auto field = stored_field(matter, message.field);
  if (!field) return tl::unexpected(field.error());
  if ((*field)->protection != vault::Protection::file) return no("field_forbidden", message.field + " is no file");
  if (message.size > trail::kMostFile) return no("too_large", "a file of at most 64 MiB");
  auto& part = *out->mutable_file_part();
  part.set_case_id(copy_text(message.case_id));
  part.set_field(message.field);
  part.set_size(message.size);
  part.set_offset(message.offset);
  part.set_octets(copy_text(message.octets.reveal()));
  return out;
}

}  // namespace kw::agent
