#include <array>

#include "store/sqlite/repositories.h"
#include "store/sqlite/scope.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 4> kRegionKinds{"city", "district", "street", "outlet"};

Region read_region(Row& row) {
  Region out;
  out.id = row.id<RegionId>();
  out.parent = row.id<RegionId>();
  out.name = row.text();
  const auto kind = row.count();
  if (kind >= kRegionKinds.size()) row.corrupt();
  out.kind = static_cast<RegionKind>(kind);
  out.created = row.time();
  out.sites = row.count();
  return out;
}
const std::string kRegion =
    "SELECT id, parent, name, kind, created, (SELECT count(*) FROM sites s WHERE s.region = r.id) FROM regions r ";

/// The site of an object, as a subquery with one parameter.
std::string_view site_of(Placed what) {
  switch (what) {
    case Placed::device:
      return "SELECT site FROM devices WHERE id = ?";
    case Placed::baseline:
      return "SELECT d.site FROM baselines b JOIN devices d ON d.id = b.device WHERE b.id = ?";
    case Placed::media:
      return "SELECT d.site FROM media m JOIN devices d ON d.id = m.device WHERE m.id = ?";
    case Placed::enrolment:
      return "SELECT site FROM enrolments WHERE id = ?";
    case Placed::alarm:
      return "SELECT d.site FROM alarms a JOIN devices d ON d.id = a.device WHERE a.id = ?";
    case Placed::request:
      return "SELECT d.site FROM requests q JOIN devices d ON d.id = q.device WHERE q.id = ?";
    default:
      return "SELECT id FROM sites WHERE id = ?";
  }
}
std::string_view table_of(Placed what) {
  constexpr std::array<std::string_view, 7> kTables{"sites",      "devices", "baselines", "media",
                                                    "enrolments", "alarms",  "requests"};
  return kTables.at(static_cast<std::size_t>(what));
}

}  // namespace

std::string_view name(RegionKind kind) noexcept { return kRegionKinds.at(static_cast<std::size_t>(kind)); }
std::optional<RegionKind> parse_region_kind(std::string_view text) noexcept {
  for (std::size_t i = 0; i < kRegionKinds.size(); ++i)
    if (kRegionKinds.at(i) == text) return static_cast<RegionKind>(i);
  return std::nullopt;
}

std::string regions_below(const Scope& scope, Values& values) {
  std::string marks;
  for (const auto& region : scope.regions) {
    marks += marks.empty() ? "?" : ", ?";
    values.emplace_back(region);
  }
  return "(WITH RECURSIVE below(id) AS (SELECT id FROM regions WHERE id IN (" + marks +
         ") UNION SELECT r.id FROM regions r JOIN below ON r.parent = below.id) SELECT id FROM below)";
}
void add_scope(const Scope& scope, std::string_view site_column, std::string& where, Values& values) {
  if (scope.whole()) return;
  where += "AND " + std::string(site_column) + " IN (SELECT id FROM sites WHERE region IN ";
  where += regions_below(scope, values) + ") ";
}
void add_device_scope(const Scope& scope, std::string_view device_column, std::string& where, Values& values) {
  if (scope.whole()) return;
  where += "AND " + std::string(device_column) + " IN (SELECT id FROM devices WHERE 1 ";
  add_scope(scope, "site", where, values);
  where += ") ";
}

Result<> SqliteRegions::insert(const Region& region) {
  KW_CHECK(db_.exec("INSERT INTO regions (id, parent, name, kind, created) VALUES (?, ?, ?, ?, ?)",
                    {region.id, region.parent, region.name, static_cast<int>(region.kind), region.created}));
  return {};
}
Result<Region> SqliteRegions::get(const RegionId& id) {
  return db_.one<Region>(kRegion + "WHERE id = ?", {id}, read_region);
}
Result<std::vector<Region>> SqliteRegions::list(const Scope& scope) {
  Values values;
  const auto below = regions_below(scope, values);
  return db_.all<Region>(kRegion + "WHERE id IN " + below + " ORDER BY kind, name", values, read_region);
}
Result<> SqliteRegions::rename(const RegionId& id, const std::string& name) {
  return at_least_one(db_.exec("UPDATE regions SET name = ? WHERE id = ?", {name, id}), Errc::not_found);
}
Result<> SqliteRegions::remove(const RegionId& id) {
  KW_CHECK(get(id));
  return at_least_one(
      db_.exec(
          "DELETE FROM regions WHERE id = ?1 AND kind <> 0 AND NOT EXISTS (SELECT 1 FROM regions WHERE parent = ?1) "
          "AND NOT EXISTS (SELECT 1 FROM sites WHERE region = ?1) AND NOT EXISTS (SELECT 1 FROM users WHERE "
          "instr(regions, lower(hex(?1))) > 0)",
          {id}),
      Errc::conflict);
}
Result<std::vector<RegionId>> SqliteRegions::chain(const RegionId& id) {
  return db_.all<RegionId>(
      "WITH RECURSIVE up(id, parent, depth) AS (SELECT id, parent, 0 FROM regions WHERE id = ? UNION ALL SELECT r.id, "
      "r.parent, up.depth + 1 FROM regions r JOIN up ON r.id = up.parent WHERE up.depth < 16) SELECT id FROM up ORDER "
      "BY "
      "depth",
      {id}, [](Row& row) { return row.id<RegionId>(); });
}
Result<std::vector<RegionId>> SqliteRegions::chain_of(const SiteId& site) {
  KW_TRY(const auto found, db_.all<RegionId>("SELECT region FROM sites WHERE id = ?", {site},
                                             [](Row& row) { return row.id<RegionId>(); }));
  if (found.empty()) return std::vector<RegionId>();
  return chain(found.front());
}
Result<std::vector<RegionId>> SqliteRegions::chain_of(const DeviceId& device) {
  KW_TRY(const auto found,
         db_.all<SiteId>("SELECT site FROM devices WHERE id = ?", {device}, [](Row& row) { return row.id<SiteId>(); }));
  if (found.empty()) return std::vector<RegionId>();
  return chain_of(found.front());
}
Result<bool> SqliteRegions::holds(const Scope& scope, Placed what, ByteView id) {
  Values values{id};
  std::string where;
  if (scope.whole()) {
    where = "SELECT count(*) FROM " + std::string(table_of(what)) + " WHERE id = ?";
  } else {
    where = "SELECT count(*) FROM sites s WHERE s.id IN (" + std::string(site_of(what)) + ") ";
    add_scope(scope, "s.id", where, values);
  }
  KW_TRY(const auto found, db_.count(where, values));
  return found > 0;
}
Result<bool> SqliteRegions::holds(const Scope& scope, const RegionId& region) {
  Values values{region};
  const auto below = regions_below(scope, values);
  KW_TRY(const auto found, db_.count("SELECT count(*) FROM regions WHERE id = ? AND id IN " + below, values));
  return found > 0;
}

}  // namespace kw::store
