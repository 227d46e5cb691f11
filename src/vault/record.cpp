#include "vault/record.h"

#include <algorithm>

#include "schema/codec.h"

namespace kw::vault {
namespace {

void wipe_text(std::string* text) { wipe({reinterpret_cast<Byte*>(text->data()), text->size()}); }

}  // namespace

Record::Record(std::string_view matter) {
  payload_.set_version(1);
  payload_.set_matter(std::string(matter));
}
Record::Record(Record&& other) noexcept { payload_.Swap(&other.payload_); }
Record& Record::operator=(Record&& other) noexcept {
  if (this != &other) {
    forget();
    payload_.Swap(&other.payload_);
  }
  return *this;
}
Record::~Record() { forget(); }

void Record::forget() {
  for (auto& value : *payload_.mutable_values()) {
    if (value.has_text()) wipe_text(value.mutable_text());
    if (value.has_octets()) wipe_text(value.mutable_octets());
    value.set_number(0);
  }
  payload_.Clear();
}

const v1::RecordValue* Record::find(std::string_view field) const {
  const auto at =
      std::ranges::find(payload_.values(), field, [](const auto& value) -> std::string_view { return value.field(); });
  return at == payload_.values().end() ? nullptr : &*at;
}

Result<v1::RecordValue*> Record::add(std::string_view field) {
  if (field.empty() || field.size() > kMostPlaceWord) return fail(Errc::invalid, "name of a field");
  if (payload_.values_size() >= kMostValues) return fail(Errc::too_large, "values of a record");
  if (find(field) != nullptr) return fail(Errc::already_exists, "a field is set twice");
  auto* value = payload_.add_values();
  value->set_field(std::string(field));
  return value;
}

Result<> Record::text(std::string_view field, std::string_view value) {
  KW_TRY(auto* to, add(field));
  to->mutable_text()->assign(value);
  return {};
}
Result<> Record::number(std::string_view field, std::int64_t value) {
  KW_TRY(auto* to, add(field));
  to->set_number(value);
  return {};
}
Result<> Record::flag(std::string_view field, bool value) {
  KW_TRY(auto* to, add(field));
  to->set_flag(value);
  return {};
}
Result<> Record::octets(std::string_view field, ByteView value) {
  KW_TRY(auto* to, add(field));
  to->mutable_octets()->assign(text_of(value));
  return {};
}

SecretBytes Record::serialised() const { return SecretBytes(schema::serialise(payload_)); }

Result<Record> Record::parse(ByteView payload) {
  if (payload.size() > kMostRecord) return fail(Errc::too_large, "record");
  Record out;
  if (!out.payload_.ParseFromArray(payload.data(), static_cast<int>(payload.size())))
    return fail(Errc::malformed, "record");
  if (out.payload_.version() != 1) return fail(Errc::unsupported, "version of a record");
  if (out.payload_.values_size() > kMostValues) return fail(Errc::too_large, "values of a record");
  std::vector<std::string_view> names;
  for (const auto& value : out.payload_.values()) {
    if (value.field().empty() || value.value_case() == v1::RecordValue::VALUE_NOT_SET)
      return fail(Errc::malformed, "value of a record");
    names.push_back(value.field());
  }
  std::ranges::sort(names);
  if (std::ranges::adjacent_find(names) != names.end()) return fail(Errc::malformed, "a field is there twice");
  return out;
}

}  // namespace kw::vault
