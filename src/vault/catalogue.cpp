#include "vault/catalogue.h"

#include <algorithm>
#include <array>

#include "base/plain_name.h"
#include "config/parse_toml.h"
#include "config/toml_section.h"

namespace kw::vault {
namespace {

constexpr std::size_t kMostNameText = 64, kMostTitle = 128, kMostChoices = 64, kMostRolesListed = 16;
constexpr int kMostRetention = 36'500;

template <class T>
struct WordOf {
  std::string_view word;
  T value;
};
constexpr std::array kProtections = {WordOf<Protection>{"field", Protection::field},
                                     WordOf<Protection>{"record", Protection::record},
                                     WordOf<Protection>{"file", Protection::file}};
constexpr std::array kBackups = {WordOf<Backup>{"none", Backup::none}, WordOf<Backup>{"daily", Backup::daily},
                                 WordOf<Backup>{"real-time", Backup::real_time}};

bool is_code(std::string_view text) { return !text.empty() && text.size() <= 32 && has_plain_letters(text); }

/// is_field_name takes a-z, 0-9 and '_', a letter first: a column's name as it stands.
bool is_field_name(std::string_view text) {
  const auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
  return !text.empty() && text.size() <= kMostNameText && letter(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

template <class Found, class T>
Result<> known_word(config::TomlSection& from, std::string_view key, Found find, T& to, std::string_view list) {
  std::string word;
  KW_CHECK(from.text(key, word, kMostNameText));
  const auto value = find(word);
  if (!value) return from.wrong(key, "\"" + word + "\" is none of " + std::string(list));
  to = *value;
  return {};
}

template <class T, std::size_t N>
std::optional<T> value_of(const std::array<WordOf<T>, N>& rows, std::string_view word) {
  for (const auto& row : rows)
    if (row.word == word) return row.value;
  return std::nullopt;
}

Protection usual_protection(const DataField& field) {
  if (!possible_values(field.type, 0) && field.type != FieldType::secret) return Protection::file;
  return field.searchable || field.grade >= Grade::three ? Protection::field : Protection::record;
}

Result<> read_storing(config::TomlSection& from, DataField& out) {
  KW_CHECK(from.flag("stored", out.stored));
  KW_CHECK(from.flag("searchable", out.searchable));
  out.protection = out.stored ? usual_protection(out) : Protection::none;
  if (from.has("protection"))
    KW_CHECK(known_word(
        from, "protection", [](auto word) { return value_of(kProtections, word); }, out.protection,
        "field, record, file"));
  KW_CHECK(from.number("retention_days", 1, kMostRetention, out.retention_days));
  if (from.has("backup"))
    KW_CHECK(known_word(
        from, "backup", [](auto word) { return value_of(kBackups, word); }, out.backup, "none, daily, real-time"));
  if (from.has("index_bits") && !out.searchable) return from.wrong("index_bits", "of a field that is not searchable");
  return from.number("index_bits", kLeastIndexBits, kMostIndexBits, out.index_bits);
}

Result<> read_field(config::TomlSection& from, DataField& out) {
  KW_CHECK(from.text("name", out.name, kMostNameText));
  if (!is_field_name(out.name)) return from.wrong("name", "a letter, then a-z, 0-9 and '_'; at most 64");
  KW_CHECK(from.text("title", out.title, kMostTitle));
  if (out.title.empty()) return from.wrong("title", "missing");
  KW_CHECK(known_word(from, "type", type_of, out.type, "the types (src/vault/field_type.cpp)"));
  KW_CHECK(from.texts("choices", out.choices, kMostChoices));
  KW_CHECK(known_word(from, "class", class_of, out.data_class,
                      "authentication, business, audit, configuration, video, personal"));
  std::int64_t grade = 0;
  KW_CHECK(from.number("grade", 1, 4, grade));
  if (grade == 0) return from.wrong("grade", "missing");
  out.grade = static_cast<Grade>(grade);
  KW_CHECK(from.texts("whole_for", out.whole_for, kMostRolesListed));
  KW_CHECK(from.text("mask", out.mask, kMostNameText));
  KW_CHECK(read_storing(from, out));
  return from.finish();
}

Result<> read_head(config::TomlSection& from, DataMatter& out) {
  KW_CHECK(from.text("code", out.code, 32));
  if (!is_code(out.code)) return from.wrong("code", "1 to 32 of a-z, 0-9 and '-'");
  KW_CHECK(from.text("title", out.title, kMostTitle));
  if (out.title.empty()) return from.wrong("title", "missing");
  std::vector<std::string> classes;
  KW_CHECK(from.texts("not_landing", classes, 6));
  for (const auto& word : classes) {
    const auto data_class = class_of(word);
    if (!data_class) return from.wrong("not_landing", "\"" + word + "\" is no class");
    out.not_landing.insert(*data_class);
  }
  return {};
}

void read_root(std::string_view file, const toml::table& root, const CatalogueWords& words, MatterReading& out) {
  auto problem = [&](std::string field, const Error& error) {
    out.problems.push_back({std::string(file), out.matter.code, std::move(field), error.detail()});
  };
  config::TomlSection from(&root, "");
  if (const auto head = read_head(from, out.matter); !head) return problem({}, head.error());
  auto sections = from.sections("field", kMostFields);
  if (!sections) return problem({}, sections.error());
  for (auto& section : *sections) {
    DataField field;
    if (const auto read = read_field(section, field); !read)
      problem(field.name.empty() ? "(without a name)" : field.name, read.error());
    else
      out.matter.fields.push_back(std::move(field));
  }
  if (const auto rest = from.finish(); !rest) problem({}, rest.error());
  check_matter(file, out.matter, words, out.problems);
}

}  // namespace

const DataField* DataMatter::find(std::string_view field) const {
  const auto at = std::ranges::find(fields, field, &DataField::name);
  return at == fields.end() ? nullptr : &*at;
}

std::string CatalogueProblem::text() const {
  std::string out = file + ": matter " + (matter.empty() ? "(without a code)" : matter);
  if (!field.empty()) out += ": field " + field;
  return out + ": " + why;
}

MatterReading read_matter(std::string_view file, std::string_view text, const CatalogueWords& words) {
  MatterReading out;
  auto whole = [&](std::string why) { out.problems.push_back({std::string(file), {}, {}, std::move(why)}); };
  if (text.size() > kMostMatterFile) {
    whole("larger than " + std::to_string(kMostMatterFile) + " octets");
    return out;
  }
  if (const auto root = config::parse_toml(text))
    read_root(file, *root, words, out);
  else
    whole(std::string(root.error().detail()));
  return out;
}

Result<> Catalogue::add(MatterReading reading) {
  std::string texts;
  for (const auto& problem : reading.problems) texts += (texts.empty() ? "" : "; ") + problem.text();
  if (!texts.empty()) return fail(Errc::invalid, texts);
  if (find(reading.matter.code) != nullptr) return fail(Errc::already_exists, "matter " + reading.matter.code);
  matters_.push_back(std::move(reading.matter));
  return {};
}

const DataMatter* Catalogue::find(std::string_view code) const {
  const auto at = std::ranges::find(matters_, code, &DataMatter::code);
  return at == matters_.end() ? nullptr : &*at;
}

}  // namespace kw::vault
