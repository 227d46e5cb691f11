#pragma once
// write_words and read_words keep a map of words in one TEXT column, as a JSON object.
#include <boost/json.hpp>
#include <map>

#include "store/sqlite/database.h"

namespace kw::store {

[[nodiscard]] inline std::string write_words(const std::map<std::string, std::string>& words) {
  boost::json::object object;
  for (const auto& [key, value] : words) object[key] = value;
  return boost::json::serialize(object);
}

/// read_words marks the row as corrupt where the column holds anything else.
[[nodiscard]] inline std::map<std::string, std::string> read_words(Row& row) {
  std::map<std::string, std::string> out;
  boost::system::error_code error;
  const auto value = boost::json::parse(row.text(), error);
  if (error || !value.is_object()) {
    row.corrupt();
    return out;
  }
  for (const auto& item : value.get_object()) {
    if (item.value().is_string()) {
      out.emplace(item.key(), item.value().get_string());
    } else {
      row.corrupt();
    }
  }
  return out;
}

}  // namespace kw::store
