#include "export/kafka.h"

#include <boost/json.hpp>

namespace kw::exports {
namespace {

namespace json = boost::json;

/// One result of a record: 0 where it was taken.
struct Told {
  std::int64_t code = 0;
  bool again = false;  // worth another try
};

json::value record_value(const Profile& profile, const Record& record) {
  if (profile.http.form == RecordForm::cef) return json::string(cef_line(profile, record));
  return json::parse(json_object(profile, record));
}

std::string v2_body(const Profile& profile, const Batch& batch) {
  json::array records;
  for (const auto& record : batch.records)
    records.push_back(json::object{{"key", record.number}, {"value", record_value(profile, record)}});
  return json::serialize(json::object{{"records", std::move(records)}});
}

/// v3 takes a stream of objects, one a record.
std::string v3_body(const Profile& profile, const Batch& batch) {
  std::string out;
  for (const auto& record : batch.records) {
    const json::object one{{"key", json::object{{"type", "JSON"}, {"data", record.number}}},
                           {"value", json::object{{"type", "JSON"}, {"data", record_value(profile, record)}}}};
    out += json::serialize(one) + "\n";
  }
  return out;
}

const json::value* member(const json::value& of, std::string_view key) {
  return of.is_object() ? of.get_object().if_contains(key) : nullptr;
}

/// v2: error_code is null for success, 1 for an error that stays, 2 for one that may pass.
Result<std::vector<Told>> v2_results(std::string_view text) {
  boost::system::error_code error;
  const auto root = json::parse(text, error);
  const auto* offsets = error ? nullptr : member(root, "offsets");
  if (offsets == nullptr || !offsets->is_array()) return fail(Errc::malformed, "answer of the bridge");
  std::vector<Told> out;
  for (const auto& item : offsets->get_array()) {
    const auto* code = member(item, "error_code");
    if (!item.is_object() || (code != nullptr && !code->is_null() && !code->is_int64()))
      return fail(Errc::malformed, "answer of the bridge");
    const auto number = code == nullptr || code->is_null() ? 0 : code->get_int64();
    out.push_back({number, number == 2});
  }
  return out;
}

/// v3: one object a record, error_code 200 for success; 429 and 5xx may pass.
Result<std::vector<Told>> v3_results(std::string_view text, std::size_t most) {
  std::vector<Told> out;
  json::stream_parser parser;
  while (true) {
    const auto start = text.find_first_not_of(" \r\n\t");
    if (start == std::string_view::npos) return out;
    if (out.size() == most) return fail(Errc::malformed, "answer of the bridge");
    text.remove_prefix(start);
    boost::system::error_code error;
    const auto used = parser.write_some(text.data(), text.size(), error);
    if (!error && !parser.done()) parser.finish(error);
    if (error || !parser.done()) return fail(Errc::malformed, "answer of the bridge");
    const auto value = parser.release();
    parser.reset();
    text.remove_prefix(used);
    const auto* code = member(value, "error_code");
    if (code == nullptr || !code->is_int64()) return fail(Errc::malformed, "answer of the bridge");
    const auto number = code->get_int64();
    out.push_back({number == 200 ? 0 : number, number == 429 || number >= 500});
  }
}

}  // namespace

Result<Message> kafka_message(const Profile& profile, const Batch& batch) {
  Message out;
  const bool two = profile.http.wrap == Wrap::kafka_v2;
  out.octets = two ? v2_body(profile, batch) : v3_body(profile, batch);
  out.content_type = two ? "application/vnd.kafka.json.v2+json" : "application/json";
  out.headers.emplace_back("Accept", two ? "application/vnd.kafka.v2+json" : "application/json");
  return out;
}

Result<Answer> kafka_answer(Wrap wrap, const Batch& batch, std::string_view text) {
  auto read = wrap == Wrap::kafka_v2 ? v2_results(text) : v3_results(text, batch.records.size());
  KW_TRY(const auto told, std::move(read));
  if (told.size() != batch.records.size())
    return fail(Errc::malformed, "the bridge answers for another number of records");
  Answer out{true, {}, {}, Blame::receiver};
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (told[i].code == 0) continue;
    out.word = "error_code " + std::to_string(told[i].code);
    if (told[i].again)
      out.accepted = false;
    else
      out.refused.push_back({batch.records[i].number, std::to_string(told[i].code)});
  }
  return out;
}

}  // namespace kw::exports
