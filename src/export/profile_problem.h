#pragma once
// locate_problem says on which line of a profile's text an error of parse_profile lies.
//
//   auto profile = parse_profile(text);
//   if (!profile) show(locate_problem(text, profile.error()));   // {12, "trust.ca", "missing"}
//
// PURE and thread-safe.
#include "export/profile.h"

namespace kw::exports {

struct ProfileProblem {
  unsigned line = 0;  // from 1; of the section that lacks a key where one is missing; 0 where no line is to blame
  std::string key;    // "trust.ca", "field[2].from"; empty for what is no TOML
  std::string reason;
};
[[nodiscard]] ProfileProblem locate_problem(std::string_view toml, const Error& error);

}  // namespace kw::exports
