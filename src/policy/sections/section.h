#pragma once
// Section is one part of the kiosk's defence as policy knows it: its name, its check, and the actions an order may ask.
//
// A section is a message of its own in schemas/kioskward/v1/<name>.proto, a field of PolicyBundle with the same name,
// and one row of sections(). Its first field is `Mode mode`; everything else is its own. Nothing else has to know it:
// JSON form, schema for the console, storage, signing and delivery work from the message's description.
//
//   {"peripherals": {"mode": "watch", "allow": [...]}, "camera": {...}}      absent sections are off
//
// Threads: plain values and pure functions.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kioskward/v1/device.pb.h"
#include "kioskward/v1/policy.pb.h"
#include "policy/check.h"

namespace kw::policy {

/// Findings gathers what a check has to say about one section; paths are given relative to it.
class Findings {
 public:
  explicit Findings(std::string_view section) : root_("/" + std::string(section)) {}
  void add(std::string_view path, std::string_view code, std::string detail, bool warning = false);
  [[nodiscard]] std::vector<Problem> take() && { return std::move(problems_); }

 private:
  std::string root_;
  std::vector<Problem> problems_;
};

/// check_number finds "out_of_range"; 0 stands for the usual value.
void check_number(std::uint32_t value, std::uint32_t least, std::uint32_t most, std::string_view field, Findings& findings);

/// ActionSpec is something an order may ask of a section; `args` are the arguments' names, all of them asked.
struct ActionSpec {
  std::string_view name;
  std::vector<std::string_view> args;
};

struct Section {
  std::string_view name;
  std::string_view clauses;                                           // of DB4403/T 503.7-2024, comma-separated
  void (*check)(const v1::PolicyBundle& policy, Findings& findings);  // called where the section is there, mode and all
  std::vector<ActionSpec> actions;
};

/// sections lists every section, in the order in which the console shows them.
[[nodiscard]] std::span<const Section> sections();
[[nodiscard]] const Section* find_section(std::string_view name);
/// find_action gives the action when the section has it and `args` holds exactly its arguments.
[[nodiscard]] const ActionSpec* find_action(const v1::Order& order);

/// check_sections judges every section that `policy` holds; a fatal problem keeps the bundle from being taken.
[[nodiscard]] std::vector<Problem> check_sections(const v1::PolicyBundle& policy);
/// mode_of gives the mode of a section in `policy`; OFF where it is absent or unknown.
[[nodiscard]] v1::Mode mode_of(const v1::PolicyBundle& policy, std::string_view section);
/// set_mode changes the mode of a section that `policy` holds.
void set_mode(v1::PolicyBundle& policy, std::string_view section, v1::Mode mode);

inline constexpr std::size_t kMostDefenceOctets = 900U << 10;  // JSON form; a bundle has 1 MiB

/// parse_sections reads the JSON form into the sections of a bundle, in place of those it holds. Errc::too_large,
/// Errc::malformed; the detail starts with the JSON pointer. Unknown and repeated keys are errors, absent fields have
/// their defaults. Words of enumerations are lower case.
[[nodiscard]] Result<> parse_sections(std::string_view json, v1::PolicyBundle& to);
/// sections_json writes the same form with every field.
[[nodiscard]] std::string sections_json(const v1::PolicyBundle& policy);
/// sections_schema describes the form: {"peripherals": {"clauses": ..., "fields": [{"name", "type", "list", ...}],
/// "actions": [...]}}; types are "boolean", "integer", "number", "text", "choice" (with "words"), "object" ("fields").
[[nodiscard]] std::string sections_schema();

}  // namespace kw::policy
