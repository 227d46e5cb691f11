#include "cli/api/render.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/time.h"
#include "cli/api/text.h"

namespace kw::cli {
namespace {

namespace json = boost::json;
constexpr std::size_t kMostDepth = 16;

std::string_view view(json::string_view text) { return {text.data(), text.size()}; }

std::vector<std::string> split(std::string_view words) {
  std::vector<std::string> out;
  while (!words.empty()) {
    const auto end = std::min(words.find(' '), words.size());
    out.emplace_back(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

std::string text_cell(std::string_view text) {
  const auto time = text.ends_with('Z') ? from_rfc3339(text) : Result<Timestamp>(fail(Errc::malformed));
  return time ? to_rfc3339(*time).substr(0, 19) + "Z" : printable(text);
}

std::string join(const json::array& array) {
  std::string out;
  for (const auto& item : array) out += (out.empty() ? "" : ", ") + cell(item);
  return out;
}

std::string member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr ? std::string() : cell(*value);
}

std::string title(std::string_view name) {
  std::string out = printable(name);
  for (char& c : out) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return out;
}

bool is_list(const json::value& value) {
  return value.is_array() && !value.get_array().empty() &&
         std::ranges::all_of(value.get_array(), [](const json::value& item) { return item.is_object(); });
}

/// A value that fits on the line of its name; the others stand below.
bool is_short(const json::value& value) {
  if (value.is_object() || is_list(value)) return false;
  return !value.is_string() || view(value.get_string()).find('\n') == std::string_view::npos;
}

/// members are the names that any of the rows has, as they first come.
std::vector<std::string> members(const json::array& rows) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  for (const auto& row : rows)
    for (const auto& item : row.get_object())
      if (auto name = std::string(view(item.key())); seen.insert(name).second) out.push_back(std::move(name));
  return out;
}

void table(std::ostream& out, const json::array& rows, std::vector<std::string> columns, std::string_view indent) {
  if (columns.empty()) columns = members(rows);
  TextTable::Row head;
  for (const auto& column : columns) head.push_back(title(column));
  TextTable text(std::move(head));
  for (const auto& row : rows) {
    TextTable::Row cells;
    for (const auto& column : columns) cells.push_back(member(row.get_object(), column));
    text.add(std::move(cells));
  }
  text.print(out, indent);
}

void block(std::ostream& out, std::string_view lines, const std::string& indent) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    out << indent << "| " << printable(lines.substr(0, end)) << "\n";
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void body(std::ostream& out, const json::object& object, const std::string& indent) {
  TextTable lines;
  for (const auto& item : object)
    if (is_short(item.value())) lines.add({printable(view(item.key())), cell(item.value())});
  lines.print(out, indent);
  for (const auto& item : object) {
    const auto& value = item.value();
    if (is_short(value)) continue;
    out << indent << printable(view(item.key())) << "\n";
    const std::string inner = indent + "  ";
    if (value.is_object())
      body(out, value.get_object(), inner);
    else if (value.is_array())
      table(out, value.get_array(), {}, inner);
    else
      block(out, view(value.get_string()), inner);
  }
}

json::object chosen(const json::object& from, const std::vector<std::string>& names) {
  if (names.empty()) return from;
  json::object out;
  for (const auto& name : names)
    if (const auto* value = from.if_contains(name)) out[name] = *value;
  return out;
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::parse_options limits;
  limits.max_depth = kMostDepth;
  boost::system::error_code error;
  auto out = json::parse(text, error, {}, limits);
  if (error) return fail(Errc::malformed, "JSON: " + error.message());
  return out;
}

std::string text_member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(view(value->get_string())) : std::string();
}

std::string cell(const json::value& value) {
  if (value.is_string()) return text_cell(view(value.get_string()));
  if (value.is_null()) return {};
  if (value.is_bool()) return value.get_bool() ? "yes" : "no";
  if (value.is_array()) return join(value.get_array());
  if (!value.is_object()) return json::serialize(value);
  std::string out;
  for (const auto& item : value.get_object())
    out += (out.empty() ? "" : " ") + printable(view(item.key())) + "=" + cell(item.value());
  return out;
}

void render(std::ostream& out, const json::value& value, std::string_view columns) {
  if (!value.is_object()) {
    out << cell(value) << "\n";
    return;
  }
  const auto& object = value.get_object();
  const auto* items = object.if_contains("items");
  if (items == nullptr || !items->is_array()) return body(out, chosen(object, split(columns)), "");
  if (is_list(*items))
    table(out, items->get_array(), split(columns), "");
  else
    out << (items->get_array().empty() ? std::string("none") : join(items->get_array())) << "\n";
  json::object rest;
  for (const auto& item : object)
    if (item.key() != "items" && !cell(item.value()).empty()) rest[item.key()] = item.value();
  if (rest.empty()) return;
  out << "\n";
  body(out, rest, "");
}

std::string render_line(const json::object& object, std::string_view columns) {
  return cell(chosen(object, split(columns)));
}

}  // namespace kw::cli
