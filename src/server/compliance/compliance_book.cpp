#include "server/compliance/compliance_book.h"

#include <sstream>

#include "server/secret_file.h"

namespace kw::server {
namespace {

using compliance::Requirement;
using compliance::Scope;

/// A name of a folder, and nothing that leads out of it.
bool is_plain_id(std::string_view id) {
  return !id.empty() && id.size() <= 32 && id.front() != '.' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
             std::string_view::npos;
}

void watch(const Requirement& requirement, Watched& out) {
  const auto note = [&](const std::string& key) {
    if (key.starts_with(compliance::kEventPrefix)) {
      out.events.insert(key.substr(compliance::kEventPrefix.size()));
    } else {
      out.facts.insert(key);
    }
  };
  for (const auto& check : requirement.checks) {
    for (const auto& key : check.keys) note(key);
    for (const auto& key : check.settled_by) note(key);
  }
}

}  // namespace

std::optional<Scope> scope_of(store::SubjectOf kind) noexcept {
  switch (kind) {
    case store::SubjectOf::platform:
      return Scope::platform;
    case store::SubjectOf::site:
      return Scope::site;
    case store::SubjectOf::device:
      return Scope::device;
    case store::SubjectOf::region:
      break;
  }
  return std::nullopt;
}

ComplianceBook ComplianceBook::make(std::vector<Requirement> all) {
  ComplianceBook out;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // scope and index, in the catalogue's order
  for (auto& part : out.parts_) part = std::make_unique<Part>();
  for (auto& one : all) {
    watch(one, out.watched_);
    auto& part = *out.parts_.at(static_cast<std::size_t>(one.scope));
    places.emplace_back(static_cast<std::size_t>(one.scope), part.requirements.size());
    part.requirements.push_back(std::move(one));
  }
  for (auto& part : out.parts_) part->index = std::make_unique<compliance::Dependencies>(part->requirements);
  for (const auto& [scope, index] : places) {
    const auto* one = &out.parts_.at(scope)->requirements[index];
    out.all_.push_back(one);
    out.by_id_.emplace(one->id, one);
  }
  return out;
}

Result<ComplianceBook> ComplianceBook::load(const std::filesystem::path& directory) {
  const auto folder = directory / "503.7";
  const auto list = read_public(folder / "ids.txt");
  if (!list) return list.error().within((folder / "ids.txt").string());
  std::istringstream lines{std::string(text_of(*list))};
  std::vector<Requirement> all;
  std::set<std::string> seen;
  for (std::string id; std::getline(lines, id);) {
    if (!is_plain_id(id) || !seen.insert(id).second || all.size() == kMostRequirements)
      return fail(Errc::invalid, (folder / "ids.txt").string() + ": no ID, twice, or too many");
    const auto path = folder / id / "rule.toml";
    const auto text = read_public(path, compliance::kMostRule);
    if (!text) return text.error().within(path.string());
    KW_TRY(auto rule, compliance::parse_requirement(text_of(*text), path.string()));
    if (rule.id != id) return fail(Errc::invalid, path.string() + ": id");
    all.push_back(std::move(rule));
  }
  if (all.empty()) return fail(Errc::invalid, (folder / "ids.txt").string() + ": no requirement");
  return make(std::move(all));
}

const compliance::Dependencies& ComplianceBook::of(Scope scope) const noexcept {
  return *parts_.at(static_cast<std::size_t>(scope))->index;
}
const Requirement* ComplianceBook::find(std::string_view id) const noexcept {
  const auto at = by_id_.find(id);
  return at == by_id_.end() ? nullptr : at->second;
}

std::set<std::string> ComplianceBook::roles_for(std::string_view record, Scope scope) const {
  std::set<std::string> out;
  const auto& index = of(scope);
  for (const auto i : index.of_record(record))
    for (const auto& check : index.requirements()[i].checks)
      if (check.kind == compliance::Check::Kind::record && check.record == record)
        out.insert(check.roles.begin(), check.roles.end());
  return out;
}

}  // namespace kw::server
