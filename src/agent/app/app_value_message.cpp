#include "agent/app/app_value_message.h"

#include <algorithm>
#include <array>

#include "agent/app/session_values.h"
#include "base/utf8.h"
#include "device/reader/card_words.h"
#include "trail/words.h"

namespace kw::agent {
namespace {

using namespace std::string_view_literals;
constexpr std::size_t kMostFieldName = 64, kMostReference = 64, kMostWord = 32, kCaseText = 32;
constexpr std::int64_t kMostVersion = std::int64_t{1} << 53;
constexpr std::array kAppPurposes{"entry"sv, "certificate"sv, "listing"sv};
constexpr std::size_t kMostInto = 16;
constexpr std::array kAppSources{"card"sv, "code"sv};
constexpr std::array kAppPlaces{"entry_screen"sv, "printer"sv};

bool is_column(std::string_view text) {
  return !text.empty() && text.size() <= kMostFieldName &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool is_reference(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  });
}

Result<std::string> one_of(AppFields& fields, std::string_view name, const auto& words) {
  KW_TRY(auto out, fields.text(name, kMostWord));
  if (std::ranges::find(words, out) == words.end()) return fail(Errc::invalid, std::string(name) + ": not of the list");
  return out;
}

Result<std::string> column(AppFields& fields) {
  KW_TRY(auto out, fields.text("field", kMostFieldName));
  if (!is_column(out)) return fail(Errc::invalid, "field");
  return out;
}

Result<std::vector<std::string>> columns(AppFields& fields) {
  KW_TRY(auto out, fields.texts("fields", SessionValues::kMost, kMostFieldName));
  if (!std::ranges::all_of(out, is_column)) return fail(Errc::invalid, "fields");
  auto sorted = out;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return fail(Errc::invalid, "fields: one twice");
  return out;
}

Result<std::string> value_text(AppFields& fields) {
  KW_TRY(auto out, fields.text("value", SessionValues::kMostOctets));
  if (out.empty() || !is_utf8(out) || out.find('\0') != std::string::npos) return fail(Errc::invalid, "value");
  return out;
}

Result<Bytes> case_id(AppFields& fields) {
  KW_TRY(const auto text, fields.text("case", kCaseText));
  auto out = from_hex(text);
  if (!out || text.size() != kCaseText) return fail(Errc::invalid, "case");
  return std::move(*out);
}

/// What every message to the vault bears. Without a consent it is the desk that refuses.
Result<> read_reason(AppFields& fields, AppVaultReason& to) {
  KW_TRY(to.handle, fields.handle());
  KW_TRY(to.purpose, one_of(fields, "purpose", kAppPurposes));
  KW_TRY(to.consent, fields.text("consent", kMostReference, false));
  if (!to.consent.empty() && !is_reference(to.consent)) return fail(Errc::invalid, "consent");
  return {};
}

Result<AppMessage> read_submit(AppFields& fields, std::int64_t id) {
  AppSubmit out;
  out.id = id;
  KW_CHECK(read_reason(fields, out));
  KW_TRY(out.number, fields.text("number", kMostReference));
  if (!is_reference(out.number)) return fail(Errc::invalid, "number");
  KW_TRY(out.status, fields.text("status", kMostWord));
  if (!trail::is_plain_word(out.status)) return fail(Errc::invalid, "status");
  KW_TRY(out.for_another, fields.flag("for_another"));
  KW_TRY(out.fields, columns(fields));
  if (out.fields.empty() && fields.has("fields")) return fail(Errc::invalid, "fields");
  if (fields.has("case") != fields.has("version")) return fail(Errc::invalid, "case and version");
  if (fields.has("case")) {
    KW_TRY(out.case_id, case_id(fields));
    KW_TRY(out.version, fields.number("version", 1, kMostVersion, 0));
  }
  return AppMessage(std::move(out));
}

/// What is read, and which datum becomes what it says.
Result<AppMessage> read_reading(AppFields& fields, std::int64_t id) {
  AppRead out;
  out.id = id;
  KW_TRY(out.handle, fields.handle());
  KW_TRY(const auto source, one_of(fields, "source", kAppSources));
  out.source = source == "card" ? ReadSource::card : ReadSource::code;
  KW_TRY(const auto into, fields.pairs("into", kMostInto, kMostFieldName));
  std::vector<std::string_view> named;
  for (const auto& [word, field] : into) {
    if (!(out.source == ReadSource::card ? device::is_card_word(word) : word == "text"))
      return fail(Errc::invalid, "into: not of the list");
    if (!is_column(field) || std::ranges::find(named, field) != named.end()) return fail(Errc::invalid, "into");
    named.emplace_back(field);
    out.into.push_back({word, field});
  }
  KW_TRY(out.wait_ms, read_wait(fields));
  return AppMessage(std::move(out));
}

/// A part lies within its file: what is wrong with its place in the row of parts, the desk says.
Result<AppMessage> read_put_file(AppFields& fields, std::int64_t id) {
  AppPutFile out;
  out.id = id;
  KW_CHECK(read_reason(fields, out));
  KW_TRY(out.case_id, case_id(fields));
  KW_TRY(out.field, column(fields));
  KW_TRY(const auto size, fields.number("size", 1, kMostVersion, 0));
  KW_TRY(const auto offset, fields.number("offset", 0, kMostVersion, -1));
  if (size == 0 || offset < 0) return fail(Errc::invalid, "size and offset");
  KW_TRY(const auto encoded, fields.text("data_base64", (trail::kMostFilePart + 2) / 3 * 4));
  auto octets = from_base64(encoded);
  if (!octets || octets->empty()) return fail(Errc::invalid, "data_base64");
  out.octets = SecretBytes(std::move(*octets));
  if (offset > size || out.octets.size() > static_cast<std::uint64_t>(size - offset))
    return fail(Errc::invalid, "a part behind the end");
  out.size = static_cast<std::uint64_t>(size);
  out.offset = static_cast<std::uint64_t>(offset);
  return AppMessage(std::move(out));
}

Result<AppMessage> read_vault_message(AppFields& fields, std::string_view type, std::int64_t id) {
  if (type == "put_file") return read_put_file(fields, id);
  if (type == "drop_file") {
    KW_TRY(auto handle, fields.handle());
    return AppMessage(AppDropFile{id, std::move(handle)});
  }
  if (type == "find") {
    AppFind out;
    out.id = id;
    KW_CHECK(read_reason(fields, out));
    KW_TRY(out.field, column(fields));
    KW_TRY(out.value, value_text(fields));
    return AppMessage(std::move(out));
  }
  if (type == "case") {
    AppCase out;
    out.id = id;
    KW_CHECK(read_reason(fields, out));
    KW_TRY(out.case_id, case_id(fields));
    return AppMessage(std::move(out));
  }
  if (type == "reveal_case") {
    AppRevealCase out;
    out.id = id;
    KW_CHECK(read_reason(fields, out));
    KW_TRY(out.case_id, case_id(fields));
    KW_TRY(out.place, one_of(fields, "place", kAppPlaces));
    KW_TRY(out.fields, columns(fields));
    if (out.fields.empty()) return fail(Errc::invalid, "fields");
    return AppMessage(std::move(out));
  }
  if (type != "remove_case") return fail(Errc::unsupported, "type");
  AppRemoveCase out;
  out.id = id;
  KW_CHECK(read_reason(fields, out));
  KW_TRY(out.case_id, case_id(fields));
  KW_TRY(out.version, fields.number("version", 1, kMostVersion, 0));
  if (out.version == 0) return fail(Errc::invalid, "version: missing");
  return AppMessage(std::move(out));
}

}  // namespace

Result<std::int64_t> read_wait(AppFields& fields) { return fields.number("wait_ms", 1000, 60'000, 30'000); }

Result<AppMessage> read_value_message(AppFields& fields, std::string_view type, std::int64_t id) {
  if (type == "put") {
    AppPut out;
    out.id = id;
    KW_TRY(out.handle, fields.handle());
    KW_TRY(out.field, column(fields));
    KW_TRY(out.value, value_text(fields));
    return AppMessage(std::move(out));
  }
  if (type == "get" || type == "drop") {
    KW_TRY(auto handle, fields.handle());
    KW_TRY(auto field, column(fields));
    if (type == "get") return AppMessage(AppGet{id, std::move(handle), std::move(field)});
    return AppMessage(AppDrop{id, std::move(handle), std::move(field)});
  }
  if (type == "reveal") {
    AppReveal out;
    out.id = id;
    KW_TRY(out.handle, fields.handle());
    KW_TRY(out.field, column(fields));
    KW_TRY(out.purpose, one_of(fields, "purpose", kAppPurposes));
    KW_TRY(out.place, one_of(fields, "place", kAppPlaces));
    return AppMessage(std::move(out));
  }
  if (type == "read") return read_reading(fields, id);
  if (type == "submit") return read_submit(fields, id);
  return read_vault_message(fields, type, id);
}

}  // namespace kw::agent
