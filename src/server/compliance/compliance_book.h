#pragma once
// ComplianceBook is the catalogue of requirements as the server uses it: all of them, those of each scope with their
// dependencies, and what has to be watched for them.
//
//   KW_TRY(const auto book, ComplianceBook::load("/usr/share/kioskward/catalogue/compliance"));
//   book.of(compliance::Scope::device)      their Dependencies; the index there is that of a subject's statuses
//   book.find("5.4-b.1")                    null: no such requirement
//
// Reads <directory>/503.7/ids.txt and the rule.toml of each ID. Immutable; any thread. Why: ADR 131, 133.
#include <array>
#include <filesystem>
#include <memory>

#include "compliance/dependencies.h"
#include "server/change.h"
#include "store/compliance.h"

namespace kw::server {

class ComplianceBook {
 public:
  static constexpr std::size_t kMostRequirements = 4096;
  /// load: Errc::not_found, too_large, malformed or invalid, with the file.
  static Result<ComplianceBook> load(const std::filesystem::path& directory);
  /// make takes requirements as they are; for load and for tests.
  static ComplianceBook make(std::vector<compliance::Requirement> all);

  /// all gives every requirement in the catalogue's order.
  [[nodiscard]] const std::vector<const compliance::Requirement*>& all() const noexcept { return all_; }
  [[nodiscard]] const compliance::Dependencies& of(compliance::Scope scope) const noexcept;
  [[nodiscard]] const compliance::Requirement* find(std::string_view id) const noexcept;
  [[nodiscard]] const Watched& watched() const noexcept { return watched_; }
  /// roles_for gives who may attest a record of this kind at this scope; empty: no requirement asks for it.
  [[nodiscard]] std::set<std::string> roles_for(std::string_view record, compliance::Scope scope) const;

 private:
  struct Part {
    std::vector<compliance::Requirement> requirements;
    std::unique_ptr<compliance::Dependencies> index;
  };
  std::array<std::unique_ptr<Part>, 3> parts_;  // by Scope; their addresses stay
  std::vector<const compliance::Requirement*> all_;
  std::map<std::string, const compliance::Requirement*, std::less<>> by_id_;
  Watched watched_;
};

/// scope_of is the scope whose requirements are judged at a subject; nothing at a region.
[[nodiscard]] std::optional<compliance::Scope> scope_of(store::SubjectOf kind) noexcept;

}  // namespace kw::server
