#pragma once
// Evidence is a record that a person gave: a report, a certificate, a letter, an inspection, or the statement that a
// requirement does not apply. Evidences are those of one subject by kind.
//
// A statement of the last sort has the kind kNotApplicable, names the requirement, says why, and has two signers who
// are not the same person. The file itself is kept elsewhere; here is its SM3 digest. PURE; an Evidences is not
// thread-safe while it changes.
#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace kw::compliance {

inline constexpr std::string_view kNotApplicable = "not_applicable";

struct Evidence {
  std::string kind;    // "ground-test"
  std::string number;  // of the paper: report, certificate, letter
  std::string issuer;
  Timestamp valid_from, valid_until;
  std::string who, role;   // account that gave it, and the role it had then (schemas/permissions.json)
  std::string second_who;  // a second signer, where one is needed
  Bytes file_digest;       // SM3; empty where there is no file
  std::map<std::string, std::string> fields;
  std::string requirement, reason;  // of kNotApplicable
};

class Evidences {
 public:
  void put(Evidence evidence) {
    all_.insert(std::ranges::upper_bound(all_, evidence.kind, {}, &Evidence::kind), std::move(evidence));
  }
  void remove(std::string_view kind, std::string_view number) {
    std::erase_if(all_, [&](const Evidence& one) { return one.kind == kind && one.number == number; });
  }
  [[nodiscard]] std::span<const Evidence> of(std::string_view kind) const noexcept {
    const auto from = std::lower_bound(all_.begin(), all_.end(), kind,
                                       [](const Evidence& one, std::string_view wanted) { return one.kind < wanted; });
    auto to = from;
    while (to != all_.end() && to->kind == kind) ++to;
    return {from, to};
  }

 private:
  std::vector<Evidence> all_;  // by kind
};

}  // namespace kw::compliance
