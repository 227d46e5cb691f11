#pragma once
// Field says where one value of a record goes, under which name and in which form: the mapping of a profile, as data.
//
//   [[field]]
//   name = "Operate_Result"
//   from = "result"
//   map = { success = "1" }
//   otherwise = "0"
//
// PURE and thread-safe.
#include <vector>

#include "export/record.h"

namespace kw::exports {

/// What a value can be taken from; `param` is one parameter of the event, `words` all of them as text.
enum class Source : std::uint8_t {
  fixed,
  number,
  index,
  ledger,
  type,
  result,
  severity,
  severity_number,
  time,
  received,
  device,
  device_name,
  device_address,
  site,
  region,
  person,
  role,
  clause,
  case_id,
  trace,
  param,
  words
};
[[nodiscard]] std::optional<Source> parse_source(std::string_view word) noexcept;

/// compact: yyyyMMddHHmmss in the profile's zone. rfc3339: UTC. unix_ms: milliseconds since 1970.
enum class TimeForm : std::uint8_t { rfc3339, compact, unix_ms };
[[nodiscard]] std::optional<TimeForm> parse_time_form(std::string_view word) noexcept;

struct Field {
  std::string name;
  Source from = Source::fixed;
  std::string fixed;                         // the value of Source::fixed; the key of Source::param
  std::map<std::string, std::string> map{};  // a key that ends in '*' is a beginning; the longest one counts
  std::optional<std::string> otherwise{};    // where the map has nothing; without a map: for an empty value
  TimeForm form = TimeForm::rfc3339;
  std::size_t most = 0;  // characters; 0: no bound of its own
};

/// value_of is the text of one field.
[[nodiscard]] std::string value_of(const Field& field, const Record& record, int zone_minutes);
/// words_of gives the parameters as "key=value; key=value".
[[nodiscard]] std::string words_of(const Record& record);
/// compact_time gives "20261123161530" in a zone that many minutes east of UTC.
[[nodiscard]] std::string compact_time(Timestamp time, int zone_minutes);

}  // namespace kw::exports
