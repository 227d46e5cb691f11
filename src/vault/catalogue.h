#pragma once
// Catalogue says of every datum of every business matter what it is and how it is treated; read_matter checks one file.
//
// One TOML file a matter in catalogue/data/ (ADR 104). PURE; any thread. The reader gives every problem that it finds,
// with file, matter and field, so that an author mends a file in one go. Source: DB4403/T 503.7 clauses 6.5-b, 7.1 to
// 7.5; GB/T 43697 for grades.
#include <set>
#include <string>
#include <vector>

#include "vault/blind_index.h"

namespace kw::vault {

/// How a stored value is protected: alone, with the others of its case, or as a file.
enum class Protection : std::uint8_t { none, field, record, file };
enum class Backup : std::uint8_t { none, daily, real_time };

struct DataField {
  std::string name, title;
  FieldType type = FieldType::text;
  std::vector<std::string> choices;
  DataClass data_class = DataClass::business;
  Grade grade = Grade::two;
  bool stored = false;
  Protection protection = Protection::none;  // none exactly where it is not stored
  std::vector<std::string> whole_for;        // roles that may see it whole
  std::string mask;                          // what everybody else sees; empty: nothing is hidden
  bool searchable = false;
  unsigned index_bits = kIndexBits;
  int retention_days = 0;  // 0 exactly where it is not stored
  Backup backup = Backup::none;
};

struct DataMatter {
  std::string code, title;
  std::set<DataClass> not_landing;  // classes that this matter never stores, beside those that nobody does
  std::vector<DataField> fields;
  [[nodiscard]] const DataField* find(std::string_view field) const;
  [[nodiscard]] bool may_store(DataClass data_class) const {
    return lands(data_class) && !not_landing.contains(data_class);
  }
};

/// Where a catalogue is wrong, and why; `field` is empty where the matter as a whole is meant.
struct CatalogueProblem {
  std::string file, matter, field, why;
  [[nodiscard]] std::string text() const;  // "FILE: matter CODE: field NAME: why"
};

/// What the catalogue may name: roles of schemas/permissions.json, masks that there are.
struct CatalogueWords {
  std::set<std::string, std::less<>> roles, masks;
};

struct MatterReading {
  DataMatter matter;  // to be used only where there are no problems
  std::vector<CatalogueProblem> problems;
};

inline constexpr std::size_t kMostMatterFile = 64 * 1024;
inline constexpr std::size_t kMostFields = 256;
inline constexpr int kLeastAuditDays = 180,
                     kLeastVideoDays = 30;  // Cybersecurity Law article 21; the project's reading

/// read_matter never fails otherwise than by problems. `file` is its name, for the problems alone; without its ending
/// it is the matter's code.
[[nodiscard]] MatterReading read_matter(std::string_view file, std::string_view toml, const CatalogueWords& words);

/// check_matter is the part of read_matter that looks at a matter as it was read.
void check_matter(std::string_view file, const DataMatter& matter, const CatalogueWords& words,
                  std::vector<CatalogueProblem>& problems);

/// All matters by code. add: Errc::invalid with the problems' texts, already_exists for a second matter of a code.
class Catalogue {
 public:
  Result<> add(MatterReading reading);
  [[nodiscard]] const DataMatter* find(std::string_view code) const;
  [[nodiscard]] const std::vector<DataMatter>& matters() const noexcept { return matters_; }

 private:
  std::vector<DataMatter> matters_;
};

}  // namespace kw::vault
