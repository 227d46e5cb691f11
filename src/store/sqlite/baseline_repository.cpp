#include <array>

#include "store/sqlite/repositories.h"

namespace kw::store {
namespace {

constexpr std::array<std::string_view, 3> kBaselineStates{"proposed", "approved", "rejected"};

Baseline read_baseline(Row& row) {
  Baseline out;
  out.id = row.id<BaselineId>();
  out.device = row.id<DeviceId>();
  out.section = row.text();
  out.revision = row.count();
  const auto state = row.count();
  if (state >= kBaselineStates.size()) row.corrupt();
  out.state = static_cast<BaselineState>(state);
  out.size = row.count();
  out.digest = row.blob();
  out.proposed = row.time();
  out.decided = row.optional_time();
  out.decided_by = row.text();
  out.reason = row.text();
  out.outcome = row.text();
  out.outcome_reason = row.text();
  return out;
}
Baseline read_whole(Row& row) {
  auto out = read_baseline(row);
  out.content = row.blob();
  out.signed_octets = row.blob();
  return out;
}
const std::string kColumns =
    "id, device, section, revision, state, length(content), digest, proposed, decided, decided_by, reason, outcome, "
    "outcome_reason";

}  // namespace

std::string_view name(BaselineState state) noexcept { return kBaselineStates.at(static_cast<std::size_t>(state)); }

Result<bool> SqliteBaselines::propose(const Baseline& b) {
  KW_TRY(const auto known,
         db_.count("SELECT count(*) FROM baselines b WHERE device = ? AND section = ? AND digest = ? AND (state = 0 OR "
                   "(state = 1 AND revision = (SELECT max(revision) FROM baselines n WHERE n.device = b.device AND "
                   "n.section = b.section AND n.state = 1)))",
                   {b.device, b.section, b.digest}));
  if (known > 0) return false;
  KW_CHECK(db_.exec("DELETE FROM baselines WHERE device = ? AND section = ? AND state = 0", {b.device, b.section}));
  KW_CHECK(
      db_.exec("INSERT INTO baselines (id, device, section, revision, state, content, digest, proposed, decided, "
               "decided_by, reason, signed, outcome, outcome_reason) VALUES (?, ?, ?, 0, 0, ?, ?, ?, NULL, '', '', "
               "x'', '', '')",
               {b.id, b.device, b.section, b.content, b.digest, b.proposed}));
  return true;
}
Result<Baseline> SqliteBaselines::get(const BaselineId& id) {
  return db_.one<Baseline>("SELECT " + kColumns + ", content, signed FROM baselines WHERE id = ?", {id}, read_whole);
}
Result<std::vector<Baseline>> SqliteBaselines::of_device(const DeviceId& id) {
  return db_.all<Baseline>("SELECT " + kColumns + " FROM baselines WHERE device = ? ORDER BY id DESC LIMIT 200", {id},
                           read_baseline);
}
Result<std::uint64_t> SqliteBaselines::newest_revision(const DeviceId& id, const std::string& section) {
  return db_.count("SELECT coalesce(max(revision), 0) FROM baselines WHERE device = ? AND section = ? AND state = 1",
                   {id, section});
}
Result<> SqliteBaselines::decide(const Baseline& b) {
  return at_least_one(
      db_.exec("UPDATE baselines SET state = ?, revision = ?, decided = ?, decided_by = ?, reason = ?, signed = ? "
               "WHERE id = ? AND state = 0",
               {static_cast<int>(b.state), b.revision, b.decided, b.decided_by, b.reason, b.signed_octets, b.id}),
      Errc::conflict);
}
Result<> SqliteBaselines::complete(const BaselineId& id, ByteView signed_octets) {
  return at_least_one(db_.exec("UPDATE baselines SET signed = ? WHERE id = ? AND state = 1 AND length(signed) = 0",
                               {signed_octets, id}),
                      Errc::conflict);
}
Result<> SqliteBaselines::drop(const BaselineId& id, const std::string& reason) {
  return at_least_one(
      db_.exec("UPDATE baselines SET state = 2, reason = ? WHERE id = ? AND state = 1 AND length(signed) = 0",
               {reason, id}),
      Errc::conflict);
}
Result<std::vector<BaselineId>> SqliteBaselines::to_deliver(const DeviceId& id) {
  return db_.all<BaselineId>(
      "SELECT id FROM baselines b WHERE device = ? AND state = 1 AND length(signed) > 0 AND outcome NOT IN ('applied', "
      "'refused') AND "
      "revision = (SELECT max(revision) FROM baselines n WHERE n.device = b.device AND n.section = b.section AND "
      "n.state = 1 AND length(n.signed) > 0) ORDER BY id",
      {id}, [](Row& row) { return row.id<BaselineId>(); });
}
Result<bool> SqliteBaselines::report(const DeviceId& id, const std::string& section, std::uint64_t revision,
                                     const std::string& outcome, const std::string& reason) {
  KW_TRY(const auto changed, db_.exec("UPDATE baselines SET outcome = ?, outcome_reason = ? WHERE device = ? AND "
                                      "section = ? AND revision = ? AND state = 1",
                                      {outcome, reason, id, section, revision}));
  return changed > 0;
}

}  // namespace kw::store
