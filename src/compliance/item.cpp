#include "compliance/item.h"

#include <algorithm>

#include "compliance/rule_parts.h"
#include "config/parse_toml.h"

namespace kw::compliance {
namespace {

using config::TomlSection;

constexpr std::size_t kMostItems = 256, kMostItemFile = 256 * 1024;

Result<> read_own_record(TomlSection& from, Item& out) {
  if (!from.has("record")) {
    if (out.proven_by.empty()) return from.wrong("proven_by", "an item needs what proves it, or a record");
    return {};
  }
  Requirement rule;
  rule.id = rule.clause = out.id;
  rule.kinds = {Kind::organisation};
  rule.scope = Scope::platform;
  rule.title = rule.advice = out.title;
  KW_CHECK(read_roles(from, "attested_by", rule.attested_by));
  if (rule.attested_by.empty()) return from.wrong("attested_by", "nobody may attest what a record is asked for");
  KW_CHECK(from.flag("may_not_apply", rule.may_not_apply));
  Check check;
  check.kind = Check::Kind::record;
  check.name = "record";
  check.what = out.title;
  check.roles = rule.attested_by;
  KW_CHECK(read_record(from, check));
  if (check.fields.empty()) return from.wrong("fields", "none");
  rule.checks.push_back(std::move(check));
  out.attested = std::move(rule);
  return {};
}

Result<Item> read_item(TomlSection& from) {
  Item out;
  KW_CHECK(read_name(from, "id", out.id, 32, true));
  KW_CHECK(read_name(from, "level2", out.level2, 32, false));
  KW_CHECK(read_name(from, "level3", out.level3, 32, false));
  if (out.level2.empty() && out.level3.empty()) return from.wrong("level3", "asked at no level");
  KW_CHECK(read_words(from, "title", true, out.title));
  KW_CHECK(from.texts("proven_by", out.proven_by, 32));
  KW_CHECK(read_own_record(from, out));
  KW_CHECK(from.finish());
  return out;
}

Result<ItemFile> read_item_file(TomlSection root) {
  ItemFile out;
  KW_CHECK(root.text("standard", out.standard, 64, 4));
  if (out.standard.empty()) return root.wrong("standard", "missing");
  KW_CHECK(read_words(root, "class", true, out.control_class));
  KW_TRY(auto sections, root.sections("item", kMostItems));
  for (auto& section : sections) {
    KW_TRY(auto item, read_item(section));
    if (std::ranges::count(out.items, item.id, &Item::id) > 0) return section.wrong("id", "twice");
    out.items.push_back(std::move(item));
  }
  if (out.items.empty()) return root.wrong("item", "none");
  KW_CHECK(root.finish());
  return out;
}

}  // namespace

Result<ItemFile> parse_items(std::string_view toml, std::string_view file) {
  const auto read = [&]() -> Result<ItemFile> {
    if (toml.size() > kMostItemFile)
      return fail(Errc::too_large, "at most " + std::to_string(kMostItemFile) + " octets");
    KW_TRY(const auto table, config::parse_toml(toml));
    return read_item_file(TomlSection(&table, ""));
  };
  auto out = read();
  if (!out) return out.error().within(file);
  return out;
}

Status status_of(std::span<const Status> parts) noexcept {
  const auto count = [&](Status of) { return std::ranges::count(parts, of); };
  const auto apply = static_cast<std::ptrdiff_t>(parts.size()) - count(Status::not_applicable);
  if (parts.empty()) return Status::unknown;
  if (apply == 0) return Status::not_applicable;
  if (count(Status::not_met) > 0) return Status::not_met;
  if (count(Status::unknown) > 0) return Status::unknown;
  if (count(Status::partly) > 0) return Status::partly;
  return count(Status::met_attested) > 0 ? Status::met_attested : Status::met_measured;
}

}  // namespace kw::compliance
