#include <algorithm>
#include <boost/json.hpp>

#include "report/model_json.h"

namespace kw::report {
namespace {

namespace json = boost::json;
using compliance::Why;

// Whatever is not read here is found by comparing octets at the end; so nothing has to count keys.

Error misshapen(std::string_view key) { return Error(Errc::malformed, "report.json: " + std::string(key)); }

Result<const json::object*> object_in(const json::value& value, std::string_view what) {
  if (const auto* object = value.if_object()) return object;
  return misshapen(what);
}
Result<const json::object*> object_at(const json::object& from, std::string_view key) {
  if (const auto* value = from.if_contains(key)) return object_in(*value, key);
  return misshapen(key);
}
Result<const json::array*> array_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value != nullptr && value->is_array()) return &value->get_array();
  return misshapen(key);
}
Result<> read(const json::object& from, std::string_view key, std::string& to) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_string()) return misshapen(key);
  to = value->get_string();
  return {};
}
Result<> read(const json::object& from, std::string_view key, std::uint64_t& to) {
  const auto* value = from.if_contains(key);
  if (value == nullptr || !value->is_number()) return misshapen(key);
  json::error_code problem;
  to = value->to_number<std::uint64_t>(problem);
  if (problem) return misshapen(key);
  return {};
}
Result<> read(const json::object& from, std::string_view key, Words& to) {
  KW_TRY(const auto* words, object_at(from, key));
  KW_CHECK(read(*words, "zh", to.zh));
  return read(*words, "en", to.en);
}
Result<> read(const json::object& from, std::string_view key, Timestamp& to) {
  std::string text;
  KW_CHECK(read(from, key, text));
  const auto time = from_rfc3339(text);
  if (!time) return misshapen(key);
  to = *time;
  return {};
}
Result<> read_hex(const json::object& from, std::string_view key, Bytes& to) {
  std::string text;
  KW_CHECK(read(from, key, text));
  KW_TRY(to, from_hex(text));
  return {};
}
Result<> read_base64(const json::object& from, std::string_view key, Bytes& to) {
  std::string text;
  KW_CHECK(read(from, key, text));
  KW_TRY(to, from_base64(text));
  return {};
}
/// A word that `parse` knows.
template <class Word, class Parse>
Result<> read_word(const json::object& from, std::string_view key, Parse parse, Word& to) {
  std::string text;
  KW_CHECK(read(from, key, text));
  const auto word = parse(text);
  if (!word) return misshapen(key);
  to = *word;
  return {};
}
/// read_all gives each object of an array to `one`.
template <class To, class One>
Result<> read_all(const json::object& from, std::string_view key, std::size_t most, std::vector<To>& to, One one) {
  KW_TRY(const auto* array, array_at(from, key));
  if (array->size() > most) return fail(Errc::too_large, "report.json: " + std::string(key));
  to.reserve(array->size());
  for (const auto& value : *array) {
    KW_TRY(const auto* object, object_in(value, key));
    KW_TRY(auto read_one, one(*object));
    to.push_back(std::move(read_one));
  }
  return {};
}
Result<> read_places(const json::object& from, std::vector<std::uint32_t>& to) {
  if (!from.contains("proofs")) return {};
  KW_TRY(const auto* array, array_at(from, "proofs"));
  for (const auto& value : *array) {
    json::error_code problem;
    to.push_back(value.is_number() ? value.to_number<std::uint32_t>(problem) : std::uint32_t{0});
    if (problem || !value.is_number()) return misshapen("proofs");
  }
  return {};
}
Result<> read_strings(const json::object& from, std::string_view key, std::vector<std::string>& to) {
  KW_TRY(const auto* array, array_at(from, key));
  for (const auto& value : *array) {
    if (!value.is_string()) return misshapen(key);
    to.emplace_back(value.get_string());
  }
  return {};
}

/// The words of an enumeration that names itself and has `count` values.
template <class Word, std::size_t Count>
std::optional<Word> named(std::string_view text) {
  for (std::size_t i = 0; i < Count; ++i)
    if (const auto word = static_cast<Word>(i); name(word) == text) return word;
  return std::nullopt;
}
std::optional<compliance::Check::Kind> check_kind_named(std::string_view text) {
  if (text == "fact") return compliance::Check::Kind::fact;
  if (text == "event") return compliance::Check::Kind::event;
  if (text == "record") return compliance::Check::Kind::record;
  return std::nullopt;
}

Result<Evidence> read_evidence(const json::object& from, const Rule& rule) {
  constexpr std::size_t kWhys = static_cast<std::size_t>(Why::left_open) + 1;
  Evidence out;
  std::uint64_t seconds = 0;
  KW_CHECK(read(from, "age_s", seconds));
  if (seconds > std::uint64_t{1} << 33U) return misshapen("age_s");
  out.reason.age = std::chrono::seconds(seconds);
  if (from.contains("check")) {
    std::string check;
    KW_CHECK(read(from, "check", check));
    const auto at = std::ranges::find(rule.checks, check, &RuleCheck::name);
    if (at == rule.checks.end()) return misshapen("check");
    out.reason.check = static_cast<std::uint16_t>(at - rule.checks.begin());
  }
  KW_CHECK(read_word(from, "outcome", compliance::parse_outcome, out.reason.outcome));
  KW_CHECK(read_word(from, "why", named<Why, kWhys>, out.reason.why));
  KW_CHECK(read(from, "used", out.reason.used));
  KW_CHECK(read(from, "value", out.reason.value));
  KW_CHECK(read_places(from, out.proofs));
  return out;
}

class ModelReader {
 public:
  Result<Model> read_model(const json::object& root) {
    KW_CHECK(read_cover(root));
    KW_CHECK(read_base64(root, "checkpoint", model_.checkpoint));
    KW_CHECK(read_all(root, "rules", kMostRules, model_.rules, read_rule));
    for (std::size_t r = 0; r < model_.rules.size(); ++r)
      places_.emplace(model_.rules[r].id, static_cast<std::uint16_t>(r));
    KW_CHECK(read_all(root, "subjects", kMostSubjects, model_.subjects,
                      [this](const json::object& from) { return read_subject(from); }));
    KW_CHECK(read_all(root, "records", kMostProofs, model_.records, read_record));
    KW_CHECK(read_all(root, "items", kMostProofs, model_.items, read_item));
    KW_CHECK(read_all(root, "proofs", kMostProofs, model_.proofs, read_proof));
    KW_CHECK(read_all(root, "trend", kMostProofs, model_.trend, [](const json::object& from) -> Result<TrendPoint> {
      TrendPoint out;
      KW_CHECK(read(from, "time", out.time));
      KW_CHECK(read(from, "hundredths", out.hundredths));
      return out;
    }));
    return std::move(model_);
  }

 private:
  Result<> read_cover(const json::object& root) {
    KW_TRY(const auto* from, object_at(root, "cover"));
    auto& cover = model_.cover;
    KW_CHECK(read(*from, "number", cover.number));
    KW_CHECK(read(*from, "standard", cover.standard));
    KW_CHECK(read(*from, "software", cover.software));
    for (const auto& [key, to] :
         std::initializer_list<std::pair<std::string_view, Words*>>{{"title", &cover.title},
                                                                    {"subject", &cover.subject},
                                                                    {"scope", &cover.scope},
                                                                    {"operating_unit", &cover.operating_unit},
                                                                    {"prepared_by", &cover.prepared_by},
                                                                    {"platform", &cover.platform}})
      KW_CHECK(read(*from, key, *to));
    KW_CHECK(read(*from, "from", cover.from));
    KW_CHECK(read(*from, "until", cover.until));
    return read(*from, "made", cover.made);
  }

  static Result<RuleCheck> read_check(const json::object& from) {
    RuleCheck out;
    KW_CHECK(read(from, "name", out.name));
    KW_CHECK(read(from, "asked", out.asked));
    KW_CHECK(read(from, "must", out.must));
    KW_CHECK(read(from, "what", out.what));
    KW_CHECK(read_word(from, "kind", check_kind_named, out.kind));
    return out;
  }

  static Result<Rule> read_rule(const json::object& from) {
    Rule out;
    KW_CHECK(read(from, "id", out.id));
    KW_CHECK(read(from, "clause", out.clause));
    KW_CHECK(read_word(from, "modality", compliance::parse_modality, out.modality));
    KW_CHECK(read_word(from, "severity", compliance::parse_severity, out.severity));
    KW_CHECK(read_word(from, "scope", compliance::parse_scope, out.scope));
    KW_CHECK(read(from, "title", out.title));
    KW_CHECK(read(from, "advice", out.advice));
    KW_CHECK(read(from, "leaves_open", out.leaves_open));
    KW_CHECK(read_all(from, "checks", kMostRules, out.checks, read_check));
    return out;
  }

  Result<Line> read_line(const json::object& from) const {
    std::string id;
    KW_CHECK(read(from, "rule", id));
    const auto at = places_.find(id);
    if (at == places_.end()) return misshapen("rule of a line");
    Line out;
    out.rule = at->second;
    KW_CHECK(read_word(from, "status", compliance::parse_status, out.status));
    if (from.contains("valid_until")) KW_CHECK(read(from, "valid_until", out.valid_until.emplace()));
    KW_CHECK(read_places(from, out.proofs));
    const auto& rule = model_.rules[out.rule];
    KW_CHECK(read_all(from, "evidence", kMostRules, out.evidence,
                      [&](const json::object& one) { return read_evidence(one, rule); }));
    return out;
  }

  Result<Subject> read_subject(const json::object& from) const {
    Subject out;
    KW_CHECK(read_word(from, "scope", compliance::parse_scope, out.scope));
    for (const auto& [key, to] :
         std::initializer_list<std::pair<std::string_view, std::string*>>{{"id", &out.id},
                                                                          {"name", &out.name},
                                                                          {"kind", &out.kind},
                                                                          {"site", &out.site},
                                                                          {"district", &out.district},
                                                                          {"custodian", &out.custodian}})
      KW_CHECK(read(from, key, *to));
    KW_CHECK(
        read_all(from, "lines", kMostRules, out.lines, [this](const json::object& one) { return read_line(one); }));
    return out;
  }

  static Result<Record> read_record(const json::object& from) {
    Record out;
    for (const auto& [key, to] :
         std::initializer_list<std::pair<std::string_view, std::string*>>{{"kind", &out.kind},
                                                                          {"number", &out.number},
                                                                          {"issuer", &out.issuer},
                                                                          {"role", &out.role},
                                                                          {"subject", &out.subject}})
      KW_CHECK(read(from, key, *to));
    KW_CHECK(read(from, "about", out.about));
    KW_CHECK(read(from, "valid_from", out.valid_from));
    KW_CHECK(read(from, "valid_until", out.valid_until));
    KW_CHECK(read_hex(from, "file_sm3", out.file_digest));
    return out;
  }

  static Result<ItemLine> read_item(const json::object& from) {
    ItemLine out;
    for (const auto& [key, to] : std::initializer_list<std::pair<std::string_view, std::string*>>{
             {"standard", &out.standard}, {"id", &out.id}, {"level2", &out.level2}, {"level3", &out.level3}})
      KW_CHECK(read(from, key, *to));
    KW_CHECK(read(from, "class", out.control_class));
    KW_CHECK(read(from, "title", out.title));
    KW_CHECK(read_word(from, "status", compliance::parse_status, out.status));
    KW_CHECK(read_strings(from, "proven_by", out.proven_by));
    return out;
  }

  static Result<ProvedEntry> read_proof(const json::object& from) {
    ProvedEntry out;
    KW_CHECK(read(from, "index", out.index));
    KW_CHECK(read(from, "type", out.type));
    KW_CHECK(read(from, "time", out.time));
    KW_CHECK(read_base64(from, "entry", out.entry));
    Bytes leaf;
    KW_CHECK(read_hex(from, "leaf", leaf));
    KW_TRY(out.leaf, to_array<32>(leaf));
    std::vector<std::string> path;
    KW_CHECK(read_strings(from, "path", path));
    if (path.size() > ledger::kMaxProof) return misshapen("path");
    for (const auto& text : path) {
      KW_TRY(const auto hash, from_hex(text));
      KW_TRY(out.path.emplace_back(), to_array<32>(hash));
    }
    return out;
  }

  Model model_;
  std::map<std::string, std::uint16_t, std::less<>> places_;
};

}  // namespace

Result<Model> read_json(std::string_view text) {
  if (text.size() > kMostReportJson) return fail(Errc::too_large, "report.json");
  json::error_code problem;
  json::monotonic_resource memory;
  json::parse_options options;
  options.max_depth = 12;
  const auto root = json::parse(json::string_view(text.data(), text.size()), problem, &memory, options);
  if (problem) return fail(Errc::malformed, "report.json: " + problem.message());
  KW_TRY(const auto* object, object_in(root, "not an object"));
  std::string format;
  std::uint64_t version = 0;
  KW_CHECK(read(*object, "format", format));
  if (format != "kioskward-report") return misshapen("format");
  KW_CHECK(read(*object, "version", version));
  if (version != kModelVersion) return fail(Errc::unsupported, "report.json: version");
  KW_TRY(auto out, ModelReader().read_model(*object));
  KW_CHECK(check_model(out));
  if (write_json(out) != text)
    return fail(Errc::corrupt, "report.json: not in canonical form, or its sums do not agree");
  return out;
}

}  // namespace kw::report
