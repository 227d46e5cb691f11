#include "trail/answer_map.h"

#include <algorithm>
#include <boost/json.hpp>

namespace kw::trail {
namespace {

namespace json = boost::json;
using Active = std::vector<const AnswerField*>;
constexpr std::string_view kEachElement = "*";

bool is_index(std::string_view token) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !token.empty() && token.size() <= 9 && std::ranges::all_of(token, digit) && (token == "0" || token[0] != '0');
}

/// Whether two tokens can name the same part of a value.
bool may_be_same(std::string_view a, std::string_view b) {
  return a == b || (a == kEachElement && is_index(b)) || (b == kEachElement && is_index(a));
}

/// Whether a token can lead into this value.
bool enters(std::string_view token, const json::value& value) {
  if (value.is_array()) return token == kEachElement || is_index(token);
  return value.is_object() && token != kEachElement;
}

/// The text that a mask is put over.
std::string scalar_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

class AnswerWalk {
 public:
  AnswerWalk(const AnswerMap& map, const ShowAnswer& show) : map_(map), show_(show) {}

  /// take changes a value in place; false where nothing of it may pass.
  Result<bool> take(json::value& value, const Active& active, std::size_t depth) {
    const auto ends = std::ranges::find_if(active, [&](const auto* one) { return one->path.size() == depth; });
    if (ends != active.end()) return shown(value, **ends);
    if (active.empty()) return map_.pass_rest;
    if (value.is_null()) return true;
    // What is not of the shape that the pointers say could hold a mapped value at another place.
    for (const auto* one : active)
      if (!enters(one->path[depth], value)) return fail(Errc::malformed, "no way to " + one->field);
    if (auto* object = value.if_object()) return take_members(*object, active, depth);
    return take_elements(value.get_array(), active, depth);
  }

 private:
  Result<bool> shown(json::value& value, const AnswerField& field) const {
    if (value.is_structured()) return fail(Errc::malformed, "no single value for " + field.field);
    if (value.is_null()) return true;
    if (auto text = show_(field, scalar_text(value))) value = std::move(*text);
    return true;
  }
  Result<bool> take_members(json::object& object, const Active& active, std::size_t depth) {
    json::object out;
    for (auto& [key, value] : object) {
      Active below;
      for (const auto* one : active)
        if (one->path[depth] == std::string_view(key)) below.push_back(one);
      KW_TRY(const bool passes, take(value, below, depth + 1));
      if (passes) out.emplace(key, std::move(value));
    }
    object = std::move(out);
    return true;
  }
  Result<bool> take_elements(json::array& array, const Active& active, std::size_t depth) {
    for (std::size_t i = 0; i < array.size(); ++i) {
      Active below;
      for (const auto* one : active)
        if (may_be_same(one->path[depth], std::to_string(i))) below.push_back(one);
      KW_TRY(const bool passes, take(array[i], below, depth + 1));
      if (!passes) array[i] = nullptr;  // those behind it keep their places
    }
    return true;
  }

  const AnswerMap& map_;
  const ShowAnswer& show_;
};

}  // namespace

Result<std::vector<std::string>> parse_pointer(std::string_view text) {
  if (text.size() > kMostPointer || !text.starts_with('/'))
    return fail(Errc::invalid, "a pointer begins with '/' and has at most 256 octets");
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '/') {
      out.emplace_back();
    } else if (text[at] == '~') {
      const auto escaped = text.substr(at + 1, 1);
      if (escaped != "0" && escaped != "1") return fail(Errc::invalid, "'~' stands in ~0 and ~1 alone");
      out.back() += escaped == "0" ? '~' : '/';
      ++at;
    } else {
      out.back() += text[at];
    }
  }
  if (out.size() > kMostPointerTokens) return fail(Errc::invalid, "a pointer has at most 16 tokens");
  return out;
}

bool meet(const AnswerField& a, const AnswerField& b) {
  const auto shorter = std::min(a.path.size(), b.path.size());
  for (std::size_t i = 0; i < shorter; ++i)
    if (!may_be_same(a.path[i], b.path[i])) return false;
  return true;
}

Result<std::string> masked_answer(std::string_view body, const AnswerMap& map, const ShowAnswer& show) {
  if (body.empty()) return std::string();
  json::parse_options options;
  options.max_depth = kMostAnswerDepth;
  boost::system::error_code ec;
  auto value = json::parse(body, ec, {}, options);
  if (ec) return fail(Errc::malformed, "JSON expected");
  Active all;
  for (const auto& one : map.fields) all.push_back(&one);
  KW_TRY(const bool passes, AnswerWalk(map, show).take(value, all, 0));
  return passes ? json::serialize(value) : std::string("null");
}

}  // namespace kw::trail
