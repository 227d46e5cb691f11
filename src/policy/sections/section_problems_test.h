#pragma once
// problems_of and codes_of say what the checks have to say of sections in JSON; for tests of sections.
#include <gtest/gtest.h>

#include <set>

#include "policy/sections/section.h"

namespace kw::policy {

[[nodiscard]] inline std::vector<Problem> judged(const std::string& json) {
  v1::PolicyBundle bundle;
  const auto parsed = parse_sections(json, bundle);
  EXPECT_TRUE(parsed) << json << ": " << (parsed ? "" : parsed.error().text());
  return check_sections(bundle);
}

/// "path code" each, in order; warnings begin with "warning ".
using Problems = std::vector<std::string>;
[[nodiscard]] inline Problems problems_of(const std::string& json) {
  Problems out;
  for (const auto& one : judged(json)) out.push_back((one.warning ? "warning " : "") + one.path + " " + one.code);
  return out;
}

/// (path, code) each.
using Codes = std::set<std::pair<std::string, std::string>>;
[[nodiscard]] inline Codes codes_of(const std::string& json) {
  Codes out;
  for (const auto& one : judged(json)) out.emplace(one.path, one.code);
  return out;
}

}  // namespace kw::policy
