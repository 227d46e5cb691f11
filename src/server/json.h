#pragma once
// read_json and write_json turn JSON text into described structs (Boost.Describe) and back.
//
//   struct Reason { std::string reason; };
//   BOOST_DESCRIBE_STRUCT(Reason, (), (reason))
//   KW_TRY(auto body, read_json<Reason>(request.body));
//
// Reading is strict: Errc::malformed for what is not JSON (depth at most 16), Errc::invalid for an unknown or missing
// field and for a wrong type; the detail is a JSON pointer and a word. Of a repeated field the last counts.
// std::optional fields may be absent, and are left out when they are empty. RawJson carries an already serialised or
// still unparsed value. Thread-safe.
#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/text.h"

namespace kw::server {

struct RawJson {
  std::string text;
};

namespace detail {

namespace json = boost::json;
namespace describe = boost::describe;

template <class T>
using Members = describe::describe_members<T, describe::mod_public>;

Result<json::value> parse_text(std::string_view text);
[[nodiscard]] inline tl::unexpected<Error> wrong(const std::string& path, std::string_view word) {
  return fail(Errc::invalid, (path.empty() ? std::string("/") : path) + ": " + std::string(word));
}

inline Result<> read(const json::value& from, std::string& to, const std::string& path) {
  if (!from.is_string()) return wrong(path, "string expected");
  to = std::string(from.get_string());
  return {};
}
inline Result<> read(const json::value& from, bool& to, const std::string& path) {
  if (!from.is_bool()) return wrong(path, "boolean expected");
  to = from.get_bool();
  return {};
}
inline Result<> read(const json::value& from, std::int64_t& to, const std::string& path) {
  if (!from.is_int64()) return wrong(path, "integer expected");
  to = from.get_int64();
  return {};
}
inline Result<> read(const json::value& from, std::uint64_t& to, const std::string& path) {
  if (!from.is_int64() || from.get_int64() < 0) return wrong(path, "non-negative integer expected");
  to = static_cast<std::uint64_t>(from.get_int64());
  return {};
}
inline Result<> read(const json::value& from, std::map<std::string, std::string>& to, const std::string& path) {
  if (!from.is_object()) return wrong(path, "object expected");
  if (from.get_object().size() > 64) return wrong(path, "too many members");
  for (const auto& item : from.get_object()) {
    if (!item.value().is_string()) return wrong(path + "/" + std::string(item.key()).substr(0, 64), "string expected");
    to.emplace(std::string(item.key()), std::string(item.value().get_string()));
  }
  return {};
}
inline Result<> read(const json::value& from, std::vector<std::string>& to, const std::string& path) {
  if (!from.is_array()) return wrong(path, "array expected");
  if (from.get_array().size() > 256) return wrong(path, "too many items");
  for (const auto& item : from.get_array()) {
    if (!item.is_string()) return wrong(path, "strings expected");
    to.emplace_back(item.get_string());
  }
  return {};
}
inline Result<> read(const json::value& from, RawJson& to, const std::string&) {
  to.text = json::serialize(from);
  return {};
}
template <class T>
Result<> read(const json::value& from, T& to, const std::string& path);
template <class T>
Result<> read(const json::value& from, std::vector<T>& to, const std::string& path) {
  if (!from.is_array()) return wrong(path, "array expected");
  if (from.get_array().size() > 500) return wrong(path, "too many items");
  for (std::size_t i = 0; i < from.get_array().size(); ++i)
    KW_CHECK(read(from.get_array()[i], to.emplace_back(), path + "/" + std::to_string(i)));
  return {};
}
template <class T>
Result<> read(const json::value& from, std::optional<T>& to, const std::string& path) {
  return read(from, to.emplace(), path);
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
Result<> read(const json::value& from, T& to, const std::string& path) {
  if (!from.is_object()) return wrong(path, "object expected");
  const auto& object = from.get_object();
  std::size_t known = 0;
  Result<> out;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    if (!out) return;
    using Field = std::remove_reference_t<decltype(to.*member.pointer)>;
    const auto* value = object.if_contains(member.name);
    if (value != nullptr) {
      ++known;
      out = read(*value, to.*member.pointer, path + "/" + member.name);
    } else if (!IsOptional<Field>::value) {
      out = wrong(path + "/" + member.name, "missing");
    }
  });
  if (!out) return out;
  if (known == object.size()) return {};
  for (const auto& item : object) {
    bool found = false;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) { found = found || item.key() == member.name; });
    if (!found) return wrong(path + "/" + clean_text(item.key(), 64), "unknown field");
  }
  return wrong(path, "fields");
}

inline json::value show(const std::string& from) { return json::string(from); }
inline json::value show(bool from) { return from; }
inline json::value show(std::int64_t from) { return from; }
inline json::value show(std::uint64_t from) { return from; }
inline json::value show(const RawJson& from) {
  boost::system::error_code error;
  auto out = json::parse(from.text, error);
  return error ? json::value() : out;
}
inline json::value show(const std::map<std::string, std::string>& from) {
  json::object out;
  for (const auto& [key, value] : from) out[key] = value;
  return out;
}
template <class T>
json::value show(const std::vector<T>& from);
template <class T>
json::value show(const T& from) {
  json::object out;
  boost::mp11::mp_for_each<Members<T>>([&](auto member) {
    const auto& field = from.*member.pointer;
    if constexpr (IsOptional<std::remove_cvref_t<decltype(field)>>::value) {
      if (field) out[member.name] = show(*field);
    } else {
      out[member.name] = show(field);
    }
  });
  return out;
}
template <class T>
json::value show(const std::vector<T>& from) {
  json::array out;
  for (const auto& item : from) out.push_back(show(item));
  return out;
}

}  // namespace detail

template <class T>
Result<T> read_json(std::string_view text) {
  KW_TRY(auto value, detail::parse_text(text));
  T out;
  KW_CHECK(detail::read(value, out, ""));
  return out;
}

template <class T>
[[nodiscard]] std::string write_json(const T& value) {
  return boost::json::serialize(detail::show(value));
}

}  // namespace kw::server
