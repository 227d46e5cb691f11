#pragma once
// AppFields reads the members of one message of the local API; whatever nobody asked for is unknown.
//
// Internal to src/agent/app. PURE.
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace kw::agent {

class AppFields {
 public:
  explicit AppFields(const boost::json::object& from) : from_(from) {}
  /// text: Errc::invalid where it is missing or no text, too_large above `most` octets.
  Result<std::string> text(std::string_view name, std::size_t most, bool needed = true) {
    const auto* value = from_.if_contains(name);
    if (value == nullptr)
      return needed ? Result<std::string>(fail(Errc::invalid, std::string(name) + ": missing")) : std::string();
    ++known_;
    if (!value->is_string()) return fail(Errc::invalid, std::string(name) + ": text expected");
    if (value->get_string().size() > most) return fail(Errc::too_large, std::string(name));
    return std::string(value->get_string());
  }
  Result<std::int64_t> number(std::string_view name, std::int64_t least, std::int64_t most, std::int64_t otherwise) {
    const auto* value = from_.if_contains(name);
    if (value == nullptr) return otherwise;
    ++known_;
    if (!value->is_int64() || value->get_int64() < least || value->get_int64() > most)
      return fail(Errc::invalid, std::string(name));
    return value->get_int64();
  }
  Result<bool> flag(std::string_view name) {
    const auto* value = from_.if_contains(name);
    if (value == nullptr) return false;
    ++known_;
    if (!value->is_bool()) return fail(Errc::invalid, std::string(name) + ": true or false");
    return value->get_bool();
  }
  /// texts: a list that may be missing.
  Result<std::vector<std::string>> texts(std::string_view name, std::size_t most, std::size_t most_each) {
    std::vector<std::string> out;
    const auto* value = from_.if_contains(name);
    if (value == nullptr) return out;
    ++known_;
    if (!value->is_array()) return fail(Errc::invalid, std::string(name) + ": a list expected");
    if (value->get_array().size() > most) return fail(Errc::too_large, std::string(name));
    for (const auto& one : value->get_array()) {
      if (!one.is_string() || one.get_string().size() > most_each) return fail(Errc::invalid, std::string(name));
      out.emplace_back(one.get_string());
    }
    return out;
  }
  /// pairs: an object of texts, in its order; one at least.
  Result<std::vector<std::pair<std::string, std::string>>> pairs(std::string_view name, std::size_t most,
                                                                 std::size_t most_each) {
    std::vector<std::pair<std::string, std::string>> out;
    const auto* value = from_.if_contains(name);
    if (value == nullptr) return fail(Errc::invalid, std::string(name) + ": missing");
    ++known_;
    if (!value->is_object() || value->get_object().empty()) return fail(Errc::invalid, std::string(name));
    if (value->get_object().size() > most) return fail(Errc::too_large, std::string(name));
    for (const auto& one : value->get_object()) {
      if (!one.value().is_string() || one.value().get_string().size() > most_each || one.key().size() > most_each)
        return fail(Errc::invalid, std::string(name));
      out.emplace_back(one.key(), one.value().get_string());
    }
    return out;
  }
  /// handle is the session's: 32 characters.
  Result<std::string> handle() {
    constexpr std::size_t kHandleText = 32;
    KW_TRY(auto out, text("handle", kHandleText));
    if (out.size() != kHandleText) return fail(Errc::invalid, "handle");
    return out;
  }
  [[nodiscard]] bool has(std::string_view name) const { return from_.contains(name); }
  [[nodiscard]] Result<> finish() const {
    return known_ == from_.size() ? Result<>() : fail(Errc::invalid, "unknown field");
  }

 private:
  const boost::json::object& from_;
  std::size_t known_ = 0;
};

}  // namespace kw::agent
