#include "platform/linux/nft_json.h"

#include <boost/json.hpp>

namespace kw::platform {
namespace {

namespace json = boost::json;

Result<json::array> entries(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(json::string_view(text.data(), text.size()), error);
  if (error || !value.is_object()) return fail(Errc::malformed, "nft listing is no JSON object");
  auto* list = value.as_object().if_contains("nftables");
  if (list == nullptr || !list->is_array()) return fail(Errc::malformed, "nft listing has no entries");
  return std::move(list->as_array());
}

Result<std::uint64_t> number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(json::string_view(key.data(), key.size()));
  if (value != nullptr && value->is_uint64()) return value->as_uint64();
  if (value != nullptr && value->is_int64() && value->as_int64() >= 0)
    return static_cast<std::uint64_t>(value->as_int64());
  return fail(Errc::malformed, "nft listing: " + std::string(key));
}

const json::object* object_in(const json::value& entry, std::string_view key) {
  if (!entry.is_object()) return nullptr;
  const auto* inner = entry.as_object().if_contains(json::string_view(key.data(), key.size()));
  return inner != nullptr ? inner->if_object() : nullptr;
}

Result<std::string> element(const json::value& value, int depth);

Result<std::string> joined(const json::value& list, std::string_view between, int depth) {
  if (!list.is_array() || list.as_array().empty()) return fail(Errc::malformed, "nft set element");
  std::string out;
  for (const auto& part : list.as_array()) {
    KW_TRY(const auto text, element(part, depth + 1));
    if (!out.empty()) out += between;
    out += text;
  }
  return out;
}

// nft nests {"elem":{"val":{"concat":[{"prefix":…}]}}}: four levels; the bound refuses anything built to exhaust us.
Result<std::string> element(const json::value& value, int depth) {
  if (depth > 8) return fail(Errc::malformed, "nft set element nests too deep");
  if (value.is_string()) return std::string(value.as_string().c_str());
  if (value.is_int64()) return std::to_string(value.as_int64());
  if (value.is_uint64()) return std::to_string(value.as_uint64());
  if (value.is_bool()) return std::string(value.as_bool() ? "exists" : "missing");
  if (!value.is_object()) return fail(Errc::malformed, "nft set element");
  const auto& object = value.as_object();
  if (const auto* concat = object.if_contains("concat")) return joined(*concat, " . ", depth);
  if (const auto* range = object.if_contains("range")) return joined(*range, "-", depth);
  if (const auto* prefix = object_in(value, "prefix")) {
    const auto* address = prefix->if_contains("addr");
    if (address == nullptr || !address->is_string()) return fail(Errc::malformed, "nft prefix");
    KW_TRY(const auto length, number(*prefix, "len"));
    return std::string(address->as_string().c_str()) + "/" + std::to_string(length);
  }
  if (const auto* inner = object_in(value, "elem"))
    if (const auto* plain = inner->if_contains("val")) return element(*plain, depth + 1);
  return fail(Errc::malformed, "nft set element of unknown form");
}

}  // namespace

Result<std::vector<std::string>> parse_set_elements(std::string_view text) {
  KW_TRY(const auto list, entries(text));
  std::vector<std::string> out;
  for (const auto& entry : list) {
    const auto* set = object_in(entry, "set");
    const auto* elements = set != nullptr ? set->if_contains("elem") : nullptr;
    if (elements == nullptr) continue;
    if (!elements->is_array()) return fail(Errc::malformed, "nft set elements");
    for (const auto& one : elements->as_array()) {
      KW_TRY(auto line, element(one, 0));
      out.push_back(std::move(line));
    }
  }
  return out;
}

}  // namespace kw::platform
