#pragma once
// render shows JSON as aligned text: lists as tables, objects as names and values, what is inside them below.
//
// The text comes from a server, and through it from kiosks: all of it goes through printable(). PURE.
#include <boost/json/value.hpp>
#include <ostream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kw::cli {

/// parse_json takes what a server sent: Errc::malformed for what is no JSON, or nested deeper than 16.
Result<boost::json::value> parse_json(std::string_view text);

/// text_member is a member that is a string; empty where there is none.
[[nodiscard]] std::string text_member(const boost::json::object& object, std::string_view name);

/// cell is one value on one line; times lose their fractions of a second, objects become "name=value name=value".
[[nodiscard]] std::string cell(const boost::json::value& value);

/// render shows an answer. Of a list ("items") and of an object, `columns` (names parted by blanks) are shown, and
/// everything where it is empty; beside a list stands what else the answer holds.
void render(std::ostream& out, const boost::json::value& value, std::string_view columns);

/// render_line shows the named members as "name=value" on one line.
[[nodiscard]] std::string render_line(const boost::json::object& object, std::string_view columns);

}  // namespace kw::cli
