// The rules that one field alone does not break by its form. Each is a function with the sentence that the author
// reads.
#include <algorithm>

#include "vault/catalogue.h"

namespace kw::vault {
namespace {

/// Collects problems of one field.
class FieldReport {
 public:
  FieldReport(std::string_view file, const DataMatter& matter, const DataField& field,
              std::vector<CatalogueProblem>& problems)
      : file_(file), matter_(matter), field_(field), problems_(problems) {}
  void when(bool wrong, std::string why) {
    if (wrong) problems_.push_back({std::string(file_), matter_.code, field_.name, std::move(why)});
  }

 private:
  std::string_view file_;
  const DataMatter& matter_;
  const DataField& field_;
  std::vector<CatalogueProblem>& problems_;
};

bool is_comparable(const DataField& field) { return possible_values(field.type, field.choices.size()).has_value(); }

std::string word_of(DataClass data_class) { return std::string(name(data_class)); }
std::string word_of(FieldType type) { return std::string(name(type)); }

void check_choices(const DataField& field, FieldReport& report) {
  const bool is_choice = field.type == FieldType::choice;
  report.when(is_choice && field.choices.size() < 2, "a choice has at least two values (choices)");
  report.when(!is_choice && !field.choices.empty(), "choices are for type choice alone");
  auto sorted = field.choices;
  std::ranges::sort(sorted);
  report.when(std::ranges::adjacent_find(sorted) != sorted.end(), "a choice is listed twice");
}

void check_class(const DataField& field, FieldReport& report) {
  const auto is_personal = field.data_class == DataClass::personal;
  report.when(is_personal && field.mask.empty(), "a personal field has a mask (clause 7.2-c)");
  report.when(is_personal && field.grade == Grade::one, "a personal field is not public: grade 2 to 4");
  report.when(field.data_class == DataClass::authentication && field.grade < Grade::three,
              "authentication data are of grade 3 or 4");
  report.when(field.type == FieldType::secret && field.data_class != DataClass::authentication,
              "a secret is of class authentication");
  report.when(field.type == FieldType::biometric && !is_personal && field.data_class != DataClass::authentication,
              "a biometric value is of class personal or authentication");
  report.when(field.type == FieldType::biometric && field.grade != Grade::four, "a biometric value is of grade 4");
  const bool says_who =
      field.type == FieldType::id_number || field.type == FieldType::phone || field.type == FieldType::bank_card;
  report.when(says_who && field.data_class != DataClass::personal && field.data_class != DataClass::authentication,
              "a value of type " + word_of(field.type) + " says who somebody is: class personal");
}

void check_shown(const DataField& field, const CatalogueWords& words, FieldReport& report) {
  report.when(!field.mask.empty() && !words.masks.contains(field.mask),
              "mask \"" + field.mask + "\" is none that there is");
  auto roles = field.whole_for;
  std::ranges::sort(roles);
  report.when(std::ranges::adjacent_find(roles) != roles.end(), "a role is listed twice (whole_for)");
  for (const auto& role : roles)
    report.when(!words.roles.contains(role), "role \"" + role + "\" is none that there is");
  report.when(field.data_class == DataClass::authentication && !roles.empty(),
              "nobody sees authentication data whole (whole_for)");
}

void check_storing(const DataMatter& matter, const DataField& field, FieldReport& report) {
  report.when(field.stored && !matter.may_store(field.data_class),
              "class " + word_of(field.data_class) + " does not land: the field cannot be stored (clause 7.4.1)");
  report.when(field.stored && field.retention_days == 0, "a stored field says how long (retention_days)");
  report.when(!field.stored && field.retention_days != 0, "retention_days of a field that is not stored");
  report.when(!field.stored && field.backup != Backup::none, "backup of a field that is not stored");
  report.when(!field.stored && field.protection != Protection::none, "protection of a field that is not stored");
  if (!field.stored) return;
  report.when(field.data_class == DataClass::audit && field.retention_days < kLeastAuditDays,
              "audit data are kept " + std::to_string(kLeastAuditDays) + " days and more");
  report.when(field.data_class == DataClass::video && field.retention_days < kLeastVideoDays,
              "video is kept " + std::to_string(kLeastVideoDays) + " days and more");
  report.when(field.protection == Protection::file && is_comparable(field),
              "type " + word_of(field.type) + " is not a file's");
  report.when(field.protection != Protection::file && (field.type == FieldType::file || field.type == FieldType::video),
              "type " + word_of(field.type) + " is protected as a file");
  report.when(field.grade == Grade::four && field.protection == Protection::record,
              "grade 4 has a key of its own: protection field or file (clause 7.5)");
}

void check_search(const DataField& field, FieldReport& report) {
  if (!field.searchable) return;
  report.when(!field.stored, "searchable, but not stored");
  report.when(field.stored && field.protection != Protection::field, "a searchable field has protection field");
  const auto values = possible_values(field.type, field.choices.size());
  report.when(!values, "type " + word_of(field.type) + " cannot be searched");
  report.when(values && *values < kLeastSearchable,
              "type " + word_of(field.type) +
                  " has so few values that a blind index tells them by counting: it cannot be searchable");
}

}  // namespace

void check_matter(std::string_view file, const DataMatter& matter, const CatalogueWords& words,
                  std::vector<CatalogueProblem>& problems) {
  auto whole = [&](std::string why) { problems.push_back({std::string(file), matter.code, {}, std::move(why)}); };
  const auto slash = file.rfind('/');
  if (file.substr(slash == std::string_view::npos ? 0 : slash + 1) != matter.code + ".toml")
    whole("the file of a matter is CODE.toml");
  if (matter.fields.empty() && problems.empty()) whole("no fields");
  std::set<std::string_view> names;
  for (const auto& field : matter.fields) {
    FieldReport report(file, matter, field, problems);
    report.when(!names.insert(field.name).second, "the name is there twice");
    check_choices(field, report);
    check_class(field, report);
    check_shown(field, words, report);
    check_storing(matter, field, report);
    check_search(field, report);
  }
}

}  // namespace kw::vault
